"""What people and animals do: the predicates of bare sentences."""

from collections.abc import Callable
from functools import cache

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.grammar import Choice, Pen, either, of
from tui_transformer.training.corpus.people import (
    FEMALE,
    MALE,
    NAMES,
    Person,
    kin_choice,
)  # fmt: skip
from tui_transformer.training.corpus.world import (
    AT_PLACES,
    HABITS,
    HOMES,
    MADE,
    PLACES,
    SEATS,
    SPOTS,
    THEN,
)  # fmt: skip

Predicate = Callable[[Pen, Person], None]
"""Writes what someone does, the verb being written already, up to the full stop."""

FAVOURITE = 0.6
"""How often an animal sits on the thing that it likes best."""

HE, SHE = Person(" he", MALE), Person(" she", FEMALE)
DESTINATIONS = either(
    (0.7, Choice((p.word, p.word, 1.0) for p in PLACES)),
    (0.3, of("house", "door", "gate", "tree", "barn", "well", "pond", "bridge")),
)
WHEN = of("today", "in the morning", "in the evening", "again", "after lunch", "all day")
_OFTEN = of("at home", "in the garden", "every day", "in summer", "in the evening")
_HOW = of("slowly", "quickly", "happily", "quietly")
_SIGHTS = of("moon", "stars", "clouds", "rain", "snow", "sun", "birds", "sea", "flowers")
_TALES = of("dragon", "king", "queen", "ship", "bear", "wolf", "fairy", "giant", "princess")
_OVER = of("fence", "wall", "log", "gate", "stone", "puddle", "stream")
_MEALS = of("breakfast", "lunch", "dinner")
_INTO = of("box", "basket", "bag", "bucket", "cup", "jar", "drawer")
_ALSO = of("too", "very much", "best of all")
_SURFACES = of("table", "shelf", "bed", "chair", "floor", "bench", "window", "sofa")
_GOING = of("happy", "bored", "lonely", "excited", "late")
_MADE = Choice((m.item.a, m, 1.0) for m in MADE if m.made == " made")
_RECEIVERS = {who.he: either((0.8, NAMES), (0.2, kin_choice(who))) for who in (HE, SHE)}


def _was(pen: Pen, who: Person) -> None:
    pen.perhaps(0.6, " very")
    feeling = pen.pick(ph.FEELINGS)
    if pen.perhaps(0.4, ", so"):
        pen.recall(who.he, "pronoun")
        pen.pick(THEN[feeling])
    elif pen.perhaps(0.2, " and"):
        pen.pick(ph.FEELINGS, (feeling,))


def _goes(pen: Pen, who: Person) -> None:
    pen.pick(DESTINATIONS)
    if pen.perhaps(0.15, " because"):
        pen.recall(who.he, "pronoun")
        pen.say(" was")
        pen.pick(_GOING)
    else:
        pen.maybe(0.25, WHEN)


def _wanted_to(pen: Pen, who: Person) -> None:
    pen.pick(ph.ACTIVITIES)
    if pen.perhaps(0.3, ", but"):
        pen.recall(who.he, "pronoun")
        pen.say(" was too")
        pen.pick(_TOO)


_TOO = of("tired", "busy", "shy", "small", "sleepy", "ill")


def _loves_to(pen: Pen, who: Person) -> None:
    pen.pick(ph.ACTIVITIES)
    pen.maybe(0.3, _OFTEN)


def has(pen: Pen, who: Person) -> None:
    """Things that one owns, none twice."""
    first = ph.OWN.a(pen)
    if pen.perhaps(0.3, " and"):
        ph.OWN.a(pen, (first.noun,))


def saw(pen: Pen, who: Person) -> None:
    """An animal, perhaps at a place."""
    ph.BEASTS.a(pen)
    pen.maybe(0.5, AT_PLACES)


def _found(pen: Pen, who: Person) -> None:
    ph.FOUND.a(pen)
    pen.maybe(0.6, SPOTS)


def _ate(pen: Pen, who: Person) -> None:
    if pen.perhaps(0.4, " some"):
        pen.pick(ph.SOME_FOOD)
    else:
        ph.FOOD.a(pen)
    if pen.perhaps(0.3, " for"):
        pen.pick(_MEALS)
    elif pen.perhaps(0.2, " because"):
        pen.recall(who.he, "pronoun")
        pen.say(" was hungry")


def likes(pen: Pen, who: Person) -> None:
    """Things to eat, none twice."""
    first = pen.pick(ph.FRUIT_MANY)
    if pen.perhaps(0.3, " and"):
        pen.pick(ph.FRUIT_MANY, (first,))
    else:
        pen.maybe(0.2, _ALSO)


def _played_with(pen: Pen, who: Person) -> None:
    ph.TOYS.bare(pen)
    pen.maybe(0.5, AT_PLACES)


