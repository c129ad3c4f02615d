"""From what was found and what is preferred to what is used, with the reason where it is less."""

from dataclasses import dataclass
from typing import Literal

from tui_transformer.terminal.found import Depth, Found
from tui_transformer.terminal.settings import CellSetting, Settings, ThemeSetting


@dataclass(frozen=True, slots=True)
class Chosen:
    """How the screen is drawn. `reasons` are sentences on what is left out without being asked."""

    depth: Depth = "truecolor"
    glyphs: Literal["blocks", "ascii"] = "blocks"
    mouse: bool = True
    low_bandwidth: bool = False
    theme: ThemeSetting = "dark"
    cells: CellSetting = "digits"
    reasons: tuple[str, ...] = ()


def choose(settings: Settings, found: Found) -> Chosen:
    """What is asked for, and where it is `auto` what the terminal can do.

    `NO_COLOR` counts where no number of colours is asked for.
    """
    reasons = []
    depth: Depth = found.depth if settings.color == "auto" else settings.color
    if settings.color == "auto" and found.no_color:
        depth = "none"
    elif settings.color == "auto" and depth == "none":
        reasons.append(f"no colours: {found.depth_from}; --color overrides")
    glyphs: Literal["blocks", "ascii"] = "blocks"
    if settings.glyphs != "auto":
        glyphs = settings.glyphs
    elif not found.utf8:
        glyphs = "ascii"
        told = found.locale or f"the encoding {found.encoding}"
        reasons.append(f"ASCII glyphs: {told} is not UTF-8; --glyphs blocks overrides")
    elif found.term.startswith(("vt1", "vt2", "vt5")):
        glyphs = "ascii"
        reasons.append(f"ASCII glyphs: TERM={found.term}; --glyphs blocks overrides")
    low = found.ssh if settings.low_bandwidth is None else settings.low_bandwidth
    if low and settings.low_bandwidth is None:
        reasons.append("fewer colours and pictures over SSH; low-bandwidth = false overrides")
    return Chosen(
        depth, glyphs, settings.mouse, low, settings.theme, settings.cells, tuple(reasons)
    )
