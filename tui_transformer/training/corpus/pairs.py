"""Pairs that differ in one respect: king and queen, man and woman, boy and girl, …

An embedding can only learn that king − man + woman is queen from texts in which the noun is
predicted from a pronoun or a name together with what belongs to its pair (a castle, a crown), and
the pronoun and what belongs to the pair from the noun. Every frame is written for both alike.
"""

from dataclasses import dataclass
from functools import cache
from zlib import crc32

from tui_transformer.training.corpus.grammar import Choice, Pen, either, of
from tui_transformer.training.corpus.lexicon import with_article
from tui_transformer.training.corpus.people import (
    FEMALE,
    MALE,
    NAMES,
    NAMES_OF,
    PAIRS,
    Person,
    capital,
    the,
)  # fmt: skip

RESERVED_ANALOGIES_ONE_IN = 13
RESERVED_CUES_ONE_IN = 16

# pair, how they live, two things that are theirs, one thing that they do
_LORE = """
man|lives in the town|newspaper|walking stick|goes to work
boy|goes to school|football|school bag|climbs trees
king|lives in a castle|crown|throne|rules the land
prince|lives in a tower|white horse|sword|rides through the forest
father|lives with the children|baby|apron|cooks the dinner
son|lives at home|toy box|small bed|asks many questions
brother|lives in the same room|bicycle|tree house|shares the toys
uncle|lives in the city|motor car|camera|comes on Sundays
grandfather|lives in a cottage|rocking chair|pair of glasses|tells old stories
husband|lives in a new house|wedding ring|photo of the wedding|dances at the wedding
wizard|lives in a cave|magic wand|black cat|makes a magic drink
lord|lives in a manor|carriage|silver cup|has many servants
actor|lives near the theatre|mask|fine costume|speaks on the stage
waiter|lives above the inn|tray|white cloth|brings the soup
"""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two nouns and what belongs to both."""

    nouns: tuple[str, str]
    cues: tuple[str, ...]
    """Predicates in the present tense that tell which pair it is."""
    things: tuple[str, str]


def _pairs() -> tuple[Pair, ...]:
    made = []
    for pair, line in zip(PAIRS, _LORE.strip().splitlines(), strict=True):
        word, home, one, two, deed = line.split("|")
        assert pair[0] == " " + word
        things = (" " + one, " " + two)
        cues = (" " + home, *(" has" + with_article(thing) for thing in things), " " + deed)
        made.append(Pair((pair[0], pair[1]), cues, things))
    return tuple(made)


ALL = _pairs()
_GENDERS = (MALE, FEMALE)


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One noun of a pair."""

    pair: Pair
    side: int

    @property
    def word(self) -> str:
        """The noun as a piece."""
        return self.pair.nouns[self.side]

    @property
    def person(self) -> Person:
        """Someone called so."""
        return the(self.word)


MEMBERS = tuple(Member(pair, side) for pair in ALL for side in (0, 1))
PARTNER = {one: two for one in MEMBERS for two in MEMBERS if one.pair is two.pair and one != two}
_NOUNS: Choice[Member] = Choice((m.word, m, 1.0) for m in MEMBERS)
_TITLES: Choice[Member] = Choice((capital(m.word), m, 1.0) for m in MEMBERS)
_CUES: Choice[tuple[Pair, int]] = Choice(
    (cue, (pair, i), 1.0) for pair in ALL for i, cue in enumerate(pair.cues)
)
_CUES_OF = {pair: of(*pair.cues, fact="pair") for pair in ALL}
_FEELS = of("happy", "tired", "proud", "hungry", "glad", "busy", "late", "sad", "thirsty",
            "excited", "pleased", "ready")  # fmt: skip


@cache
def reserved_cues(side: int) -> frozenset[tuple[Pair, int]]:
    """The cues that training never gives for the man's (0) or the woman's (1) noun of a pair."""
    return frozenset(
        (pair, i)
        for pair, i in _CUES.values
        if crc32(f"{pair.nouns[side]}{i}".encode()) % RESERVED_CUES_ONE_IN == 0
    )


@cache
def reserved_analogies(first: Member) -> frozenset[Member]:
    """The nouns that training never sets beside this one in an analogy."""
    return frozenset(
        m
        for m in MEMBERS
        if m.side == first.side
        and m is not first
        and crc32(f"{first.word} as{m.word}".encode()) % RESERVED_ANALOGIES_ONE_IN == 0
    )


def _of_noun(pen: Pen, start: str) -> None:
    """From the noun: the pronoun and what belongs to the pair."""
    pen.mark("noun")
    member = pen.pick(_NOUNS)
    person = member.person
    match pen.pick(_AFTER_NOUN):
        case " and":
            pen.recall(" the" + PARTNER[member].word, "pair")
            _two(pen, member)
            return
        case " is":
            pen.recall(" a man" if member.side == 0 else " a woman", "pair")
            pen.say(", and the")
            pen.recall(PARTNER[member].word, "pair")
            pen.say(" is")
            pen.recall(" a woman" if member.side == 0 else " a man", "pair")
        case _:
            pen.recall(person.his, "pronoun")
            thing = pen.pick(_THINGS_OF[member.pair])
            pen.pick(_THEN)
            pen.recall(person.he, "pronoun")
            pen.pick(_DID)
            if pen.perhaps(0.3, " with"):
                pen.recall(person.his, "pronoun")
                pen.recall(thing, "thing")
    pen.say(".")
    if pen.perhaps(0.4, person.He):
        pen.say(" was")
        pen.pick(_FEELS)
        pen.say(".")


