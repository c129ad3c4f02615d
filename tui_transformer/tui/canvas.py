"""The picture that a terminal shows, and the bytes from it to the next one."""

import re
from dataclasses import dataclass, field

from rich.cells import get_character_cell_size

from tui_transformer.tui.pen import PLAIN, Pen, alike, change, pen_after
from tui_transformer.tui.strokes import UNKNOWN, Place, Stroke, strokes_of, written

_NARROW = re.compile(
    r"[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2070-\u209c\u2190-\u22ff"
    r"\u2500-\u25fc\u2713\u2717]*"
)
"""Text in which every character takes one cell; other text is looked at one by one."""


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
        self._sent_at: Place | None = None

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
        strokes: list[Stroke] = []
        for y in sorted(self._touched):
            row = self._rows[y]
            shown = self._shown.setdefault(y, _Row())
            if row.chars != shown.chars or row.pens != shown.pens:
                strokes += strokes_of(y, row.chars, row.pens, _stale(row, shown))
                self._shown[y] = _Row(row.chars.copy(), row.pens.copy())
        self._touched.clear()
        sent, self._sent_pen, self._sent_at = written(strokes, self._sent_pen, self._sent_at)
        self._out.append(sent)


def _stale(row: _Row, shown: _Row) -> list[int]:
    """The cells of a line that have to be written, wide characters whole."""
    chars, pens = row.chars, row.pens
    old_chars, known = shown.chars, len(shown.chars)
    stale = [
        x
        for x, (char, pen, old, old_pen) in enumerate(
            zip(chars, pens, old_chars, shown.pens, strict=False)
        )
        if char != old or (pen != old_pen and not (char == " " and alike(pen, old_pen)))
    ]
    stale += range(known, len(chars))
    if "" in chars or "" in old_chars:
        stale = _whole(stale, chars, old_chars)
    if UNKNOWN in chars:
        stale = [x for x in stale if chars[x] != UNKNOWN]
    return stale


def _whole(stale: list[int], chars: list[str], old_chars: list[str]) -> list[int]:
    """The same cells with the other halves of the wide characters that they cut."""
    found = set(stale)
    for x in stale:
        if x and (chars[x] == "" or (x < len(old_chars) and old_chars[x] == "")):
            found.add(x - 1)
        if x + 1 < len(chars) and chars[x + 1] == "":
            found.add(x + 1)
    return sorted(found)
