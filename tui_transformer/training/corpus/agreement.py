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

_SORTS = ("person", "animal", "thing")


def _sort(form: Form) -> str:
    if not form.alive:
        return "thing"
    return "person" if form.noun in PEOPLE else "animal"


def _by_sort(*rows: tuple[str, str, Choice[str]]) -> dict[tuple[str, str], Choice[str]]:
    """From sorts, verbs and what follows these of those."""
    return {(sort, verb): follows for sorts, verbs, follows in rows
            for sort in sorts.split() for verb in lex.words(verbs)}  # fmt: skip


_TO_SOMEONE = Choice((" to" + p.name, p.name, 1.0) for p in NAMES.values)
_DOING = "runs sleeps plays waits"
_FOLLOWS = _by_sort(
    ("person", "is was looks", lex.plain(lex.words(
        "tired hungry happy thirsty busy proud kind clever late glad old young"))),
    ("animal", "is was looks", lex.plain(lex.words(
        "tired hungry thirsty sleepy quiet small big old young fast slow wild"))),
    ("thing", "is was looks", lex.plain(lex.THING_STATES)),
    ("person", "has", of("a red hat", "a blue coat", "two friends", "a new book", "no time",
                         "much to do", "three books", "a good job")),
    ("animal", "has", of("a warm bed", "a green ball", "much to eat", "no food", "a soft nose",
                         "two young ones", "a long way to go", "a quiet place")),
    ("person", "likes", of("music", "games", "stories", "the sea", "soup", "tea", "songs")),
    ("animal", "likes", of("milk", "honey", "bread", "the sun", "the grass", "warm days",
                           "fresh water")),
    ("person", f"stands {_DOING}", of(
        "in the kitchen", "at the market", "in the shop", "at home", "near the school",
        "at the station", "all day", "every day", "in the morning")),
    ("animal", f"stands {_DOING}", of(
        "on the grass", "in the sun", "under a tree", "by the river", "in the rain",
        "in the forest", "all day", "every day", "in the morning")),
    ("thing", "stands", of(
        "in the corner", "by the wall", "on the table", "near the window", "in the hall",
        "under the stairs")),
    ("thing", "belongs", _TO_SOMEONE),
)  # fmt: skip
"""What follows a verb, by the sort of its subject and the verb with one: it fits the subject, so
that a verb, too, must be read together with it. A verb that nothing follows is none of that sort's.
"""
_VERBS = {
    (sort, plural): Choice(
        ((pair[plural], i, 4.0 if i < 2 else 1.0)
         for i, pair in enumerate(VERB_PAIRS) if (sort, pair[0]) in _FOLLOWS),
        "agreement",
    )
    for sort in _SORTS for plural in (False, True)
}  # fmt: skip
"""Each value is a place in `VERB_PAIRS`."""


def agreement(pen: Pen) -> None:
    """One sentence whose verb agrees with a subject some words away, as what follows does."""
    pen.say(" The")
    pen.maybe(0.2, _ADJECTIVES)
    pen.mark("subject")
    subject = pen.pick(_SUBJECTS)
    if pen.maybe(0.85, _LINKS[subject.alive]) is not None:
        other = _other(pen, subject, None)
        if pen.maybe(0.25, _NEAR) is not None:
            _other(pen, subject, other)
    pen.mark("verb")
    sort = _sort(subject)
    verb = pen.pick(_VERBS[sort, subject.plural])
    state = _complement(pen, sort, verb)
    if state and subject.noun.word not in _NO_PRONOUN and pen.perhaps(0.4, ", but"):
        pen.recall(subject.pronoun, "pronoun")
        pen.recall(VERB_PAIRS[verb][subject.plural], "agreement")
        pen.say(" not")
        pen.pick(_FOLLOWS[sort, VERB_PAIRS[0][0]], (state,))
    pen.say(".")


def _other(pen: Pen, subject: Form, before: Form | None) -> Form:
    pen.mark("other")
    barred = _barred(subject.noun, before.noun if before else None, pen.splits)
    return pen.pick(_OTHERS, barred)


def _complement(pen: Pen, sort: str, verb: int) -> str:
    """What follows the verb; the state that a second clause can deny, if any."""
    word = VERB_PAIRS[verb][0]
    if word in _BE:
        pen.perhaps(0.3, " very")
    said = pen.pick(_FOLLOWS[sort, word])
    return said if word in _BE else ""


_BE = (" is", " was")
