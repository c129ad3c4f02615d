"""The picture that a terminal shows, and the bytes from it to the next one."""

import re
from dataclasses import dataclass, field

from rich.cells import get_character_cell_size

from tui_transformer.tui.pen import PLAIN, Pen, change, pen_after

_NARROW = re.compile(
    r"[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2070-\u209c\u2190-\u22ff"
    r"\u2500-\u25fc\u2713\u2717]*"
)
"""Text in which every character takes one cell; other text is looked at one by one."""
GAP = 5
"""So many unchanged cells in between are written once more: to move past them costs as much."""
UNKNOWN = "\0"
"""Stands for a cell of which it is not known what it shows."""


@dataclass(slots=True)
class _Row:
    """The cells of a line: a character each (none behind a wide one), and its pen."""

    chars: list[str] = field(default_factory=list)
    pens: list[Pen] = field(default_factory=list)

    def put(self, x: int, chars: list[str], pen: Pen) -> None:
        missing = x - len(self.chars)
        if missing > 0:
            self.chars += [UNKNOWN] * missing
            self.pens += [PLAIN] * missing
        end = x + len(chars)
        if x and x < len(self.chars) and self.chars[x] == "":
            self.chars[x - 1] = " "  # the other half of a wide character goes with it
        if end < len(self.chars) and self.chars[end] == "":
            self.chars[end] = " "
        self.chars[x:end] = chars
        self.pens[x:end] = [pen] * len(chars)


class Canvas:
    """What is to be shown, what is shown, and what has to be sent from one to the other."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}
        self._shown: dict[int, _Row] = {}
        self._touched: set[int] = set()
        self._x = self._y = 0
        self._pen = PLAIN
        self._out: list[str] = []
        self._sent_pen = PLAIN
        self._sent_at: tuple[int, int] | None = None

    def forget(self) -> None:
        """What is shown is not known."""
        self._shown.clear()
        self._sent_at = None

    def style(self, codes: str) -> None:
        """The codes of a style sequence."""
        self._pen = pen_after(codes, self._pen)

    def move(self, x: int, y: int) -> None:
        """Where to go on, from 0."""
        self._x, self._y = x, y

    def write(self, text: str) -> None:
        """Text from where the cursor is; a line break only leads to the next line."""
        for n, line in enumerate(text.split("\n")):
            if n:
                self._x, self._y = 0, self._y + 1
            if line:
                self._line(line.replace("\r", ""))

    def _line(self, text: str) -> None:
        if _NARROW.fullmatch(text):
            chars = list(text)
        else:
            chars = []
            for char in text:
                width = get_character_cell_size(char)
                if width == 0 and chars:  # a mark belongs to the cell before
                    at = -2 if chars[-1] == "" and len(chars) > 1 else -1
                    chars[at] += char
                elif width:
                    chars += [char, ""][:width]
        self._rows.setdefault(self._y, _Row()).put(self._x, chars, self._pen)
        self._touched.add(self._y)
        self._x += len(chars)

    def other(self, sequence: str) -> None:
        """A sequence that is none of text, style or place: it goes out as it is, in its turn."""
        self._update()
        self._out.append(change(self._sent_pen, PLAIN))  # it may erase, with the colour that is set
        self._sent_pen = PLAIN
        self._out.append(sequence)
        if sequence[-1:] in "JKhlcLMPXST@" and "?25" not in sequence and "?2026" not in sequence:
            self.forget()  # it may have changed what is shown

    def sent(self) -> str:
        """All that has to be sent by now."""
        self._update()
        out, self._out = self._out, []
        return "".join(out)

    def _update(self) -> None:
        for y in sorted(self._touched):
            row = self._rows[y]
            shown = self._shown.setdefault(y, _Row())
            if row.chars != shown.chars or row.pens != shown.pens:
                self._difference(y, row, shown)
                self._shown[y] = _Row(row.chars.copy(), row.pens.copy())
        self._touched.clear()

    def _difference(self, y: int, row: _Row, shown: _Row) -> None:
        """Send the stretches of a line that differ, no wide character cut in two."""
        chars, pens = row.chars, row.pens
        old_chars, old_pens, known = shown.chars, shown.pens, len(shown.chars)
        start = end = -1
        for x, char in enumerate(chars):
            if char == UNKNOWN or (x < known and char == old_chars[x] and pens[x] == old_pens[x]):
                continue
            left, right = x, x + 1
            if char == "" or (x < known and old_chars[x] == "" and x):
                left = x - 1
            while right < len(chars) and chars[right] == "":
                right += 1
            if start < 0:
                start, end = left, right
            elif left - end <= GAP and UNKNOWN not in chars[end:left]:
                end = max(end, right)
            else:
                self._stretch(y, start, end, chars, pens)
                start, end = max(left, end), right
        if start >= 0:
            self._stretch(y, start, end, chars, pens)

    def _stretch(self, y: int, start: int, end: int, chars: list[str], pens: list[Pen]) -> None:
        out = self._out
        if self._sent_at != (start, y):
            at = self._sent_at
            if at is not None and at[1] == y and 0 < start - at[0] < 100:
                out.append(f"\x1b[{start - at[0]}C")
            else:
                out.append(f"\x1b[{y + 1};{start + 1}H" if start else f"\x1b[{y + 1}H")
        pen = self._sent_pen
        for x in range(start, end):
            if pens[x] != pen:
                out.append(change(pen, pens[x]))
                pen = pens[x]
            out.append(chars[x])
        self._sent_pen = pen
        self._sent_at = (end, y)
