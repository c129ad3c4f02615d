"""Facts that are all alike, and questions about one of them: who, where, what, how many.

To answer takes finding the fact that is asked for among others with the same verb. An answer says
the fact again, in a whole sentence. So few words depend on it that it hardly ever comes about from
these documents alone; what teaches it is in `exercises.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.grammar import Choice, Pen
from tui_transformer.training.corpus.people import NAMES, Person
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


def _owned(pen: Pen, who: str, facts: list[Fact]) -> tuple[str, str]:
    """A thing, with a colour if the first one has one."""
    more: str | None = ""
    if not facts:
        more = pen.maybe(0.5, ph.COLOURS)
    elif facts[0][MORE]:
        more = pen.pick(ph.COLOURS, _slot(facts, MORE))
    return pen.pick(_OWNED, _slot(facts, THING)), more or ""


_PETS = lex.nouns(
    "cat dog bird rabbit mouse horse cow pig goat duck hen frog kitten puppy lamb pony donkey"
)
_OWNED = lex.plain(n.word for n in (*lex.TOYS, *lex.CLOTHES, *lex.THINGS[:12], *_PETS))


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
    """A question: the words before and after what it is about, and what its answer depends on."""

    about: int
    before: str
    after: str
    fact: str
    recalls: int | None = None
    """A slot that comes back in the question, between `after` and the question mark."""
    says: Callable[[Fact], str] | None = None
    """Another sentence for an answer than the fact itself."""
    needs: int = WHO
    """A slot without which it is not asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """A verb, what can be told with it and asked about it, and how often there is a third fact."""

    verb: str
    tell: Tell
    again: Callable[[Fact], str]
    """The whole sentence of a fact."""
    asks: Choice[Ask]
    """Questions about one of them."""
    third: float


def choice(asks: Iterable[Ask]) -> Choice[Ask]:
    """One of some questions, by the words that it begins with."""
    return Choice((ask.before, ask, 1.0) for ask in asks)


def _topic(verb: str, tell: Tell, again: Callable[[Fact], str], third: float, *asks: Ask) -> Topic:
    return Topic(verb, tell, again, choice(asks), third)


TOPICS = (
    _topic(
        " has a", _owned, lambda f: f"{f[WHO]} has a{f[MORE]}{f[THING]}", 0.5,
        Ask(THING, " Who has the", "", "owner"),
        Ask(WHO, " What does", " have", "thing"),
        Ask(THING, " What colour is the", "", "colour",
            says=lambda f: f" The{f[THING]} is{f[MORE]}", needs=MORE),
    ),
    _topic(
        " is", _one(AT), lambda f: f"{f[WHO]} is{f[THING]}", 0.5,
        Ask(WHO, " Where is", "", "place"),
        Ask(THING, " Who is", "", "person"),
    ),
    _topic(
        " found", _two_reversed(NUMBERS, COUNTED),
        lambda f: f"{f[WHO]} found{f[MORE]}{f[THING]}", 0.4,
        Ask(THING, " How many", " did", "number", recalls=WHO),
        Ask(THING, " Who found the", "", "person"),
    ),
    _topic(
        " gave", _give, lambda f: f"{f[WHO]} gave{f[THING]} to{f[MORE]}", 0.0,
        Ask(THING, " Who has", " now", "owner",
            says=lambda f: f"{f[MORE]} has{f[THING]} now"),
        Ask(THING, " Who gave", " away", "person"),
        Ask(WHO, " What did", " give to", "thing", recalls=MORE),
    ),
    _topic(
        " hid", _two(THINGS, SPOTS), lambda f: f"{f[WHO]} hid{f[THING]}{f[MORE]}", 0.3,
        Ask(THING, " Where is", "", "place"),
        Ask(WHO, " What did", " hide", "thing"),
        Ask(THING, " Who hid", "", "person"),
    ),
    _topic(
        " likes", _one(LIKED), lambda f: f"{f[WHO]} likes{f[THING]}", 0.5,
        Ask(THING, " Who likes", "", "person"),
        Ask(WHO, " What does", " like", "thing"),
    ),
)  # fmt: skip


