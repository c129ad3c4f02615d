"""A picture as SVG: text, and boxes and lines where text would leave gaps between cells."""

from collections.abc import Iterator
from html import escape

from tui_transformer.recording.cast import Colours
from tui_transformer.recording.cells import BOLD, ITALIC, STRIKE, UNDERLINE, Picture, Row
from tui_transformer.recording.colours import inks
from tui_transformer.tokenizers import visible

WIDTH, HEIGHT = 8.4, 18.0
"""Pixels of a cell."""

SIZE = 14
PAD = 12.0
BAR = 30.0
FONTS = "'Fira Code', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"

EIGHTHS = {chr(0x2581 + n): (n + 1) / 8 for n in range(8)}
"""Blocks that fill a cell from below."""

SIDES = {chr(0x258F - n): (n + 1) / 8 for n in range(7)}
"""Blocks that fill a cell from the left."""

SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
QUADRANTS = {"▘": 1, "▝": 2, "▀": 3, "▖": 4, "▌": 5, "▞": 6, "▛": 7, "▗": 8, "▚": 9, "▐": 10,
             "▜": 11, "▄": 12, "▙": 13, "▟": 14}  # fmt: skip
"""Upper left is 1, upper right 2, lower left 4, lower right 8."""

LINES = {"─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "udr", "┤": "udl",
         "┬": "lrd", "┴": "lru", "┼": "lrud", "╴": "l", "╵": "u", "╶": "r", "╷": "d"}  # fmt: skip
ARCS = {"╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu"}


def svg(picture: Picture, colours: Colours, title: str = "") -> str:
    """A picture as a self-contained SVG image; it asks for no font from the network."""
    top = BAR if title else PAD
    width = picture.width * WIDTH + 2 * PAD
    height = picture.height * HEIGHT + top + PAD
    alt = escape(visible(title or "a terminal"))
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'width="{_n(width)}" height="{_n(height)}" role="img" aria-label="{alt}">',
        f"<title>{alt}</title>",
        f"<style>text{{font:{SIZE}px {FONTS};white-space:pre}}"
        ".b{font-weight:700}.i{font-style:italic}</style>",
        f'<rect width="100%" height="100%" rx="8" fill="{colours.back}"/>',
    ]
    if title:
        out.append(
            f'<text x="{_n(width / 2)}" y="20" text-anchor="middle" fill="{colours.fore}">'
            f"{alt}</text>"
        )
    out.append(f'<g transform="translate({_n(PAD)} {_n(top)})">')
    for y, row in enumerate(picture.rows):
        out += _backs(row, y, colours)
    for y, row in enumerate(picture.rows):
        out += _row(row, y, colours)
    return "\n".join([*out, "</g>", "</svg>", ""])


def _runs(row: Row, colours: Colours) -> Iterator[tuple[int, int, str, str, int, str]]:
    """Stretches of equal look: start, cells, text and background colour, attributes, text."""
    start, look, text = 0, ("", "", 0), ""
    for x, (char, pen) in enumerate(row):
        here = (*inks(pen, colours), pen.attrs & (BOLD | ITALIC | UNDERLINE | STRIKE))
        if here != look:
            if x:
                yield start, x - start, *look, text
            start, look, text = x, here, ""
        text += char
    yield start, len(row) - start, *look, text


def _backs(row: Row, y: int, colours: Colours) -> Iterator[str]:
    start, end, fill = 0, 0, colours.back
    for x, cells, _, back, _, _ in [*_runs(row, colours), (len(row), 0, "", "", 0, "")]:
        if back != fill:
            if fill != colours.back:
                yield _rect(start * WIDTH, y * HEIGHT, (end - start) * WIDTH, HEIGHT, fill)
            start, fill = x, back
        end = x + cells


def _row(row: Row, y: int, colours: Colours) -> Iterator[str]:
    for x, _, fore, _, attrs, text in _runs(row, colours):
        yield from _text(row, x, y, text, fore, attrs)


def _text(row: Row, x: int, y: int, text: str, fore: str, attrs: int) -> Iterator[str]:
    """The characters of a run: words as text, blocks and lines drawn."""
    word, word_x = "", x
    for char, wide in _chars(row, x, text):
        drawn = list(_drawn(char, x * WIDTH, y * HEIGHT, fore))
        if drawn or char == " ":
            yield from _word(word, word_x, x, y, fore, attrs)
            yield from drawn
            word, word_x = "", x + wide
        else:
            word += char
        x += wide
    yield from _word(word, word_x, x, y, fore, attrs)


def _chars(row: Row, x: int, text: str) -> Iterator[tuple[str, int]]:
    while text:
        char = row[x][0]
        wide = 2 if x + 1 < len(row) and not row[x + 1][0] else 1
        yield char, wide
        text = text[len(char) :]
        x += wide


def _word(word: str, x: int, end: int, y: int, fore: str, attrs: int) -> Iterator[str]:
    if not word:
        return
    names = [name for bit, name in ((BOLD, "b"), (ITALIC, "i")) if attrs & bit]
    kind = f' class="{" ".join(names)}"' if names else ""
    length = (end - x) * WIDTH
    base = y * HEIGHT + 0.73 * HEIGHT
    yield (
        f'<text x="{_n(x * WIDTH)}" y="{_n(base)}" textLength="{_n(length)}"{kind} '
        f'fill="{fore}">{escape(word)}</text>'
    )
    for bit, at in ((UNDERLINE, base + 2), (STRIKE, base - 4.5)):
        if attrs & bit:
            yield _rect(x * WIDTH, at, length, 1, fore)


def _drawn(char: str, x: float, y: float, fore: str) -> Iterator[str]:
    """The shapes of a character that has to fill its cell exactly."""
    if char in EIGHTHS:
        tall = EIGHTHS[char] * HEIGHT
        yield _rect(x, y + HEIGHT - tall, WIDTH, tall, fore)
    elif char in SIDES and char not in QUADRANTS:
        yield _rect(x, y, SIDES[char] * WIDTH, HEIGHT, fore)
    elif char in SHADES:
        yield _rect(x, y, WIDTH, HEIGHT, fore, SHADES[char])
    elif char in QUADRANTS:
        for bit in range(4):
            if QUADRANTS[char] >> bit & 1:
                left, top = bit % 2 * WIDTH / 2, bit // 2 * HEIGHT / 2
                yield _rect(x + left, y + top, WIDTH / 2, HEIGHT / 2, fore)
    elif char in LINES or char in ARCS:
        yield f'<path d="{_path(char, x, y)}" stroke="{fore}" fill="none"/>'


def _path(char: str, x: float, y: float) -> str:
    mid_x, mid_y = x + WIDTH / 2, y + HEIGHT / 2
    ends = {"l": (x, mid_y), "r": (x + WIDTH, mid_y), "u": (mid_x, y), "d": (mid_x, y + HEIGHT)}
    if char in ARCS:
        (a, b), (c, d) = (ends[end] for end in ARCS[char])
        return f"M{_n(a)} {_n(b)}Q{_n(mid_x)} {_n(mid_y)} {_n(c)} {_n(d)}"
    return "".join(
        f"M{_n(mid_x)} {_n(mid_y)}L{_n(ends[end][0])} {_n(ends[end][1])}" for end in LINES[char]
    )


def _rect(x: float, y: float, width: float, height: float, fill: str, opacity: float = 1) -> str:
    faint = f' opacity="{opacity:g}"' if opacity < 1 else ""
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
        f'fill="{fill}"{faint} shape-rendering="crispEdges"/>'
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
