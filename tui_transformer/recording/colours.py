"""What the colours of a cell look like where there is no terminal: as `#rrggbb`."""

from functools import lru_cache

from tui_transformer.recording.cast import Colours
from tui_transformer.recording.cells import BOLD, DIM, REVERSE, Colour, Pen

DEFAULT = Colours(
    "#cdd4e4",
    "#0d1017",
    (
        "#1a1a1a", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
        "#68748f", "#ff8b92", "#b5e890", "#ffd68a", "#8fc7ff", "#e0a3f0", "#7fd5e0", "#f4f6fb",
    ),
)  # fmt: skip
"""For recordings that say nothing about it."""

_STEPS = (0, 95, 135, 175, 215, 255)


@lru_cache(maxsize=1024)
def shown(colour: Colour, colours: Colours, default: str) -> str:
    """A colour as `#rrggbb`."""
    if colour is None:
        return default
    if isinstance(colour, tuple):
        return "#{:02x}{:02x}{:02x}".format(*colour)
    if colour < 16:
        return colours.palette[colour % len(colours.palette)]
    if colour < 232:
        red, green, blue = (colour - 16) // 36, (colour - 16) // 6 % 6, (colour - 16) % 6
        return f"#{_STEPS[red]:02x}{_STEPS[green]:02x}{_STEPS[blue]:02x}"
    level = 8 + 10 * (colour - 232)
    return f"#{level:02x}{level:02x}{level:02x}"


@lru_cache(maxsize=4096)
def inks(pen: Pen, colours: Colours) -> tuple[str, str]:
    """Text and background of a pen as `#rrggbb`."""
    fore = pen.fore
    if isinstance(fore, int) and fore < 8 and pen.attrs & BOLD and len(colours.palette) == 16:
        fore += 8  # bold is bright, as most terminals have it
    text = shown(fore, colours, colours.fore)
    back = shown(pen.back, colours, colours.back)
    if pen.attrs & REVERSE:
        text, back = back, text
    if pen.attrs & DIM:
        text = _mixed(text, back)
    return text, back


def _mixed(text: str, back: str) -> str:
    pairs = ((int(text[i : i + 2], 16), int(back[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(0.62 * a + 0.38 * b):02x}" for a, b in pairs)