def _only(topic: Topic, *befores: str, tell: Tell | None = None) -> Topic:
    """A topic with some of its questions."""
    asks = choice(ask for ask in topic.asks.values if ask.before in befores)
    return replace(topic, tell=tell or topic.tell, asks=asks)


def _topics(*topics: Topic) -> Choice[Topic]:
    return Choice((topic.verb, topic, 1.0) for topic in topics)


_HAS, _IS, _, _GAVE, _HID, _ = TOPICS
_WITH_COLOURS = _two_reversed(ph.COLOURS, _OWNED)
_ALL = _topics(*TOPICS)
COLOURED = _topics(_only(_HAS, " What colour is the", tell=_WITH_COLOURS))
"""Things that all have a colour, and the question for it."""
OWNED_IN_COLOUR = _topics(_only(_HAS, " Who has the", tell=_WITH_COLOURS))
"""The same, and the question who has one."""
PLACED = _topics(_only(_IS, " Where is"))
"""Where people are, and the question for it."""
AWAY = _topics(_only(_GAVE, " Who gave"), _only(_HID, " Who hid", " Where is"))
"""Things that were given away or hidden, and who did it, or where they are."""


@lru_cache(maxsize=4096)
def about(items: tuple[str, ...]) -> Choice[int]:
    """What was said, as what a question can be about."""
    return Choice(((item, i, 1.0) for i, item in enumerate(items)), "what was said before")


def recall(pen: Pen) -> None:
    """Two or three facts with one verb, one or two questions, answered in whole sentences."""
    topic, facts = told(pen)
    barred = senseless(topic.asks, facts)
    first = asked(pen, topic, pen.pick(topic.asks, barred), facts)
    again = pen.maybe(0.4, topic.asks, barred)
    if again is not None:
        asked(pen, topic, again, facts, (first,))


def senseless(asks: Choice[Ask], facts: list[Fact]) -> list[Ask]:
    """The questions that these facts say nothing about."""
    return [ask for ask in asks.values if not facts[0][ask.needs]]


def told(
    pen: Pen, third: float | None = None, fourth: float = 0.0, topics: Choice[Topic] = _ALL
) -> tuple[Topic, list[Fact]]:
    """Two to four facts with one verb.

    Args:
        pen: writes them.
        third: how often there is a third; the topic says if it is left out.
        fourth: how often a fourth follows the third.
        topics: the verbs.
    """
    who: Person | None = pen.pick(NAMES)
    topic = pen.pick(topics)
    often = (1.0, topic.third if third is None else third, fourth, 0.0)
    facts: list[Fact] = []
    while who is not None:
        facts.append((who.name, *topic.tell(pen, who.name, facts)))
        pen.say(".")
        who = _follower(pen, often[len(facts) - 1], _spoken_of(facts))
        if who is not None:
            pen.say(topic.verb)
    return topic, facts


def _spoken_of(facts: list[Fact]) -> list[Person]:
    known = set(_slot(facts, WHO) + _slot(facts, MORE))
    return [person for person in NAMES.values if person.name in known]


def asked(pen: Pen, topic: Topic, ask: Ask, facts: list[Fact], but: tuple[int, ...] = ()) -> int:
    """Write what is asked, and the answer; which fact it was about, none of those in `but`."""
    i = pen.pick(about(tuple(_slot(facts, ask.about))), but)
    if ask.after:
        pen.say(ask.after)
    if ask.recalls is not None:
        pen.recall(facts[i][ask.recalls], "what was said before")
        if ask.recalls == WHO:
            pen.say(" find")
    pen.say("?")
    says = ask.says or topic.again
    answer(pen, says(facts[i]), ask.fact)
    return i


def answer(pen: Pen, piece: str, fact: str) -> None:
    """Write what answers a question, or what an exercise asks for; `fact` names what it must agree
    with.
    """
    pen.mark("answer")
    pen.recall(piece, fact)
    pen.say(".")


def _follower(pen: Pen, often: float, but: list[Person]) -> Person | None:
    """Who is spoken of next, if anyone."""
    if often == 1:
        return pen.pick(NAMES, but)
    return pen.maybe(often, NAMES, but) if often else None
