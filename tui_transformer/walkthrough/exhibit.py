"""A tensor made ready to look at: the two axes that are shown, their labels, the scale's limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isfinite

import numpy as np
import numpy.typing as npt

from tui_transformer.engine import Array
from tui_transformer.engine.names import TensorRef, axes_of, join_layer, split_layer
from tui_transformer.trace import Trace, read_tensor
from tui_transformer.walkthrough.stage import ROLES, Role
from tui_transformer.walkthrough.step import Cursor, Step


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers at the two ends of a scale.

    `signed` scales diverge around 0 and are symmetric; others go from `low` (0) up.
    """

    low: float
    high: float

    @property
    def signed(self) -> bool:
        """Whether the scale diverges around zero."""
        return self.low < 0


@dataclass(frozen=True, slots=True, eq=False)
class Exhibit:
    """One picture of a tensor: rows are tokens, columns the last axis, one head of several.

    `shape` is the whole tensor's, `values` is `[row, column]`; `masked` marks the cells that the
    mask took away. `first` is the row of the tensor that `values` begin with: of a large vocabulary
    only one row of logits is shown.
    """

    name: str
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    values: Array
    limits: Limits
    role: Role
    row_labels: tuple[str, ...]
    column_labels: Sequence[str]
    head: int | None = None
    masked: npt.NDArray[np.bool_] | None = field(default=None, repr=False)
    first: int = 0

    @property
    def row_axis(self) -> str:
        """The axis that runs down."""
        return self.axes[-2]

    @property
    def column_axis(self) -> str:
        """The axis that runs across."""
        return self.axes[-1]

    @property
    def short_name(self) -> str:
        """The last part of the name: `pattern`."""
        inside = split_layer(self.name)[1]
        return inside if inside.startswith("ln_final") else inside.rsplit(".", 1)[-1]

    def ref(self, row: int, column: int) -> TensorRef:
        """The place in the tensor of a cell of `values`."""
        row += self.first
        index = (row, column) if self.head is None else (self.head, row, column)
        return TensorRef(self.name, index)


def limits_of(name: str, values: Array) -> Limits:
    """The scale of a tensor, over all of its heads: 0 to 1 for weights that sum to 1, symmetric
    around 0 for everything else, so that a colour means the same before and after an activation.
    Cells that are not finite do not count.
    """
    inside = split_layer(name)[1]
    if inside == "attn.pattern":
        return Limits(0.0, 1.0)
    low, high = spread(values) or (0.0, 0.0)
    top = max(-low, high) or 1.0
    return Limits(-top, top)


def spread(values: Array) -> tuple[float, float] | None:
    """The smallest and the largest finite number of a tensor; `None` where there is none."""
    if not values.size:
        return None
    low, high = float(values.min()), float(values.max())  # NaN comes through both
    if not (isfinite(low) and isfinite(high)):
        finite = values[np.isfinite(values)]
        if not finite.size:
            return None
        low, high = float(finite.min()), float(finite.max())
    return low, high


class _Indices(Sequence[str]):
    """The labels `0 1 2 …` of an axis without names of its own, made when asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int | slice) -> str:
        return str(range(self._count)[at])


@lru_cache(maxsize=8)
def hidden_by_mask(length: int, window: int | None = None) -> npt.NDArray[np.bool_]:
    """The cells that the mask takes away, `[query_pos, key_pos]`: later keys, and those outside a
    sliding window. Read-only.
    """
    hidden = ~np.tri(length, dtype=np.bool_)
    if window is not None:
        hidden |= np.tri(length, k=-window, dtype=np.bool_)
    hidden.flags.writeable = False
    return hidden


def exhibit(
    trace: Trace,
    name: str,
    head: int,
    tokens: Sequence[str],
    vocabulary: Sequence[str],
    limits: Limits | None = None,
    row: int | None = None,
) -> Exhibit:
    """The picture of a tensor.

    Args:
        trace: the pass.
        name: the tensor's full name.
        head: the query head to show, where the tensor has heads.
        tokens: a label for each position.
        vocabulary: a label for each token of the vocabulary.
        limits: of the scale; the tensor's own where left out.
        row: of the logits, show (and compute) this row only.
    """
    axes = axes_of(name)
    picked: int | None = None
    alone = row is not None and name == "logits"
    if alone:
        values = trace.logits_at(row or 0)[None]  # [1, d_vocab]
        shape: tuple[int, ...] = (trace.length, trace.config.d_vocab)
    else:
        values = read_tensor(trace, name)
        shape = values.shape
    if values.ndim == 3:
        picked = head // trace.config.group_size if axes[0] == "kv_head" else head
    layer, inside = split_layer(name)
    if limits is None and inside == "attn.masked_scores":  # the same scale before and after
        limits = limits_of(name, read_tensor(trace, join_layer(layer, "attn.attn_scores")))
    limits = limits or limits_of(name, values)
    values = values if picked is None else values[picked]
    columns: Sequence[str]
    if axes[-1] == "key_pos":
        columns = tuple(tokens[: values.shape[1]])
    elif axes[-1] == "d_vocab":
        columns = vocabulary
    elif axes[-1] == "one":
        columns = ("scale",)
    else:
        columns = _Indices(values.shape[1])
    hidden = inside in {"attn.masked_scores", "attn.pattern"}
    return Exhibit(
        name=name,
        axes=axes,
        shape=shape,
        values=values,
        limits=limits,
        role=ROLES[inside],
        row_labels=tuple(tokens) if not alone else (tokens[row or 0],),
        column_labels=columns,
        head=picked,
        masked=hidden_by_mask(trace.length, trace.config.sliding_window) if hidden else None,
        first=(row or 0) if alone else 0,
    )


def exhibits(
    trace: Trace,
    step: Step,
    cursor: Cursor,
    tokens: Sequence[str],
    vocabulary: Sequence[str],
) -> tuple[tuple[Exhibit, ...], tuple[Exhibit, ...]]:
    """What a step reads and what it writes, as pictures."""

    def shown(names: tuple[str, ...]) -> tuple[Exhibit, ...]:
        return tuple(exhibit(trace, name, cursor.head, tokens, vocabulary) for name in names)

    return shown(step.reads(trace.config)), shown(step.writes(trace.config))


def at_cell(
    cursor: Cursor, shown: Exhibit, row: int, column: int, names: Sequence[str], length: int
) -> Cursor:
    """The cursor on a cell of a picture.

    Args:
        cursor: where it is.
        shown: the picture.
        row: of the whole tensor: a token, where rows are tokens.
        column: of the tensor.
        names: the tensors that the step shows, its own output first.
        length: tokens of the text; its last one is no token in particular and stays the last.
    """
    head = cursor.head if shown.head is None or shown.axes[0] != "head" else shown.head
    return replace(
        cursor, tensor="" if shown.name == names[0] else shown.name,
        head=head, token=None if row == length - 1 else row, column=column,
    )  # fmt: skip
