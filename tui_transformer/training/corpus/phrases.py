"""Small turns of phrase that many kinds of documents share."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus.grammar import Choice, Pen, either
from tui_transformer.training.corpus.lexicon import Noun, articled, form, plain, with_article


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """One thing of a document: what it is and, if it was said, what it is like."""

    noun: Noun
    look: str = ""

    @property
    def full(self) -> str:
        """`" red ball"`, as it was introduced."""
        return self.look + self.noun.word

    @property
    def a(self) -> str:
        """`" a red ball"`."""
        return with_article(self.full)


class Described:
    """Nouns with an optional adjective, after an article or not."""

    def __init__(self, items: Iterable[Noun], looks: Iterable[str], p: float) -> None:
        listed, adjectives = tuple(items), tuple(looks)
        self.words = form(listed, "word")
        self._looks = plain(adjectives)
        self._first = either((p, articled(adjectives)), (1 - p, form(listed, "a")))
        self._p = p

    def a(self, pen: Pen, but: Collection[Noun] = ()) -> Thing:
        """Write `a ball` or `a red ball`."""
        first = pen.pick(self._first, but)
        if isinstance(first, Noun):
            return Thing(first)
        return Thing(pen.pick(self.words, but), first)

    def bare(self, pen: Pen, but: Collection[Noun] = ()) -> Thing:
        """Write `ball` or `red ball`, after "the" or "his"."""
        look = pen.maybe(self._p, self._looks)
        return Thing(pen.pick(self.words, but), look or "")


TOYS = Described(lex.TOYS, lex.COLOURS, 0.6)
OWN = Described((*lex.TOYS, *lex.CLOTHES), (*lex.COLOURS, *lex.LOOKS), 0.75)
"""What a child owns."""
FOUND = Described(lex.THINGS, (*lex.COLOURS, *lex.LOOKS), 0.7)
BREAKABLE = Described(lex.BREAKABLE, (*lex.COLOURS, *lex.LOOKS), 0.6)
FOOD = Described((*lex.FRUIT, *lex.BAKED), lex.TASTY, 0.4)
BEASTS = Described(lex.ANIMALS, (*lex.SIZES[:3], " brown", " white", " black", " hungry"), 0.4)

FRUIT_MANY = form((*lex.FRUIT, *lex.VEGETABLES), "many")
SOME_FOOD = plain(lex.MASS_FOOD)
FEELINGS = plain(lex.FEELINGS)
ACTIVITIES = plain(lex.ACTIVITIES)
COLOURS = plain(lex.COLOURS)


def number(n: int) -> str:
    """The piece for 1 to 12."""
    return lex.NUMBERS[n - 1]


def count(n: int, noun: Noun) -> str:
    """`" one apple"`, `" three apples"`."""
    return number(n) + (noun.word if n == 1 else noun.many)


@cache
def numbers(low: int, high: int, fact: str = "") -> Choice[int]:
    """A choice of a number from `low` to `high`, both included."""
    return Choice(((number(n), n, 1.0) for n in range(low, high + 1)), fact)
