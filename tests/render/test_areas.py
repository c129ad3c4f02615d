"""A tensor by areas: each area shows the number it says it shows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.reading import text_of, wide
from tests.render.strategies import pictures
from tui_transformer.render.grid import WHOLE_ZOOMS, Zoom, by_area, cell_in_area, paint, plan
from tui_transformer.render.ink import Ink
from tui_transformer.walkthrough import Exhibit, Limits

COLOUR, PLAIN = Ink(colour=True), Ink(colour=False)
inks = st.sampled_from([COLOUR, PLAIN])


@given(
    pictures(), st.integers(10, 160), st.integers(3, 40), inks, st.sampled_from(WHOLE_ZOOMS),
    st.data(),
)  # fmt: skip
@settings(max_examples=150)
def test_areas_cover_the_tensor_and_show_its_numbers(
    exhibit: Exhibit, width: int, height: int, ink: Ink, zoom: Zoom, data: st.DataObject
) -> None:
    rows, cols = exhibit.values.shape
    cursor = data.draw(st.tuples(st.integers(0, rows - 1), st.integers(0, cols - 1)))
    where = plan(exhibit, width, height, cursor, ink, zoom)
    assert where.whole
    assert (where.row_edges[0], where.row_edges[-1]) == (0, rows)
    assert (where.column_edges[0], where.column_edges[-1]) == (0, cols)
    assert all(np.diff(where.row_edges) > 0) and all(np.diff(where.column_edges) > 0)
    areas = by_area(exhibit, where)
    assert areas.values.shape == (where.rows, where.shown)
    for _ in range(6):
        down = data.draw(st.integers(0, where.rows - 1))
        across = data.draw(st.integers(0, where.shown - 1))
        span = where.area(down, across)
        inside = exhibit.values[span].astype(np.float64)
        if exhibit.masked is not None:
            hidden = exhibit.masked[span]
            assert areas.masked is not None
            assert areas.masked[down, across] == hidden.all()
            inside = inside[~hidden]
        found = float(areas.values[down, across])
        row, column = cell_in_area(exhibit, where, down, across)
        assert where.area_of(row, column) == (down, across)
        if not inside.size:
            continue
        if np.isnan(inside).any():
            assert np.isnan(found)
        elif zoom == "extreme":
            assert abs(found) == np.abs(inside).max()
            assert found in inside
            assert abs(exhibit.values[row, column]) == abs(found)
        elif np.isfinite(inside).all():
            largest = max(1.0, float(np.abs(inside).max()))
            assert abs(found - inside.mean()) <= 1e-5 * largest
    lines = paint(exhibit, where, ink, cursor, focused=True)
    assert [wide(line) for line in lines] == [width] * len(lines)
    assert len(lines) <= max(height, 4)
    assert [text_of(line) for line in lines] == [
        text_of(line) for line in paint(exhibit, where, ink, cursor, focused=True, areas=areas)
    ]


@given(pictures(), st.integers(20, 160), st.integers(4, 40), inks, st.sampled_from(WHOLE_ZOOMS))
@settings(max_examples=60)
def test_a_place_on_the_screen_is_a_cell_of_the_area_drawn_there(
    exhibit: Exhibit, width: int, height: int, ink: Ink, zoom: Zoom
) -> None:
    where = plan(exhibit, width, height, (0, 0), ink, zoom)
    seen = set()
    for y in range(height):
        for x in range(width):
            cell = where.cell_at(x, y)
            if cell is not None:
                seen.add(where.area_of(*cell))
    in_sight = min(where.shown, where.bands * ((width - where.label) // where.cell))
    assert len({across for _, across in seen}) == in_sight


def large(rows: int, cols: int) -> Exhibit:
    values = np.random.default_rng(0).normal(size=(rows, cols)).astype(np.float32)
    return Exhibit(
        "blocks.0.resid_mid", ("pos", "d_model"), values.shape, values, Limits(-4.0, 4.0),
        "stream", tuple(f"t{n}" for n in range(rows)), tuple(map(str, range(cols))),
    )  # fmt: skip


@pytest.mark.parametrize("ink", [COLOUR, PLAIN], ids=["colour", "plain"])
def test_a_large_tensor_is_first_shown_as_a_whole_and_says_how(ink: Ink) -> None:
    exhibit = large(300, 768)
    where = plan(exhibit, 100, 30, (299, 0), ink)
    assert where.whole
    title, *_, legend = (text_of(line) for line in paint(exhibit, where, ink, (299, 0)))
    down, across = -(-300 // where.rows), -(-768 // where.shown)
    assert f"areas of {down} × {across}" in title
    assert "area: largest |x|" in legend
    mean = plan(exhibit, 100, 30, (299, 0), ink, "mean")
    assert "area: mean" in text_of(paint(exhibit, mean, ink, None)[-1])
    cells = plan(exhibit, 100, 30, (150, 400), ink, "cells", where)
    assert not cells.whole
    assert cells.row <= 150 < cells.row + cells.rows
    assert cells.column <= 400 < cells.column + cells.shown


def test_one_row_of_a_large_vocabulary_is_paged_in_bands_of_numbers() -> None:
    exhibit = large(1, 50_257)
    where = plan(exhibit, 100, 30, (0, 25_000), COLOUR)
    assert (where.zoom, where.rows) == ("numbers", 1)
    assert where.bands > 5
    assert where.shown == where.bands * where.per_band
    assert where.column <= 25_000 < where.column + where.shown
    last = plan(exhibit, 100, 30, (0, 50_256), COLOUR, "auto", where)
    assert last.column + last.shown == 50_257
