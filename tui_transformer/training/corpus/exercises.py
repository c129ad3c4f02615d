"""Exercises: documents for training only, which teach to look up what was said.

"Who hid the stone?" is answered by a name that was said before the stone. That takes one head that
brings the name to the stone and one that looks from the question for the stone; as long as either
is missing the other is of no use, and a model that meets no more than such questions goes on
guessing among the names. Here everything that can be known has to be looked up, and each exercise
needs little more than the one before:

1. random words in pairs, then the second of each pair, after which the first is what follows;
2. facts that are alike, then the thing in each, after which the name follows;
3. facts that are alike, then a question for each, so that no answer can be found in another;
4. random words in pairs with the same words between all of them, then the pairs again in another
   order, where only the word before the ones between tells what follows;
5. facts that are alike, then all of them again, which is the same with a name and what was said.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from tui_transformer.training.corpus.grammar import Choice, Grammar, Pen
from tui_transformer.training.corpus.recall import (
    THING,
    WHO,
    Ask,
    Topic,
    about,
    asked,
    senseless,
    told,
)
from tui_transformer.training.corpus.repeats import WORDS

_AGAIN = 0.6
"""How often a third pair or fact follows, and after it a fourth."""


def mirror(pen: Pen) -> None:
    """Two to four pairs of random words, a colon after the last, then each the other way round:
    "Pairs. clean cook. apple car: car apple. cook clean."
    """
    pen.say(" Pairs.")  # the first word of a text is another token than the same word inside it
    pairs = _pairs(pen, [])
    _each(pen, [two for _, two in pairs], lambda i: pairs[i][0])


def _pairs(pen: Pen, between: list[str]) -> list[tuple[str, str]]:
    """Two to four pairs of different words, each with some others between, a colon at the end."""
    pairs: list[tuple[str, str]] = []
    said = [*between]
    more = True
    while more:
        one = pen.pick(WORDS, said)
        if between:
            pen.recall("".join(between), "what was said")
        two = pen.pick(WORDS, [*said, one])
        pairs.append((one, two))
        said += pairs[-1]
        more = pen.pick(_AFTER_PAIR[len(pairs)])
    return pairs


def _after_pair(more: float) -> Choice[bool]:
    return Choice((mark, on, p) for mark, on, p in ((".", True, more), (":", False, 1 - more)) if p)


_AFTER_PAIR = {n: _after_pair(p) for n, p in ((1, 1.0), (2, _AGAIN), (3, _AGAIN), (4, 0.0))}


def between(pen: Pen) -> None:
    """Two to four pairs of random words with the same word or two between, then the same pairs:
    "Between moon. clean moon cook. hat moon car: hat moon car. clean moon cook."
    """
    pen.say(" Between")
    words = [pen.pick(WORDS)]
    if pen.perhaps(0.5, " and"):
        words.append(pen.pick(WORDS, words))
    pen.say(".")
    pairs = _pairs(pen, words)
    _each(pen, [one for one, _ in pairs], lambda i: "".join(words) + pairs[i][1])


def turned(pen: Pen) -> None:
    """Two to four facts that are alike, then each thing in them and its name:
    "Ben has a goat. Mia has a kite. kite Mia. goat Ben."
    """
    _, facts = told(pen, _AGAIN, _AGAIN)
    _each(pen, [fact[THING] for fact in facts], lambda i: facts[i][WHO])


def told_again(pen: Pen) -> None:
    """Two to four facts that are alike, then the same in any order."""
    topic, facts = told(pen, _AGAIN, _AGAIN)
    pen.say(" Again:")  # without it a name could begin a further fact
    names = [fact[WHO] for fact in facts]
    _each(pen, names, lambda i: topic.again(facts[i]).removeprefix(names[i]))


def asked_back(pen: Pen) -> None:
    """Two to four facts that are alike, and for each the same question that names no one."""
    topic, facts = told(pen, _AGAIN, _AGAIN)
    asks = _naming_no_one(topic)
    ask = pen.pick(asks, senseless(asks, facts))
    done: list[int] = []
    while len(done) < len(facts):
        if done:
            pen.say(ask.before)
        done.append(asked(pen, ask, facts, tuple(done), topic.again))


@lru_cache(maxsize=64)
def _naming_no_one(topic: Topic) -> Choice[Ask]:
    asks = [one for one in topic.whole.values if WHO not in (one.about, one.recalls)]
    return Choice((ask.before, ask, 1.0) for ask in asks)


def _each(pen: Pen, words: Sequence[str], follows: Callable[[int], str]) -> None:
    """Every one of some words that were said, in any order, with what follows it."""
    every = about(tuple(words))
    done: list[int] = []
    while len(done) < len(words):
        done.append(pen.pick(every, done))
        pen.mark("answer")
        pen.recall(follows(done[-1]), "what was said")
        pen.say(".")


EXERCISES: Mapping[str, Grammar] = {
    "mirror": mirror, "turned": turned, "asked back": asked_back,
    "between": between, "told again": told_again,
}  # fmt: skip