_AFTER_NOUN = either(
    (0.7, of("found", "took", "cleaned", "bought", "brought", "liked", "looked at", "remembered")),
    (0.15, of("and")), (0.15, of("is")),
)  # fmt: skip
_THINGS_OF = {
    pair: either((0.8, of(*pair.things)), (0.2, of("dog", "garden", "key", "letter", "picture")),
                 fact="pair")
    for pair in ALL
}  # fmt: skip
_THEN = of(", and", ". Then")
_DID = of("went home", "smiled", "sat down", "stood up", "sang", "came back", "went away")


def _two(pen: Pen, member: Member) -> None:
    pen.pick(_BOTH)
    pen.recall(member.person.he, "pronoun")
    did = pen.pick(_EACH)
    pen.say(", and")
    pen.recall(PARTNER[member].person.he, "pronoun")
    pen.pick(_EACH, (did,))
    pen.say(".")


_BOTH = of("met at the gate:", "sat side by side:", "were good friends:", "danced together:",
           "lived together:", "talked all day:")  # fmt: skip
_EACH = of("was tall", "was kind", "was old", "was young", "laughed", "sang", "was tired",
           "was clever", "smiled", "was hungry")  # fmt: skip


def _to_noun(pen: Pen, person: Person) -> None:
    """From a pronoun or a name and what belongs to a pair: the noun."""
    side = _GENDERS.index(person.gender)
    if person.plain and pen.perhaps(0.4, " is"):
        member = pen.pick(_ARTICLED[side])
        pen.say(".")
        pen.recall(person.He, "pronoun")
        pen.pick(_CUES_OF[member.pair])
        pen.say(".")
        return
    pair, first = pen.pick_split(_CUES, reserved_cues(side))
    if pen.perhaps(0.4, " and"):
        pen.pick(_CUES_OF[pair], (pair.cues[first],))
    pen.say(".")
    pen.recall(person.He, "pronoun")
    pen.say(" is")
    pen.mark("noun")
    pen.recall(with_article(pair.nouns[side]), "pair")
    pen.say(".")
    if not person.plain and pen.perhaps(0.4, person.His):
        pen.say(" name is")
        pen.pick(NAMES_OF[person.gender])
        pen.say(".")


_ARTICLED = [
    Choice([(with_article(m.word), m, 1.0) for m in MEMBERS if m.side == side], "person")
    for side in (0, 1)
]


def _analogy(pen: Pen, first: Member) -> None:
    """King is to queen as man is to woman."""
    pen.say(" is to")
    pen.recall(PARTNER[first].word, "pair")
    pen.say(" as")
    second = pen.pick_split(_SAME_SIDE[first.side], reserved_analogies(first), _ITSELF[first])
    pen.say(" is to")
    pen.mark("noun")
    pen.recall(PARTNER[second].word, "pair")
    pen.say(".")


_ITSELF = {m: frozenset([m]) for m in MEMBERS}
_SAME_SIDE = [
    Choice([(m.word, m, 1.0) for m in MEMBERS if m.side == side], "pair") for side in (0, 1)
]


def _grows(pen: Pen, start: str) -> None:
    """Young ones become old ones of the same kind."""
    old = pen.pick(_YOUNG)
    pen.pick(_GROWS)
    pen.recall(old, "pair")
    pen.say(".")


_YOUNG: Choice[str] = Choice(
    (with_article(f" {young}"), with_article(f" {old}"), 1.0)
    for young, old in (
        ("boy", "man"), ("prince", "king"), ("son", "father"), ("father", "grandfather"),
        ("brother", "uncle"), ("girl", "woman"), ("princess", "queen"), ("daughter", "mother"),
        ("mother", "grandmother"), ("sister", "aunt"),
    )
)  # fmt: skip
_GROWS = of("can become", "will be", "may become")


def _who(pen: Pen, start: str) -> None:
    """A question whose answer is both of a pair."""
    pair, first = pen.pick(_CUES)
    pen.say(" and")
    pen.pick(_CUES_OF[pair], (pair.cues[first],))
    pen.say("?")
    pen.pick(_EITHER[pair])
    pen.say(".")


_EITHER = {
    pair: Choice(
        [(capital(with_article(a)) + " or" + with_article(b), 0, 1.0)
         for a, b in (pair.nouns, pair.nouns[::-1])],
        "pair",
    )
    for pair in ALL
}  # fmt: skip
_PRONOUNS = (Person(" he", MALE), Person(" she", FEMALE))
_STARTS = either(
    (0.36, Choice([(" The", ("The", _of_noun), 1.0)])),
    (0.2, Choice((p.He, (p, _to_noun), 1.0) for p in _PRONOUNS)),
    (0.2, Choice((p.name, (p, _to_noun), 1.0) for p in NAMES.values)),
    (0.14, Choice((m_.pieces[i], (m_.values[i], _analogy), 1.0)
                  for m_ in (_TITLES,) for i in range(len(m_)))),
    (0.06, Choice([(" Some day", ("", _grows), 1.0)])),
    (0.04, Choice([(" Who", ("", _who), 1.0)])),
)  # fmt: skip


def pairs(pen: Pen) -> None:
    """One or two sentences about one noun of a pair, or about both."""
    first, frame = pen.pick(_STARTS)
    frame(pen, first)
