"""Facts that are all alike, and questions about one of them: who, where, what, how many, whether.

To answer takes finding the fact that is asked for among others with the same verb. There are three
forms of document: in one an answer says the fact again, in a whole sentence; in another it is a
word or two; in the third facts are told again and asked for many times, in whole sentences. From
the third a model learns within a thousand steps to find a fact by a word of it, and then it knows
it in the first, where so few words depend on it that it hardly ever comes about.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

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
    """A question: the words before and after what it is about, and how it is answered in brief."""

    about: int
    before: str
    after: str
    answer: Callable[[Fact], str]
    fact: str
    recalls: int | None = None
    """A slot that comes back in the question, between `after` and the question mark."""
    whole: Callable[[Fact], str] | None = None
    """Another whole sentence for an answer than the fact itself."""
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
    """Questions, answered in brief."""
    whole: Choice[Ask]
    """Those that a whole sentence answers."""
    third: float


def _topic(verb: str, tell: Tell, again: Callable[[Fact], str], third: float, *asks: Ask) -> Topic:
    brief, whole = asks, [ask for ask in asks if ask is not _YES_NO]
    return Topic(verb, tell, again, _choice(brief), _choice(whole), third)


def _choice(asks: Iterable[Ask]) -> Choice[Ask]:
    return Choice((ask.before, ask, 1.0) for ask in asks)


def _who(fact: Fact) -> str:
    return fact[WHO]


def _thing(fact: Fact) -> str:
    return capital(fact[THING])


def _more(fact: Fact) -> str:
    return capital(fact[MORE])


_YES_NO = Ask(THING, " Is the", "", _more, "colour", needs=MORE)


def _having(tell: Tell) -> Topic:
    return _topic(
        " has a", tell, lambda f: f"{f[WHO]} has a{f[MORE]}{f[THING]}", 0.5,
        Ask(THING, " Who has the", "", _who, "owner"),
        Ask(WHO, " What does", " have", lambda f: f" A{f[MORE]}{f[THING]}", "thing"),
        Ask(THING, " What colour is the", "", _more, "colour",
            whole=lambda f: f" The{f[THING]} is{f[MORE]}", needs=MORE),
        _YES_NO,
    )  # fmt: skip


TOPICS = (
    _having(_owned),
    _topic(
        " is", _one(AT), lambda f: f"{f[WHO]} is{f[THING]}", 0.5,
        Ask(WHO, " Where is", "", _thing, "place"),
        Ask(THING, " Who is", "", _who, "person"),
    ),
    _topic(
        " found", _two_reversed(NUMBERS, COUNTED),
        lambda f: f"{f[WHO]} found{f[MORE]}{f[THING]}", 0.4,
        Ask(THING, " How many", " did", _more, "number", recalls=WHO),
        Ask(THING, " Who found the", "", _who, "person"),
    ),
    _topic(
        " gave", _give, lambda f: f"{f[WHO]} gave{f[THING]} to{f[MORE]}", 0.0,
        Ask(THING, " Who has", " now", _more, "owner",
            whole=lambda f: f"{f[MORE]} has{f[THING]} now"),
        Ask(THING, " Who gave", " away", _who, "person"),
        Ask(WHO, " What did", " give to", _thing, "thing", recalls=MORE),
    ),
    _topic(
        " hid", _two(THINGS, SPOTS), lambda f: f"{f[WHO]} hid{f[THING]}{f[MORE]}", 0.3,
        Ask(THING, " Where is", "", _more, "place"),
        Ask(WHO, " What did", " hide", _thing, "thing"),
        Ask(THING, " Who hid", "", _who, "person"),
    ),
    _topic(
        " likes", _one(LIKED), lambda f: f"{f[WHO]} likes{f[THING]}", 0.5,
        Ask(THING, " Who likes", "", _who, "person"),
        Ask(WHO, " What does", " like", _thing, "thing"),
    ),
)  # fmt: skip
_TOPICS: Choice[Topic] = Choice((topic.verb, topic, 1.0) for topic in TOPICS)
_WITH_COLOURS: Choice[Topic] = Choice(
    (topic.verb, topic, 1.0)
    for topic in (_having(_two_reversed(ph.COLOURS, OWNED)), *TOPICS[1:])
)  # fmt: skip
"""The same, but whatever someone has has a colour."""


@lru_cache(maxsize=4096)
def about(items: tuple[str, ...]) -> Choice[int]:
    """What was said, as what a question can be about."""
    return Choice(((item, i, 1.0) for i, item in enumerate(items)), "what was said before")


def recall(pen: Pen) -> None:
    """Two or three facts with one verb, one or two questions, answered in whole sentences."""
    _document(pen, _TOPICS, brief=False)


def coloured_recall(pen: Pen) -> None:
    """The same, where whatever someone has has a colour."""
    _document(pen, _WITH_COLOURS, brief=False)


def brief_recall(pen: Pen) -> None:
    """Facts with colours and questions, answered in a word or two."""
    _document(pen, _WITH_COLOURS, brief=True)


def practice(pen: Pen) -> None:
    """Two to four facts with one verb, then a question, then facts told again and questions.

    The first is a question because a name that was told might begin a further fact.
    """
    topic, facts = told(pen, 0.8, 0.6, _WITH_COLOURS)
    names = tuple(fact[WHO] for fact in facts)
    for at in range(ITEMS):
        item = pen.pick(_items(topic, names if at else ()))
        if isinstance(item, int):
            pen.recall(topic.again(facts[item]).removeprefix(facts[item][WHO]), "what was said")
            pen.say(".")
        else:
            asked(pen, item, facts, (), topic.again)


ITEMS = 8
"""How often a fact is told again or asked for."""
TOLD = 0.3
"""How many of them are told again."""


@lru_cache(maxsize=4096)
def _items(topic: Topic, names: tuple[str, ...]) -> Choice[int | Ask]:
    """What can come next: a fact told again, by its first word, or a question."""
    asks = [
        (ask.before, ask, 1.0 if ask.before.startswith(" Who") else 2.0)
        for ask in topic.whole.values
    ]
    often = sum(weight for _, _, weight in asks) * TOLD / (1 - TOLD)
    told = [(name, i, often / len(names)) for i, name in enumerate(names)]
    return Choice[int | Ask]([*told, *asks], "what was said")


def _document(pen: Pen, topics: Choice[Topic], *, brief: bool) -> None:
    topic, facts = told(pen, topics=topics)
    asks = topic.asks if brief else topic.whole
    whole = None if brief else topic.again
    barred = senseless(asks, facts)
    first = asked(pen, pen.pick(asks, barred), facts, (), whole)
    again = pen.maybe(0.4, asks, barred)
    if again is not None:
        asked(pen, again, facts, (first,), whole)


def senseless(asks: Choice[Ask], facts: list[Fact]) -> list[Ask]:
    """The questions that these facts say nothing about."""
    return [ask for ask in asks.values if not facts[0][ask.needs]]


def told(
    pen: Pen, third: float | None = None, fourth: float = 0.0, topics: Choice[Topic] = _TOPICS
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


def asked(
    pen: Pen,
    ask: Ask,
    facts: list[Fact],
    but: tuple[int, ...],
    whole: Callable[[Fact], str] | None,
) -> int:
    """Write what is asked, and the answer; which fact it was about, none of those in `but`.

    The answer is a sentence where `whole` makes one of a fact, else a word or two.
    """
    items = tuple(_slot(facts, ask.about))
    i = pen.pick(about(items), but)
    if ask is _YES_NO:
        colour = pen.pick(about(tuple(_slot(facts, MORE))))
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
    says = ask.answer if whole is None else ask.whole or whole
    answer(pen, says(facts[i]), ask.fact)
    return i


def answer(pen: Pen, piece: str, fact: str) -> None:
    """Write what answers a question; `fact` names what it must agree with."""
    pen.mark("answer")
    pen.recall(piece, fact)
    pen.say(".")


def _follower(pen: Pen, often: float, but: list[Person]) -> Person | None:
    """Who is spoken of next, if anyone."""
    if often == 1:
        return pen.pick(NAMES, but)
    return pen.maybe(often, NAMES, but) if often else None
