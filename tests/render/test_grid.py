"""A painted grid: every cell where `cell_at` says, every number the tensor's, nothing too wide."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment

from tests.render.reading import area, between, check_numbers, text_of, wide
from tests.render.strategies import pictures
from tui_transformer.engine import Array
from tui_transformer.render.grid import ZOOMS, Zoom, natural_size, paint, plan, thumbnail
from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line
from tui_transformer.render.numbers import significant
from tui_transformer.render.scale import ASCII_SHADES, SHADES, Mark, levels_of, sign_of
from tui_transformer.walkthrough import Exhibit, Limits

COLOUR, PLAIN = Ink(colour=True), Ink(colour=False)
inks = st.sampled_from([COLOUR, PLAIN])
zooms = st.sampled_from(ZOOMS)


def exhibit_of(values: Array, limits: Limits, **changes: object) -> Exhibit:
    rows, cols = values.shape
    fields: dict[str, object] = {
        "name": "blocks.0.resid_mid", "axes": ("pos", "d_model"), "shape": values.shape,
        "values": values, "limits": limits, "role": "stream",
        "row_labels": tuple(f"r{n}" for n in range(rows)),
        "column_labels": tuple(str(n) for n in range(cols)),
    }  # fmt: skip
    return Exhibit(**(fields | changes))  # type: ignore[arg-type]


@given(pictures(), st.integers(10, 200), st.integers(3, 60), inks, zooms, st.data())
@settings(max_examples=250)
def test_a_grid_of_any_shape_and_size(
    exhibit: Exhibit, width: int, height: int, ink: Ink, zoom: Zoom, data: st.DataObject
) -> None:
    rows, cols = exhibit.values.shape
    before = None
    for _ in range(3):
        cursor = data.draw(st.tuples(st.integers(0, rows - 1), st.integers(0, cols - 1)))
        where = plan(exhibit, width, height, cursor, ink, zoom, before)
        lines = paint(exhibit, where, ink, cursor, focused=data.draw(st.booleans()), tag="out")
        before = where
        assert [wide(line) for line in lines] == [width] * len(lines)
        assert len(lines) <= max(height, 4)
        assert len(lines) == where.bands * where.band_height + 2
        if not ink.colour:
            styles = [segment.style for line in lines for segment in line if segment.style]
            assert all(style.color is None and style.bgcolor is None for style in styles)
        found = area(where)
        inside = {
            (row, column)
            for row in range(where.row, where.row + where.rows, where.stack)
            for column in range(where.column, where.column + where.shown)
        }
        room = where.label + where.per_band * where.cell <= width
        assert set(found) == inside if room else set(found) <= inside
        assert where.row <= cursor[0] < where.row + where.rows
        assert where.column <= cursor[1] < where.column + where.shown
        assert where.row + where.rows <= rows
        assert where.column + where.shown <= cols
        if where.zoom == "numbers":
            check_numbers(exhibit, where, lines)


@given(pictures(most=12, labelled=False), st.data())
@settings(max_examples=60)
def test_what_fits_is_shown_whole_with_every_number(exhibit: Exhibit, data: st.DataObject) -> None:
    width, height = natural_size(exhibit)
    extra = data.draw(st.integers(0, 30))
    where = plan(exhibit, width + extra, height, (0, 0), COLOUR)
    assert (where.zoom, where.bands, where.hides) == ("numbers", 1, False)
    assert (where.rows, where.shown) == exhibit.values.shape
    check_numbers(exhibit, where, paint(exhibit, where, COLOUR, None))


def test_wide_tensors_are_cut_into_bands_before_anything_is_hidden() -> None:
    values = np.arange(60, dtype=np.float32).reshape(3, 20) / 100
    exhibit = exhibit_of(values, Limits(-1.0, 1.0))
    where = plan(exhibit, 60, 40, (0, 0), COLOUR)
    assert where.zoom == "numbers"
    assert where.bands > 1
    assert not where.hides
    assert len(area(where)) == values.size


def test_the_header_of_a_column_stands_over_it() -> None:
    tokens = ("the", "猫", "中文字中文字", "e\u0301\u0301a", "x")
    values = np.tri(5, dtype=np.float32)
    exhibit = exhibit_of(
        values, Limits(0.0, 1.0), name="blocks.0.attn.pattern", role="weights",
        axes=("head", "query_pos", "key_pos"), shape=(1, 5, 5), head=0,
        row_labels=tokens, column_labels=tokens, masked=~np.tri(5, dtype=np.bool_),
    )  # fmt: skip
    for width, zoom in ((80, "numbers"), (60, "cells"), (30, "cells")):
        where = plan(exhibit, width, 20, (0, 0), COLOUR, zoom)  # type: ignore[arg-type]
        header = paint(exhibit, where, COLOUR, None)[1]
        assert wide(header) == width
        for n, token in enumerate(tokens):
            x = where.label + n * where.cell
            cell = between(header, x, x + where.cell).strip()
            assert cell[:1] == token[:1], (zoom, token, cell)


def segments_at(lines: list[Line], y: int) -> dict[int, Segment]:
    """The segment in each terminal cell of a line of narrow characters."""
    out: dict[int, Segment] = {}
    x = 0
    for segment in lines[y]:
        for char in segment.text:
            out[x] = Segment(char, segment.style)
            x += 1
    return out


@pytest.mark.parametrize("zoom", ["numbers", "cells", "dots"])
@pytest.mark.parametrize("ink", [COLOUR, PLAIN], ids=["colour", "plain"])
def test_what_has_no_value_has_a_sign_of_its_own(zoom: Zoom, ink: Ink) -> None:
    values = np.zeros((8, 8), dtype=np.float32)
    special = {
        (0, 1): (np.nan, Mark.NAN),
        (2, 2): (np.inf, Mark.POSITIVE_INFINITY),
        (4, 3): (-np.inf, Mark.NEGATIVE_INFINITY),
        (6, 4): (9.0, Mark.ABOVE),
        (0, 5): (-9.0, Mark.BELOW),
        (2, 7): (-np.inf, Mark.MASKED),
    }
    masked = np.zeros((8, 8), dtype=np.bool_)
    for cell, (value, mark) in special.items():
        values[cell] = value
        masked[cell] = mark == Mark.MASKED
    masked[3, 7] = True  # the other half of that line of half blocks
    values[3, 7] = -np.inf
    exhibit = exhibit_of(values, Limits(-2.0, 2.0), masked=masked)
    where = plan(exhibit, 110, 30, (7, 7), ink, zoom)
    lines = paint(exhibit, where, ink, (7, 7))
    found = area(where)
    for (row, column), (value, mark) in special.items():
        x, y = min(found[row - row % where.stack, column])
        text = between(lines[y], x, x + where.cell)
        if zoom == "numbers" and mark == Mark.NAN:
            assert "NaN" in text
        elif mark == Mark.MASKED and where.stack == 2:
            assert text == " "
        else:
            assert mark.sign in text, (mark, text)
        if value == -np.inf and mark != Mark.MASKED and where.cell > 1:
            assert "−∞" in text
    legend = text_of(lines[-1])
    assert all(mark.sign in legend for _, mark in special.values())


@pytest.mark.parametrize("zoom", ["numbers", "cells", "dots"])
@pytest.mark.parametrize("ink", [COLOUR, PLAIN], ids=["colour", "plain"])
@pytest.mark.parametrize("limits", [Limits(-2.371, 2.371), Limits(0.0, 1.0)])
def test_the_legend_prints_the_limits(zoom: Zoom, ink: Ink, limits: Limits) -> None:
    values = np.linspace(0, 1, 30, dtype=np.float32).reshape(3, 10)
    exhibit = exhibit_of(values, limits)
    where = plan(exhibit, 80, 20, (0, 0), ink, zoom)
    legend = text_of(paint(exhibit, where, ink, None)[-1])
    assert significant(limits.high) in legend
    if ink.colour or zoom == "numbers":
        assert significant(limits.low) in legend


def test_a_cell_in_colour_has_the_level_of_its_value() -> None:
    limits = Limits(-1.0, 1.0)
    values = np.linspace(-1, 1, 40, dtype=np.float32).reshape(4, 10)
    exhibit = exhibit_of(values, limits)
    levels = levels_of(values, limits)
    for zoom in ("numbers", "cells"):
        where = plan(exhibit, 110, 20, (0, 0), COLOUR, zoom)
        lines = paint(exhibit, where, COLOUR, None)
        for cell, places in area(where).items():
            for x, y in places:
                style = segments_at(lines, y)[x].style
                assert style == COLOUR.cell(int(levels[cell]), signed=True)
    where = plan(exhibit, 110, 20, (0, 0), COLOUR, "dots")
    lines = paint(exhibit, where, COLOUR, None)
    for (row, column), places in area(where).items():
        for x, y in places:
            upper, lower = int(levels[row, column]), int(levels[row + 1, column])
            segment = segments_at(lines, y)[x]
            assert segment.text == "▀"
            assert segment.style == COLOUR.halves(upper, lower, signed=True)


def test_a_cell_without_colour_has_a_digit_and_a_sign() -> None:
    limits = Limits(-1.0, 1.0)
    values = np.linspace(-1, 1, 40, dtype=np.float32).reshape(4, 10)
    exhibit = exhibit_of(values, limits)
    for zoom in ("cells", "dots"):
        where = plan(exhibit, 110, 20, (0, 0), PLAIN, zoom)
        lines = paint(exhibit, where, PLAIN, None)
        for cell, places in area(where).items():
            x, y = min(places)
            text = between(lines[y], x, x + where.cell)
            value = float(values[cell])
            assert text[-1] == sign_of(value, limits)
            assert text[0] == (" " if text[-1] == "·" else "−" if value < 0 else "+")


@given(pictures(most=8), st.integers(40, 120), st.integers(8, 20), inks, zooms)
@settings(max_examples=60)
def test_the_cursor_is_seen_where_it_is(
    exhibit: Exhibit, width: int, height: int, ink: Ink, zoom: Zoom
) -> None:
    rows, cols = exhibit.values.shape
    for cursor in {(0, 0), (rows - 1, cols - 1), (rows // 2, cols // 2)}:
        where = plan(exhibit, width, height, cursor, ink, zoom)
        without = paint(exhibit, where, ink, None)
        lines = paint(exhibit, where, ink, cursor, focused=True)
        found = area(where)
        _, y = min(found[cursor[0] - (cursor[0] - where.row) % where.stack, cursor[1]])
        assert text_of(lines[y])[:1] == "▌"
        assert lines[y] != without[y]
        body = [n for n in range(1, len(lines) - 1) if (n - 1) % where.band_height]
        touched = [n for n in body if text_of(lines[n]) != text_of(without[n])]
        assert all((n - y) % where.band_height == 0 for n in touched)


@given(pictures(most=70, labelled=False), st.integers(1, 14), inks, st.booleans())
@settings(max_examples=80)
def test_thumbnails_of_any_size(exhibit: Exhibit, size: int, ink: Ink, large: bool) -> None:
    rows = exhibit.values.shape[0]
    values = np.resize(exhibit.values, (rows, rows))
    lines = thumbnail(values, exhibit.limits, size, ink, large=large)
    side = min(size, rows)
    if not ink.colour:
        expected = (side, side)
    else:
        expected = (2 * side, side) if large else (side, -(-side // 2))
    assert (max(wide(line) for line in lines), len(lines)) == expected
    assert len({wide(line) for line in lines}) == 1


@pytest.mark.parametrize("signs", [SHADES, ASCII_SHADES])
def test_shades_stand_in_for_colours_with_the_sign_beside_them(signs: str) -> None:
    values = np.linspace(-2, 2, 9, dtype=np.float32).reshape(1, 9)
    shades = [sign_of(float(v), Limits(-2.0, 2.0), signs) for v in values[0]]
    assert shades[4] == signs[0]
    assert shades[0] == shades[8] == signs[-1]
    steps = [signs.index(s) for s in shades]
    assert steps[4:] == sorted(steps[4:])
    assert steps == steps[::-1]
    assert not set(signs) & set("+-−0123456789×?")
    assert sign_of(float("nan"), Limits(0.0, 1.0), signs) == "?"


@pytest.mark.parametrize("value", [-9.5e9, 9.6e9, 9.96e9, -3e38, 1e-30])
def test_a_number_far_outside_the_scale_is_written_whole(value: float) -> None:
    shown = Exhibit(
        name="blocks.0.attn.masked_scores", axes=("head", "query_pos", "key_pos"),
        shape=(1, 1, 1), values=np.array([[value]], dtype=np.float32), limits=Limits(-1.0, 1.0),
        role="stream", row_labels=("",), column_labels=("",), head=0, masked=np.array([[False]]),
    )  # fmt: skip
    for width in (10, 24, 60):
        where = plan(shown, width, 3, (0, 0), Ink())
        check_numbers(shown, where, paint(shown, where, Ink(), None))
