"""People, and the pronouns that agree with them."""

from dataclasses import dataclass, field
from functools import cache

from tui_transformer.training.corpus.grammar import Choice, Pen
from tui_transformer.training.corpus.lexicon import words

BOYS = words(
    "Tom Ben Sam Max Leo Jack Tim Finn Noah Luke Hugo Oscar Paul Peter Adam Felix Henry Omar"
)
GIRLS = words(
    "Lily Anna Mia Lucy Sara Emma Nina Ella Zoe Kate Amy Julia Clara Ruth Maya Ida Nora Eva"
)

_PRONOUNS = {
    "boy": (" he", " him", " his"),
    "girl": (" she", " her", " her"),
    "animal": (" it", " it", " its"),
    "many": (" they", " them", " their"),
}

_PRONOUN_SHARE = {"boy": 0.65, "girl": 0.65, "animal": 0.25}
"""How often a sentence about someone known begins with a pronoun: "it" could be many things."""

PEOPLE_WORDS = frozenset(
    word.strip().lower() for group in (BOYS, GIRLS, *_PRONOUNS.values()) for word in group
)
"""Names and pronouns, bare and in lower case."""

MALE, FEMALE, ANIMAL = "boy", "girl", "animal"


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Someone a document speaks of. All texts are pieces; capitals begin a sentence."""

    name: str
    gender: str
    Name: str = ""
    he: str = field(init=False)
    him: str = field(init=False)
    his: str = field(init=False)
    He: str = field(init=False)
    His: str = field(init=False)

    def __post_init__(self) -> None:
        he, him, his = _PRONOUNS[self.gender]
        forms = {
            "Name": self.Name or capital(self.name),
            "he": he, "him": him, "his": his, "He": capital(he), "His": capital(his),
        }  # fmt: skip
        for key, value in forms.items():
            object.__setattr__(self, key, value)

    @property
    def plain(self) -> bool:
        """Whether this is called by a name of one's own."""
        return self in CHILDREN

    def __repr__(self) -> str:
        return f"Person({self.name.strip()})"


def capital(piece: str) -> str:
    """A piece as it begins a sentence."""
    return " " + piece[1:2].upper() + piece[2:]


CHILDREN_OF = {
    MALE: tuple(Person(name, MALE) for name in BOYS),
    FEMALE: tuple(Person(name, FEMALE) for name in GIRLS),
}
CHILDREN = frozenset(CHILDREN_OF[MALE] + CHILDREN_OF[FEMALE])
_LISTED = CHILDREN_OF[MALE] + CHILDREN_OF[FEMALE]
NAMES: Choice[Person] = Choice((p.name, p, 1.0) for p in _LISTED)
NAMES_OF = {g: Choice(((p.name, p, 1.0) for p in who), "person") for g, who in CHILDREN_OF.items()}

PAIRS = tuple(
    words(line)
    for line in (
        "man woman", "boy girl", "king queen", "prince princess", "father mother", "son daughter",
        "brother sister", "uncle aunt", "grandfather grandmother", "husband wife", "wizard witch",
        "lord lady", "actor actress", "waiter waitress",
    )
)  # fmt: skip
"""Nouns that differ in one respect: whom they call he and whom they call she."""

GENDER_OF = {pair[i]: (MALE, FEMALE)[i] for pair in PAIRS for i in (0, 1)}


@cache
def the(word: str) -> Person:
    """Someone called by a noun: `" king"` → "the king", who is a he."""
    return Person(" the" + word, GENDER_OF.get(word, ANIMAL))


ROLES = words("king queen prince princess man woman wizard witch lord lady")
"""Grown-up heroes of stories."""
BEASTS = words(
    "cat dog fox bear rabbit mouse pony duck hen frog lion monkey elephant owl wolf squirrel "
    "hedgehog turtle snail kitten puppy lamb donkey goose"
)
"""Animals that stories are about."""

KIN = words("mother father sister brother grandmother grandfather aunt uncle")


@cache
def kin(owner: Person, word: str) -> Person:
    """`his mother`, seen from the owner."""
    return Person(owner.his + word, GENDER_OF[word])


@cache
def kin_choice(owner: Person, *only: str) -> Choice[Person]:
    """The owner's family, "his mother" and so on, all of it or some."""
    people = [kin(owner, word) for word in (only or KIN)]
    return Choice(((p.name, p, 1.0) for p in people), "pronoun")


@cache
def _subjects(person: Person) -> Choice[bool]:
    p = _PRONOUN_SHARE[person.gender]
    return Choice([(person.He, True, p), (person.Name, False, 1 - p)], "person")


@cache
def _named(person: Person) -> Choice[bool]:
    p = 0.6 * _PRONOUN_SHARE[person.gender]
    return Choice([(person.name, False, 1 - p), (person.he, True, p)], "person")


def begin(pen: Pen, person: Person) -> None:
    """Begin a sentence with someone known: a pronoun or the name."""
    pen.pick(_subjects(person))


def mention(pen: Pen, person: Person) -> None:
    """Someone known inside a sentence: the name or a pronoun."""
    pen.pick(_named(person))


def begin_one(pen: Pen, person: Person, other: Person) -> None:
    """Begin a sentence with one of two: a pronoun only where it cannot mean the other."""
    if person.he == other.he:
        pen.recall(person.Name, "person")
    else:
        pen.pick(_subjects(person))


def they(one: str, two: str) -> str:
    """Two people by their names, as a piece."""
    return one + " and" + two
