"""The words around a grid: as many as there is room for, and every one of them whole."""

from dataclasses import replace

import numpy as np
import pytest

from tests.render.reading import text_of, wide
from tests.render.test_grid import COLOUR, PLAIN, exhibit_of
from tui_transformer.render.grid import WHOLE_ZOOMS, ZOOMS, Zoom, legend, paint, plan, title
from tui_transformer.render.ink import Ink
from tui_transformer.render.numbers import significant
from tui_transformer.render.scale import ASCII_SHADES, SHADES, marks_of
from tui_transformer.walkthrough import Exhibit, Limits, hidden_by_mask

INKS = {
    "colour": COLOUR,
    "digits": PLAIN,
    "shades": Ink(colour=False, signs=SHADES),
    "ascii": Ink(colour=False, signs=ASCII_SHADES),
}
LIMITS = Limits(-16.13, 16.13)
NARROW = 26


def masked(length: int = 122) -> Exhibit:
    """Masked scores of one head, with cells that are masked and cells beyond the scale."""
    values = np.random.default_rng(0).normal(0, 6, (length, length)).astype(np.float32)
    values[0, 0], values[1, 0] = 40, -40
    hidden = hidden_by_mask(length)
    values[hidden] = -np.inf
    return exhibit_of(
        values, LIMITS, name="blocks.1.attn.masked_scores", axes=("head", "query_pos", "key_pos"),
        shape=(4, length, length), head=0, masked=hidden, role="score",
    )  # fmt: skip


def without_scales(text: str) -> str:
    """A line without the dots that a scale is written with."""
    for scale in ("+1…+9", "−1…−9", "1…9", " … "):
        text = text.replace(scale, "")
    return text


@pytest.mark.parametrize("ink", INKS.values(), ids=INKS)
@pytest.mark.parametrize("zoom", [*ZOOMS, *WHOLE_ZOOMS])
def test_no_word_is_cut_at_any_width(ink: Ink, zoom: Zoom) -> None:
    exhibit = masked()
    for width in range(NARROW, 140):
        where = plan(exhibit, width, 14, (0, 0), ink, zoom)
        first, *_, last = (text_of(line) for line in paint(exhibit, where, ink, (0, 0), tag="out"))
        assert "…" not in first, (width, first)
        assert "…" not in without_scales(last), (width, last)
        assert "masked_scores" in first
        assert significant(LIMITS.high) in last
        marks = marks_of(exhibit.values, exhibit.limits, exhibit.masked)
        every = legend(exhibit, ink, marks, where)
        if width >= 34:
            assert wide(every) <= width
            assert all(sign in text_of(every) for sign in "×▲▼"), (width, text_of(every))


def test_wider_lines_say_more() -> None:
    exhibit = replace(masked(), limits=Limits(-60.0, 60.0))
    lines = {}
    for width in (55, 78, 118):
        where = plan(exhibit, width, 14, (0, 0), PLAIN, "extreme")
        lines[width] = text_of(paint(exhibit, where, PLAIN, None)[-1])
        assert "× masked" in lines[width]
        assert "largest |x|" in lines[width]
    assert "+1…+9 and −1…−9 in ninths of 60.00" in lines[118]
    assert "1…9 in ninths of ±60.00" in lines[55]
    assert "area: largest |x|" in lines[118]


def test_a_title_gives_up_its_least_words_first() -> None:
    exhibit = masked()
    said = []
    for width in (78, 50, 38, 30, 24):
        where = plan(exhibit, width, 8, (0, 0), COLOUR, "numbers")
        said.append(text_of(title(exhibit, where, COLOUR, focused=True)).strip())
    assert "[4×122×122] head 1" in said[0]
    assert " of 122 · rows " in said[0]
    assert " of 122" not in said[2]
    assert "columns" in said[2]
    assert said[-1].startswith("▸ masked_scores")
    assert [len(line) for line in said] == sorted(map(len, said), reverse=True)
