"""Lines of an exact width in terminal cells."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tests.render.reading import text_of, wide
from tui_transformer.render.lines import (
    Line,
    bar,
    columns,
    crop,
    first_that_fits,
    fit,
    merged,
    width_of,
    wrap,
)
from tui_transformer.tokenizers import visible

texts = st.text(alphabet=st.sampled_from("ab c·é猫中…  \u0301ﬀ😀"), max_size=24).map(visible)
styles = st.sampled_from([None, Style(bold=True), Style(color="red")])
lines = st.lists(st.builds(Segment, texts, styles), max_size=6)
widths = st.integers(0, 40)


@given(texts, widths, st.booleans())
def test_a_fitted_text_has_exactly_its_width(text: str, width: int, right: bool) -> None:
    fitted = fit(text, width, right=right)
    assert cell_len(fitted) == width
    if cell_len(text) <= width:
        assert fitted == (" " * (width - cell_len(text)) + text if right else fitted)
        assert fitted.strip(" ") == text.strip(" ")
    elif width:
        assert "…" in fitted


@given(lines, widths)
def test_a_cropped_line_has_exactly_its_width(line: Line, width: int) -> None:
    cropped = crop(line, width)
    assert wide(cropped) == width
    if width_of(line) <= width:
        assert text_of(cropped).startswith(text_of(line))
    elif width:
        assert text_of(cropped).rstrip(" ").endswith("…")


@given(lines)
def test_merging_changes_nothing_that_is_seen(line: Line) -> None:
    short = merged(line)
    assert text_of(short) == text_of(line)
    by_char = [(char, segment.style) for segment in line for char in segment.text]
    assert [(char, segment.style) for segment in short for char in segment.text] == by_char
    assert all(segment.text for segment in short)
    assert all(a.style != b.style for a, b in itertools.pairwise(short))


@given(texts, st.integers(-2, 30))
@example("猫 猫猫", 1)
def test_a_paragraph_is_broken_and_keeps_its_letters(text: str, width: int) -> None:
    broken = wrap(text, width)
    if width > 1:
        assert all(cell_len(line) <= width for line in broken)
    assert "".join(broken).replace(" ", "") == text.replace(" ", "")


@given(lines, lines, widths)
def test_two_ends_of_a_line_meet_in_its_width(left: Line, right: Line, width: int) -> None:
    joined = columns(left, right, width)
    assert wide(joined) == width
    if width_of(left) + width_of(right) <= width:
        assert text_of(joined).startswith(text_of(left))
        assert text_of(joined).endswith(text_of(right))


@given(st.floats(-1, 2), widths)
def test_a_bar_is_as_long_as_its_share(share: float, width: int) -> None:
    text = bar(share, width)
    assert cell_len(text) <= max(width, share > 0)
    eighths = text.count("█") * 8 + (" ▏▎▍▌▋▊▉".index(text[-1]) if text.strip("█") else 0)
    wanted = max(0.0, min(share, 1.0)) * width * 8
    assert abs(eighths - wanted) <= 1
    assert bool(text) == (wanted > 0 or share > 0)


def test_the_first_line_with_room_is_taken() -> None:
    long, short = [Segment("a longer line")], [Segment("short")]
    assert first_that_fits([long, short], 13) == long
    assert first_that_fits([long, short], 12) == short
    assert first_that_fits([long, short], 2) == short
    with pytest.raises(ValueError, match="no line"):
        first_that_fits([], 10)
