"""The choice machinery: a grammar is a function that writes a document with a pen.

There are two pens. A :class:`Writer` draws every choice with a random generator and adds up the
log-probabilities. A :class:`~tui_transformer.training.corpus.reading.Reader` is given a text,
follows it through the same function, and adds up the same log-probabilities, or says where and why
the text leaves the grammar. One function serves both, so they cannot drift apart.

Two rules make every text have one derivation at most, with no search:

1. A choice writes its words at once, and no option's words begin another's. So the words say which
   option was taken. A :class:`Choice` refuses to be built otherwise.
2. What may be left out (`maybe`, `perhaps`) differs in its first word from whatever can follow.

Nothing is chosen silently. A *piece* is a run of words with the spaces before them (`" the cat"`),
a *word* is one token of :func:`split`: a word with the space before it, or a mark.
"""

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from math import fsum, log
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")

Trie = dict[str, Any]
"""Word -> the trie of what may follow it, or the number of the option that ends there."""

_WORD = re.compile(r" ?[A-Za-z]+(?:'[a-z]+)?| ?\"| ?\.|[,?!:]")
_BLOCK = 4096


class GrammarError(ValueError):
    """A choice that a reader could not tell apart. A defect of the grammar, not of a text."""


@cache
def split(piece: str) -> tuple[str, ...]:
    """The words of a piece.

    Raises:
        GrammarError: the piece holds something that is neither a word nor a mark.
    """
    words = tuple(_WORD.findall(piece))
    if "".join(words) != piece:
        raise GrammarError(f"{piece!r} is not made of words and marks")
    return words


def words_of(text: str) -> tuple[str, ...]:
    """The words of a whole text, up to the first character that the grammar never writes.

    The first word has a space before it like any other, so that it is written the same way at the
    start of a document as inside it.
    """
    padded, words, at = " " + text, [], 0
    while at < len(padded):
        match = _WORD.match(padded, at)
        if match is None:
            words.append(padded[at:])  # matches nothing: the reader stops here
            break
        words.append(match.group())
        at = match.end()
    return tuple(words)


class Choice(Generic[T]):
    """Options, each with its words, its value and its probability.

    `fact` names what the words must agree with ("pronoun", "place", …) where an earlier part of the
    document decides the options; it is empty where only the grammar does.

    Raises:
        GrammarError: no options, a weight that is not positive, or one option begins another.
    """

    __slots__ = (
        "_lower", "_trie", "cumulative", "fact", "logs", "pieces", "probs", "share", "values",
    )  # fmt: skip

    def __init__(self, options: Iterable[tuple[str, T, float]], fact: str = "") -> None:
        listed = list(options)
        if not listed or min(weight for _, _, weight in listed) <= 0:
            raise GrammarError("a choice needs options, each with a positive weight")
        total = fsum(weight for _, _, weight in listed)
        self.fact = fact
        self.pieces = tuple(piece for piece, _, _ in listed)
        self.values = tuple(value for _, value, _ in listed)
        self.probs = tuple(weight / total for _, _, weight in listed)
        self.logs = tuple(log(p) for p in self.probs)
        sums = [fsum(self.probs[: i + 1]) for i in range(len(listed))]
        sums[-1] = 1.0
        self.cumulative = sums
        self.share: dict[T, float] = {}
        for value, p in zip(self.values, self.probs, strict=True):
            self.share[value] = self.share.get(value, 0.0) + p
        self._trie = _trie(self.pieces)
        self._lower: Trie | None = None

    def __len__(self) -> int:
        return len(self.pieces)

    def trie(self, lower: bool) -> Trie:
        """The options by their words, in lower case if asked."""
        if not lower:
            return self._trie
        if self._lower is None:
            self._lower = _trie(tuple(piece.lower() for piece in self.pieces))
        return self._lower

    def left(self, but: Collection[T]) -> float:
        """The probability of the options outside `but`.

        Raises:
            GrammarError: nothing is left.
        """
        # fsum, so that the order of a set does not matter to the last bit
        left = 1.0 - fsum(self.share.get(value, 0.0) for value in but)
        if left < 1e-9:
            raise GrammarError(f"nothing is left to choose from: {self.pieces[:3]} …")
        return left


def _trie(pieces: tuple[str, ...]) -> Trie:
    root: Trie = {}
    for number, piece in enumerate(pieces):
        node = root
        words = split(piece)
        for word in words[:-1]:
            node = node.setdefault(word, {})
            if isinstance(node, int):
                raise GrammarError(f"{pieces[node]!r} begins {piece!r}: a reader could not tell")
        if words[-1] in node:
            raise GrammarError(f"{piece!r} begins another option, or stands twice")
        node[words[-1]] = number
    return root


def of(*texts: str, fact: str = "") -> Choice[str]:
    """Equally likely words; each option's value is its piece."""
    return Choice(((spaced(text), spaced(text), 1.0) for text in texts), fact)


