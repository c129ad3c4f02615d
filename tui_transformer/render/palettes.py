"""Colour ramps and themes: hand-picked for truecolor, for 256 and for 16 colours.

Signed values go from blue over the background to orange, weights that sum to 1 along one ramp. All
ramps are monotone in lightness (outward from zero for the signed ones) and stay so for
colour-blind readers. In a terminal of 256 or 16 colours the ramps hold colours that it has, so that
nothing is rounded on the way.
"""

from dataclasses import dataclass, field, replace

from tui_transformer.terminal.found import Depth
from tui_transformer.terminal.settings import ThemeSetting
from tui_transformer.walkthrough import Role

SEQUENTIAL_LEVELS = 32
SIGNED_LEVELS = 31
SIGNED_ZERO = SIGNED_LEVELS // 2
LOW_SEQUENTIAL = 8
"""Levels where few bytes count."""
LOW_SIGNED = 7

RGB = tuple[int, int, int]


def _rgb(text: str) -> RGB:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _ramp(anchors: tuple[str, ...], levels: int) -> tuple[str, ...]:
    """`levels` colours along straight lines between the anchors."""
    stops = [_rgb(anchor) for anchor in anchors]
    out = []
    for level in range(levels):
        at = level * (len(stops) - 1) / (levels - 1)
        low = min(int(at), len(stops) - 2)
        part = at - low
        a, b = stops[low], stops[low + 1]
        out.append(_hex((_mid(a[0], b[0], part), _mid(a[1], b[1], part), _mid(a[2], b[2], part))))
    return tuple(out)


def _mid(a: int, b: int, part: float) -> int:
    return round(a + (b - a) * part)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2)."""
    channels = [c / 255 for c in _rgb(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme, as `#rrggbb`.

    `sequential` and `signed` are ramps of any length (the signed one odd, zero in the middle);
    `on_light` and `on_dark` are for text on their cells. The cell under the cursor has the accent,
    and the background for its text, unless `cursor` and `on_cursor` say otherwise.
    """

    background: str
    panel: str
    raised: str
    line: str
    faint: str
    muted: str
    text: str
    bright: str
    accent: str
    good: str
    bad: str
    roles: dict[Role, str]
    sequential: tuple[str, ...] = field(repr=False)
    signed: tuple[str, ...] = field(repr=False)
    on_light: str = "#10131a"
    on_dark: str = "#e6eaf4"
    cursor: str = ""
    on_cursor: str = ""
    dark: bool = True


DARK = Palette(
    background="#0d1017",
    panel="#12161f",
    raised="#1b2130",
    line="#2b3345",
    faint="#68748f",
    muted="#8791a8",
    text="#cdd4e4",
    bright="#f4f6fb",
    accent="#ffc857",
    good="#8fd694",
    bad="#ff7a70",
    roles={
        "stream": "#8fb4ff",
        "q": "#ff9e7d",
        "k": "#74d3ae",
        "v": "#c79bff",
        "weights": "#d6e05a",
        "score": "#e3b778",
        "activation": "#6fcfe8",
        "logit": "#ff93c0",
        "probability": "#8fd694",
    },
    sequential=_ramp(
        ("#1c1638", "#33326b", "#2f5d8c", "#26828e", "#27a884", "#6ccd5a", "#c7df2d", "#fdf0a0"),
        SEQUENTIAL_LEVELS,
    ),
    signed=(
        *_ramp(("#a5d4ff", "#4a9df0", "#1f5fa8", "#173556"), SIGNED_ZERO),
        "#181c27",
        *_ramp(("#47301c", "#9a5316", "#e8862a", "#ffd6a3"), SIGNED_ZERO),
    ),
)


LIGHT = Palette(
    background="#fbfaf6",
    panel="#f2f0e9",
    raised="#e2dfd3",
    line="#b9b4a3",
    faint="#6f6b60",
    muted="#5c584e",
    text="#2b2a26",
    bright="#0f0e0c",
    accent="#8a4b00",
    good="#1f6b2c",
    bad="#b3261e",
    roles={
        "stream": "#1f4fb0",
        "q": "#a8401c",
        "k": "#0f6b4c",
        "v": "#6b35b0",
        "weights": "#5d6400",
        "score": "#7d5212",
        "activation": "#0b6079",
        "logit": "#a32463",
        "probability": "#226b2f",
    },
    sequential=_ramp(
        ("#f4f1dc", "#d8ecc0", "#9fd8b0", "#5fb8b0", "#3b8fa8", "#335f96", "#33306f", "#1c1038"),
        SEQUENTIAL_LEVELS,
    ),
    signed=(
        *_ramp(("#0b2f66", "#2a6fbd", "#7db4e8", "#d9e7f2"), SIGNED_ZERO),
        "#fbfaf6",
        *_ramp(("#f5e4d0", "#eeb26a", "#c26a14", "#6b3200"), SIGNED_ZERO),
    ),
    dark=False,
)

