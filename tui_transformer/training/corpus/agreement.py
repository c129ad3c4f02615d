"""Agreement across a distance ("the keys near the door are …"), and the pairs kept for tests."""

from dataclasses import dataclass
from functools import cache

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus.grammar import Choice, Pen, either, of
from tui_transformer.training.corpus.lexicon import Noun, nouns
from tui_transformer.training.corpus.people import NAMES

RESERVED_STEP = 7
"""A noun never stands in one sentence of training with the two nouns so far from it in its list.

Two of every noun's some thirty: what is kept is a matter of chance, which no model can know, so
that each of them adds to a perfect model's cross-entropy on the training distribution.
"""

PEOPLE = nouns("boy girl king queen teacher baker doctor farmer child/children man/men woman/women")
LIVING = (*PEOPLE, *lex.ANIMALS[:22])
LIFELESS = (
    *lex.THINGS[:16], *lex.TOYS[:10], *lex.PLANTS[:5],
    *nouns("table chair door window gate house barn tower bridge wheel"),
)  # fmt: skip
_OF = {True: LIVING, False: tuple(dict.fromkeys(LIFELESS))}


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A noun in one number."""

    noun: Noun
    plural: bool
    alive: bool

    @property
    def word(self) -> str:
        """The piece."""
        return self.noun.many if self.plural else self.noun.word

    @property
    def pronoun(self) -> str:
        """What a second clause calls it."""
        if self.plural:
            return " they"
        return _PRONOUN.get(self.noun.word, " it")


_PRONOUN = {" boy": " he", " king": " he", " man": " he", " girl": " she", " queen": " she",
            " woman": " she"}  # fmt: skip
_NO_PRONOUN = {" teacher", " baker", " doctor", " farmer", " child"}
FORMS = tuple(
    Form(noun, plural, alive)
    for alive, group in _OF.items() for noun in group for plural in (False, True)
)  # fmt: skip
_SUBJECTS: Choice[Form] = Choice((form.word, form, 1.0) for form in FORMS)
_OTHERS: Choice[Form] = Choice((" the" + form.word, form, 1.0) for form in FORMS)


def pair_is_reserved(one: Noun, two: Noun) -> bool:
    """Whether these two nouns are kept from training, whichever is the subject."""
    group = next((group for group in _OF.values() if one in group and two in group), None)
    if group is None:
        return False
    apart = (group.index(one) - group.index(two)) % len(group)
    return apart in (RESERVED_STEP, len(group) - RESERVED_STEP)


@cache
def _barred(subject: Noun, other: Noun | None, splits: str) -> frozenset[Form]:
    """The forms that cannot stand between this subject and its verb."""

    def out(form: Form) -> bool:
        if form.noun in (subject, other):
            return True
        kept = pair_is_reserved(subject, form.noun)
        return (splits == "train" and kept) or (splits == "held out" and not kept)

    return frozenset(form for form in FORMS if out(form))


_ADJECTIVES = of("old", "big", "little", "small")
_NEAR = of("near", "behind", "beside", "next to", "in front of", "by")
_LINKS = {False: _NEAR, True: either((0.7, _NEAR), (0.3, of("that saw")))}

VERB_PAIRS = (
    (" is", " are"), (" was", " were"), (" has", " have"), (" looks", " look"),
    (" belongs", " belong"), (" stands", " stand"), (" runs", " run"), (" sleeps", " sleep"),
    (" plays", " play"), (" waits", " wait"), (" likes", " like"),
)  # fmt: skip
"""A verb with one and with many."""

_VERBS = {
    (alive, plural): Choice(
        ((pair[plural], i, 4.0 if pair in VERB_PAIRS[:2] else 1.0)
         for i, pair in enumerate(VERB_PAIRS)
         if i in ((0, 1, 2, 3, 6, 7, 8, 9, 10) if alive else (0, 1, 3, 4, 5))),
        "agreement",
    )
    for alive in (False, True) for plural in (False, True)
}  # fmt: skip
_STATES = {False: lex.plain(lex.THING_STATES), True: lex.plain(lex.LIVING_STATES)}
_HAVE = of("a red hat", "a blue coat", "a green ball", "two friends", "a warm bed", "three books",
           "no time", "much to do", "a long way to go")  # fmt: skip
_WHERE = of("in the garden", "on the grass", "in the sun", "by the river", "in the rain",
            "under a tree", "every day", "all day", "in the morning")  # fmt: skip
_LIKES = of("milk", "bread", "honey", "music", "snow", "the sea", "games", "the sun", "stories")


def agreement(pen: Pen) -> None:
    """One sentence whose verb agrees with a subject some words away."""
    pen.say(" The")
    pen.maybe(0.2, _ADJECTIVES)
    pen.mark("subject")
    subject = pen.pick(_SUBJECTS)
    if pen.maybe(0.85, _LINKS[subject.alive]) is not None:
        other = _other(pen, subject, None)
        if pen.maybe(0.25, _NEAR) is not None:
            _other(pen, subject, other)
    pen.mark("verb")
    verb = pen.pick(_VERBS[subject.alive, subject.plural])
    state = _complement(pen, subject, verb)
    if state and subject.noun.word not in _NO_PRONOUN and pen.perhaps(0.4, ", but"):
        pen.recall(subject.pronoun, "pronoun")
        pen.recall(VERB_PAIRS[verb][subject.plural], "agreement")
        pen.say(" not")
        pen.pick(_STATES[subject.alive], (state,))
    pen.say(".")


def _other(pen: Pen, subject: Form, before: Form | None) -> Form:
    pen.mark("other")
    barred = _barred(subject.noun, before.noun if before else None, pen.splits)
    return pen.pick(_OTHERS, barred)


def _complement(pen: Pen, subject: Form, verb: int) -> str:
    """What follows the verb; the state that a second clause can deny, if any."""
    match VERB_PAIRS[verb][0]:
        case " is" | " was":
            pen.perhaps(0.3, " very")
            return pen.pick(_STATES[subject.alive])
        case " has":
            pen.pick(_HAVE)
        case " looks":
            pen.pick(_STATES[subject.alive])
        case " belongs":
            pen.say(" to")
            pen.pick(NAMES)
        case " likes":
            pen.pick(_LIKES)
        case _:
            pen.pick(_WHERE)
    return ""
