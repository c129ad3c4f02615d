"""A head's pattern in a few lines."""

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style

from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, merged
from tui_transformer.render.scale import levels_of, sign_of
from tui_transformer.walkthrough import Limits

Floats = npt.NDArray[np.floating]


def shrink(values: Floats, size: int) -> Floats:
    """A square pattern with at most `size` cells a side; an area shows its largest value."""
    count = min(size, values.shape[0])
    edges = np.linspace(0, values.shape[0], count + 1).astype(int)
    area = np.maximum.reduceat(values, edges[:-1], axis=0)
    return np.asarray(np.maximum.reduceat(area, edges[:-1], axis=1))


def thumbnail(
    values: Floats, limits: Limits, size: int, ink: Ink, *, large: bool = False
) -> list[Line]:
    """A head's pattern in a few lines: at most `size` cells a side, a larger one by areas.

    An area shows its largest value. Small, two rows share a line of half blocks; `large`, a cell
    is two columns wide and a line high. Without colour a cell is a digit or a shade. What the
    mask hides stays empty.
    """
    area = shrink(values, size) if len(values) > size else values
    count = len(area)
    levels = levels_of(area, limits)

    def level(row: int, column: int) -> int | None:
        """The level of a cell, none where the mask hides it."""
        if row >= count or column > row or area[row, column] == -np.inf:
            return None
        return int(levels[row, column])

    if not ink.colour:
        return [
            [
                Segment(
                    "".join(
                        sign_of(float(area[r, c]), limits, ink.signs) for c in range(r + 1)
                    ).ljust(count),
                    ink.text,
                )
            ]
            for r in range(count)
        ]
    step = 1 if large or not ink.blocks else 2
    lines: list[Line] = []
    for row in range(0, count, step):
        line: Line = []
        for column in range(count):
            upper, lower = level(row, column), level(row + 1, column)
            if step == 1:
                style = Style.null() if upper is None else ink.cell(upper, signed=limits.signed)
                line.append(Segment("  " if large else " ", style))
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
