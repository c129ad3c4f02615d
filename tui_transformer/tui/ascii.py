"""ASCII for terminals that show nothing else: one character for each sign that the screens draw."""

import re
from functools import lru_cache

from rich.cells import get_character_cell_size

_OUTSIDE = re.compile(r"[^\x00-\x7f]")

ASCII = {
    **dict.fromkeys("─━╴╶╌┄", "-"), **dict.fromkeys("│┃▌▐▏▎▍▊▋┆┊❚", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┿", "+"), **dict.fromkeys("█▉▓■", "#"),
    **dict.fromkeys("▇▆▅", "="), **dict.fromkeys("▄▃▂▁", "_"), **dict.fromkeys("▀▔", '"'),
    **dict.fromkeys("░▒", ":"),
    **dict.fromkeys("·•", "."), **dict.fromkeys("▸▶›→⏎", ">"), **dict.fromkeys("◂◀‹←⌫", "<"),
    **dict.fromkeys("▾▼↓", "v"), **dict.fromkeys("▲↑", "^"), "●": "*", "○": "o", "✓": "+", "✗": "!",
    "×": "x", "−": "-", "–": "-", "—": "-", "…": "~", "∞": "I", "‖": "|", "√": "V", "∑": "S",
    "÷": "/", "²": "2", "ᵀ": "T", "≤": "<", "≥": ">", "±": "+", "↵": "$", "⇥": ">", "’": "'",
    "₂": "2", "π": "p", "σ": "s", "µ": "u", "≈": "~", "␛": "^", "␀": "0",
}  # fmt: skip
"""One ASCII character for each sign that the screens draw."""


@lru_cache(maxsize=4096)
def ascii_of(char: str) -> str:
    """ASCII that takes as many cells as a character."""
    known = ASCII.get(char)
    return known if known is not None else "?" * get_character_cell_size(char)


def in_ascii(text: str) -> str:
    """Text with an ASCII stand-in for each character outside, width kept."""
    return text if text.isascii() else _OUTSIDE.sub(lambda found: ascii_of(found[0]), text)
