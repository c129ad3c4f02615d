"""The lines of a terminal's screen.

A line is as long as what was written on it: behind that it is blank. A tuple is shared with copies
and pictures and never changed; a line that is written on becomes a list first. So it takes next to
nothing to clear a screen, to give it another size or to keep a copy, however large it is.
"""

from collections.abc import Sequence
from itertools import repeat
from typing import TypeVar

from rich.cells import get_character_cell_size

from tui_transformer.recording.cells import BLANK, Cell, Pen, Row, put_mark

T = TypeVar("T")
Line = list[Cell] | Row

EMPTY: Row = ()


class Lines:
    """So many lines of so many columns, blank at first."""

    __slots__ = ("_lines", "_shown", "height", "width")

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._lines: list[Line] = [EMPTY] * height
        self._shown: list[Row | None] = [None] * height

    @property
    def cells(self) -> int:
        """How many cells a copy holds at most."""
        return sum(map(len, self._lines)) + self.height

    def copy(self) -> "Lines":
        """One that goes on from here by itself."""
        for y, line in enumerate(self._lines):
            if isinstance(line, list):
                self._lines[y] = tuple(line)
        twin = Lines(self.width, 0)
        twin.height = self.height
        twin._lines, twin._shown = self._lines.copy(), [None] * self.height
        return twin

    def rows(self) -> tuple[Row, ...]:
        """The lines in full width. Those that did not change are the same object as before."""
        for y, row in enumerate(self._shown):
            if row is None:
                line = self._lines[y] = tuple(self._lines[y])
                self._shown[y] = line + (BLANK,) * (self.width - len(line))
        return tuple(row for row in self._shown if row is not None)

    def resized(self, width: int, height: int) -> "Lines":
        """Another size; what fits stays."""
        twin = Lines(width, height)
        kept = self._lines[:height]
        if width < self.width:
            known: dict[int, Line] = {}  # many lines may be the same object
            kept = [_cropped(line, width, known) if len(line) > width else line for line in kept]
        twin._lines[: len(kept)] = kept
        return twin

    def write(self, x: int, y: int, texts: Sequence[str], pen: Pen) -> None:
        """Write characters that have a cell each, from a place on; they have room there.

        Args:
            x: the column.
            y: the line.
            texts: a character a cell; none behind a wide one.
            pen: how they look.
        """
        line, end = self._line(y), x + len(texts)
        if x > len(line):
            line += repeat(BLANK, x - len(line))
        _cut(line, x)
        _cut(line, end)
        line[x:end] = zip(texts, repeat(pen))

    def insert(self, x: int, y: int, count: int, cell: Cell = BLANK) -> None:
        """Push what stands from a place on to the right by so many cells."""
        line = self._line(y)
        if x > len(line):
            line += repeat(BLANK, x - len(line))
        _cut(line, x)
        line[x:x] = [cell] * count
        del line[self.width :]
        _mend(line, self.width)

    def delete(self, x: int, y: int, count: int, cell: Cell) -> None:
        """Take so many cells out; what stands behind moves to the left, `cell` comes in."""
        line = self._line(y)
        _cut(line, x)
        _cut(line, x + count)
        if cell != BLANK:
            line += repeat(BLANK, self.width - len(line))
            line += repeat(cell, count)
        del line[x : x + count]

    def mark(self, end: int, y: int, char: str, most: int) -> None:
        """Put a combining mark on the character before a column, if it bears fewer than `most`."""
        line = self._line(y)
        line += repeat(BLANK, end - len(line))
        before = line[:end]
        put_mark(before, char)
        if max(len(text) for text, _ in before[-2:]) <= 1 + most:
            line[:end] = before

    def blank(self, y: int, start: int, end: int, cell: Cell) -> None:
        """Make the cells from one column up to another blank ones of a look."""
        end = min(end, self.width)
        if start <= 0 and end == self.width:
            self.blank_lines(y, y + 1, cell)
            return
        line = self._line(y)
        _cut(line, start)
        _cut(line, end)
        if cell != BLANK:
            line += repeat(BLANK, start - len(line))
        elif end >= len(line):
            del line[start:]
            return
        line[start:end] = repeat(cell, end - start)

    def blank_lines(self, start: int, end: int, cell: Cell) -> None:
        """Make whole lines blank ones of a look."""
        count = max(0, end - start)
        self._lines[start:end] = [self._blank(cell)] * count
        self._shown[start:end] = [None] * count

    def roll(self, top: int, bottom: int, by: int, cell: Cell) -> None:
        """Move lines up, or down where `by` is below 0; blank ones of a look come in.

        Args:
            top: the first line that moves.
            bottom: the last.
            by: by how many.
            cell: what the blank ones are made of.
        """
        if by == 1:  # as most often: nothing is copied
            del self._lines[top], self._shown[top]
            self._lines.insert(bottom, self._blank(cell))
            self._shown.insert(bottom, None)
            return
        count = min(abs(by), bottom - top + 1)
        part = slice(top, bottom + 1)
        blanks: list[Line] = [self._blank(cell)] * count
        unknown: list[Row | None] = [None] * count
        self._lines[part] = _rolled(self._lines[part], blanks, by)
        self._shown[part] = _rolled(self._shown[part], unknown, by)

    def _blank(self, cell: Cell) -> Row:
        return EMPTY if cell == BLANK else (cell,) * self.width

    def _line(self, y: int) -> list[Cell]:
        """A line to write on."""
        line = self._lines[y]
        if not isinstance(line, list):
            line = self._lines[y] = list(line)
        self._shown[y] = None
        return line


def _rolled(lines: list[T], new: list[T], by: int) -> list[T]:
    count = len(new)
    return lines[count:] + new if by > 0 else new + lines[: len(lines) - count]


def _cut(line: list[Cell], x: int) -> None:
    """What is about to be written from `x` on must not leave half of a wide character."""
    if 0 < x < len(line) and not line[x][0]:
        line[x - 1] = (" ", line[x - 1][1])
        line[x] = (" ", line[x][1])


def _mend(line: list[Cell], width: int) -> None:
    """What was cut off at the end must not leave half of a wide character."""
    if len(line) == width and get_character_cell_size(line[-1][0][:1] or " ") == 2:
        line[-1] = (" ", line[-1][1])


def _cropped(line: Line, width: int, known: dict[int, Line]) -> Line:
    """The beginning of a line; of one that was cropped before, the same again."""
    found = known.get(id(line))
    if found is None:
        short = list(line[:width])
        _mend(short, width)
        found = known[id(line)] = tuple(short)
    return found