CONTRAST = replace(
    DARK,
    background="#000000",
    panel="#000000",
    raised="#303030",
    line="#a8a8a8",
    faint="#c0c0c0",
    muted="#d8d8d8",
    text="#ffffff",
    bright="#ffffff",
    accent="#ffff00",
    good="#80ff80",
    bad="#ff9090",
)

THEMES: dict[ThemeSetting, Palette] = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}


def indexed(number: int) -> str:
    """The colour number 16 to 255 of xterm's palette, as `#rrggbb`."""
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return _hex((grey, grey, grey))
    steps = (0, 95, 135, 175, 215, 255)
    red, green, blue = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
    return _hex((steps[red], steps[green], steps[blue]))


ANSI = (
    "#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa",
    "#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff",
)  # fmt: skip
"""The 16 colours; a terminal may show others, in about this lightness."""

RAMPS_256 = {
    True: (
        (17, 18, 24, 30, 36, 77, 149, 185, 191, 228),
        (153, 117, 75, 32, 25, 17, 233, 52, 94, 130, 172, 215, 223),
    ),
    False: (
        (230, 193, 157, 115, 73, 67, 31, 25, 18, 17),
        (17, 25, 32, 74, 117, 153, 231, 223, 215, 208, 166, 130, 52),
    ),
}
RAMPS_16 = {
    True: ((0, 4, 6, 10, 11, 15), (14, 12, 4, 0, 1, 3, 11)),
    False: ((15, 11, 10, 6, 4, 0), (4, 12, 14, 15, 11, 3, 1)),
}
"""For each number of colours the (sequential, signed) ramp of a dark and of a light theme."""

_SIXTEEN = {
    "stream": 12, "q": 9, "k": 10, "v": 13, "weights": 11, "score": 3, "activation": 14,
    "logit": 5, "probability": 2,
}  # fmt: skip
_SIXTEEN_LIGHT = {
    "stream": 4, "q": 1, "k": 2, "v": 5, "weights": 3, "score": 3, "activation": 6,
    "logit": 5, "probability": 2,
}  # fmt: skip


def palette_for(theme: ThemeSetting, depth: Depth, *, low_bandwidth: bool = False) -> Palette:
    """The colours of a theme in a terminal of so many; without colours those of truecolor."""
    palette = THEMES[theme]
    if depth in {"256", "16"}:
        sequential, signed = (RAMPS_256 if depth == "256" else RAMPS_16)[palette.dark]
        colour = indexed if depth == "256" else ANSI.__getitem__
        palette = replace(
            palette,
            sequential=tuple(map(colour, sequential)),
            signed=tuple(map(colour, signed)),
            on_light="#000000",
            on_dark="#ffffff",
        )
    if depth == "16":
        palette = _sixteen(palette)
    if low_bandwidth:
        palette = replace(
            palette,
            sequential=thinned(palette.sequential, LOW_SEQUENTIAL),
            signed=thinned(palette.signed, LOW_SIGNED),
        )
    return palette


def _sixteen(palette: Palette) -> Palette:
    """The colours of text and lines out of the 16; greys are scarce there."""
    dark = palette.dark
    ground, ink, grey = (ANSI[0], ANSI[15], ANSI[7]) if dark else (ANSI[15], ANSI[0], ANSI[8])
    roles = _SIXTEEN if dark else _SIXTEEN_LIGHT
    return replace(
        palette,
        background=ground,
        panel=ground,
        raised=ANSI[8] if dark else ANSI[7],
        line=ANSI[8] if dark else ANSI[7],
        faint=grey,
        muted=grey,
        text=ANSI[7] if dark else ANSI[0],
        bright=ink,
        accent=ANSI[11] if dark else ANSI[1],
        good=ANSI[10] if dark else ANSI[2],
        bad=ANSI[9] if dark else ANSI[1],
        cursor=ANSI[5],  # no ramp has it, and white on it stays white where it is bold
        on_cursor=ANSI[15],
        roles={role: ANSI[number] for role, number in roles.items()},  # type: ignore[misc]
    )


def thinned(ramp: tuple[str, ...], levels: int) -> tuple[str, ...]:
    """At most `levels` colours of a ramp, its ends among them (odd: its middle too)."""
    if len(ramp) <= levels:
        return ramp
    return tuple(ramp[round(n * (len(ramp) - 1) / (levels - 1))] for n in range(levels))
