"""A tensor of a training step as plain text: every value, and its gradient right under it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len

from tui_transformer.render.lines import wrap
from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.render.plain_table import (
    GAP,
    Format,
    View,
    columns_shown,
    format_for,
    left_out,
    rows_shown,
    short,
    table,
)
from tui_transformer.render.plain_tensor import FOCUS, MASKED, hidden_cells
from tui_transformer.walkthrough import Exhibit, shape_text
from tui_transformer.watching.places import Place, place_text
from tui_transformer.watching.step_made import StepMade
from tui_transformer.watching.tensors import axes_in, is_weight, pictures, values_of

SLOPE = "gradient"
_INDENT = 4
_SPACE = " " * _INDENT


@dataclass(frozen=True, slots=True)
class _Pair:
    """One head of a tensor, or all of one without heads, and its gradient in the same places."""

    values: Exhibit
    slopes: Exhibit


def heading(made: StepMade, name: str) -> str:
    """`blocks.0.W_Q [8×8]   d_model × head × d_head`, and of which row an activation is."""
    values, _ = values_of(made.inside, made.config, name)
    axes = " × ".join(axis for axis in axes_in(name) if axis != "one")
    of = "" if is_weight(name) else f"   row {made.inside.row}"
    return f"{name} {shape_text(values.shape)}   {axes}{of}"


def tensor_lines(made: StepMade, place: Place, view: View, *, gradient: bool) -> list[str]:
    """A tensor as a table a head, with or without its gradient, and where the ends of each are.

    Raises:
        KeyError: the model has no such tensor.
    """
    name, index = place
    pairs = _pairs(made, name, index)
    shown = format_for(np.stack([pair.values.values for pair in pairs]))
    slope = format_for(np.stack([pair.slopes.values for pair in pairs]))
    row = _row_of(name, index)
    lines: list[str] = []
    for pair in pairs:
        if pair.values.head is not None:
            kind = "key/value head" if pair.values.axes[0] == "kv_head" else "head"
            of = pair.values.shape[0]
            lines.append(f"{_SPACE}{kind} {pair.values.head + 1} of {of}   "
                         f"[head={pair.values.head}]")  # fmt: skip
        lines += [*_table(pair, (shown, slope), row, view, gradient=gradient), ""]
    return lines + [_SPACE + line for line in _notes(made, place, pairs, view, gradient=gradient)]


def _pairs(made: StepMade, name: str, index: tuple[int, ...]) -> list[_Pair]:
    """The heads that are to be shown; one pair for a tensor without heads."""
    config, inside = made.config, made.inside
    labels = made.before.labels
    tokens = [labels[token] for token in made.row_ids]
    values, _ = values_of(inside, config, name)
    each = 1
    heads: Sequence[int] = (0,)
    if values.ndim == 3:
        each = config.group_size if axes_in(name)[0] == "kv_head" else 1
        heads = (index[0],) if index else range(values.shape[0])
    return [_Pair(*pictures(inside, config, name, head * each, tokens, labels)) for head in heads]


def _row_of(name: str, index: tuple[int, ...]) -> int | None:
    """The row of a table that an index is in; `None` where it is in none in particular."""
    if axes_in(name)[0] == "one":
        return None
    at = 1 if len(axes_in(name)) == 3 else 0
    return index[at] if len(index) > at else None


def row_label(picture: Exhibit, row: int) -> str:
    """`3 on`, or the index alone where the axis has no names."""
    if picture.axes[-2] == "one":
        return ""
    return _numbered(picture.row_labels[row], row)


def column_label(picture: Exhibit, column: int) -> str:
    """The index of a column, with the token where the axis has tokens."""
    return _numbered(picture.column_labels[column], column)


def _numbered(label: str, at: int) -> str:
    return str(at) if label in {str(at), ""} else f"{at} {short(label)}"


def _table(
    pair: _Pair, shown: tuple[Format, Format], focus: int | None, view: View, *, gradient: bool
) -> list[str]:
    values, slopes, hidden = pair.values, pair.slopes, hidden_cells(pair.values)
    count, wide = values.values.shape
    rows = rows_shown(count, focus)
    mark = "" if focus is None else " " * len(FOCUS)
    labels = [
        GAP if row is None else (FOCUS if row == focus else mark) + row_label(values, row)
        for row in rows
    ]
    kept = [row for row in rows if row is not None]

    def cell(which: int, row: int, column: int) -> str:
        value = float((values, slopes)[which].values[row, column])
        if hidden[row, column] and (which == 0 or value == 0):
            return MASKED
        return shown[which](value)

    kinds = ("value", SLOPE) if gradient else ("value",)
    number = max(
        cell_len(shown[n](float(end)))
        for n, picture in enumerate((values, slopes)[: len(kinds)])
        for end in _ends(picture.values[kept])
    )
    lead = max(map(cell_len, labels)) + (1 + max(map(len, kinds)) if gradient else 0)
    columns = _fitting(values, number, view.width - _INDENT - lead)
    kind = [""] if gradient else []
    lines = [["", *kind, *(GAP if c is None else column_label(values, c) for c in columns)]]
    for label, row in zip(labels, rows, strict=True):
        if row is None:
            lines.append([label, *kind, *("" for _ in columns)])
            continue
        for n, word in enumerate(kinds):
            cells = [GAP if c is None else cell(n, row, c) for c in columns]
            lines.append([label if n == 0 else "", *([word] if gradient else []), *cells])
    align = "l" + "l" * gradient + "r" * len(columns)
    out = table(lines, align, indent=_INDENT, gap=1)
    missing = filter(None, (left_out(rows, count, "rows"), left_out(columns, wide, "columns")))
    told = " and ".join(missing)
    return [*out, f"{_SPACE}left out: {told}"] if told else out


def _ends(values: npt.NDArray[np.floating]) -> tuple[float, float]:
    """The smallest and the largest finite number, zeros where there is none."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _fitting(picture: Exhibit, number: int, room: int) -> list[int | None]:
    """As many columns as have room, each with a space before it."""
    count = picture.values.shape[1]

    def taken(columns: list[int | None]) -> int:
        return sum(
            1 + (1 if c is None else max(number, cell_len(column_label(picture, c))))
            for c in columns
        )

    fits = min(count, max(3, room // (number + 1)))
    columns = columns_shown(count, fits)
    while fits > 3 and taken(columns) > room:
        fits -= 1
        columns = columns_shown(count, fits)
    return columns


def _notes(
    made: StepMade, place: Place, pairs: list[_Pair], view: View, *, gradient: bool
) -> list[str]:
    """The cell that is asked for, the ends of both tensors, how long the gradient is."""
    name, index = place
    values, slopes = values_of(made.inside, made.config, name)
    lines: list[str] = []
    if any(hidden_cells(pair.values).any() for pair in pairs):
        lines.append(f"{MASKED} masked: the key comes after the query")
    if len(index) == values.ndim:
        told = significant(float(values[index]), INSPECTOR_DIGITS)
        if gradient:
            told += f", {SLOPE} {significant(float(slopes[index]), INSPECTOR_DIGITS)}"
        lines += wrap(f"{place_text(place)} = {told}", view.width - _INDENT)
    rows = []
    for what, tensor in (("value", values), (SLOPE, slopes))[: 1 + gradient]:
        finite = np.isfinite(tensor)
        if not finite.any():
            continue
        low = np.where(finite, tensor, np.inf).argmin()
        high = np.where(finite, tensor, -np.inf).argmax()
        for which, flat in (("smallest", low), ("largest", high)):
            at = tuple(map(int, np.unravel_index(int(flat), tensor.shape)))
            value = significant(float(tensor[at]), INSPECTOR_DIGITS)
            rows.append([f"{which} {what}", value, place_text((name, at))])
    lines += table(rows, "lrl", indent=0) if rows else []
    if gradient:
        length = float(np.sqrt(np.square(slopes, dtype=np.float64).sum()))
        lines.append(f"length of the gradient {significant(length, INSPECTOR_DIGITS)}")
    return lines
