"""Where every cell of a grid stands: what fits, what is cut into bands, what is scrolled.

Wide tensors with few rows are cut into bands, one under another, before anything is hidden; what
then still does not fit is scrolled, or drawn as a whole by areas.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from rich.cells import cell_len

from tui_transformer.render.ink import Ink
from tui_transformer.render.numbers import are_whole, decimals_for, one_digit
from tui_transformer.walkthrough import Exhibit

Zoom = Literal["auto", "numbers", "cells", "dots", "extreme", "mean"]
ZOOMS: tuple[Zoom, ...] = ("auto", "numbers", "cells", "dots")
"""The ways to draw every cell for itself."""
WHOLE_ZOOMS: tuple[Zoom, ...] = ("extreme", "mean")
"""The ways to draw the whole tensor, however large, by areas."""

LARGE = 10_000
"""Cells above which a tensor of several rows is first shown as a whole."""
LABEL_MAX = 10
NUMBER_MAX = 10
HEAD_LINES = 1
LEGEND_LINES = 1
ROOMIER = 2


@dataclass(frozen=True, slots=True)
class GridPlan:
    """Where every cell of a grid stands.

    `per_band` columns side by side, `bands` of them one under another (one, when it scrolls), each
    with a line of labels on top; `stack` rows of the tensor in one line of text (2 for half
    blocks). The first cell shown is (`row`, `column`); `rows` and `shown` count what is visible.
    Where the whole tensor is drawn by areas, `row_edges` and `column_edges` say where each begins
    (and the last one ends), and `rows` and `shown` count areas.
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
    row_edges: tuple[int, ...] = ()
    column_edges: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it is drawn by areas."""
        return bool(self.row_edges)

    def area_of(self, row: int, column: int) -> tuple[int, int]:
        """The area that a cell lies in."""
        down = bisect_right(self.row_edges, row) - 1
        across = bisect_right(self.column_edges, column) - 1
        return max(0, min(down, self.rows - 1)), max(0, min(across, self.shown - 1))

    def area(self, down: int, across: int) -> tuple[slice, slice]:
        """The rows and columns of an area."""
        rows = slice(self.row_edges[down], self.row_edges[down + 1])
        return rows, slice(self.column_edges[across], self.column_edges[across + 1])

    @property
    def band_height(self) -> int:
        """Lines of one band: a line of labels and the rows."""
        return 1 + -(-self.rows // self.stack)

    @property
    def lines(self) -> int:
        """Lines that are drawn on, title and legend counted."""
        return HEAD_LINES + self.bands * self.band_height + LEGEND_LINES

    def cell_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The (row, column) of the tensor that is drawn at a place, from the grid's first line.

        Of an area its first cell.
        """
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
        if self.whole:
            return self.row_edges[row], self.column_edges[across]
        return self.row + row, self.column + across

    @property
    def hides(self) -> bool:
        """Whether some of the tensor is out of sight."""
        return self.row > 0 or self.column > 0


def number_width(exhibit: Exhibit) -> int:
    """How many terminal cells a number of this tensor takes, a space before it counted."""
    decimals = decimals_of(exhibit)
    width = 2 + decimals + (decimals > 0) + len(str(int(exhibit.limits.high)))
    return max(min(width, NUMBER_MAX), _beyond(exhibit))  # larger ones have an exponent


def _beyond(exhibit: Exhibit) -> int:
    """What the largest number outside the scale takes in one digit, with its mark and a space."""
    values = exhibit.values if exhibit.masked is None else exhibit.values[~exhibit.masked]
    values = values.ravel()
    found = [float(end.reduce(values, initial=0.0)) for end in (np.fmin, np.fmax)]
    if not np.isfinite(found).all():
        values = values[np.isfinite(values)]
        found = [float(end.reduce(values, initial=0.0)) for end in (np.fmin, np.fmax)]
    far = (end for end in found if abs(end) > exhibit.limits.high)
    return max((2 + len(one_digit(end)) for end in far), default=0)


def decimals_of(exhibit: Exhibit) -> int:
    """How many decimals its numbers are written with; whole ones with none."""
    values = exhibit.values if exhibit.masked is None else exhibit.values[~exhibit.masked]
    return 0 if are_whole(values) else decimals_for(exhibit.limits.high)


def label_width(exhibit: Exhibit) -> int:
    """The width of the column of row labels, the focus mark and a space counted."""
    return min(_longest(exhibit.row_labels), LABEL_MAX) + 2


@lru_cache(maxsize=32)
def _longest(labels: tuple[str, ...]) -> int:
    """The width of the widest label."""
    return max((cell_len(label) for label in labels), default=1)


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of a grid's column of labels and of its columns of numbers."""

    label: int = 0
    number: int = 0


def columns_of(*exhibits: Exhibit) -> Columns:
    """Widths that are enough for all of them: so drawn, their columns line up."""
    return Columns(
        max((label_width(e) for e in exhibits), default=0),
        max((number_width(e) for e in exhibits), default=0),
    )


