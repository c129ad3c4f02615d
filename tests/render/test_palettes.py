"""Every ramp of every theme: monotone in lightness, for colour-blind readers too."""

import itertools

import pytest

from tui_transformer.render.ink import Ink
from tui_transformer.render.palettes import (
    ANSI,
    LOW_SEQUENTIAL,
    SEQUENTIAL_LEVELS,
    SIGNED_LEVELS,
    SIGNED_ZERO,
    THEMES,
    Palette,
    indexed,
    luminance,
    palette_for,
    thinned,
)

ALL = [
    pytest.param(palette_for(theme, depth, low_bandwidth=low), id=f"{theme}-{depth}-{low}")
    for theme in THEMES
    for depth in ("truecolor", "256", "16")
    for low in (False, True)
]

# Viénot, Brettel and Mollon 1999: what people without red or without green cones see, linear RGB.
BLIND = {
    "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def linear(colour: str) -> list[float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def seen(colour: str, kind: str) -> list[float]:
    """A colour as a colour-blind person sees it, linear RGB."""
    return [sum(w * c for w, c in zip(row, linear(colour), strict=True)) for row in BLIND[kind]]


def lightness(rgb: list[float]) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def rising(values: list[float]) -> bool:
    return all(a < b for a, b in itertools.pairwise(values))


def outward(ramp: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The two sides of a signed ramp, from zero on."""
    zero = len(ramp) // 2
    return list(ramp[zero::-1]), list(ramp[zero:])


@pytest.mark.parametrize("palette", ALL)
def test_ramps_are_monotone_in_lightness(palette: Palette) -> None:
    sign = 1 if palette.dark else -1  # away from the background
    assert rising([sign * luminance(c) for c in palette.sequential])
    assert len(palette.signed) % 2 == 1
    for side in outward(palette.signed):
        assert rising([sign * luminance(c) for c in side])


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("palette", ALL)
def test_and_for_colour_blind_readers(palette: Palette, kind: str) -> None:
    sign = 1 if palette.dark else -1
    assert rising([sign * lightness(seen(c, kind)) for c in palette.sequential])
    down, up = outward(palette.signed)
    for side in (down, up):
        ends = [sign * lightness(seen(c, kind)) for c in (side[0], side[-1])]
        assert rising(ends)
    for below, above in zip(down[1:], up[1:], strict=True):  # blue against orange is still seen
        blue = [seen(c, kind)[2] / (sum(seen(c, kind)) + 1e-9) for c in (below, above)]
        assert blue[0] > blue[1] + 0.05


def test_256_and_16_colours_are_those_that_the_terminal_has() -> None:
    cube = {indexed(n) for n in range(16, 256)}
    assert len(cube) >= 239  # some greys are in it twice
    assert (indexed(16), indexed(231), indexed(232)) == ("#000000", "#ffffff", "#080808")
    assert indexed(208) == "#ff8700"
    for theme in THEMES:
        palette = palette_for(theme, "256")
        assert {*palette.sequential, *palette.signed} <= cube
        palette = palette_for(theme, "16")
        assert {*palette.sequential, *palette.signed, *palette.roles.values()} <= set(ANSI)
        assert {palette.text, palette.background, palette.accent, palette.raised} <= set(ANSI)


@pytest.mark.parametrize("palette", ALL)
def test_every_level_has_a_colour_and_the_ends_are_the_ends(palette: Palette) -> None:
    ink = Ink(palette=palette)
    for signed, levels, ramp in (
        (False, SEQUENTIAL_LEVELS, palette.sequential),
        (True, SIGNED_LEVELS, palette.signed),
    ):
        used = [ink.ramp(level, signed=signed) for level in range(levels)]
        assert (used[0], used[-1]) == (ramp[0], ramp[-1])
        assert list(dict.fromkeys(used)) == list(ramp)  # all of them, in order
    assert ink.ramp(SIGNED_ZERO, signed=True) == palette.signed[len(palette.signed) // 2]


@pytest.mark.parametrize("palette", ALL)
def test_the_cursor_is_not_a_colour_of_the_ramps_and_can_be_read(palette: Palette) -> None:
    cursor = palette.cursor or palette.accent
    assert cursor not in {*palette.sequential, *palette.signed}
    ink = palette.on_cursor or palette.background
    light, dark = sorted((luminance(cursor), luminance(ink)))[::-1]
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(theme: str) -> None:
    palette = THEMES[theme]  # type: ignore[index]
    for name in ("text", "bright", "muted", "faint", "accent", "good", "bad"):
        for ground in (palette.background, palette.panel):
            light, dark = sorted((luminance(getattr(palette, name)), luminance(ground)))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= (3.5 if name == "faint" else 4.5), name
    for role, colour in palette.roles.items():
        light, dark = sorted((luminance(colour), luminance(palette.background)))[::-1]
        assert (light + 0.05) / (dark + 0.05) >= 4.5, role


def test_fewer_levels_keep_the_ends() -> None:
    ramp = tuple("abcdefghijklm")
    assert thinned(ramp, 7) == ("a", "c", "e", "g", "i", "k", "m")
    assert thinned(ramp, 20) == ramp
    assert len(palette_for("dark", "truecolor", low_bandwidth=True).sequential) == LOW_SEQUENTIAL
