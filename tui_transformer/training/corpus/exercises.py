"""Exercises: documents for training only, which teach to look up what was said.

"Who hid the stone?" is answered by a name that was said before the stone. That takes one head that
brings the name to the stone and one that looks from the question for the stone; as long as either
is missing the other is of no use, and a model that meets no more than such questions goes on
guessing among the names. Here everything that can be known has to be looked up, and each exercise
needs little more than the one before:

1. random words, each of them said twice at once;
2. random words in pairs, then the second of each pair, after which the first is what follows;
3. facts that are alike, then the thing in each, after which the name follows;
   in both, every other time only after a question mark, so that what was found has to be carried
   one place on, as from the end of a question;
4. facts that are alike, then a question for each, so that no answer can be found in another;
5. random words in pairs with the same words between all of them, then the pairs again in another
   order, where only the word before the ones between tells what follows;
6. facts that are alike, then all of them again, which is the same with a name and what was said;
7. the questions that take longest to be learned: what colour a thing is, who has one of some
   colour, where someone is, who hid a thing or gave it away;
8. facts and questions as documents bring them, with the loss on the answers alone;
9. what something costs and how much of it someone has, where the answer is what is missing; what
   animals eat; sums. Stories and facts bring them too seldom to be learned.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.facts import SUMS
from tui_transformer.training.corpus.grammar import Choice, Grammar, Pen
from tui_transformer.training.corpus.lexicon import Noun
from tui_transformer.training.corpus.people import NAMES, Person, begin
from tui_transformer.training.corpus.plots import MEETING, earn
from tui_transformer.training.corpus.recall import (
    AWAY,
    COLOURED,
    OWNED_IN_COLOUR,
    PLACED,
    THING,
    WHO,
    Ask,
    Fact,
    Topic,
    about,
    answer,
    asked,
    choice,
    recall,
    senseless,
    told,
)
from tui_transformer.training.corpus.repeats import WORDS
from tui_transformer.training.corpus.world import HABITS, SPOTS_OUTSIDE

_AGAIN = 0.6
"""How often a third pair or fact follows, and after it a fourth."""
_ASKED = 0.5
"""How often a question mark stands before what has to be said."""


def echo(pen: Pen) -> None:
    """Random words, each said twice: "Echo. clean: clean. apple: apple. car: car. hat: hat."."""
    pen.say(" Echo.")
    said: list[str] = []
    for _ in range(4):
        said.append(pen.pick(WORDS, said))
        pen.say(":")
        answer(pen, said[-1], "what was said")


def mirror(pen: Pen) -> None:
    """Two to four pairs of random words, a colon after the last, then each the other way round:
    "Pairs. clean cook. apple car: car? apple. cook clean."
    """
    pen.say(" Pairs.")
    pairs = _pairs(pen, [])
    _each(pen, [two for _, two in pairs], lambda i: pairs[i][0], _ASKED)


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
    "Ben has a goat. Mia has a kite. kite Mia. goat? Ben."
    """
    _, facts = told(pen, _AGAIN, _AGAIN)
    _each(pen, [fact[THING] for fact in facts], lambda i: facts[i][WHO], _ASKED)


def told_again(pen: Pen) -> None:
    """Two to four facts that are alike, then the same in any order."""
    topic, facts = told(pen, _AGAIN, _AGAIN)
    pen.say(" Again:")  # without it a name could begin a further fact
    names = [fact[WHO] for fact in facts]
    _each(pen, names, lambda i: topic.again(facts[i]).removeprefix(names[i]))


def asked_back(pen: Pen) -> None:
    """Two to four facts that are alike, and for each the same question that names no one."""
    topic, facts = told(pen, _AGAIN, _AGAIN)
    _ask_all(pen, topic, facts, _naming_no_one(topic))


@lru_cache(maxsize=64)
def _naming_no_one(topic: Topic) -> Choice[Ask]:
    return choice(one for one in topic.asks.values if WHO not in (one.about, one.recalls))


def coloured(pen: Pen) -> None:
    """Two to four things of some colour, and for each the question what colour it is."""
    _ask_for(pen, COLOURED)


def owned(pen: Pen) -> None:
    """Two to four things of some colour, and for each the question who has it."""
    _ask_for(pen, OWNED_IN_COLOUR)


def placed(pen: Pen) -> None:
    """Where two to four people are, and for each of them the question for it."""
    _ask_for(pen, PLACED)


def away(pen: Pen) -> None:
    """Two to four things hidden or given away, and for each who did it, or where it is."""
    _ask_for(pen, AWAY)


def _ask_for(pen: Pen, topics: Choice[Topic]) -> None:
    topic, facts = told(pen, _AGAIN, _AGAIN, topics)
    _ask_all(pen, topic, facts, topic.asks)


def _ask_all(pen: Pen, topic: Topic, facts: list[Fact], asks: Choice[Ask]) -> None:
    """One of some questions, for each of the facts."""
    ask = pen.pick(asks, senseless(asks, facts))
    done: list[int] = []
    while len(done) < len(facts):
        if done:
            pen.say(ask.before)
        done.append(asked(pen, topic, ask, facts, tuple(done)))


def earned(pen: Pen) -> None:
    """Two people, what something costs and how much of it each has, and what is missing:
    "Ben wanted to buy a red ball. It cost five coins, but ... The baker gave him two coins."
    """
    said: list[Person] = []
    for _ in range(2):
        said.append(pen.pick(NAMES, said))
        pen.say(" wanted to buy")
        ph.OWN.a(pen)
        pen.say(".")
        _, missing = earn(pen, said[-1])
        answer(pen, missing, "number")


def fed(pen: Pen) -> None:
    """Three animals that are hungry, and what each of them eats:
    "Tom met a fox by the river. The fox was hungry. He gave it some berries. Mia met ..."
    """
    said: list[Person] = []
    animals: list[Noun] = []
    for _ in range(3):
        said.append(pen.pick(NAMES, said))
        pen.say(" met")
        animals.append(pen.pick(MEETING, animals))
        pen.pick(SPOTS_OUTSIDE)
        pen.say(". The")
        pen.recall(animals[-1].word, "animal")
        pen.say(" was hungry.")
        begin(pen, said[-1])
        pen.say(" gave it some")
        answer(pen, HABITS[animals[-1]][0], "food")


def summed(pen: Pen) -> None:
    """Four sums, none of which comes to the same: "Two and two make four. Six and ..."."""
    said: list[str] = []
    for _ in range(4):
        said.append(pen.pick(SUMS, said))
        answer(pen, said[-1], "fact")


def _each(
    pen: Pen, words: Sequence[str], follows: Callable[[int], str], asked: float = 0.0
) -> None:
    """Every one of some words that were said, in any order, with what follows it.

    `asked` is how often a question mark stands between.
    """
    every = about(tuple(words))
    done: list[int] = []
    while len(done) < len(words):
        done.append(pen.pick(every, done))
        if asked:
            pen.perhaps(asked, "?")
        answer(pen, follows(done[-1]), "what was said")


EXERCISES: Mapping[str, Grammar] = {
    "echo": echo, "mirror": mirror, "turned": turned, "asked back": asked_back,
    "between": between, "told again": told_again, "earned": earned,
    "fed": fed, "summed": summed, "coloured": coloured, "owned": owned, "placed": placed,
    "away": away, "asked": recall,
}  # fmt: skip
