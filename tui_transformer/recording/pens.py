"""Styles from the numbers of an SGR sequence (ECMA-48, with 256 colours and direct ones)."""

from functools import lru_cache

from tui_transformer.recording.cells import (
    BOLD,
    DIM,
    ITALIC,
    PLAIN,
    REVERSE,
    STRIKE,
    UNDERLINE,
    Colour,
    Pen,
)

_ON = {1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 7: REVERSE, 9: STRIKE, 21: UNDERLINE}
_OFF = {22: BOLD | DIM, 23: ITALIC, 24: UNDERLINE, 27: REVERSE, 29: STRIKE}


@lru_cache(maxsize=8192)
def styled(pen: Pen, numbers: tuple[tuple[int, ...], ...]) -> Pen:
    """The pen after a sequence. What it does not know changes nothing."""
    queue = list(numbers) or [(0,)]
    while queue:
        group = queue.pop(0)
        code = group[0]
        if code == 0:
            pen = PLAIN
        elif code == 4 and len(group) > 1:
            on = UNDERLINE if group[1] else 0
            pen = pen._replace(attrs=pen.attrs & ~UNDERLINE | on)
        elif code in _ON:
            pen = pen._replace(attrs=pen.attrs | _ON[code])
        elif code in _OFF:
            pen = pen._replace(attrs=pen.attrs & ~_OFF[code])
        elif code in {38, 48, 58}:
            known, colour = _colour(group, queue)
            if known and code == 38:
                pen = pen._replace(fore=colour)
            elif known and code == 48:
                pen = pen._replace(back=colour)
        else:
            pen = _numbered(pen, code)
    return pen


def _numbered(pen: Pen, code: int) -> Pen:
    """The pen with one of the 16 colours, or with the terminal's own."""
    if 30 <= code <= 37:
        return pen._replace(fore=code - 30)
    if 40 <= code <= 47:
        return pen._replace(back=code - 40)
    if 90 <= code <= 97:
        return pen._replace(fore=code - 90 + 8)
    if 100 <= code <= 107:
        return pen._replace(back=code - 100 + 8)
    if code == 39:
        return pen._replace(fore=None)
    if code == 49:
        return pen._replace(back=None)
    return pen


def _colour(group: tuple[int, ...], queue: list[tuple[int, ...]]) -> tuple[bool, Colour]:
    """The colour that follows 38, 48 or 58, in the same group or in the next ones."""
    if len(group) > 1:
        rest = list(group[1:])
        if rest[0] == 2 and len(rest) > 4:
            del rest[1]  # the number of a colour space
    else:
        wanted = {5: 2, 2: 4}.get(queue[0][0], 1) if queue else 0
        rest = [part[0] for part in queue[:wanted]]
        del queue[:wanted]
    if len(rest) >= 2 and rest[0] == 5 and rest[1] < 256:
        return True, rest[1]
    if len(rest) >= 4 and rest[0] == 2 and max(rest[1:4]) < 256:
        return True, (rest[1], rest[2], rest[3])
    return False, None
