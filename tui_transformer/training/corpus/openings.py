"""How a story opens: who it is about; and which openings are kept for tests."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from zlib import crc32

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.grammar import Choice, Pen, either, of
from tui_transformer.training.corpus.people import (
    BEASTS,
    CHILDREN,
    FEMALE,
    MALE,
    NAMES,
    NAMES_OF,
    ROLES,
    Person,
    the,
)  # fmt: skip
from tui_transformer.training.corpus.world import DENS, HOMES

RESERVED_ONE_IN = 7
"""One in so many pairs of an opening and a child's name is kept from training."""


@dataclass(slots=True)
class Story:
    """What has been said and must come back true."""

    hero: Person
    thing: ph.Thing | None = None
    """What the hero owns or longs for."""
    friend: Person | None = None
    """Who has been named as the hero's friend."""
    today: bool = False
    """Whether the day has begun, so that no "one day" can follow."""
    acting: bool = False
    """Whether the verb of what happens comes next."""


@cache
def reserved(opening: str) -> frozenset[Person]:
    """The children whom training never meets in this opening."""
    return frozenset(
        who for who in CHILDREN if crc32(f"{opening}{who.name}".encode()) % RESERVED_ONE_IN == 0
    )


TRAITS = lex.words(
    "little kind clever brave shy happy lonely young friendly curious cheerful gentle lazy funny "
    "merry busy poor proud lucky careful"
)
_LIVED = {"animal": DENS, MALE: HOMES, FEMALE: HOMES}
_SORTS = tuple(
    [(" boy", MALE, 6.0), (" girl", FEMALE, 6.0)]
    + [(word, the(word), 0.6) for word in ROLES]
    + [(word, the(word), 0.25) for word in BEASTS]
)
_SORT: Choice[str | Person] = Choice(_SORTS)
_A_SORT: Choice[tuple[str, str | Person] | None] = either(
    (0.8, Choice((lex.with_article(trait), None, 1.0) for trait in TRAITS)),
    (0.2, Choice((lex.with_article(word), ("", who), w) for word, who, w in _SORTS)),
)


_A_SORT_OR_NAME = either((0.6, _A_SORT), (0.4, NAMES))
_BARE_SORT: Choice[tuple[str, str | Person] | None] = either(
    (0.8, Choice((trait, None, 1.0) for trait in TRAITS)),
    (0.2, Choice((word, ("", who), w) for word, who, w in _SORTS if lex.is_plain(word))),
)


def _someone(pen: Pen, opening: str) -> Person:
    """Write `a kind girl named Lily`, `an old king`, `a fox`."""
    return _named_sort(pen, opening, pen.pick(_A_SORT))


def _named_sort(pen: Pen, opening: str, found: tuple[str, str | Person] | None) -> Person:
    """What comes after the article and the next word."""
    sort = found[1] if found else pen.pick(_SORT)
    if isinstance(sort, Person):
        return sort
    pen.say(" named")
    return pen.pick_split(NAMES_OF[sort], reserved(opening))


_WHO = of("who", ".")


def _there_was(pen: Pen, opening: str) -> Story:
    hero = _someone(pen, opening)
    if pen.pick(_WHO) == " who":
        if pen.pick(_LIVED_OR_LOVED) == " lived in a":
            pen.pick(_LIVED[hero.gender])
        else:
            pen.pick(ph.ACTIVITIES)
        pen.say(".")
    return Story(hero)


_LIVED_OR_LOVED = of("lived in a", "loved to")


def _lived(pen: Pen, opening: str) -> Story:
    hero = _someone(pen, opening)
    pen.say(" lived in a")
    pen.pick(_LIVED[hero.gender])
    pen.say(".")
    return Story(hero)


def _a(pen: Pen, opening: str) -> Story:
    hero = _named_sort(pen, opening, pen.pick(_BARE_SORT))
    pen.say(" lived in a")
    pen.pick(_LIVED[hero.gender])
    pen.say(".")
    return Story(hero)


def _in_a(pen: Pen, opening: str) -> Story:
    pen.pick(HOMES)
    pen.say(" there lived")
    hero = _someone(pen, opening)
    pen.say(".")
    return Story(hero)


def _one_day(pen: Pen, opening: str) -> Story:
    hero = pen.pick_split(_A_SORT_OR_NAME, reserved(opening))
    if not isinstance(hero, Person):
        hero = _named_sort(pen, opening, hero)
    return Story(hero, acting=True)


def _story_of(pen: Pen, opening: str) -> Story:
    hero = _someone(pen, opening)
    pen.say(".")
    return Story(hero)


def _once(pen: Pen, opening: str) -> Story:
    if pen.perhaps(0.65, " there was"):
        return _there_was(pen, opening)
    pen.say(",")
    return _lived(pen, opening + ",")


@cache
def _reserved_starts(hero: Person) -> frozenset[str]:
    return frozenset(start for start in _NAME_STARTS.values if hero in reserved(start))


