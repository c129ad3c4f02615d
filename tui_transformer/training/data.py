"""From text to batches: documents → tokens → rows of inputs, each with the token that comes next.

A batch is a function of the seed and of the number of its step alone: to go on with a run takes
no more than knowing where it stood.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np

from tui_transformer.engine.tap import IntArray
from tui_transformer.errors import TuitfError
from tui_transformer.tokenizers import Tokenizer
from tui_transformer.training.gradients import Batch
from tui_transformer.training.recipe import Phase, Rows

HELD_OUT_STREAM = 0x4E1D
"""Mixed into the seed of held-out documents, so that no step of training draws the same."""

T = TypeVar("T")
Ids = Sequence[int]
Marked = Sequence[tuple[int, bool]]
"""Tokens, and of each whether the loss counts there."""


class DataError(TuitfError):
    """A text that nothing can be learned from."""


class Source(Protocol):
    """Where batches come from."""

    def batch(self, rng: np.random.Generator, shape: Rows, phase: Phase) -> Batch:
        """The batch of one step, all of it decided by `rng`."""
        ...

    def held_out(self, shape: Rows) -> list[Batch]:
        """Batches that no step reads, always the same."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Documents:
    """Documents without end from a generator.

    Attributes:
        write: generator of random numbers and shares of kinds → documents as tokens.
        end: the end-of-text token, which begins every row and follows every document; without one
            the first token of the next document follows.
        d_vocab: how many tokens there are.
        held_out_rows: how many rows are kept for measuring.
        exercises: like `write`, with the loss on what an exercise asks for; `None` where there are
            none.
    """

    write: Callable[[np.random.Generator, Mapping[str, float]], Iterator[Ids]]
    end: int | None
    d_vocab: int
    held_out_rows: int = 128
    exercises: Callable[[np.random.Generator, Mapping[str, float]], Iterator[Marked]] | None = None

    def batch(self, rng: np.random.Generator, shape: Rows, phase: Phase) -> Batch:
        """Rows of documents, then of random tokens said again and of exercises where the phase
        has some.
        """
        repeated = round(shape.rows * phase.repeated_rows)
        asked = round(shape.rows * phase.exercise_rows) if self.exercises else 0
        parts = [self._rows(rng, shape, shape.rows - repeated - asked, phase.documents)]
        if repeated:
            parts.append(repeats(rng, repeated, shape.length, self.d_vocab, self.end))
        if self.exercises and asked:
            documents = self.exercises(rng, phase.exercises)
            parts.append(marked_rows(documents, self.end, asked, shape.length))
        return stacked(parts)

    def held_out(self, shape: Rows) -> list[Batch]:
        """Rows of the usual mix from a stream of their own."""
        rng = np.random.default_rng(HELD_OUT_STREAM)
        whole = self._rows(rng, shape, self.held_out_rows, {})
        size = max(1, shape.rows // shape.parts)
        return [whole.part(slice(i, i + size)) for i in range(0, self.held_out_rows, size)]

    def _rows(
        self, rng: np.random.Generator, shape: Rows, count: int, shares: Mapping[str, float]
    ) -> Batch:
        documents = self.write(rng, shares)
        rows = [packed(documents, self.end, shape.length) for _ in range(count)]
        return next_tokens(rows, shape.length)


def packed(documents: Iterator[Sequence[T]], end: T | None, length: int) -> list[T]:
    """The tokens of one row, `length + 1`: whole documents, the last one cut where the row ends.

    The next row begins with a new document, so that the first token of a row always begins one and
    every prediction is about a document that is there from its start.
    """
    row: list[T] = [] if end is None else [end]
    while len(row) < length + 1:
        row += next(documents)
        if end is not None:
            row.append(end)
    return row[: length + 1]


def marked_rows(documents: Iterator[Marked], end: int | None, count: int, length: int) -> Batch:
    """Rows of documents with the loss on the tokens that are marked."""
    mark = None if end is None else (end, False)
    rows = [packed(documents, mark, length) for _ in range(count)]
    batch = next_tokens([[token for token, _ in row] for row in rows], length)
    known = np.array([[counts for _, counts in row[1:]] for row in rows])  # [row, length]
    return Batch(batch.inputs, batch.targets, known)


def repeats(
    rng: np.random.Generator, count: int, length: int, d_vocab: int, end: int | None
) -> Batch:
    """Rows of different random tokens, said again until the row is full.

    The loss counts where looking back tells the next token: from the second token of the second
    time on. How many tokens there are differs from row to row, so that no position gives it away.
    """
    pool = np.array([token for token in range(d_vocab) if token != end])  # [token]
    most = max(1, min(length // 2, len(pool)))
    rows, known = [], []
    for _ in range(count):
        period = int(rng.integers(max(1, most // 4), most + 1))
        said = rng.permutation(pool)[:period]  # [period]
        start = 0 if end is None else 1
        text = np.resize(said, length + 1 - start)  # [length + 1 - start], said again and again
        rows.append([*([] if end is None else [end]), *text.tolist()])
        known.append(np.arange(length) >= start + period)  # target i is text[i + 1 - start]
    batch = next_tokens(rows, length)
    return Batch(batch.inputs, batch.targets, np.array(known))


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Windows of one long text, the last part of which is held out.

    Attributes:
        train: the tokens to learn from, `[n]`.
        kept: the tokens held out, `[m]`.
        end: the end-of-text token, which begins every row.
    """

    train: IntArray
    kept: IntArray
    end: int | None
    d_vocab: int

    def batch(self, rng: np.random.Generator, shape: Rows, phase: Phase) -> Batch:
        """Windows that begin anywhere; shares of kinds of documents mean nothing here."""
        repeated = round(shape.rows * phase.repeated_rows)
        span = shape.length + (self.end is None)
        starts = rng.integers(0, len(self.train) - span + 1, shape.rows - repeated)
        rows = [self._row(self.train, int(start), shape.length) for start in starts]
        plain = next_tokens(rows, shape.length)
        if not repeated:
            return plain
        others = repeats(rng, repeated, shape.length, self.d_vocab, self.end)
        return stacked([plain, others])

    def held_out(self, shape: Rows) -> list[Batch]:
        """Windows side by side, at most 128 of them."""
        span = shape.length + (self.end is None)
        starts = range(0, len(self.kept) - span + 1, shape.length)[:128]
        size = max(1, shape.rows // shape.parts)
        rows = [self._row(self.kept, start, shape.length) for start in starts]
        return [next_tokens(rows[i : i + size], shape.length) for i in range(0, len(rows), size)]

    def _row(self, tokens: IntArray, start: int, length: int) -> list[int]:
        first = [] if self.end is None else [self.end]
        return [*first, *tokens[start : start + length + 1].tolist()][: length + 1]


def text_source(text: str, tokenizer: Tokenizer, ids: Ids, shape: Rows) -> Text:
    """A source that holds back the last tenth of a text.

    Raises:
        DataError: the text is too short for a row of each.
    """
    need = 2 * (shape.length + 1)
    kept = max(shape.length + 1, len(ids) // 10)
    if len(ids) < need:
        raise DataError(
            f"the text has {len(ids):,} tokens ({len(text):,} characters), and at least {need:,} "
            f"are needed for rows of {shape.length}: give a longer text or a recipe with shorter "
            "rows"
        )
    tokens = np.array(ids)
    return Text(tokens[:-kept], tokens[-kept:], tokenizer.bos, tokenizer.size)


def stacked(batches: Sequence[Batch]) -> Batch:
    """Batches below each other; one without a mask counts everywhere."""
    inputs = np.concatenate([batch.inputs for batch in batches])
    targets = np.concatenate([batch.targets for batch in batches])
    if all(batch.mask is None for batch in batches):
        return Batch(inputs, targets)
    masks = [np.ones(b.targets.shape, bool) if b.mask is None else b.mask for b in batches]
    return Batch(inputs, targets, np.concatenate(masks))


def next_tokens(rows: Sequence[Ids], length: int) -> Batch:
    """Inputs and targets, `[row, length]` each, the targets one place on; `rows` have one more."""
    lines = np.array(rows, dtype=np.int64).reshape(-1, length + 1)  # [row, length + 1]
    return Batch(lines[:, :-1], lines[:, 1:])


def in_batches(texts: Iterator[str], encode: Callable[[list[str]], Sequence[Ids]]) -> Iterator[Ids]:
    """Each text as tokens; several at a time, because one call a text is slow."""
    while some := list(islice(texts, 8)):
        yield from encode(some)
