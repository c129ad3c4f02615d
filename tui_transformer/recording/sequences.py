"""What a terminal is sent, taken apart: text, single controls, and control sequences.

After ECMA-48 and the state machine at https://vt100.net/emu/dec_ansi_parser. Strings for the
terminal itself (titles, the clipboard, device strings) are recognised to be skipped whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST = 64
"""Characters of a sequence; a longer one is left out."""

_TEXT = re.compile("[^\x00-\x1f\x7f-\x9f]+")
_STRING_END = re.compile("\x07|\x1b\\\\|\x9c|\x18|\x1a|\x1b(?=[^\\\\])")
_INTERMEDIATE = re.compile("[ -/]")
_STRINGS = frozenset("P]X^_")
_STRINGS_C1 = frozenset("\x90\x9d\x98\x9e\x9f")


@dataclass(frozen=True, slots=True)
class Text:
    """Characters to be written."""

    text: str


@dataclass(frozen=True, slots=True)
class Control:
    """One control: of a C0 code, of `ESC x`, or the end of a `CSI` sequence with its numbers.

    `private` is the sign before the numbers (`?`, `>` …) and the intermediate characters.
    """

    kind: Literal["c0", "esc", "csi"]
    final: str
    numbers: tuple[tuple[int, ...], ...] = ()
    private: str = ""


Part = Text | Control


class Sequences:
    """A parser; a sequence may begin in one piece of output and end in another."""

    def __init__(self) -> None:
        self._rest = ""
        self._in_string = False
        self._left_out = False

    def feed(self, data: str) -> Iterator[Part]:
        """The parts of a piece of output, with what was left over from the piece before."""
        data = self._rest + data
        self._rest = ""
        at = 0
        while at < len(data):
            if self._in_string:
                at = self._skip_string(data, at)
                continue
            found = _TEXT.match(data, at)
            if found:
                yield Text(found[0])
                at = found.end()
                continue
            char = data[at]
            if char in {"\x1b", "\x9b"}:
                at, part = self._escape(data, at)
                if part is not None:
                    yield part
            elif char in _STRINGS_C1:
                self._in_string, at = True, at + 1
            else:
                if char < " ":
                    yield Control("c0", char)
                at += 1

    def _skip_string(self, data: str, at: int) -> int:
        """Go to the end of a string for the terminal; a lone ESC at the end may be half of it."""
        found = _STRING_END.search(data, at)
        if found is None:
            self._rest = "\x1b" if data.endswith("\x1b") else ""
            return len(data)
        self._in_string = False
        return found.start() if found[0] == "\x1b" else found.end()

    def _escape(self, data: str, at: int) -> tuple[int, Part | None]:
        """The sequence that begins here, and where to go on."""
        csi = data[at] == "\x9b"
        start = at + 1
        if not csi and start < len(data) and data[start] == "[":
            csi, start = True, start + 1
        end = start
        low, high = ("0", "?") if csi else (" ", "/")
        while end < len(data) and (low <= data[end] <= high or _INTERMEDIATE.match(data[end])):
            end += 1
        if end == len(data):
            if end - at <= LONGEST:
                self._rest = data[at:]  # the rest is still to come
            return len(data), None
        final = data[end]
        if end - at > LONGEST:
            return end + 1, None
        if final == "\x1b":
            return end, None
        if not " " <= final <= "~":
            return end + (final in "\x18\x1a"), None
        if csi:
            return end + 1, _control(data[start:end], final)
        if final in _STRINGS and end == start:
            self._in_string = True
            return end + 1, None
        return end + 1, Control("esc", final, (), data[start:end])


def _control(body: str, final: str) -> Control | None:
    found = re.fullmatch("([<-?]*)([0-9:;]*)([ -/]*)", body)
    if found is None:
        return None
    numbers = tuple(
        tuple(min(int(sub or "0"), 99_999) for sub in group.split(":"))
        for group in found[2].split(";")
    )
    return Control("csi", final, numbers, found[1] + found[3])
