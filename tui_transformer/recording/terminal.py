"""A terminal for playback: output in, pictures out.

It knows text, styles, cursor moves, erasing, scrolling and the two screens, which is all that a
picture can show. Everything else that output may ask of a terminal (titles, the clipboard, queries,
mouse, devices) has no effect, so nothing of it can be passed on.
"""

from copy import copy
from functools import lru_cache

from rich.cells import get_character_cell_size

from tui_transformer.recording.cells import BLANK, PLAIN, Cell, Pen, Picture, Row, put_mark
from tui_transformer.recording.pens import styled
from tui_transformer.recording.sequences import Control, Sequences, Text
from tui_transformer.tokenizers import visible

TAB = 8
MOST_MARKS = 2
"""Combining marks that a character may bear."""

_LINES = dict(zip("`afgijklmnopqrstuvwxyz{|}~", "◆▒°±␤┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·", strict=True))
"""The line-drawing letters of the VT100."""


@lru_cache(maxsize=4096)
def _safe(char: str) -> str:
    """A character, or what is shown for one that acts on a terminal or cannot be seen."""
    return visible("a" + char)[1:]


class Terminal:
    """A screen of a size.

    Args:
        width: columns, at least 1.
        height: lines, at least 1.
    """

    def __init__(self, width: int, height: int) -> None:
        self._parser = Sequences()
        self._size(width, height)

    def _size(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._rows: list[list[Cell]] = [[BLANK] * width for _ in range(height)]
        self._kept: list[Row | None] = [None] * height
        self._other: list[list[Cell]] | None = None
        self._reset()

    def _reset(self) -> None:
        self.x = self.y = 0
        self._pen = PLAIN
        self._wraps = True
        self._past_end = False
        self._top, self._bottom = 0, self.height - 1
        self._saved: tuple[int, int, Pen] = (0, 0, PLAIN)
        self._line_drawing = [False, False]
        self._shift = 0
        self._origin = False
        self._insert = False
        self.cursor_shown = True

    @property
    def cells(self) -> int:
        """How many cells a copy holds, both screens counted."""
        return self.width * self.height * (1 if self._other is None else 2)

    def copy(self) -> "Terminal":
        """One that goes on from here by itself."""
        twin = copy(self)
        twin._parser = copy(self._parser)
        twin._rows = [row.copy() for row in self._rows]
        twin._kept = self._kept.copy()
        twin._other = None if self._other is None else [row.copy() for row in self._other]
        twin._line_drawing = self._line_drawing.copy()
        return twin

    def resize(self, width: int, height: int) -> None:
        """Another size; what fits stays."""
        rows, pen = self._rows, self._pen
        x, y = min(self.x, width - 1), min(self.y, height - 1)
        self._size(width, height)
        self._pen, self.x, self.y = pen, x, y
        for at, row in enumerate(rows[:height]):
            self._rows[at][: min(width, len(row))] = row[:width]
            self._mend(at)

    def feed(self, data: str) -> None:
        """Take a piece of output."""
        for part in self._parser.feed(data):
            if isinstance(part, Text):
                self._write(part.text)
            elif part.kind == "c0":
                self._c0(part.final)
            elif part.kind == "esc":
                self._esc(part)
            else:
                self._csi(part)

    def picture(self) -> Picture:
        """The screen as it is. Lines that did not change are the same object as before."""
        for y, row in enumerate(self._kept):
            if row is None:
                self._kept[y] = tuple(self._rows[y])
        return Picture(self.width, self.height, tuple(row for row in self._kept if row is not None))

    # text

    def _write(self, text: str) -> None:
        if self._line_drawing[self._shift]:
            text = "".join(_LINES.get(char, char) for char in text)
        for char in text if text.isascii() else "".join(map(_safe, text)):
            size = get_character_cell_size(char)
            if size == 0:
                self._mark(char)
            elif size <= self.width:
                self._put(char, size)

    def _put(self, char: str, size: int) -> None:
        if self._past_end or self.x + size > self.width:
            if self._wraps:
                self.x = 0
                self._line_feed()
            else:
                self.x = self.width - size
            self._past_end = False
        row = self._line(self.y)
        if self._insert:
            row[self.x : self.x] = [BLANK] * size
            del row[self.width :]
        self._cut(row, self.x)
        self._cut(row, self.x + size)
        row[self.x] = (char, self._pen)
        if size == 2:
            row[self.x + 1] = ("", self._pen)
        self.x += size
        if self.x >= self.width:
            self.x = self.width - 1
            self._past_end = True

    def _mark(self, char: str) -> None:
        """A combining mark goes on the character before the cursor."""
        end = self.x + 1 if self._past_end else self.x
        if end:
            row = self._line(self.y)
            before = row[:end]
            put_mark(before, char)
            if max(len(text) for text, _ in before[-2:]) <= 1 + MOST_MARKS:
                row[:end] = before

    def _cut(self, row: list[Cell], x: int) -> None:
        """What is about to be written from `x` on must not leave half of a wide character."""
        if 0 < x < len(row) and not row[x][0]:
            row[x - 1] = (" ", row[x - 1][1])
            row[x] = (" ", row[x][1])

    def _mend(self, y: int) -> None:
        row = self._rows[y]
        if row and get_character_cell_size(row[-1][0][:1] or " ") == 2:
            row[-1] = (" ", row[-1][1])

    def _line(self, y: int) -> list[Cell]:
        self._kept[y] = None
        return self._rows[y]

    # controls

    def _c0(self, char: str) -> None:
        match char:
            case "\r":
                self._to(0, self.y)
            case "\n" | "\x0b" | "\x0c":
                self._line_feed()
            case "\b":
                self._to(self.x - 1, self.y)
            case "\t":
                self._to((self.x // TAB + 1) * TAB, self.y)
            case "\x0e" | "\x0f":
                self._shift = int(char == "\x0e")

    def _esc(self, control: Control) -> None:
        match control.private + control.final:
            case "7":
                self._save()
            case "8":
                self._restore()
            case "D":
                self._line_feed()
            case "E":
                self._to(0, self.y)
                self._line_feed()
            case "M":
                self._reverse_feed()
            case "c":
                self._size(self.width, self.height)
            case "(0" | ")0":
                self._line_drawing[control.private == ")"] = True
            case "(B" | ")B" | "(A" | ")A":
                self._line_drawing[control.private == ")"] = False

    def _csi(self, control: Control) -> None:
        first = control.numbers[0][0] if control.numbers else 0
        second = control.numbers[1][0] if len(control.numbers) > 1 else 0
        if control.private == "?" and control.final in "hl":
            for numbers in control.numbers:
                self._mode(numbers[0], control.final == "h")
            return
        if control.private == "!" and control.final == "p":
            self._reset()
        if control.private:
            return
        count = max(1, first)
        if control.final in "ABCDEFGHfd`ae":
            self._move(control.final, count, max(1, second))
        elif control.final in "JKX@PLM":
            self._erase(control.final, first, count)
        elif control.final in "STr":
            self._scrolling(control.final, count, first, second)
        elif control.final == "m":
            self._pen = styled(self._pen, control.numbers)
        elif control.final == "s":
            self._save()
        elif control.final == "u":
            self._restore()
        elif control.final in "hl" and first == 4:
            self._insert = control.final == "h"

    def _move(self, final: str, count: int, second: int) -> None:
        top = self._top if self._origin else 0
        match final:
            case "A":
                self._to(self.x, max(self.y - count, self._top if self.y >= self._top else 0))
            case "B" | "e":
                limit = self._bottom if self.y <= self._bottom else self.height - 1
                self._to(self.x, min(self.y + count, limit))
            case "C" | "a":
                self._to(self.x + count, self.y)
            case "D":
                self._to(self.x - count, self.y)
            case "E":
                self._to(0, self.y + count)
            case "F":
                self._to(0, self.y - count)
            case "G" | "`":
                self._to(count - 1, self.y)
            case "d":
                self._to(self.x, top + count - 1)
            case _:
                self._to(second - 1, top + count - 1)

    def _erase(self, final: str, first: int, count: int) -> None:
        x, y = self.x, self.y
        match final:
            case "J":
                if first == 0:
                    self._blank(y, x, self.width)
                self._blank_lines(y + 1 if first == 0 else 0, y if first == 1 else self.height)
                if first == 1:
                    self._blank(y, 0, x + 1)
            case "K":
                self._blank(y, 0 if first else x, x + 1 if first == 1 else self.width)
            case "X":
                self._blank(y, x, x + count)
            case "@" | "P":
                self._shift_cells(final, count)
            case _:
                if self._top <= y <= self._bottom:
                    self._roll(y, self._bottom, -count if final == "L" else count)
                    self._to(0, y)
        self._past_end = False

    def _shift_cells(self, final: str, count: int) -> None:
        row = self._line(self.y)
        count = min(count, self.width - self.x)
        self._cut(row, self.x)
        blanks = [(" ", Pen(None, self._pen.back))] * count
        if final == "@":
            row[self.x : self.x] = blanks
            del row[self.width :]
            self._mend(self.y)
        else:
            self._cut(row, self.x + count)
            del row[self.x : self.x + count]
            row += blanks

    def _scrolling(self, final: str, count: int, first: int, second: int) -> None:
        if final == "r":
            top, bottom = max(1, first), min(second or self.height, self.height)
            if top < bottom:
                self._top, self._bottom = top - 1, bottom - 1
                self._to(0, self._top if self._origin else 0)
        else:
            self._roll(self._top, self._bottom, count if final == "S" else -count)

    def _mode(self, number: int, on: bool) -> None:
        match number:
            case 6:
                self._origin = on
                self._to(0, self._top if on else 0)
            case 7:
                self._wraps = on
            case 25:
                self.cursor_shown = on
            case 47 | 1047 | 1049:
                if number == 1049 and on:
                    self._save()
                self._screen(alternate=on)
                if number == 1049 and not on:
                    self._restore()

    def _screen(self, *, alternate: bool) -> None:
        """Go to the other screen, which is empty when it is entered, or back."""
        if alternate and self._other is None:
            self._other = self._rows
            self._rows = [[BLANK] * self.width for _ in range(self.height)]
        elif not alternate and self._other is not None:
            self._rows, self._other = self._other, None
        self._kept = [None] * self.height

    # what they do

    def _to(self, x: int, y: int) -> None:
        self.x = max(0, min(x, self.width - 1))
        self.y = max(0, min(y, self.height - 1))
        if self._origin:
            self.y = max(self._top, min(self.y, self._bottom))
        self._past_end = False

    def _save(self) -> None:
        self._saved = (self.x, self.y, self._pen)

    def _restore(self) -> None:
        x, y, self._pen = self._saved
        self._to(x, y)

    def _line_feed(self) -> None:
        if self.y == self._bottom:
            self._roll(self._top, self._bottom, 1)
        elif self.y < self.height - 1:
            self.y += 1
        self._past_end = False

    def _reverse_feed(self) -> None:
        if self.y == self._top:
            self._roll(self._top, self._bottom, -1)
        elif self.y:
            self.y -= 1
        self._past_end = False

    def _roll(self, top: int, bottom: int, by: int) -> None:
        """Move lines up (or down, where `by` is below 0); blank ones come in."""
        count = min(abs(by), bottom - top + 1)
        blanks = [[(" ", Pen(None, self._pen.back))] * self.width for _ in range(count)]
        lines = self._rows[top : bottom + 1]
        self._rows[top : bottom + 1] = lines[count:] + blanks if by > 0 else blanks + lines[:-count]
        self._kept[top : bottom + 1] = [None] * (bottom - top + 1)

    def _blank(self, y: int, start: int, end: int) -> None:
        row, end = self._line(y), min(end, self.width)
        self._cut(row, start)
        self._cut(row, end)
        row[start:end] = [(" ", Pen(None, self._pen.back))] * (end - start)

    def _blank_lines(self, start: int, end: int) -> None:
        for y in range(start, end):
            self._blank(y, 0, self.width)
