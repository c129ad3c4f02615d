"""Colours and glyphs: what each role, weight and sign looks like in this terminal.

One hue a role and the same everywhere; signed values go from blue over the background to orange,
weights that sum to 1 from dark to light. Both ramps are monotone in lightness (outward from zero
for the signed one) and safe for colour-blind readers. Colour is never the only channel: where there
is none, digits, signs and shades say it.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from rich.color import Color
from rich.style import Style

from tui_transformer.walkthrough import Role

SEQUENTIAL_LEVELS = 32
SIGNED_LEVELS = 31
SIGNED_ZERO = SIGNED_LEVELS // 2

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
    """The colours of a theme, as `#rrggbb`."""

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


class Ink:
    """How things are drawn: with colours, or without any.

    Args:
        colour: whether colours may be used at all (`NO_COLOR` says no).
        palette: the theme's colours.
    """

    def __init__(self, colour: bool = True, palette: Palette = DARK) -> None:
        self.colour = colour
        self.palette = palette
        p = palette
        self.text = self._plain(p.text)
        self.bright = self._plain(p.bright, bold=True)
        self.muted = self._plain(p.muted)
        self.faint = self._plain(p.faint) if colour else Style(dim=True)
        self.accent = self._plain(p.accent, bold=True)
        self.good = self._plain(p.good)
        self.bad = self._plain(p.bad, bold=True)
        self.struck = self._plain(p.faint) if colour else Style(dim=True)
        self.cursor = (
            Style(color="#0d1017", bgcolor=p.accent, bold=True)
            if colour
            else Style(reverse=True, bold=True)
        )
        self.cursor_away = (
            Style(color=p.accent, bgcolor=p.raised, bold=True, underline=True)
            if colour
            else Style(bold=True, underline=True)
        )
        self.row = Style(bgcolor=p.raised, bold=True) if colour else Style(reverse=True)
        self.chosen = (
            Style(color=p.bright, bgcolor=p.raised, bold=True) if colour else Style(reverse=True)
        )

    def _plain(self, colour: str, *, bold: bool = False) -> Style:
        return Style(color=colour if self.colour else None, bold=bold or None)

    def role(self, role: Role, *, bold: bool = False) -> Style:
        """The hue of a role."""
        return self._plain(self.palette.roles[role], bold=bold)

    def cell(self, level: int, *, signed: bool) -> Style:
        """A cell of a heatmap: the level as background, text that can be read on it."""
        if not self.colour:
            return Style.null()
        ramp = self.palette.signed if signed else self.palette.sequential
        return _on(ramp[level])

    def halves(self, upper: int, lower: int, *, signed: bool) -> Style:
        """Two cells, one above the other, for `▀`."""
        ramp = self.palette.signed if signed else self.palette.sequential
        return _pair(ramp[upper], ramp[lower])

    def half(self, level: int, *, signed: bool) -> Style:
        """One cell of half a line, for `▀` or `▄` over the background."""
        ramp = self.palette.signed if signed else self.palette.sequential
        return _fore(ramp[level])


@lru_cache(maxsize=256)
def _fore(colour: str) -> Style:
    return Style.from_color(Color.parse(colour))


@lru_cache(maxsize=256)
def _on(colour: str) -> Style:
    fore = "#10131a" if luminance(colour) > 0.2 else "#e6eaf4"
    return Style.from_color(Color.parse(fore), Color.parse(colour))


@lru_cache(maxsize=2 * SEQUENTIAL_LEVELS * SEQUENTIAL_LEVELS)
def _pair(upper: str, lower: str) -> Style:
    return Style.from_color(Color.parse(upper), Color.parse(lower))
