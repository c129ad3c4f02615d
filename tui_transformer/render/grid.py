"""A tensor as a grid of cells: numbers on colour where they fit, colour alone where they do not.

`plan` decides what fits, `paint` draws it. Wide tensors with few rows are cut into bands, one under
another, before anything is hidden; what then still does not fit is scrolled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, columns, crop, fit, merged, width_of
from tui_transformer.render.numbers import decimals_for, fixed, significant
from tui_transformer.render.scale import Mark, digit, levels_of, marks_of
from tui_transformer.walkthrough import Exhibit, Limits, shape_text

Floats = npt.NDArray[np.floating]
Marks = npt.NDArray[np.int8]

Zoom = Literal["auto", "numbers", "cells", "dots"]
ZOOMS: tuple[Zoom, ...] = ("auto", "numbers", "cells", "dots")

LABEL_MAX = 10
HEAD_LINES = 1
LEGEND_LINES = 1
ROOMIER = 2


@dataclass(frozen=True, slots=True)
class GridPlan:
    """Where every cell of a grid stands.

    `per_band` columns side by side, `bands` of them one under another (one, when it scrolls), each
    with a line of labels on top; `stack` rows of the tensor in one line of text (2 for half
    blocks). The first cell shown is (`row`, `column`); `rows` and `shown` count what is visible.
    """

    zoom: Zoom
    width: int
    height: int
    label: int
    cell: int
    stack: int
    per_band: int
    bands: int
    row: int
    rows: int
    column: int
    shown: int

    @property
    def band_height(self) -> int:
        """Lines of one band: a line of labels and the rows."""
        return 1 + -(-self.rows // self.stack)

    def cell_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The (row, column) of the tensor that is drawn at a place, from the grid's first line."""
        y -= HEAD_LINES
        if x < self.label or y < 0:
            return None
        band, line = divmod(y, self.band_height)
        column = (x - self.label) // self.cell
        if band >= self.bands or line == 0 or column >= self.per_band:
            return None
        row = (line - 1) * self.stack
        across = band * self.per_band + column
        if row >= self.rows or across >= self.shown:
            return None
        return self.row + row, self.column + across

    @property
    def hides(self) -> bool:
        """Whether some of the tensor is out of sight."""
        return self.row > 0 or self.column > 0


def number_width(exhibit: Exhibit) -> int:
    """How many terminal cells a number of this tensor takes, a space before it counted."""
    top = exhibit.limits.high
    return (
        3 + decimals_for(top) + max(1, len(str(int(top))))
        if decimals_for(top)
        else 3 + len(str(int(top)))
    )


def label_width(exhibit: Exhibit) -> int:
    """The width of the column of row labels, the focus mark and a space counted."""
    longest = max((cell_len(label) for label in exhibit.row_labels), default=1)
    return min(longest, LABEL_MAX) + 2


def natural_size(exhibit: Exhibit) -> tuple[int, int]:
    """The (width, height) at which every cell shows its number, title and legend counted."""
    rows, cols = exhibit.values.shape
    width = label_width(exhibit) + cols * number_width(exhibit)
    return max(width, 24), rows + 1 + HEAD_LINES + LEGEND_LINES