def _put(pen: Pen, who: Person) -> None:
    ph.FOUND.bare(pen)
    if pen.perhaps(0.4, " into the"):
        pen.pick(_INTO)
    else:
        pen.say(" on the")
        pen.pick(_SURFACES)


def _gave(pen: Pen, who: Person) -> None:
    ph.OWN.a(pen)
    pen.say(" to")
    pen.pick(_RECEIVERS[who.he], (who,))


def _made(pen: Pen, who: Person) -> None:
    made = pen.pick(_MADE)
    if pen.perhaps(0.6, " of"):
        pen.recall(made.needs[0], "material")
        pen.say(" and")
        pen.recall(made.needs[1], "material")


def _lost(pen: Pen, who: Person) -> None:
    pen.recall(who.his, "pronoun")
    ph.OWN.bare(pen)
    pen.maybe(0.4, AT_PLACES)


def _tale(pen: Pen, who: Person) -> None:
    pen.pick(_TALES)
    pen.maybe(0.3, WHEN)


def _looked(pen: Pen, who: Person) -> None:
    pen.pick(_SIGHTS)
    pen.maybe(0.3, WHEN)


def _helped(pen: Pen, who: Person) -> None:
    pen.pick(kin_choice(who))
    pen.maybe(0.5, AT_PLACES)


def _lives(pen: Pen, who: Person) -> None:
    pen.pick(HOMES)


def _sits(pen: Pen, who: Person) -> None:
    pen.pick(_SURFACES)


def _when(pen: Pen, who: Person) -> None:
    pen.maybe(0.5, WHEN)


PEOPLE_DO: Choice[Predicate] = Choice(
    [
        (" was", _was, 5), (" went to the", _goes, 3),
        (" walked to the", _goes, 1), (" ran to the", _goes, 2), (" wanted to", _wanted_to, 2),
        (" loves to", _loves_to, 1), (" likes", likes, 2), (" has", has, 2), (" had", has, 1),
        (" saw", saw, 2), (" found", _found, 2), (" ate", _ate, 2),
        (" played with the", _played_with, 2), (" put the", _put, 2), (" gave", _gave, 2),
        (" made", _made, 1), (" read a story about a", _tale, 1), (" looked at the", _looked, 2),
        (" helped", _helped, 2), (" lives in a", _lives, 1), (" sang a song", _when, 1),
        (" sat on the", _sits, 1), (" lost", _lost, 2),
    ]
)  # fmt: skip


@cache
def _seats(animal: lex.Noun) -> Choice[str]:
    """Where an animal sits, the thing that it likes best with probability `FAVOURITE`."""
    best = HABITS[animal][1]
    others = [seat for seat in SEATS if seat != best]
    return either((FAVOURITE, of(best)), (1 - FAVOURITE, of(*others)))


_ANIMALS_DO = Choice(
    [
        (" sat on the", "seat", 4), (" slept on the", "seat", 2), (" lay on the", "seat", 1),
        (" ran", "runs", 4), (" went to the", "goes", 1), (" jumped over the", "over", 2),
        (" ate the", "food", 2), (" likes", "food", 1), (" was very", "was", 2),
        (" saw", "saw", 2), (" is", "colour", 1), (" looked at the", "look", 1),
    ]
)  # fmt: skip
_BEASTS_THEN = {
    " hungry": of("looked for food"),
    " tired": of("fell asleep", "went home", "lay down"),
    " sleepy": of("fell asleep", "lay down"),
    " thirsty": of("drank some water"),
    " happy": of("ran and jumped", "played all day"),
    " scared": of("ran away", "hid under a bush"),
    " cold": of("went inside", "lay in the sun"),
}
_BEASTS_FEEL = lex.plain(_BEASTS_THEN)
_PELTS = of("brown", "black", "white", "grey", "big", "small", "young", "old")


def animal_predicate(pen: Pen, animal: lex.Noun, who: Person) -> None:
    """What an animal does."""
    match pen.pick(_ANIMALS_DO):
        case "seat":
            pen.pick(_seats(animal))
            pen.perhaps(0.1, " and fell asleep")
        case "goes":
            _goes(pen, who)
        case "over":
            pen.pick(_OVER)
        case "food":
            pen.recall(HABITS[animal][0], "food")
        case "was":
            feeling = pen.pick(_BEASTS_FEEL)
            if pen.perhaps(0.4, ", so"):
                pen.recall(who.he, "pronoun")
                pen.pick(_BEASTS_THEN[feeling])
        case "saw":
            saw(pen, who)
        case "look":
            _looked(pen, who)
        case "runs":
            if pen.perhaps(0.75, " to the"):
                _goes(pen, who)
            else:
                pen.pick(_HOW)
        case "colour":
            pen.pick(_PELTS)
