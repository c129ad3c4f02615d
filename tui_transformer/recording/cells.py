"""A picture of the screen: cells of text, each with its pen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from rich.cells import get_character_cell_size
from rich.color import Color, ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style

ColourDepth = Literal["truecolor", "256", "16", "none"]
DEPTHS: tuple[ColourDepth, ...] = ("truecolor", "256", "16", "none")

Colour = int | tuple[int, int, int] | None
"""One of the 256 that every terminal numbers alike, red, green and blue, or the terminal's own."""

BOLD, DIM, ITALIC, UNDERLINE, REVERSE, STRIKE = 1, 2, 4, 8, 16, 32
SGR_OF = {BOLD: "1", DIM: "2", ITALIC: "3", UNDERLINE: "4", REVERSE: "7", STRIKE: "9"}


class Pen(NamedTuple):
    """How a cell is written: colours, and attributes as bits (:data:`BOLD` and so on)."""

    fore: Colour = None
    back: Colour = None
    attrs: int = 0


PLAIN = Pen()

Cell = tuple[str, Pen]
"""A character with the marks on it. A wide one is followed by a cell with no text."""

Row = tuple[Cell, ...]
BLANK: Cell = (" ", PLAIN)


@dataclass(frozen=True, slots=True)
class Picture:
    """All cells of a screen."""

    width: int
    height: int
    rows: tuple[Row, ...]

    def lines(self) -> list[str]:
        """Its text, without the spaces at the ends of lines."""
        return ["".join(text for text, _ in row).rstrip() for row in self.rows]

    @property
    def text(self) -> str:
        """Its text, a line a row."""
        return "\n".join(self.lines())


def blank(width: int, height: int) -> Picture:
    """An empty screen."""
    return Picture(width, height, ((BLANK,) * width,) * height)


def picture_of(
    lines: Sequence[Iterable[Segment]], width: int, height: int, depth: ColourDepth
) -> Picture:
    """The picture that lines of segments make, cut and filled up to a size."""
    rows = [_row(line, width, depth) for line in lines[:height]]
    rows += [(BLANK,) * width] * (height - len(rows))
    return Picture(width, height, tuple(rows))


def _row(line: Iterable[Segment], width: int, depth: ColourDepth) -> Row:
    cells: list[Cell] = []
    for segment in line:
        if segment.control:
            continue
        pen = _pen(segment.style, depth) if segment.style else PLAIN
        for char in segment.text:
            size = get_character_cell_size(char)
            if size:
                cells.append((char, pen))
                if size == 2:
                    cells.append(("", pen))
            elif cells:
                put_mark(cells, char)
    del cells[width:]
    if cells and width == len(cells) and get_character_cell_size(cells[-1][0][:1] or " ") == 2:
        cells[-1] = (" ", cells[-1][1])  # half of a wide one
    cells += [BLANK] * (width - len(cells))
    return tuple(cells)


def put_mark(cells: list[Cell], mark: str) -> None:
    """Put a character without a width on the last one that has a cell."""
    at = len(cells) - 1
    while at > 0 and not cells[at][0]:
        at -= 1
    text, pen = cells[at]
    cells[at] = (text + mark, pen)


@lru_cache(maxsize=8192)
def _pen(style: Style, depth: ColourDepth) -> Pen:
    attrs = 0
    for bit, on in (
        (BOLD, style.bold), (DIM, style.dim), (ITALIC, style.italic),
        (UNDERLINE, style.underline), (REVERSE, style.reverse), (STRIKE, style.strike),
    ):  # fmt: skip
        attrs |= bit if on else 0
    if depth == "none":
        return Pen(None, None, attrs)
    return Pen(_colour(style.color, depth), _colour(style.bgcolor, depth), attrs)


_SYSTEMS = {
    "truecolor": ColorSystem.TRUECOLOR,
    "256": ColorSystem.EIGHT_BIT,
    "16": ColorSystem.STANDARD,
}


def _colour(colour: Color | None, depth: ColourDepth) -> Colour:
    if colour is None or colour.is_default:
        return None
    colour = colour.downgrade(_SYSTEMS[depth])
    if colour.type is ColorType.TRUECOLOR and colour.triplet is not None:
        red, green, blue = colour.triplet
        return red, green, blue
    return colour.number
