"""Cells to be written, in the order and with the pens that take the fewest bytes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tui_transformer.tui.pen import PLAIN, Pen, alike, change

GAP = 5
"""So many unchanged cells in between are written once more: to move past them costs as much."""
FEW = 600
"""Up to so many cells the order is free; more are written line by line, as an eye expects."""

UNKNOWN = "\0"
"""Stands for a cell of which it is not known what it shows; it is never written."""

Place = tuple[int, int]
"""Column and line, from 0."""


class Stroke(NamedTuple):
    """Neighbouring cells of a line that are written with one pen."""

    y: int
    x: int
    text: str
    width: int
    """In cells."""
    pen: Pen

    @property
    def blank(self) -> bool:
        """Whether nothing but a background is seen of it."""
        return not self.text.strip(" ")


def strokes_of(
    y: int, chars: Sequence[str], pens: Sequence[Pen], stale: Iterable[int]
) -> Iterator[Stroke]:
    """The strokes for some cells of a line.

    Args:
        y: the line.
        chars: a character a cell, none behind a wide one.
        pens: one a cell.
        stale: the cells to be written, from left to right, both halves of wide characters.
    """
    start = end = -1
    pen = PLAIN
    blank = False  # so far the stroke shows nothing but its background
    for x in stale:
        if start >= 0 and x <= end + GAP:
            for cell in range(end, x + 1):  # those in between are written once more
                char, wanted = chars[cell], pens[cell]
                if char == UNKNOWN:
                    break
                if wanted is not pen and wanted != pen:
                    if char == " " and alike(wanted, pen):
                        continue
                    if not (blank and alike(wanted, pen)):
                        break
                    pen = wanted  # blanks take the pen of what follows
                blank = blank and char == " "
            else:
                end = x + 1
                continue
        if start >= 0:
            yield Stroke(y, start, "".join(chars[start:end]), end - start, pen)
        start, end, pen = x, x + 1, pens[x]
        blank = chars[x] == " "
    if start >= 0:
        yield Stroke(y, start, "".join(chars[start:end]), end - start, pen)


def written(strokes: Sequence[Stroke], pen: Pen, at: Place | None) -> tuple[str, Pen, Place | None]:
    """What a terminal is sent; its pen and its cursor's place afterwards.

    Args:
        strokes: from top to bottom and from left to right.
        pen: the terminal's.
        at: its cursor's place, `None` where it is not known.
    """
    found = _in_turn(strokes, pen, at)
    if sum(stroke.width for stroke in strokes) > FEW:
        return found
    return min(found, _in_turn(_by_pen(strokes, pen), pen, at), key=lambda one: len(one[0]))


def _in_turn(
    strokes: Iterable[Stroke], pen: Pen, at: Place | None
) -> tuple[str, Pen, Place | None]:
    out: list[str] = []
    for stroke in strokes:
        x, y = stroke.x, stroke.y
        if at != (x, y):
            if at is not None and at[1] == y and 0 < x - at[0] < 100:
                out.append(f"\x1b[{x - at[0]}C")
            else:
                out.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        if pen != stroke.pen and not (stroke.blank and alike(pen, stroke.pen)):
            out.append(change(pen, stroke.pen))
            pen = stroke.pen
        out.append(stroke.text)
        at = (x + stroke.width, y)
    return "".join(out), pen, at


def _by_pen(strokes: Sequence[Stroke], first: Pen) -> list[Stroke]:
    """The same strokes, those of one pen together; pens with one background beside each other."""
    pens = sorted(
        {stroke.pen for stroke in strokes},
        key=lambda pen: (pen != first, pen[2] != first[2], pen[2], sorted(pen[0]), pen[1]),
    )
    drawn = [pen for pen in pens if any(s.pen == pen and not s.blank for s in strokes)]
    rank = {pen: n for n, pen in enumerate(pens)}
    for pen in pens:  # a blank is written with any pen that leaves the same background
        if pen not in drawn:
            rank[pen] = next((rank[one] for one in drawn if alike(one, pen)), rank[pen])
    return sorted(strokes, key=lambda stroke: rank[stroke.pen])