def natural_size(exhibit: Exhibit, least: Columns | None = None) -> tuple[int, int]:
    """The (width, height) at which every cell shows its number, title and legend counted."""
    rows, cols = exhibit.values.shape
    own = least or columns_of(exhibit)
    return max(own.label + cols * own.number, 24), rows + 1 + HEAD_LINES + LEGEND_LINES


def plan(
    exhibit: Exhibit,
    width: int,
    height: int,
    cursor: tuple[int, int],
    ink: Ink,
    zoom: Zoom = "auto",
    before: GridPlan | None = None,
    least: Columns | None = None,
) -> GridPlan:
    """Choose how to draw a tensor in `width` × `height` terminal cells.

    Args:
        exhibit: the tensor.
        width: terminal cells across.
        height: lines, title and legend counted.
        cursor: the (row, column) that must stay in sight.
        ink: without colours there are no half blocks.
        zoom: `auto` takes the first of numbers, cells and dots that shows everything, and for a
            large tensor areas; `extreme` and `mean` draw the whole tensor by areas.
        before: the plan drawn last, so that scrolling moves as little as it can.
        least: the widths that it has in common with the grids above and below; its own without.
    """
    rows, cols = exhibit.values.shape
    least = least or columns_of(exhibit)
    label = min(least.label, max(3, width // 2))
    body = max(2, height - HEAD_LINES - LEGEND_LINES)
    room = max(1, width - label)
    number = least.number
    small = 2 if ink.colour or exhibit.limits.signed else 1
    if zoom == "auto" and rows > 1 and rows * cols > LARGE:
        zoom = "extreme"
    if zoom in WHOLE_ZOOMS:
        return _whole(zoom, exhibit, (width, height), ink)
    kinds: dict[Zoom, tuple[int, int]] = {
        "numbers": (number, 1),
        "cells": (2, 1),
        "dots": (1, 2) if ink.blocks else (small, 1),
    }
    order: tuple[Zoom, ...] = ("numbers", "cells", "dots") if zoom == "auto" else (zoom,)
    for kind in order:
        cell, stack = kinds[kind]
        per_band = max(1, min(cols, room // cell))
        bands = -(-cols // per_band)
        per_band = -(-cols // bands)
        if cell <= room and bands * (1 + -(-rows // stack)) <= body and bands <= 8:
            if kind == "numbers":
                cell = min(number + ROOMIER, room // per_band)
            return GridPlan(
                kind, width, height, label, cell, stack, per_band, bands, 0, rows, 0, cols
            )
    kind = order[0] if zoom != "auto" else _scrolling_kind(exhibit)
    if kinds[kind][0] > room:  # half a number is no number
        kind = "dots"
    cell, stack = kinds[kind]
    per_band = max(1, min(cols, room // cell))
    visible = min(rows, (body - 1) * stack)
    bands = max(1, body // (1 + -(-rows // stack))) if visible == rows else 1
    bands = min(bands, -(-cols // per_band))
    shown = min(cols, bands * per_band)
    middle = (cursor[0] - visible // 2, cursor[1] - shown // 2)
    top, left = (before.row, before.column) if before and not before.whole else middle
    top = _slide(top, visible, rows, cursor[0], stack)
    visible = min(visible, rows - top)
    left = _slide(left, shown, cols, cursor[1], 1)
    return GridPlan(
        kind, width, height, label, cell, stack, per_band, bands, top, visible, left, shown
    )


def _whole(zoom: Zoom, exhibit: Exhibit, screen: tuple[int, int], ink: Ink) -> GridPlan:
    """The whole tensor by areas, as many as there is room for, in bands where it has few rows."""
    (rows, cols), (width, height) = exhibit.values.shape, screen
    first = len(str(exhibit.first + rows - 1)) + 1  # an area's label begins with its first row
    label = min(first + min(_longest(exhibit.row_labels), LABEL_MAX - 4) + 2, max(3, width // 2))
    body = max(2, height - HEAD_LINES - LEGEND_LINES)
    small = 2 if not ink.colour and exhibit.limits.signed else 1
    stack = 2 if ink.blocks and rows > 2 else 1
    down = min(rows, (body - 1) * stack)
    per_band = max(1, (width - label) // small)
    bands = max(1, min(body // (1 + -(-down // stack)), -(-cols // per_band)))
    across = min(cols, bands * per_band)
    row_edges = tuple(rows * n // down for n in range(down + 1))
    column_edges = tuple(cols * n // across for n in range(across + 1))
    return GridPlan(
        zoom, width, height, label, small, stack, min(per_band, across), bands,
        0, down, 0, across, row_edges, column_edges,
    )  # fmt: skip


def _scrolling_kind(exhibit: Exhibit) -> Zoom:
    """What to scroll when nothing shows all: numbers of small tensors and of single rows, colours
    of large ones.
    """
    rows = exhibit.values.shape[0]
    return "numbers" if rows == 1 or exhibit.values.size <= 2_000 else "dots"


def _slide(first: int, visible: int, count: int, at: int, step: int) -> int:
    """The first row (or column) in sight, a multiple of `step`, moved only as far as `at` needs."""
    at = min(at, count - 1)
    if at < first:
        first = at
    elif at >= first + visible:
        first = at - visible + 1
    first = max(0, min(first, count - visible))
    first -= first % step
    return first if at < first + visible else first + step