def weighted(weights: dict[str, float], fact: str = "") -> Choice[str]:
    """Words with weights; each option's value is its piece."""
    return Choice(((spaced(text), spaced(text), w) for text, w in weights.items()), fact)


def either(*parts: tuple[float, Choice[Any]], fact: str = "") -> Choice[Any]:
    """One flat choice out of several with weights: how an optional word keeps to rule 1."""
    return Choice(
        (
            (piece, value, weight * p)
            for weight, part in parts
            for piece, value, p in zip(part.pieces, part.values, part.probs, strict=True)
        ),
        fact or parts[0][1].fact,
    )


def spaced(text: str) -> str:
    """A piece: the text with the space before it, unless it starts with a mark."""
    return text if text[0] in " .,?!:" else " " + text


class Pen(ABC):
    """What a grammar writes with.

    Attributes:
        log_prob: the natural log of the probability of all choices so far.
        splits: which reserved combinations may be written: "train" (none of them), "held out" (only
            them) or "all".
    """

    __slots__ = ("log_prob", "splits")

    def __init__(self, splits: str) -> None:
        self.log_prob = 0.0
        self.splits = splits

    @abstractmethod
    def say(self, piece: str) -> None:
        """Write words that the grammar leaves no choice about."""

    @abstractmethod
    def recall(self, piece: str, fact: str) -> None:
        """Write words that something said before decides; `fact` names it for the reader."""

    @abstractmethod
    def pick(self, choice: Choice[T], but: Collection[T] = ()) -> T:
        """Write one of the options, none of those in `but`; its value."""

    @abstractmethod
    def maybe(self, p: float, choice: Choice[T], but: Collection[T] = ()) -> T | None:
        """With probability `p` write one of the options; its value, or `None` if left out."""

    def perhaps(self, p: float, piece: str) -> bool:
        """With probability `p` write these words; whether it did."""
        return self.maybe(p, _only(piece)) is not None

    def pick_split(
        self, choice: Choice[T], reserved: frozenset[T], but: frozenset[T] = frozenset()
    ) -> T:
        """Pick with the combinations reserved for tests in mind, as `splits` says.

        A choice that has nothing reserved is the same in every split.
        """
        if self.splits == "train":
            return self.pick(choice, reserved | but if but else reserved)
        if self.splits == "all" or reserved.isdisjoint(choice.share):
            return self.pick(choice, but)
        self.mark("reserved")
        return self.pick(choice, frozenset(choice.values) - reserved | but)

    def mark(self, name: str) -> None:  # noqa: B027 - only a writer keeps marks
        """Remember this place by name, for the sets that measure a model."""


@cache
def _only(piece: str) -> Choice[str]:
    return Choice([(piece, piece, 1.0)])


Grammar = Callable[[Pen], None]
"""A function that writes one document."""


def uniforms(rng: np.random.Generator) -> Iterator[float]:
    """Numbers in [0, 1), drawn in blocks because one at a time is slow."""
    while True:
        yield from rng.random(_BLOCK).tolist()


class Writer(Pen):
    """The pen that draws.

    Args:
        draws: where the random numbers come from (see :func:`uniforms`).
        splits: see :class:`Pen`.
    """

    __slots__ = ("_draws", "marks", "out")

    def __init__(self, draws: Iterator[float], splits: str = "train") -> None:
        super().__init__(splits)
        self._draws = draws
        self.out: list[str] = []
        self.marks: list[tuple[str, int]] = []

    @property
    def text(self) -> str:
        """What has been written, without the space before the first word."""
        return "".join(self.out)[1:]

    def places(self) -> tuple[tuple[str, int], ...]:
        """The marks as offsets into `text`: each where the next word begins, past its space."""
        starts = [0]
        for piece in self.out:
            starts.append(starts[-1] + len(piece))
        return tuple((name, starts[at]) for name, at in self.marks)

    def say(self, piece: str) -> None:
        """Append the words."""
        self.out.append(piece)

    def recall(self, piece: str, fact: str) -> None:
        """Append the words."""
        self.out.append(piece)

    def pick(self, choice: Choice[T], but: Collection[T] = ()) -> T:
        """Draw one option."""
        i = bisect_right(choice.cumulative, next(self._draws))
        if but:
            self.log_prob -= log(choice.left(but))
            while choice.values[i] in but:
                i = bisect_right(choice.cumulative, next(self._draws))
        self.log_prob += choice.logs[i]
        self.out.append(choice.pieces[i])
        return choice.values[i]

    def maybe(self, p: float, choice: Choice[T], but: Collection[T] = ()) -> T | None:
        """Draw whether, then which."""
        if next(self._draws) < p:
            self.log_prob += log(p)
            return self.pick(choice, but)
        self.log_prob += log(1.0 - p)
        return None

    def perhaps(self, p: float, piece: str) -> bool:
        """Draw whether."""
        taken = next(self._draws) < p
        if taken:
            self.out.append(piece)
        self.log_prob += log(p if taken else 1.0 - p)
        return taken

    def mark(self, name: str) -> None:
        """Keep the place."""
        self.marks.append((name, len(self.out)))
