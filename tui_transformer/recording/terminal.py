"""A terminal for playback: output in, pictures out.

It knows text, styles, cursor moves, erasing, scrolling and the two screens, which is all that a
picture can show. Everything else that output may ask of a terminal (titles, the clipboard, queries,
mouse, devices) has no effect, so nothing of it can be passed on.
"""

from collections.abc import Sequence
from copy import copy

from rich.cells import get_character_cell_size

from tui_transformer.recording.cells import PLAIN, Cell, Pen, Picture
from tui_transformer.recording.characters import cells_of, safe, widest_of
from tui_transformer.recording.lines import Lines
from tui_transformer.recording.pens import styled
from tui_transformer.recording.sequences import Control, Sequences

TAB = 8
MOST_MARKS = 2
"""Combining marks that a character may bear."""

_LINES = dict(zip("`afgijklmnopqrstuvwxyz{|}~", "◆▒°±␤┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·", strict=True))
"""The line-drawing letters of the VT100."""


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
        self._lines = Lines(width, height)
        self._other: Lines | None = None
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
        """How many cells a copy holds at most, both screens counted."""
        return self._lines.cells + (0 if self._other is None else self._other.cells)

    def copy(self) -> "Terminal":
        """One that goes on from here by itself."""
        twin = copy(self)
        twin._parser = copy(self._parser)
        twin._lines = self._lines.copy()
        twin._other = None if self._other is None else self._other.copy()
        twin._line_drawing = self._line_drawing.copy()
        return twin

    def resize(self, width: int, height: int) -> None:
        """Another size; what fits stays."""
        lines, pen = self._lines.resized(width, height), self._pen
        x, y = min(self.x, width - 1), min(self.y, height - 1)
        self._size(width, height)
        self._lines, self._pen, self.x, self.y = lines, pen, x, y

    def feed(self, data: str) -> None:
        """Take a piece of output."""
        for part in self._parser.feed(data):
            if isinstance(part, str):
                self._write(part)
            elif part.kind == "csi":
                self._csi(part)
            elif part.kind == "c0":
                self._c0(part.final)
            else:
                self._esc(part)

    def picture(self) -> Picture:
        """The screen as it is. Lines that did not change are the same object as before."""
        return Picture(self.width, self.height, self._lines.rows())

    # text

    def _write(self, text: str) -> None:
        if self._line_drawing[self._shift]:
            text = "".join(_LINES.get(char, char) for char in text)
        widest = widest_of(text) if self._wraps and not self._insert else 3
        if widest <= min(self.width, 2):
            self._write_known(text if widest == 1 else cells_of(text))
            return
        for char in text if text.isascii() else "".join(map(safe, text)):
            size = get_character_cell_size(char)
            if size == 0:
                self._mark(char)
            elif size <= self.width:
                self._put(char, size)

    def _write_known(self, cells: Sequence[str]) -> None:
        """Write what each cell is to show, line by line; a wide character is not cut in two."""
        at = 0
        while at < len(cells):
            if self._past_end:
                self.x = 0
                self._line_feed()
            end = at + self.width - self.x
            wraps = end < len(cells) and not cells[end]
            piece = cells[at : end - wraps]
            if piece:
                self._lines.write(self.x, self.y, piece, self._pen)
            at += len(piece)
            self.x += len(piece)
            if self.x >= self.width or wraps:
                self.x = self.width - 1
                self._past_end = True

    def _put(self, char: str, size: int) -> None:
        if self._past_end or self.x + size > self.width:
            if self._wraps:
                self.x = 0
                self._line_feed()
            else:
                self.x = self.width - size
            self._past_end = False
        if self._insert:
            self._lines.insert(self.x, self.y, size)
        self._lines.write(self.x, self.y, (char, "")[:size], self._pen)
        self.x += size
        if self.x >= self.width:
            self.x = self.width - 1
            self._past_end = True

    def _mark(self, char: str) -> None:
        """A combining mark goes on the character before the cursor."""
        end = self.x + 1 if self._past_end else self.x
        if end:
            self._lines.mark(end, self.y, char, MOST_MARKS)

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
        if control.final == "m" and not control.private:
            self._pen = styled(self._pen, control.numbers)
            return
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
        elif control.final == "s":
            self._save()
        elif control.final == "u":
            self._restore()
        elif control.final in "hl" and first == 4:
            self._insert = control.final == "h"

    def _move(self, final: str, count: int, second: int) -> None:
        top = self._top if self._origin else 0
        match final:
            case "A" | "F":
                x = self.x if final == "A" else 0
                self._to(x, max(self.y - count, self._top if self.y >= self._top else 0))
            case "B" | "e" | "E":
                x = self.x if final != "E" else 0
                limit = self._bottom if self.y <= self._bottom else self.height - 1
                self._to(x, min(self.y + count, limit))
            case "C" | "a":
                self._to(self.x + count, self.y)
            case "D":
                self._to(self.x - count, self.y)
            case "G" | "`":
                self._to(count - 1, self.y)
            case "d":
                self._to(self.x, top + count - 1)
            case _:
                self._to(second - 1, top + count - 1)

    def _erase(self, final: str, first: int, count: int) -> None:
        x, y, lines, blank = self.x, self.y, self._lines, self._blank
        match final:
            case "J":
                if first == 0:
                    lines.blank(y, x, self.width, blank)
                start, end = y + 1 if first == 0 else 0, y if first == 1 else self.height
                lines.blank_lines(start, end, blank)
                if first == 1:
                    lines.blank(y, 0, x + 1, blank)
            case "K":
                lines.blank(y, 0 if first else x, x + 1 if first == 1 else self.width, blank)
            case "X":
                lines.blank(y, x, x + count, blank)
            case "@":
                lines.insert(x, y, min(count, self.width - x), blank)
            case "P":
                lines.delete(x, y, min(count, self.width - x), blank)
            case _:
                if self._top <= y <= self._bottom:
                    lines.roll(y, self._bottom, -count if final == "L" else count, blank)
                    self._to(0, y)
        self._past_end = False

    @property
    def _blank(self) -> Cell:
        """What comes where something is erased."""
        return (" ", Pen(None, self._pen.back))

    def _scrolling(self, final: str, count: int, first: int, second: int) -> None:
        if final == "r":
            top, bottom = max(1, first), min(second or self.height, self.height)
            if top < bottom:
                self._top, self._bottom = top - 1, bottom - 1
                self._to(0, self._top if self._origin else 0)
        else:
            by = count if final == "S" else -count
            self._lines.roll(self._top, self._bottom, by, self._blank)

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
            self._other, self._lines = self._lines, Lines(self.width, self.height)
        elif not alternate and self._other is not None:
            self._lines, self._other = self._other, None

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
            self._lines.roll(self._top, self._bottom, 1, self._blank)
        elif self.y < self.height - 1:
            self.y += 1
        self._past_end = False

    def _reverse_feed(self) -> None:
        if self.y == self._top:
            self._lines.roll(self._top, self._bottom, -1, self._blank)
        elif self.y:
            self.y -= 1
        self._past_end = False
