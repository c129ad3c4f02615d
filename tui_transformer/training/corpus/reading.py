"""The pen that reads: it follows a text through the grammar that could have written it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import fsum, log
from typing import Any, TypeVar

from tui_transformer.training.corpus.grammar import Choice, Grammar, Pen, Trie, split

T = TypeVar("T")

END = ""
"""The next word where a document may end."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where and why a text leaves the grammar."""

    at: int
    """The number of the word, from 0."""
    found: str
    """That word, empty where the text is over."""
    expected: tuple[str, ...]
    """Words that could have stood there, at most eight."""
    fact: str
    """What the word contradicts, empty where it is only ungrammatical."""

    @property
    def reason(self) -> str:
        """One sentence."""
        could = ", ".join(repr(word.strip() or "the end") for word in self.expected)
        found = repr(self.found.removeprefix(" ")) if self.found else "the end"
        fact = self.fact if self.fact.startswith("what ") else f"the {self.fact}"
        why = f"contradicts {fact}" if self.fact else "is not grammatical here"
        return f"{found} (word {self.at}) {why}; it could be {could}"


class _Left(Exception):  # noqa: N818 - a way out of the grammar, not an error
    def __init__(self, departure: Departure) -> None:
        self.departure = departure


class _Ended(Exception):  # noqa: N818 - a way out of the grammar, not an error
    """The text is over and the grammar wants another word."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one grammar makes of a text."""

    departure: Departure | None
    """Where it leaves the grammar; `None` for a document or the beginning of one."""
    log_prob: float
    """ln P(the text is the whole document); -inf if it is not one."""
    prefix_log_prob: float
    """ln P(a document begins with this text)."""
    following: dict[str, float]
    """The exact distribution of the next word (:data:`END` where it may end)."""


class Reader(Pen):
    """Follows a text. Use :func:`read`, which runs the grammar and sums up."""

    __slots__ = ("_declined", "_left", "_lower", "_words", "at", "following", "prefix_log_prob")

    def __init__(self, words: tuple[str, ...], lower: bool, splits: str) -> None:
        super().__init__(splits)
        self._words = words
        self._lower = lower
        self._left = 1.0  # the probability of not having gone on yet, once the text is over
        self.at = 0
        self._declined: tuple[int, tuple[str, ...]] = (0, ())  # words that were left out, and where
        self.following: dict[str, float] = {}
        self.prefix_log_prob: float | None = None

    @property
    def over(self) -> bool:
        """Whether every word has been read."""
        return self.at == len(self._words)

    def say(self, piece: str) -> None:
        """Read the words."""
        self.recall(piece, "")

    def recall(self, piece: str, fact: str) -> None:
        """Read the words, or leave because of the fact."""
        for word in split(piece.lower() if self._lower else piece):
            if self.at == len(self._words):
                self._reach_end()
                self._follow(word, 1.0)
                raise _Ended
            if self._words[self.at] != word:
                raise self._leave((word,), fact)
            self.at += 1

    def pick(self, choice: Choice[T], but: Collection[T] = ()) -> T:
        """Read which option was taken."""
        trie = choice.trie(self._lower)
        start, node = self.at, trie
        while True:
            if self.at == len(self._words):
                self._end_inside(choice, but, node, from_start=self.at == start)
                raise _Ended
            below = node.get(self._words[self.at])
            if below is None:
                expected = tuple(w for w, b in node.items() if _mass(choice, but, b) > 0)
                raise self._leave(expected, choice.fact)
            if isinstance(below, int):
                break
            node = below
            self.at += 1
        if but:
            if choice.values[below] in but:
                expected = tuple(w for w, b in node.items() if _mass(choice, but, b) > 0)
                raise self._leave(expected, choice.fact or "what has been said before")
            self.log_prob -= log(choice.left(but))
        self.at += 1
        self.log_prob += choice.logs[below]
        return choice.values[below]

    def maybe(self, p: float, choice: Choice[T], but: Collection[T] = ()) -> T | None:
        """Read whether and which."""
        trie = choice.trie(self._lower)
        if self.over:
            self._reach_end()
            left = choice.left(but)
            for word, below in trie.items():
                self._follow(word, p * _mass(choice, but, below) / left)
            self._left *= 1.0 - p
        elif self._words[self.at] in trie:
            self.log_prob += log(p)
            return self.pick(choice, but)
        else:
            at, words = self._declined
            self._declined = (self.at, (words if at == self.at else ()) + tuple(trie)[:4])
        self.log_prob += log(1.0 - p)
        return None

    def _reach_end(self) -> None:
        if self.prefix_log_prob is None:
            self.prefix_log_prob = self.log_prob

    def _follow(self, word: str, p: float) -> None:
        if p > 0:
            self.following[word] = self.following.get(word, 0.0) + self._left * p

    def _end_inside(
        self, choice: Choice[T], but: Collection[T], node: Trie, *, from_start: bool
    ) -> None:
        """The text is over at `node`: spread what is left over the words below it."""
        mass = choice.left(but) if from_start else _mass(choice, but, node)
        if mass <= 0:
            raise self._leave((), choice.fact)
        if self.prefix_log_prob is None:
            inside = 0.0 if from_start else log(mass) - (log(choice.left(but)) if but else 0.0)
            self.prefix_log_prob = self.log_prob + inside
        for word, below in node.items():
            self._follow(word, _mass(choice, but, below) / mass)

    def _leave(self, expected: tuple[str, ...], fact: str) -> _Left:
        found = "" if self.over else self._words[self.at]
        at, declined = self._declined
        could = (declined if at == self.at else ()) + expected
        return _Left(Departure(self.at, found, could[:8], fact))

    def finish(self) -> None:
        """The grammar has written its last word."""
        if not self.over:
            raise self._leave((END,), "")
        self._reach_end()
        self._follow(END, 1.0)


def _options(node: Any) -> Iterator[int]:
    if isinstance(node, int):
        yield node
    else:
        for below in node.values():
            yield from _options(below)


def _mass(choice: Choice[T], but: Collection[T], node: Any) -> float:
    """The probability of all options at or below a node, those in `but` counted as nothing."""
    return fsum(choice.probs[i] for i in _options(node) if not but or choice.values[i] not in but)


def read(
    grammar: Grammar, words: tuple[str, ...], *, lower: bool = False, splits: str = "train"
) -> Reading:
    """Follow a text through one grammar.

    Args:
        grammar: the function that writes such documents.
        words: from :func:`~tui_transformer.training.corpus.grammar.words_of`.
        lower: read the grammar's words in lower case.
        splits: see :class:`~tui_transformer.training.corpus.grammar.Pen`.
    """
    reader = Reader(words, lower, splits)
    never = float("-inf")
    try:
        grammar(reader)
        reader.finish()
    except _Left as left:
        return Reading(left.departure, never, never, {})
    except _Ended:
        assert reader.prefix_log_prob is not None
        return Reading(None, never, reader.prefix_log_prob, reader.following)
    assert reader.prefix_log_prob is not None
    return Reading(None, reader.log_prob, reader.prefix_log_prob, reader.following)
