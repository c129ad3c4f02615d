"""Colours: ramps that rise in lightness, text that can be read, none where there are to be none."""

import itertools
from typing import get_args

import pytest
from rich.style import Style

from tui_transformer.render.ink import (
    DARK,
    SEQUENTIAL_LEVELS,
    SIGNED_LEVELS,
    SIGNED_ZERO,
    Ink,
    luminance,
)
from tui_transformer.walkthrough import Role

INK, PLAIN = Ink(colour=True), Ink(colour=False)


def contrast(a: str, b: str) -> float:
    """WCAG 2 contrast of two colours."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def fore(style: Style) -> str:
    assert style.color is not None
    return style.color.get_truecolor().hex


def back(style: Style) -> str:
    assert style.bgcolor is not None
    return style.bgcolor.get_truecolor().hex


def test_luminance() -> None:
    assert luminance("#000000") == 0
    assert luminance("#ffffff") == pytest.approx(1)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


def test_weights_get_lighter_with_every_level() -> None:
    light = [luminance(colour) for colour in DARK.sequential]
    assert len(light) == SEQUENTIAL_LEVELS <= 32
    assert all(a < b for a, b in itertools.pairwise(light))


def test_signed_values_get_lighter_away_from_zero_on_both_sides() -> None:
    light = [luminance(colour) for colour in DARK.signed]
    assert len(light) == SIGNED_LEVELS <= 32
    assert SIGNED_LEVELS == 2 * SIGNED_ZERO + 1
    down, up = light[SIGNED_ZERO::-1], light[SIGNED_ZERO:]
    assert all(a < b for a, b in itertools.pairwise(down))
    assert all(a < b for a, b in itertools.pairwise(up))


def test_the_sides_differ_in_hue_not_only_in_lightness() -> None:
    for colour in DARK.signed[: SIGNED_ZERO - 1]:
        assert int(colour[5:7], 16) > int(colour[1:3], 16)  # bluer than red
    for colour in DARK.signed[SIGNED_ZERO + 2 :]:
        assert int(colour[1:3], 16) > int(colour[5:7], 16)


@pytest.mark.parametrize("signed", [True, False])
def test_text_can_be_read_on_every_level(signed: bool) -> None:
    ramp = DARK.signed if signed else DARK.sequential
    for level, colour in enumerate(ramp):
        style = INK.cell(level, signed=signed)
        assert back(style) == colour
        assert contrast(fore(style), colour) >= 3, (level, colour)


def test_text_beside_the_cells_can_be_read() -> None:
    for style in (INK.text, INK.bright, INK.muted, INK.accent, INK.good, INK.bad):
        assert contrast(fore(style), DARK.background) >= 4.5, style
        assert contrast(fore(style), DARK.panel) >= 4.5, style
    for style in (INK.cursor, INK.cursor_away, INK.chosen):
        assert contrast(fore(style), back(style)) >= 4.5, style
    for role in get_args(Role):
        assert contrast(fore(INK.role(role)), DARK.background) >= 4.5, role


def test_a_role_has_a_hue_of_its_own() -> None:
    assert set(DARK.roles) == set(get_args(Role))
    assert len(set(DARK.roles.values())) == len(DARK.roles)


def test_half_blocks_have_the_colours_of_their_cells() -> None:
    style = INK.halves(3, 7, signed=True)
    assert (fore(style), back(style)) == (DARK.signed[3], DARK.signed[7])
    style = INK.half(5, signed=False)
    assert fore(style) == DARK.sequential[5]
    assert style.bgcolor is None


def test_without_colour_nothing_has_one() -> None:
    styles = [value for value in vars(PLAIN).values() if isinstance(value, Style)]
    assert len(styles) > 8
    styles += [PLAIN.role(role, bold=bold) for role in get_args(Role) for bold in (True, False)]
    styles += [PLAIN.cell(level, signed=signed) for level in (0, 30) for signed in (True, False)]
    assert all(style.color is None and style.bgcolor is None for style in styles)
    assert PLAIN.cursor != PLAIN.text != PLAIN.bright  # the attributes still tell them apart
