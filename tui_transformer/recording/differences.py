"""What changed between two pictures, as runs of cells and as what a terminal is sent."""

from collections.abc import Iterator
from dataclasses import dataclass

from tui_transformer.recording.cells import PLAIN, SGR_OF, Cell, Colour, Pen, Picture, Row

GAP = 6
"""So many unchanged cells are written once more where that is shorter than to move past them."""


@dataclass(frozen=True, slots=True)
class Run:
    """Cells to be written from a place of the screen on, left to right."""

    y: int
    x: int
    cells: Row


def runs_between(before: Picture | None, after: Picture) -> list[Run]:
    """The cells that differ, top to bottom; all of them where there is no picture before."""
    if before is None or (before.width, before.height) != (after.width, after.height):
        return [Run(y, 0, row) for y, row in enumerate(after.rows)]
    runs: list[Run] = []
    for y, (old, new) in enumerate(zip(before.rows, after.rows, strict=True)):
        if old is not new and old != new:
            runs += [Run(y, start, new[start:end]) for start, end in _spans(old, new)]
    return runs


def _spans(old: Row, new: Row) -> Iterator[tuple[int, int]]:
    """The stretches of a line that differ, without cutting a wide character in two."""
    start = end = -1
    for x, (a, b) in enumerate(zip(old, new, strict=True)):
        if a == b:
            continue
        left = x - 1 if not b[0] or not a[0] else x
        right = x + 2 if x + 1 < len(new) and not new[x + 1][0] else x + 1
        if start < 0:
            start, end = left, right
        elif left - end <= GAP and _one_pen(new[end - 1 : left]):
            end = max(end, right)
        else:
            yield start, end
            start, end = max(left, end), right
    if start >= 0:
        yield start, end


def _one_pen(cells: Row) -> bool:
    return len({pen for _, pen in cells}) <= 1


def ansi(runs: list[Run]) -> str:
    """What draws runs on a terminal: cursor moves, styles and text. Ends with the plain style."""
    out: list[str] = []
    pen = PLAIN
    at_y, at_x = -1, -1
    for run in runs:
        if run.y == at_y and run.x - at_x > 0:
            out.append(f"\x1b[{run.x - at_x}C" if run.x - at_x > 1 else "\x1b[C")
        elif (run.y, run.x) != (at_y, at_x):
            out.append(f"\x1b[{run.y + 1};{run.x + 1}H" if run.x else f"\x1b[{run.y + 1}H")
        for text, wanted in run.cells:
            if wanted != pen:
                out.append(sgr(pen, wanted))
                pen = wanted
            out.append(text)
        at_y, at_x = run.y, run.x + len(run.cells)
    if pen != PLAIN:
        out.append("\x1b[m")
    return "".join(out)


def sgr(pen: Pen, wanted: Pen) -> str:
    """The shortest style sequence that turns one pen into another."""
    if wanted == PLAIN:
        return "\x1b[m"
    codes = []
    if pen.attrs & ~wanted.attrs:  # an attribute ends: begin from nothing
        codes.append("0")
        pen = PLAIN
    codes += [code for bit, code in SGR_OF.items() if wanted.attrs & ~pen.attrs & bit]
    if wanted.fore != pen.fore:
        codes.append(_colour_code(wanted.fore, 30))
    if wanted.back != pen.back:
        codes.append(_colour_code(wanted.back, 40))
    return f"\x1b[{';'.join(codes)}m"


def _colour_code(colour: Colour, base: int) -> str:
    if colour is None:
        return str(base + 9)
    if isinstance(colour, tuple):
        red, green, blue = colour
        return f"{base + 8};2;{red};{green};{blue}"
    if colour < 8:
        return str(base + colour)
    if colour < 16:
        return str(base + 60 + colour - 8)
    return f"{base + 8};5;{colour}"


def cells_of(text: str, pen: Pen = PLAIN) -> list[Cell]:
    """Text without wide characters or marks as cells."""
    return [(char, pen) for char in text]
