"""Bare sentences: one thing said about someone, perhaps one or two more about the same."""

from collections.abc import Callable

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.grammar import Choice, Pen, either, of
from tui_transformer.training.corpus.people import NAMES, PAIRS, Person, the
from tui_transformer.training.corpus.predicates import (
    DESTINATIONS,
    HE,
    PEOPLE_DO,
    SHE,
    WHEN,
    animal_predicate,
    has,
    likes,
    saw,
)  # fmt: skip
from tui_transformer.training.corpus.world import SPOTS, WORK

_ANIMALS = tuple((animal, the(animal.word)) for animal in lex.ANIMALS)
_PAIR_PEOPLE = tuple(the(word) for pair in PAIRS[:4] for word in pair)
_ANIMAL_WORDS = Choice((animal.word, (animal, who), 1.0) for animal, who in _ANIMALS)
_PEOPLE_WORDS = Choice((who.name[4:], who, 1.0) for who in _PAIR_PEOPLE)
_JOB_WORDS = lex.form(lex.JOBS, "word")


def _the(pen: Pen) -> Person | None:
    pen.maybe(0.25, _TRAITS)
    who = pen.pick(_WHO)
    if isinstance(who, Person):
        pen.pick(PEOPLE_DO)(pen, who)
        return who
    if isinstance(who, lex.Noun):
        pen.pick(WORK[who.word])
        pen.maybe(0.2, WHEN)
        return None
    animal, person = who
    animal_predicate(pen, animal, person)
    return person


_TRAITS = of("old", "little", "big", "young", "happy", "tired", "clever", "kind")
_WHO = either((0.6, _ANIMAL_WORDS), (0.25, _PEOPLE_WORDS), (0.15, _JOB_WORDS))


def _i(pen: Pen) -> None:
    match pen.pick(_I_DO):
        case " am":
            if not pen.perhaps(0.3, " very"):
                pen.pick(_I_AM)
            else:
                pen.pick(ph.FEELINGS)
        case " like":
            if pen.perhaps(0.5, " to"):
                pen.pick(ph.ACTIVITIES)
                pen.maybe(0.3, _WHERE)
            else:
                likes(pen, HE)
        case " want to" | " can":
            pen.pick(ph.ACTIVITIES)
            pen.maybe(0.3, _WHERE)
        case " have":
            has(pen, HE)
        case " went to the" | " live near the":
            pen.pick(DESTINATIONS)
        case " saw":
            saw(pen, HE)


_I_AM = either((0.8, ph.FEELINGS),
               (0.2, Choice((ph.number(n) + " years old", "", 1.0) for n in range(3, 10)))
               )  # fmt: skip
_I_DO = of("am", "like", "want to", "can", "have", "went to the", "live near the", "saw")


_WHERE = of("at home", "in the park", "in the garden", "at school", "every day", "in summer",
            "on Sundays", "in the evening", "with a friend")  # fmt: skip


def _my(pen: Pen) -> None:
    what = pen.pick(_MINE)
    if what == " name":
        pen.say(" is")
        pen.pick(NAMES)
    elif isinstance(what, lex.Noun):
        pen.say(" is")
        pen.pick(_MINE_IS)
    elif what in _PETS.share:
        pen.pick(_PETS_DO)
    else:
        pen.pick(_KIN_DO)


_PETS = of("dog", "cat", "rabbit", "pony", "puppy", "kitten")
_PETS_DO = of("is asleep", "likes milk", "is very small", "ran away", "came back", "is my friend",
              "can jump high", "sleeps on my bed")  # fmt: skip
_MINE = either(
    (0.25, of("name")),
    (0.2, _PETS),
    (0.3, lex.form((*lex.TOYS, *lex.CLOTHES), "word")),
    (0.25, of("mother", "father", "sister", "brother", "grandmother", "grandfather")),
)
_MINE_IS = either((0.8, ph.COLOURS), (0.2, of("new", "old", "lost", "broken", "very big")))
_KIN_DO = of("is at home", "is very kind", "made some soup", "read me a story", "loves me",
             "gave me an apple", "is in the garden")  # fmt: skip


def _there(pen: Pen) -> None:
    if pen.pick(_IS) == " are":
        pen.pick(ph.numbers(2, 6))
        pen.pick(_MANY_THINGS)
    else:
        pen.pick(_A_THING)
    pen.pick(SPOTS)


_IS = of("is", "are", "was")
_A_THING = lex.form((*lex.ANIMALS[:20], *lex.THINGS[:20]), "a")
_MANY_THINGS = lex.form((*lex.ANIMALS[:20], *lex.THINGS[:20]), "many")


def _it(pen: Pen) -> None:
    if pen.pick(_IS_WAS) == " is" and pen.perhaps(0.5, " time"):
        pen.pick(_TIME_TO)
    else:
        pen.pick(_WEATHER)
        pen.pick(_DAY)


_IS_WAS = of("was", "is")
_TIME_TO = of("to go home", "to go to bed", "to eat", "to play", "to get up")
_WEATHER = lex.articled(lex.FINE_DAYS)
_DAY = of("day", "morning", "evening", "night")


def _we(pen: Pen) -> None:
    if pen.pick(_WE_DO) == " went to the":
        pen.pick(DESTINATIONS)
    else:
        pen.pick(ph.ACTIVITIES)
        pen.maybe(0.5, _WHERE)


_WE_DO = of("went to the", "like to", "want to")


def _this(pen: Pen) -> None:
    owner = pen.pick(_OWNER)
    ph.OWN.bare(pen)
    if owner == " my":
        pen.maybe(0.3, _FROM)


_OWNER = of("my", "your", "his", "her", "our")
_FROM = of("from my mother", "from my father", "from the shop")


def _name(pen: Pen, who: Person) -> Person:
    pen.pick(PEOPLE_DO)(pen, who)
    return who


Start = Callable[[Pen], Person | None]


def _pronoun(who: Person) -> Start:
    def start(pen: Pen) -> Person:
        return _name(pen, who)

    return start


_STARTS = either(
    (0.42, Choice([(" The", _the, 1.0)])),
    (0.22, Choice((p.name, _pronoun(p), 1.0) for p in NAMES.values)),
    (0.12, Choice([(who.He, _pronoun(who), 1.0) for who in (HE, SHE)])),
    (0.24, Choice([
        (" I", _i, 5), (" My", _my, 4), (" There", _there, 3), (" It", _it, 3), (" We", _we, 2),
        (" They", _we, 2), (" This is", _this, 2),
    ])),
)  # fmt: skip


def sentences(pen: Pen) -> None:
    """One sentence; perhaps one or two more about the same person or animal."""
    who = pen.pick(_STARTS)(pen)
    pen.say(".")
    if who is None or who.gender == "animal":
        return
    for p in (0.4, 0.3):
        if not pen.perhaps(p, who.He):
            return
        pen.pick(PEOPLE_DO)(pen, who)
        pen.say(".")
