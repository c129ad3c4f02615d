"""A tensor too large for a screen, area by area: the value of largest size in each, or the mean."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_transformer.engine import Array
from tui_transformer.render.grid_plan import GridPlan
from tui_transformer.walkthrough import Exhibit


def by_area(exhibit: Exhibit, where: GridPlan) -> Exhibit:
    """The picture with a cell an area: `[area down, area across]`.

    Cells that the mask took away do not count; an area of nothing else is masked.
    """
    rows, columns = where.row_edges[:-1], where.column_edges[:-1]
    values, masked = exhibit.values, exhibit.masked
    gone: npt.NDArray[np.bool_] | None = None
    if masked is not None:
        values = np.where(masked, np.float32(0), values)
        gone = _reduce(np.logical_and, masked, rows, columns)
    with np.errstate(all="ignore"):  # NaN and infinity are shown, not warned of
        if where.zoom == "mean":
            reduced = _mean(values, masked, rows, columns)
        else:
            low = _reduce(np.minimum, values, rows, columns)
            high = _reduce(np.maximum, values, rows, columns)
            reduced = np.where(-low > high, low, high)
    if gone is not None:
        empty = 0.0 if exhibit.role == "weights" else -np.inf
        reduced = np.where(gone, np.float32(empty), reduced)
    names, first = exhibit.row_labels, exhibit.first
    labels = [f"{row + first} {names[row]}" for row in rows if row < len(names)]
    return replace(
        exhibit,
        values=reduced,
        masked=gone,
        row_labels=tuple(labels),
        column_labels=tuple(str(column) for column in columns),
    )


def cell_in_area(exhibit: Exhibit, where: GridPlan, down: int, across: int) -> tuple[int, int]:
    """The cell that stands for an area: the one of largest size, or for a mean the first one."""
    rows, columns = where.area(down, across)
    if where.zoom == "mean":
        return rows.start, columns.start
    inside = exhibit.values[rows, columns]
    sizes = np.nan_to_num(np.abs(inside), nan=np.inf)
    if exhibit.masked is not None:
        sizes = np.where(exhibit.masked[rows, columns], -1.0, sizes)
    row, column = np.unravel_index(int(sizes.argmax()), inside.shape)
    return rows.start + int(row), columns.start + int(column)


def _reduce(
    how: np.ufunc, values: npt.NDArray[Any], rows: Sequence[int], columns: Sequence[int]
) -> npt.NDArray[Any]:
    """Take each area together; the longer runs of memory first."""
    return how.reduceat(how.reduceat(values, rows, axis=0), columns, axis=1)


def _mean(
    values: Array,
    masked: npt.NDArray[np.bool_] | None,
    rows: Sequence[int],
    columns: Sequence[int],
) -> Array:
    """The mean of each area over the cells that count."""
    counted = np.ones(values.shape, np.float32) if masked is None else ~masked
    total = _reduce(np.add, values.astype(np.float64), rows, columns)
    count = _reduce(np.add, np.asarray(counted, dtype=np.float64), rows, columns)
    return np.asarray(total / np.maximum(count, 1.0), dtype=np.float32)
