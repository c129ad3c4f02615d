"""Text from outside is hostile: the one door through which it reaches a terminal.

Prompts, vocabularies, model names, file names, error texts: all of them may hold escape sequences,
bidirectional overrides or broken UTF-8. `visible` turns whatever could act on a terminal, or could
not be seen, into something that can be read.
"""

import unicodedata
from collections.abc import Iterable

LEADING_SPACE = "·"
_NAMED = {"\n": "↵", "\t": "⇥", "\r": "␍", "\x00": "␀", "\x1b": "␛", "\x7f": "␡"}
_FORMAT_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_UNSEEN = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180F, 0x2800, 0x3164, 0xFFA0, 0x16FE4, 0x1D159}
    | set(range(0x180B, 0x180E))  # Mongolian variation selectors
    | set(range(0xFE00, 0xFE10))  # variation selectors: they carry hidden text, and change widths
    | set(range(0xE0100, 0xE01F0))
    | set(range(0x1F3FB, 0x1F400))  # skin tones: one terminal joins them, the next does not
)
"""Letters, symbols and marks that show nothing, or a width that terminals do not agree on: fillers,
the braille blank, and what Unicode calls default-ignorable outside the format characters."""
_CONJOINING = frozenset({*range(0x1161, 0x1200), *range(0xD7B0, 0xD800)})
"""Korean vowels and finals of no width: like marks, they sit on the letter before."""


def _stand_in(char: str) -> str:
    """The readable form of one character that must not reach a terminal."""
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)  # the control pictures block: ␁ ␂ …
    if 0xDC80 <= code <= 0xDCFF:  # a byte that surrogateescape could not decode
        return f"\\x{code - 0xDC00:02X}"
    return f"<{code:04X}>"


def visible(text: str | bytes, *, leading_space: bool = False) -> str:
    """Text that is safe to print: same meaning, nothing that acts on a terminal.

    Control characters, ESC, C1, DEL, bidirectional and other format characters, private-use and
    unassigned code points, line separators, unusual spaces, variation selectors, letters and
    symbols that show nothing, lone surrogates, combining marks with nothing to sit on and those
    after the second become visible stand-ins: `\\n` → `↵`, U+202E → `<202E>`, a stray byte →
    `\\xE2`. The result never holds a line break. Changing a result again changes nothing.

    Args:
        text: anything at all; bytes are read as UTF-8.
        leading_space: show spaces at the start (and a text of spaces only) as `·`, as in tokens.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", errors="surrogateescape")
    out: list[str] = []
    marks = 0
    base = False  # whether there is something for a combining mark to sit on
    for char in text:
        category = unicodedata.category(char)
        code = ord(char)
        if category in _FORMAT_CATEGORIES or code in _UNSEEN:
            out.append(_stand_in(char))
            base = False
        elif category[0] == "M" or code in _CONJOINING:
            marks += 1
            if base and marks <= 2:
                out.append(char)
            else:
                out.append(_stand_in(char))
        elif category == "Zs" and char != " ":
            out.append(_stand_in(char))
            base = False
        else:
            out.append(char)
            base, marks = char != " ", 0
    shown = "".join(out)
    if leading_space:
        stripped = shown.lstrip(" ")
        shown = LEADING_SPACE * (len(shown) - len(stripped)) + stripped
    return shown


def leading_space_told(labels: Iterable[str]) -> str:
    """What the sign of a leading space means, where one of these tokens has it; else nothing."""
    if any(label.startswith(LEADING_SPACE) for label in labels):
        return f"{LEADING_SPACE} stands for a space"
    return ""