def _named(pen: Pen, hero: Person) -> Story:
    """A story that begins with a name."""
    story = Story(hero)
    match pen.pick_split(_NAME_STARTS, _reserved_starts(hero)):
        case " was a":
            pen.pick(_CHILD_TRAITS)
            pen.recall(" boy" if hero.gender == MALE else " girl", "kind of child")
        case " had a":
            colour = pen.pick(ph.COLOURS)
            story.thing = ph.Thing(pen.pick(ph.TOYS.words), colour)
        case " lived in a":
            pen.pick(HOMES)
        case " loved to":
            pen.pick(ph.ACTIVITIES)
        case " was very":
            pen.pick(_MOODS)
        case " lived with":
            pen.recall(hero.his, "pronoun")
            pen.pick(_LIVED_WITH)
        case " and":
            story.friend = pen.pick(NAMES, (hero,))
            pen.pick(_WERE_FRIENDS)
    pen.say(".")
    return story


_NAME_STARTS = of("was a", "had a", "lived in a", "loved to", "was very", "lived with", "and")
_WERE_FRIENDS = of("were good friends", "were best friends", "went to the same school",
                   "lived in the same street", "liked the same games")  # fmt: skip
_CHILD_TRAITS = lex.plain(TRAITS)
_MOODS = of("happy", "hungry", "bored", "excited", "tired", "lonely", "kind", "brave", "shy")
_LIVED_WITH = of("grandmother", "grandfather", "aunt", "uncle", "mother and father", "two sisters",
                 "two brothers", "little dog", "old cat")  # fmt: skip


def _weather(pen: Pen, opening: str) -> Story:
    pen.pick(_DAY)
    pen.say(".")
    hero = pen.pick_split(NAMES, reserved(opening))
    pen.pick(_EARLY)
    pen.say(".")
    return Story(hero, today=True)


_DAY = Choice(
    (f"{day}{time}", day + time, 1.0) for day in lex.FINE_DAYS for time in lex.words("day morning")
)
_EARLY = of("woke up early", "looked out of the window", "had nothing to do", "was at home",
            "put on a coat and went out", "was very happy", "wanted to play")  # fmt: skip


def _the(pen: Pen, opening: str) -> Story:
    trait = pen.maybe(0.6, _ROLE_TRAITS)
    hero = pen.pick(_ROLE)
    if pen.pick(_LIVED_OR_WAS if trait is None else _JUST_LIVED) == " lived in a":
        pen.pick(_LIVED[hero.gender])
    else:
        pen.pick(_MOODS)
    pen.say(".")
    return Story(hero)


_ROLE_TRAITS = lex.plain(TRAITS)
_ROLE = Choice([(who.name[4:], who, 1.0) for who in map(the, ROLES)]
               + [(who.name[4:], who, 0.4) for who in map(the, BEASTS)])  # fmt: skip
_LIVED_OR_WAS, _JUST_LIVED = of("lived in a", "was very"), of("lived in a")

Opening = Callable[[Pen, str], Story]
_OPENINGS: Choice[tuple[str, Opening] | Person] = either(
    (0.3, Choice([(" Once upon a time", ("upon", _once), 1.0)])),
    (0.3, Choice((piece, (piece, how), weight) for piece, how, weight in (
        (" Once there was", _there_was, 3.0), (" There once was", _there_was, 2.0),
        (" Long ago there was", _there_was, 2.0), (" Long, long ago there was", _there_was, 1.0),
        (" In a", _in_a, 2.0), (" This is the story of", _story_of, 2.0),
        (" Many years ago,", _lived, 2.0), (" Far away,", _lived, 1.0),
        (" There was once", _there_was, 1.0), (" One day,", _one_day, 2.0),
        (" One morning,", _one_day, 1.0),
            (" A", _a, 1.0),
    ))),
    (0.2, Choice((who.name, who, 1.0) for who in NAMES.values)),
    (0.1, Choice([(" It was a", (" It was a", _weather), 1.0)])),
    (0.1, Choice([(" The", (" The", _the), 1.0)])),
)  # fmt: skip


def opening(pen: Pen) -> Story:
    """Write the first sentence or two, and what hangs on them."""
    start = pen.pick(_OPENINGS)
    story = _named(pen, start) if isinstance(start, Person) else start[1](pen, start[0])
    pen.mark("opening")
    if (
        not (story.today or story.acting)
        and story.thing is None
        and story.friend is None
        and pen.perhaps(0.45, story.hero.He)
    ):
        _more(pen, story)
    return story


def _more(pen: Pen, story: Story) -> None:
    """One more thing about the hero."""
    match pen.pick(_MORE):
        case " had a":
            if pen.perhaps(0.5, " friend named"):
                story.friend = pen.pick(NAMES, (story.hero,))
            else:
                colour = pen.pick(ph.COLOURS)
                story.thing = ph.Thing(pen.pick(ph.TOYS.words), colour)
        case " liked to":
            first = pen.pick(ph.ACTIVITIES)
            if pen.perhaps(0.5, " and"):
                pen.pick(ph.ACTIVITIES, (first,))
        case " had a friend named":
            story.friend = pen.pick(NAMES, (story.hero,))
        case " was never":
            pen.pick(_FAULTS)
        case " was always":
            pen.pick(_MOODS)
    pen.say(".")


_MORE = either(
    (0.3, of("had a")),
    (
        0.7,
        of(
            "liked to",
            "was always",
            "was never",
            "knew many songs",
            "knew everyone",
            "did not like rain",
            "was good at games",
            "could count to ten",
            "told funny stories",
        ),
    ),
)
_FAULTS = of("angry", "late", "afraid", "bored", "alone", "loud", "sad")
