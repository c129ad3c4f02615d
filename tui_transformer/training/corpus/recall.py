"""Facts that are all alike, and questions about one of them: who, where, what, how many, whether.

To answer takes finding the fact that is asked for among others with the same verb.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.grammar import Choice, Pen
from tui_transformer.training.corpus.people import NAMES, Person, capital
from tui_transformer.training.corpus.world import AT_PLACES, SPOTS

Fact = tuple[str, ...]
"""What one sentence says, in pieces: who, then two more things."""
WHO, THING, MORE = 0, 1, 2
Tell = Callable[[Pen, str, list[Fact]], tuple[str, str]]
"""Writes what follows someone and the verb, unlike the facts before; its two parts."""

OWNED = lex.plain(n.word for n in (*lex.TOYS, *lex.CLOTHES, *lex.THINGS[:12]))
THINGS = lex.plain(n.the for n in (*lex.THINGS, *lex.TOYS))
COUNTED = lex.plain(n.many for n in (*lex.FRUIT, *lex.BAKED, *lex.TOYS[:6]))
LIKED = lex.plain(
    n.many for n in (*lex.FRUIT, *lex.VEGETABLES, *lex.BAKED, *lex.ANIMALS[:12])
)  # fmt: skip
NUMBERS = lex.plain(lex.NUMBERS[1:])
AT = Choice((p.at, p.at, 1.0) for p in AT_PLACES.values)


def _slot(facts: list[Fact], slot: int) -> list[str]:
    return [fact[slot] for fact in facts]


def _one(first: Choice[str]) -> Tell:
    def tell(pen: Pen, who: str, facts: list[Fact]) -> tuple[str, str]:
        return pen.pick(first, _slot(facts, THING)), ""

    return tell


def _two(first: Choice[str], second: Choice[str]) -> Tell:
    def tell(pen: Pen, who: str, facts: list[Fact]) -> tuple[str, str]:
        return pen.pick(first, _slot(facts, THING)), pen.pick(second, _slot(facts, MORE))

    return tell


def _two_reversed(second: Choice[str], first: Choice[str]) -> Tell:
    def tell(pen: Pen, who: str, facts: list[Fact]) -> tuple[str, str]:
        more = pen.pick(second, _slot(facts, MORE))
        return pen.pick(first, _slot(facts, THING)), more

    return tell


def _give(pen: Pen, who: str, facts: list[Fact]) -> tuple[str, str]:
    thing = pen.pick(THINGS, _slot(facts, THING))
    pen.say(" to")
    taken = [who, *_slot(facts, WHO), *_slot(facts, MORE)]
    return thing, pen.pick(_TAKERS, taken)


_TAKERS = Choice((p.name, p.name, 1.0) for p in NAMES.values)


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """A question: the words before and after what it is about, and how the answer is made."""

    about: int
    before: str
    after: str
    answer: Callable[[Fact], str]
    fact: str
    recalls: int | None = None
    """A slot that comes back in the question, between `after` and the question mark."""


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """A verb, what can be told with it and asked about it, and how often there is a third fact."""

    verb: str
    tell: Tell
    asks: Choice[Ask]
    third: float


def _topic(verb: str, tell: Tell, third: float, *asks: Ask) -> Topic:
    return Topic(verb, tell, Choice((ask.before, ask, 1.0) for ask in asks), third)


def _who(fact: Fact) -> str:
    return fact[WHO]


def _thing(fact: Fact) -> str:
    return capital(fact[THING])


def _more(fact: Fact) -> str:
    return capital(fact[MORE])


_YES_NO = Ask(THING, " Is the", "", _more, "colour")
TOPICS = (
    _topic(
        " has a", _two_reversed(ph.COLOURS, OWNED), 0.5,
        Ask(THING, " Who has the", "", _who, "owner"),
        Ask(WHO, " What does", " have", lambda f: f" A{f[MORE]}{f[THING]}", "thing"),
        Ask(THING, " What colour is the", "", _more, "colour"),
        _YES_NO,
    ),
    _topic(
        " is", _one(AT), 0.5,
        Ask(WHO, " Where is", "", _thing, "place"),
        Ask(THING, " Who is", "", _who, "person"),
    ),
    _topic(
        " found", _two_reversed(NUMBERS, COUNTED), 0.4,
        Ask(THING, " How many", " did", _more, "number", recalls=WHO),
        Ask(THING, " Who found the", "", _who, "person"),
    ),
    _topic(
        " gave", _give, 0.0,
        Ask(THING, " Who has", " now", _more, "owner"),
        Ask(THING, " Who gave", " away", _who, "person"),
        Ask(WHO, " What did", " give to", _thing, "thing", recalls=MORE),
    ),
    _topic(
        " hid", _two(THINGS, SPOTS), 0.3,
        Ask(THING, " Where is", "", _more, "place"),
        Ask(WHO, " What did", " hide", _thing, "thing"),
        Ask(THING, " Who hid", "", _who, "person"),
    ),
    _topic(
        " likes", _one(LIKED), 0.5,
        Ask(THING, " Who likes", "", _who, "person"),
        Ask(WHO, " What does", " like", _thing, "thing"),
    ),
)  # fmt: skip
_TOPICS: Choice[Topic] = Choice((topic.verb, topic, 1.0) for topic in TOPICS)


@cache
def _about(items: tuple[str, ...]) -> Choice[int]:
    """What was said, as what a question can be about."""
    return Choice(((item, i, 1.0) for i, item in enumerate(items)), "what was said before")


def recall(pen: Pen) -> None:
    """Two or three facts with one verb, one or two questions, each with its answer."""
    people = [pen.pick(NAMES)]
    topic = pen.pick(_TOPICS)
    facts: list[Fact] = []
    while True:
        facts.append((people[-1].name, *topic.tell(pen, people[-1].name, facts)))
        pen.say(".")
        known = set(_slot(facts, WHO) + _slot(facts, MORE))
        others = [p for p in NAMES.values if p.name in known]
        follower = _follower(pen, len(facts), topic.third, others)
        if follower is None:
            break
        people.append(follower)
        pen.say(topic.verb)
    asked = _question(pen, pen.pick(topic.asks), facts, ())
    again = pen.maybe(0.4, topic.asks)
    if again is not None:
        _question(pen, again, facts, (asked,))


def _question(pen: Pen, ask: Ask, facts: list[Fact], but: tuple[int, ...]) -> int:
    """Write what is asked, and the answer; which fact it was about, none of those in `but`."""
    items = tuple(_slot(facts, ask.about))
    i = pen.pick(_about(items), but)
    if ask is _YES_NO:
        colour = pen.pick(_about(tuple(_slot(facts, MORE))))
        pen.say("?")
        yes = " Yes" if colour == i else f" No, it is{facts[i][MORE]}"
        answer(pen, yes, ask.fact)
        return i
    if ask.after:
        pen.say(ask.after)
    if ask.recalls is not None:
        pen.recall(facts[i][ask.recalls], "what was said before")
        if ask.recalls == WHO:
            pen.say(" find")
    pen.say("?")
    answer(pen, ask.answer(facts[i]), ask.fact)
    return i


def answer(pen: Pen, piece: str, fact: str) -> None:
    """Write what answers a question; `fact` names what it must agree with."""
    pen.mark("answer")
    pen.recall(piece, fact)
    pen.say(".")


def _follower(pen: Pen, facts: int, third: float, but: list[Person]) -> Person | None:
    """Who is spoken of next: a second always, a third sometimes."""
    if facts == 1:
        return pen.pick(NAMES, but)
    return pen.maybe(third, NAMES, but) if facts == 2 and third > 0 else None
