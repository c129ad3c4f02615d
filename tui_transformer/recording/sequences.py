"""What a terminal is sent, taken apart: text, single controls, and control sequences.

After ECMA-48 and the state machine at https://vt100.net/emu/dec_ansi_parser. Strings for the
terminal itself (titles, the clipboard, device strings) are recognised to be skipped whole.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

LONGEST = 64
"""Characters of a sequence; a longer one is left out."""

_USUAL = re.compile(
    "([^\x00-\x1f\x7f-\x9f]+)|\x1b\\[([<-?]*[0-9:;]*[ -/]*)([@-~])|([\x00-\x17\x19\x1c-\x1f])"
)
"""Text, a whole control sequence, or a C0 code that begins nothing."""
_STRING_END = re.compile("\x07|\x1b\\\\|\x9c|\x18|\x1a|\x1b(?=[^\\\\])")
_BODY = re.compile("[<-?]*[0-9:;]*[ -/]*")
_INTERMEDIATES = "".join(map(chr, range(0x20, 0x30)))
_STRINGS = frozenset("P]X^_")
_STRINGS_C1 = frozenset("\x90\x9d\x98\x9e\x9f")


class Control(NamedTuple):
    """One control: of a C0 code, of `ESC x`, or the end of a `CSI` sequence with its numbers.

    `private` is the sign before the numbers (`?`, `>` …) and the intermediate characters.
    """

    kind: Literal["c0", "esc", "csi"]
    final: str
    numbers: tuple[tuple[int, ...], ...] = ()
    private: str = ""


Part = str | Control
"""Characters to be written, or a control."""

_C0 = {chr(code): Control("c0", chr(code)) for code in range(32)}


class Sequences:
    """A parser; a sequence may begin in one piece of output and end in another."""

    def __init__(self) -> None:
        self._rest = ""
        self._in_string = False

    def feed(self, data: str) -> Iterator[Part]:
        """The parts of a piece of output, with what was left over from the piece before."""
        data = self._rest + data
        self._rest = ""
        at = 0
        while at < len(data):
            if self._in_string:
                at = self._skip_string(data, at)
                continue
            found = _USUAL.match(data, at)
            if found is not None:
                start, at = at, found.end()
                text, body, final, code = found.groups()
                if text is not None:
                    yield text
                elif code is not None:
                    yield _C0[code]
                elif at - start <= LONGEST + 1:
                    yield _control(body, final)
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
                    yield _C0[char]
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
        while end < len(data) and (low <= data[end] <= high or data[end] in _INTERMEDIATES):
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
            return end + 1, _control_of(data[start:end], final)
        if final in _STRINGS and end == start:
            self._in_string = True
            return end + 1, None
        return end + 1, Control("esc", final, (), data[start:end])


def _control_of(body: str, final: str) -> Control | None:
    """The control of a sequence, `None` where its parts are not in order."""
    return _control(body, final) if _BODY.fullmatch(body) else None


@lru_cache(maxsize=8192)
def _control(body: str, final: str) -> Control:
    sign = len(body) - len(body.lstrip("<=>?"))
    end = len(body.rstrip(_INTERMEDIATES))
    numbers = tuple(
        tuple(min(int(sub or "0"), 99_999) for sub in group.split(":"))
        for group in body[sign:end].split(";")
    )
    return Control("csi", final, numbers, body[:sign] + body[end:])
