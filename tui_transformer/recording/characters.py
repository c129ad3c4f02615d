"""The characters of a recording: what is shown of each, and in how many cells."""

from functools import lru_cache

from rich.cells import get_character_cell_size

from tui_transformer.tokenizers import visible

_known: tuple[set[str], set[str]] = (set(), set())
"""Characters that are known to be shown as they are: those of one cell, and those of one or two."""


def widest_of(text: str) -> int:
    """1 or 2 where each character of a text is shown as it is in so many cells at most, else 3."""
    narrow, known = _known
    if text.isascii() or narrow.issuperset(text):
        return 1
    if not known.issuperset(text):
        new = {c: get_character_cell_size(c) for c in set(text) - known if safe(c) == c}
        narrow.update(c for c, size in new.items() if size == 1)
        known.update(c for c, size in new.items() if size)
    return 1 if narrow.issuperset(text) else 2 if known.issuperset(text) else 3


@lru_cache(maxsize=4096)
def safe(char: str) -> str:
    """A character, or what is shown for one that acts on a terminal or cannot be seen."""
    return visible("a" + char)[1:]


def cells_of(text: str) -> list[str]:
    """What each cell shows: nothing behind a wide character."""
    narrow, _ = _known
    return [cell for char in text for cell in ((char,) if char in narrow else (char, ""))]
