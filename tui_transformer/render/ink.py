"""How things are drawn in this terminal: styles of text, of cells and of the cursor.

One hue a role and the same everywhere. Colour is never the only channel: where there is none,
digits, signs and shades say it.
"""

from functools import lru_cache

from rich.color import Color
from rich.style import Style

from tui_transformer.render.palettes import (
    DARK,
    SEQUENTIAL_LEVELS,
    SIGNED_LEVELS,
    SIGNED_ZERO,
    Palette,
    luminance,
)
from tui_transformer.render.scale import DIGITS
from tui_transformer.walkthrough import Role

__all__ = [
    "DARK",
    "SEQUENTIAL_LEVELS",
    "SIGNED_LEVELS",
    "SIGNED_ZERO",
    "Ink",
    "Palette",
    "luminance",
]


class Ink:
    """How things are drawn: with colours, or without any.

    Args:
        colour: whether colours may be used at all (`NO_COLOR` says no).
        palette: the theme's colours.
        blocks: whether the terminal shows half blocks; they are used only where there is colour.
        signs: what a cell is where there is no colour, from nothing to the end of the scale.
    """

    def __init__(
        self, colour: bool = True, palette: Palette = DARK, *, blocks: bool = True,
        signs: str = DIGITS,
    ) -> None:  # fmt: skip
        self.colour = colour
        self.signs = signs
        self.blocks = colour and blocks
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
        self.cursor_half = self._plain(p.cursor or p.accent, bold=True)
        self.cursor = (
            Style(color=p.on_cursor or p.background, bgcolor=p.cursor or p.accent, bold=True)
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
        p = self.palette
        return _on(self.ramp(level, signed=signed), p.on_light, p.on_dark)

    def halves(self, upper: int, lower: int, *, signed: bool) -> Style:
        """Two cells, one above the other, for `▀`."""
        return _pair(self.ramp(upper, signed=signed), self.ramp(lower, signed=signed))

    def half(self, level: int, *, signed: bool) -> Style:
        """One cell of half a line, for `▀` or `▄` over the background."""
        return _fore(self.ramp(level, signed=signed))

    def ramp(self, level: int, *, signed: bool) -> str:
        """The colour of a level; a ramp with fewer colours has the same one for several levels."""
        colours = self.palette.signed if signed else self.palette.sequential
        last = SIGNED_LEVELS - 1 if signed else SEQUENTIAL_LEVELS - 1
        return colours[(2 * level * (len(colours) - 1) + last) // (2 * last)]


@lru_cache(maxsize=256)
def _fore(colour: str) -> Style:
    return Style.from_color(Color.parse(colour))


@lru_cache(maxsize=256)
def _on(colour: str, on_light: str, on_dark: str) -> Style:
    fore = on_light if luminance(colour) > 0.2 else on_dark
    return Style.from_color(Color.parse(fore), Color.parse(colour))


@lru_cache(maxsize=2 * SEQUENTIAL_LEVELS * SEQUENTIAL_LEVELS)
def _pair(upper: str, lower: str) -> Style:
    return Style.from_color(Color.parse(upper), Color.parse(lower))
