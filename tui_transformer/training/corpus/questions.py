"""Questions that what was said before answers: where, what, how many, which colour."""

from collections.abc import Callable
from dataclasses import dataclass

from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.grammar import Choice, Pen
from tui_transformer.training.corpus.people import NAMES, Person, capital
from tui_transformer.training.corpus.recall import (
    AT,
    COUNTED,
    LIKED,
    NUMBERS,
    OWNED,
    THINGS,
    answer,
)  # fmt: skip
from tui_transformer.training.corpus.world import SPOTS

Said = tuple[str, ...]
"""What one sentence says, in pieces: who, and what follows the verb."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about a fact, its answer, and what the answer must agree with."""

    question: Callable[[Said], str]
    answer: Callable[[Said], str]
    fact: str


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """A verb, what can be told with it, and what can be asked about it."""

    verb: str
    tell: tuple[Choice[str], ...]
    asks: tuple[Ask, ...]


TOPICS = (
    Topic(" has a", (ph.COLOURS, OWNED), (
        Ask(lambda f: f" What does{f[0]} have?", lambda f: f"{f[0]} has a{f[1]}{f[2]}", "thing"),
        Ask(lambda f: f" What colour is the{f[2]}?", lambda f: f" The{f[2]} is{f[1]}", "colour"),
    )),
    Topic(" is", (AT,), (
        Ask(lambda f: f" Where is{f[0]}?", lambda f: f"{f[0]} is{f[1]}", "place"),
    )),
    Topic(" found", (NUMBERS, COUNTED), (
        Ask(lambda f: f" How many{f[2]} did{f[0]} find?",
            lambda f: f"{f[0]} found{f[1]}{f[2]}", "number"),
        Ask(lambda f: f" What did{f[0]} find?", lambda f: f"{f[0]} found{f[1]}{f[2]}", "thing"),
    )),
    Topic(" hid", (THINGS, SPOTS), (
        Ask(lambda f: f" What did{f[0]} hide?", lambda f: f"{f[0]} hid{f[1]}", "thing"),
        Ask(lambda f: f" Where is{f[1]}?", lambda f: f"{capital(f[1])} is{f[2]}", "place"),
    )),
    Topic(" likes", (LIKED,), (
        Ask(lambda f: f" What does{f[0]} like?", lambda f: f"{f[0]} likes{f[1]}", "thing"),
    )),
)  # fmt: skip
_VERBS: Choice[Topic] = Choice((topic.verb, topic, 1.0) for topic in TOPICS)


def questions(pen: Pen) -> None:
    """Two or three facts of different people and with different verbs, then questions.

    Each question is about another fact, and each is answered in a whole sentence.
    """
    people: list[Person] = [pen.pick(NAMES)]
    topics: list[Topic] = []
    facts: list[Said] = []
    while True:
        topic = pen.pick(_VERBS, topics)
        rest = [pen.pick(choice) for choice in topic.tell]
        facts.append((people[-1].name, *rest))
        topics.append(topic)
        pen.say(".")
        if len(facts) == 3:
            break
        if len(facts) == 1:
            people.append(pen.pick(NAMES, people))
            continue
        follower = pen.maybe(0.5, NAMES, people)
        if follower is None:
            break
        people.append(follower)
    asks = _asks(tuple(topics), tuple(facts))
    first = _asked(pen, pen.pick(asks))
    again = pen.maybe(0.5, asks, [one for one in asks.values if one[0] == first])
    if again is not None:
        _asked(pen, again)


Asked = tuple[int, str, str]
"""Which fact, the answer, and what it must agree with."""


def _asks(topics: tuple[Topic, ...], facts: tuple[Said, ...]) -> Choice[Asked]:
    """Every question that some facts answer, each fact as likely as the others."""
    return Choice(
        (
            (ask.question(said), (i, ask.answer(said), ask.fact), 1.0 / len(topic.asks))
            for i, (topic, said) in enumerate(zip(topics, facts, strict=True))
            for ask in topic.asks
        ),
        "what was said before",
    )


def _asked(pen: Pen, asked: Asked) -> int:
    i, words, fact = asked
    answer(pen, words, fact)
    return i