def plan(
    exhibit: Exhibit,
    width: int,
    height: int,
    cursor: tuple[int, int],
    ink: Ink,
    zoom: Zoom = "auto",
    before: GridPlan | None = None,
) -> GridPlan:
    """Choose how to draw a tensor in `width` × `height` terminal cells.

    Args:
        exhibit: the tensor.
        width: terminal cells across.
        height: lines, title and legend counted.
        cursor: the (row, column) that must stay in sight.
        ink: without colours there are no half blocks.
        zoom: `auto` takes the first of numbers, cells and dots that shows everything.
        before: the plan drawn last, so that scrolling moves as little as it can.
    """
    rows, cols = exhibit.values.shape
    label = label_width(exhibit)
    body = max(2, height - HEAD_LINES - LEGEND_LINES)
    room = max(1, width - label)
    number = number_width(exhibit)
    small = 2 if ink.colour or exhibit.limits.signed else 1
    kinds: dict[Zoom, tuple[int, int]] = {
        "numbers": (number, 1),
        "cells": (2, 1),
        "dots": (1, 2) if ink.colour else (small, 1),
    }
    order: tuple[Zoom, ...] = ("numbers", "cells", "dots") if zoom == "auto" else (zoom,)
    for kind in order:
        cell, stack = kinds[kind]
        per_band = max(1, min(cols, room // cell))
        bands = -(-cols // per_band)
        per_band = -(-cols // bands)
        if bands * (1 + -(-rows // stack)) <= body and bands <= 8:
            if kind == "numbers":
                cell = min(number + ROOMIER, room // per_band)
            return GridPlan(
                kind, width, height, label, cell, stack, per_band, bands, 0, rows, 0, cols
            )
    kind = order[0] if zoom != "auto" else _scrolling_kind(exhibit)
    cell, stack = kinds[kind]
    per_band = max(1, min(cols, room // cell))
    visible = min(rows, (body - 1) * stack)
    top = before.row if before else 0
    left = before.column if before else 0
    top = _slide(top, visible, rows, cursor[0], stack)
    left = _slide(left, per_band, cols, cursor[1], 1)
    return GridPlan(
        kind, width, height, label, cell, stack, per_band, 1, top, visible, left, per_band
    )


def _scrolling_kind(exhibit: Exhibit) -> Zoom:
    """What to scroll when nothing shows all: numbers of small tensors, colours of large ones."""
    return "numbers" if exhibit.values.size <= 2_000 else "dots"


def _slide(first: int, visible: int, count: int, at: int, step: int) -> int:
    """The first row (or column) in sight, moved only as far as `at` needs."""
    at = min(at, count - 1)
    if at < first:
        first = at
    elif at >= first + visible:
        first = at - visible + 1
    first = max(0, min(first, count - visible))
    return first - first % step


def paint(
    exhibit: Exhibit,
    where: GridPlan,
    ink: Ink,
    cursor: tuple[int, int] | None,
    *,
    focused: bool = False,
    tag: str = "",
) -> list[Line]:
    """The lines of a grid: title, bands of labels and cells, legend."""
    values = exhibit.values[
        where.row : where.row + where.rows, where.column : where.column + where.shown
    ]
    masked = exhibit.masked
    if masked is not None:
        masked = masked[
            where.row : where.row + where.rows, where.column : where.column + where.shown
        ]
    marks = marks_of(values, exhibit.limits, masked)
    levels = levels_of(values, exhibit.limits)
    painter = _Painter(exhibit, where, ink, cursor, focused, values, marks, levels)
    lines = [title(exhibit, where, ink, focused=focused, tag=tag)]
    for band in range(where.bands):
        lines += painter.band(band)
    lines.append(legend(exhibit, ink, marks, where))
    return [crop(merged(line), where.width) for line in lines]


def title(exhibit: Exhibit, where: GridPlan, ink: Ink, *, focused: bool, tag: str = "") -> Line:
    """The tensor's name in the hue of its role, its shape, and what of it is in sight."""
    mark = "▸ " if focused else "  "
    left: Line = [
        Segment(mark, ink.accent),
        Segment(f"{tag} " if tag else "", ink.faint),
        Segment(exhibit.short_name, ink.role(exhibit.role, bold=True)),
        Segment(f" {shape_text(exhibit.shape)}", ink.muted),
    ]
    if exhibit.head is not None:
        left.append(Segment(f" head {exhibit.head + 1}", ink.text))
    rows, cols = exhibit.values.shape
    parts = []
    if where.shown < cols:
        last = where.column + where.shown - 1
        parts.append(f"columns {where.column}–{last} of {cols:,}")
    if where.rows < rows:
        parts.append(f"rows {where.row}–{where.row + where.rows - 1} of {rows:,}")
    return columns(left, [Segment(" · ".join(parts), ink.muted)], where.width)


def legend(exhibit: Exhibit, ink: Ink, marks: Marks, where: GridPlan) -> Line:
    """The scale with its printed limits, and the signs that occur."""
    limits = exhibit.limits
    line: Line = [Segment(" " * where.label)]
    if ink.colour:
        line += [Segment(f"{significant(limits.low)} ", ink.muted)]
        steps = 13 if limits.signed else 12
        ends = np.linspace(limits.low, limits.high, steps)
        line += [
            Segment(" ", ink.cell(int(level), signed=limits.signed))
            for level in levels_of(ends, limits)
        ]
        line += [Segment(f" {significant(limits.high)}", ink.muted)]
    elif where.zoom == "numbers":
        line += [Segment(f"{significant(limits.low)} … {significant(limits.high)}", ink.muted)]
    else:
        signs = "+1…+9 and −1…−9" if limits.signed else "1…9"
        line += [Segment(f"{signs} in ninths of {significant(limits.high)}, · near 0", ink.muted)]
    for mark in Mark:
        if mark != Mark.VALUE and (marks == mark).any():
            line.append(Segment(f"   {mark.sign}", ink.text))
            meaning = f" {mark.meaning}"
            if width_of(line) + len(meaning) <= where.width:
                line.append(Segment(meaning, ink.muted))
    return line


@dataclass(frozen=True, slots=True)
class _Painter:
    """Draws the bands of one grid."""

    exhibit: Exhibit
    where: GridPlan
    ink: Ink
    cursor: tuple[int, int] | None
    focused: bool
    values: Floats
    marks: Marks
    levels: npt.NDArray[np.intp]

    def band(self, band: int) -> list[Line]:
        first = band * self.where.per_band
        last = min(first + self.where.per_band, self.where.shown)
        lines = [self._header(first, last)]
        for row in range(0, self.where.rows, self.where.stack):
            line = [self._label(row)]
            if self.where.stack == 2:
                line += [self._halves(row, column) for column in range(first, last)]
            else:
                line += [self._cell(row, column) for column in range(first, last)]
            lines.append(line)
        return lines

    def _at_cursor(self, row: int, column: int) -> bool:
        return self.cursor == (row + self.where.row, column + self.where.column)

    def _header(self, first: int, last: int) -> Line:
        labels: Sequence[str] = self.exhibit.column_labels
        line: Line = [Segment(" " * self.where.label)]
        named = self.exhibit.column_axis in {"key_pos", "d_vocab", "one"}
        skip = 0
        for at in range(first, last):
            column = at + self.where.column
            focus = self.cursor is not None and self.cursor[1] == column
            style = self.ink.accent if focus else self.ink.muted
            width = self.where.cell
            if skip:
                skip -= 1
                continue
            text = labels[column]
            if width >= 4:
                line.append(Segment(fit(text, width - 1, right=True).rjust(width), style))
            elif named and width == 2:
                line.append(Segment(fit(text.lstrip("·") or text, 2)[:2].replace("…", " "), style))
            else:  # index axes: a tick where a label has room
                every = 5 if width == 2 else 10
                if column % every == 0 and (at + every <= last or at == first):
                    skip = max(0, -(-len(text) // width) - 1)
                    line.append(Segment(fit(text, width * (skip + 1)), self.ink.muted))
                else:
                    line.append(Segment(" " * width, self.ink.muted))
        return line

    def _label(self, row: int) -> Segment:
        at = row + self.where.row
        if self.where.stack == 2 and self.cursor and self.cursor[0] == at + 1:
            at += 1  # a line of half blocks has two rows: name the one in focus
        focus = self.cursor is not None and self.cursor[0] == at
        label = self.exhibit.row_labels[at] if at < len(self.exhibit.row_labels) else str(at)
        text = ("▌" if focus else " ") + fit(label, self.where.label - 2) + " "
        return Segment(text, self.ink.accent if focus else self.ink.text)

    def _cell(self, row: int, column: int) -> Segment:
        mark = Mark(int(self.marks[row, column]))
        text = self._text(row, column, mark)
        if self._at_cursor(row, column):
            return Segment(text, self.ink.cursor if self.focused else self.ink.cursor_away)
        if mark in {Mark.MASKED, Mark.NAN}:
            return Segment(text, self.ink.faint if mark == Mark.MASKED else self.ink.bad)
        level = int(self.levels[row, column])
        return Segment(text, self.ink.cell(level, signed=self.exhibit.limits.signed))

    def _text(self, row: int, column: int, mark: Mark) -> str:
        value = float(self.values[row, column])
        width = self.where.cell
        if width >= 4:
            if mark == Mark.MASKED:
                return "×".rjust(width - 1) + " "
            text = fixed(value, decimals_for(self.exhibit.limits.high))
            if len(text) > width:
                text = significant(value, 2)
            if mark in {Mark.ABOVE, Mark.BELOW}:
                text = f"{mark.sign}{text.strip()}"
            return fit(text, width, right=True)
        if mark != Mark.VALUE:
            sign = "−" if mark == Mark.NEGATIVE_INFINITY else ""
            return (sign + mark.sign).rjust(width)[:width]
        if self.ink.colour:
            return " " * width
        shown = digit(value, self.exhibit.limits)
        if width == 2:
            sign = (
                " "
                if shown == "·" or not self.exhibit.limits.signed
                else ("−" if value < 0 else "+")
            )
            return sign + shown
        return shown

    def _halves(self, row: int, column: int) -> Segment:
        under = row + 1 if row + 1 < self.where.rows else None
        if self._at_cursor(row, column):
            return Segment("▀", self._cursor_half())
        if under is not None and self._at_cursor(under, column):
            return Segment("▄", self._cursor_half())
        upper = Mark(int(self.marks[row, column]))
        lower = Mark(int(self.marks[under, column])) if under is not None else Mark.MASKED
        signed = self.exhibit.limits.signed
        a = int(self.levels[row, column])
        b = int(self.levels[under, column]) if under is not None else 0
        empty = {Mark.MASKED}
        if upper in empty and lower in empty:
            return Segment(" ", Style.null())
        if Mark.NAN in {upper, lower}:
            return Segment("?", self.ink.bad)
        if upper in empty:
            return Segment("▄", self.ink.half(b, signed=signed))
        if lower in empty:
            return Segment("▀", self.ink.half(a, signed=signed))
        return Segment("▀", self.ink.halves(a, b, signed=signed))

    def _cursor_half(self) -> Style:
        return self.ink.accent


def thumbnail(
    values: Floats, limits: Limits, size: int, ink: Ink, *, large: bool = False
) -> list[Line]:
    """A head's pattern in a few lines: at most `size` cells a side, a larger one by areas.

    An area shows its largest value. Small, two rows share a line of half blocks; `large`, a cell
    is two columns wide and a line high. Without colour a cell is a digit.
    """
    count = min(size, values.shape[0])
    edges = np.linspace(0, values.shape[0], count + 1).astype(int)
    area = np.maximum.reduceat(values, edges[:-1], axis=0)
    area = np.maximum.reduceat(area, edges[:-1], axis=1)
    levels = levels_of(area, limits)

    def level(row: int, column: int) -> int | None:
        """The level of a cell, none where the mask hides it."""
        return int(levels[row, column]) if row < count and column <= row else None

    if not ink.colour:
        return [
            [
                Segment(
                    "".join(digit(float(area[r, c]), limits) for c in range(r + 1)).ljust(count),
                    ink.text,
                )
            ]
            for r in range(count)
        ]
    step = 1 if large else 2
    lines: list[Line] = []
    for row in range(0, count, step):
        line: Line = []
        for column in range(count):
            upper, lower = level(row, column), level(row + 1, column)
            if large:
                style = Style.null() if upper is None else ink.cell(upper, signed=limits.signed)
                line.append(Segment("  ", style))
            elif upper is not None and lower is not None:
                line.append(Segment("▀", ink.halves(upper, lower, signed=limits.signed)))
            elif upper is not None or lower is not None:
                one = upper if upper is not None else lower
                glyph = "▀" if upper is not None else "▄"
                line.append(Segment(glyph, ink.half(one or 0, signed=limits.signed)))
            else:
                line.append(Segment(" ", Style.null()))
        lines.append(merged(line))
    return lines
