"""A tensor as plain text: one table a head, what the marks mean, the smallest and the largest."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len

from tui_transformer.engine.names import GLOSSARY, TensorRef, axes_of
from tui_transformer.render.numbers import significant
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
from tui_transformer.session import Session
from tui_transformer.walkthrough import Exhibit, exhibit, shape_text

MASKED = "×"
FOCUS = "> "
FULL_ROW_MAX = 4096
"""Numbers of one row that are written out in full when it is asked for."""

_INDENT = 4
_SPACE = " " * _INDENT


def tensor_heading(session: Session, name: str) -> str:
    """`blocks.0.attn.q [2×4×4]   head × pos × d_head`."""
    axes = " × ".join("1" if axis == "one" else axis for axis in axes_of(name))
    return f"{name} {shape_text(session.trace.tensor(name).shape)}   {axes}"


def tensor_lines(session: Session, name: str, view: View) -> list[str]:
    """The whole of a tensor: a table a head, notes, smallest and largest."""
    pictures = _pictures(session, name, view.head)
    shown = format_for(np.stack([picture.values for picture in pictures]))
    lines: list[str] = []
    for picture in pictures:
        lines += _head_line(session, picture)
        lines += _table(session, picture, shown, view)
        lines.append("")
    lines += [_SPACE + line for line in _notes(session, pictures, shown)]
    return lines


def _pictures(session: Session, name: str, head: int | None) -> list[Exhibit]:
    """One picture for each head to be shown; one for a tensor without heads."""
    trace, config = session.trace, session.model.config
    labels = session.model.labels
    if head is not None:
        return [exhibit(trace, name, head, session.tokens, labels)]
    first = exhibit(trace, name, 0, session.tokens, labels)
    if first.head is None:
        return [first]
    each = config.group_size if first.axes[0] == "kv_head" else 1
    return [
        exhibit(trace, name, index * each, session.tokens, labels)
        for index in range(first.shape[0])
    ]


def _head_line(session: Session, picture: Exhibit) -> list[str]:
    """`head 1 of 2 · [head=0]`, where there are heads."""
    if picture.head is None:
        return []
    at = picture.head
    what = f"head {at + 1} of {picture.shape[0]}"
    group = session.model.config.group_size
    if picture.axes[0] == "kv_head" and group > 1:
        first = at * group + 1
        what = f"key/value {what}, for the heads {first} to {first + group - 1}"
    return [f"{_SPACE}{what}   [head={at}]"]


def hidden_cells(picture: Exhibit) -> npt.NDArray[np.bool_]:
    """The cells that the causal mask took away and that hold what it leaves, `[row, column]`.

    That is −∞ in scores and 0 in weights; anything else in such a cell is shown as a number.
    """
    if picture.masked is None:
        return np.zeros(picture.values.shape, dtype=np.bool_)
    empty = 0.0 if picture.role == "weights" else -np.inf
    return np.asarray(picture.masked & (picture.values == empty))


def row_label(session: Session, row: int) -> str:
    """`3 on`, the position filled to the width of the last one."""
    return f"{row:>{len(str(session.trace.length - 1))}} {short(session.tokens[row])}"


def column_label(picture: Exhibit, column: int) -> str:
    """The index of a column, with the token where the axis has tokens."""
    label = short(picture.column_labels[column])
    if picture.column_axis == "one":
        return label
    return f"{column} {label}" if picture.column_axis in {"key_pos", "d_vocab"} else label


def _table(session: Session, picture: Exhibit, shown: Format, view: View) -> list[str]:
    focus = session.cursor.token
    rows = rows_shown(picture.values.shape[0], focus)
    hidden = hidden_cells(picture)

    def cell(row: int, column: int) -> str:
        return MASKED if hidden[row, column] else shown(float(picture.values[row, column]))

    def label(row: int | None) -> str:
        mark = "" if focus is None else FOCUS if row == focus else " " * len(FOCUS)
        return mark + (GAP if row is None else row_label(session, row))

    labels = [label(row) for row in rows]
    columns = _fitting(picture, rows, labels, cell_width(picture, rows, shown), view.width)
    lines = [["", *(GAP if c is None else column_label(picture, c) for c in columns)]]
    for name, row in zip(labels, rows, strict=True):
        if row is None:
            lines.append([name, *("" for _ in columns)])
        else:
            lines.append([name, *(GAP if c is None else cell(row, c) for c in columns)])
    out = table(lines, "l" + "r" * len(columns), indent=_INDENT, gap=1)
    missing = [
        note
        for note in (
            left_out(rows, picture.values.shape[0], "rows"),
            left_out(columns, picture.values.shape[1], "columns"),
        )
        if note
    ]
    if missing:
        out.append(f"{_SPACE}left out: {' and '.join(missing)}")
    if focus is not None and None in columns:
        out += _full_row(session, picture, shown, focus, view)
    return out


def cell_width(picture: Exhibit, rows: list[int | None], shown: Format) -> int:
    """The width of the widest number of the rows shown."""
    kept = picture.values[[row for row in rows if row is not None]]
    finite = kept[np.isfinite(kept)]
    ends = (float(finite.min()), float(finite.max())) if finite.size else (0.0,)
    return max(4, *(cell_len(shown(end)) for end in ends))


def _fitting(
    picture: Exhibit, rows: list[int | None], labels: list[str], number: int, width: int
) -> list[int | None]:
    """As many columns as have room beside the labels, each with a space before it."""
    room = width - _INDENT - max(map(cell_len, labels))
    count = picture.values.shape[1]
    tokens = picture.column_axis in {"key_pos", "d_vocab"}

    def taken(columns: list[int | None]) -> int:
        widths = (
            1 if c is None else max(number, cell_len(column_label(picture, c)) if tokens else 0)
            for c in columns
        )
        return sum(1 + width for width in widths)

    fits = min(count, max(4, room // (number + 1)))
    columns = columns_shown(count, fits)
    while fits > 4 and taken(columns) > room:
        fits -= 1
        columns = columns_shown(count, fits)
    return columns


def _full_row(
    session: Session, picture: Exhibit, shown: Format, row: int, view: View
) -> Iterator[str]:
    """Every number of one row, as many on a line as fit."""
    hidden = hidden_cells(picture)[row]
    count = min(len(hidden), FULL_ROW_MAX)
    entries = [
        (column_label(picture, c), MASKED if hidden[c] else shown(float(picture.values[row, c])))
        for c in range(count)
    ]
    label = max(cell_len(name) for name, _ in entries)
    number = max(cell_len(value) for _, value in entries)
    per_line = max(1, (view.width - _INDENT) // (label + number + 3))
    yield f"{_SPACE}row {row} {short(session.tokens[row])} in full, each number after its column:"
    grid = [entries[at : at + per_line] for at in range(0, count, per_line)]
    cells = [[part for entry in line for part in entry] for line in grid]
    cells[-1] += [""] * (2 * per_line - len(cells[-1])) if len(cells) > 1 else []
    yield from table(cells, "rr" * (len(cells[0]) // 2), indent=_INDENT, gap=1)
    if count < len(hidden):
        yield f"{_SPACE}and {len(hidden) - count:,} more"


def _notes(session: Session, pictures: list[Exhibit], shown: Format) -> list[str]:
    """What the marks mean, what is not a number, and where the smallest and the largest are."""
    lines: list[str] = []
    hidden = np.stack([hidden_cells(picture) for picture in pictures])  # [head, row, column]
    values = np.stack([picture.values for picture in pictures])  # [head, row, column]
    if pictures[0].column_axis == "key_pos":
        lines.append(
            f"rows: {GLOSSARY[pictures[0].row_axis]}; columns: {GLOSSARY[pictures[0].column_axis]}"
        )
    if hidden.any():
        left = "weight 0" if pictures[0].role == "weights" else "score −∞"
        lines.append(f"{MASKED} masked: the key comes after the query, {left}")
    if session.cursor.token is not None:
        lines.append(f"{FOCUS.strip()} the row in focus")
    for what, odd in (
        ("NaN", np.isnan(values)),
        ("∞", np.isposinf(values)),
        ("−∞", np.isneginf(values) & ~hidden),
    ):
        count = int(odd.sum())
        if count:
            lines.append(f"{count:,} {'cell is' if count == 1 else 'cells are'} {what}")
    counted = np.isfinite(values) & ~hidden
    if counted.any():
        low = np.where(counted, values, np.inf).argmin()
        high = np.where(counted, values, -np.inf).argmax()
        rows = [
            (what, _telling(shown, float(values.flat[at])), *_where(session, pictures, int(at)))
            for what, at in (("smallest", low), ("largest", high))
        ]
        lines += table(rows, "lrll", indent=0)
    return lines


def _telling(shown: Format, value: float) -> str:
    """The number as in the table; one that would read as 0 there with digits of its own."""
    text = shown(value)
    return text if value == 0 or text.strip(" −0.") else significant(value)


def _where(session: Session, pictures: list[Exhibit], flat: int) -> tuple[str, str]:
    """A cell in words and as the end of a place."""
    head, row, column = np.unravel_index(flat, (len(pictures), *pictures[0].values.shape))
    picture = pictures[int(head)]
    return cell_words(session, picture, int(row), int(column)), _index(
        picture.ref(int(row), int(column))
    )


def cell_words(session: Session, picture: Exhibit, row: int, column: int) -> str:
    """`row 3 on, column 1 cat`."""
    words = f"row {row} {short(session.tokens[row])}"
    if picture.column_axis == "one":
        return words
    return f"{words}, column {column_label(picture, column)}"


def _index(ref: TensorRef) -> str:
    return str(ref).removeprefix(ref.name)
