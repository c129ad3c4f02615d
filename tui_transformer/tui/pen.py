"""The style that a terminal writes with, and the shortest way from one to another."""

import re
from functools import lru_cache

_PARTS = re.compile(r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|\d+")
_COLOUR_CODES = {*range(30, 38), *range(90, 98)}

Pen = tuple[frozenset[str], str, str]
"""Attributes, colour and background, as their codes; empty for the terminal's own."""
PLAIN: Pen = (frozenset(), "", "")


@lru_cache(maxsize=8192)
def pen_after(codes: str, pen: Pen) -> Pen:
    """The pen after a style sequence, `\\x1b[codesm`, with the pen before it."""
    attributes, fore, back = set(pen[0]), pen[1], pen[2]
    for part in _PARTS.findall(codes) or ["0"]:
        number = int(part.split(";")[0])
        if number == 0:
            attributes, fore, back = set(), "", ""
        elif number == 38 or number in _COLOUR_CODES:
            fore = part
        elif number == 48 or number - 10 in _COLOUR_CODES:
            back = part
        elif number == 39:
            fore = ""
        elif number == 49:
            back = ""
        else:
            attributes.add(part)
    return frozenset(attributes), fore, back


_END = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29", "53": "55"}
"""What ends an attribute; to end the others, all are ended."""
_SEEN_ON_BLANKS = {"4", "7", "9", "21", "53"}


@lru_cache(maxsize=16384)
def alike(one: Pen, two: Pen) -> bool:
    """Whether a blank looks the same with both: its colour and its weight are not seen."""
    return one == two or (
        one[2] == two[2]
        and _SEEN_ON_BLANKS.isdisjoint(one[0])
        and _SEEN_ON_BLANKS.isdisjoint(two[0])
    )


@lru_cache(maxsize=16384)
def change(before: Pen, after: Pen) -> str:
    """The shortest style sequence from one pen to another; nothing where they are the same."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[m"
    ended = before[0] - after[0]
    ways = []
    if ended:
        ways.append(["", *_set(PLAIN, after)])  # an empty code resets, as 0 does
    if ended <= _END.keys():
        ends = sorted({_END[code] for code in ended})
        left = before[0] - {code for code in before[0] if _END.get(code) in ends}
        ways.append([*ends, *_set((left, before[1], before[2]), after)])
    return f"\x1b[{min((';'.join(way) for way in ways), key=len)}m"


def _set(before: Pen, after: Pen) -> list[str]:
    """The codes that add what a pen has not."""
    codes = sorted(after[0] - before[0])
    if after[1] != before[1]:
        codes.append(after[1] or "39")
    if after[2] != before[2]:
        codes.append(after[2] or "49")
    return codes
