"""Numbers as people read them."""

from math import inf, log10, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_transformer.render.numbers import compact, decimals_for, fixed, percent, significant

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)


def read(text: str) -> float:
    return float(text.replace("−", "-").strip())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.41271, "0.4127"), (-12.346, "−12.35"), (4213.0, "4213"), (1.2e-5, "1.2e−5"),
        (0.0, "0"), (-0.0, "0"), (nan, "NaN"), (inf, "∞"), (-inf, "−∞"), (123456.0, "1.2e5"),
    ],
)  # fmt: skip
def test_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text


def test_six_digits_for_the_inspector() -> None:
    assert significant(0.412714159, 6) == "0.412714"
    assert significant(-1.5, 6) == "−1.50000"


@given(FINITE, st.sampled_from([4, 6]))
def test_significant_is_the_number_to_its_digits(value: float, digits: int) -> None:
    text = significant(value, digits)
    assert "-" not in text
    kept = digits if 1e-4 <= abs(value) < 10**digits or digits > 4 else 2
    assert read(text) == pytest.approx(value, rel=0.51 * 10 ** (1 - kept))


@given(FINITE, st.integers(0, 6))
def test_fixed_has_a_column_for_the_sign_and_all_its_decimals(value: float, decimals: int) -> None:
    text = fixed(value, decimals)
    assert text[0] in " −"
    assert text[0] == " " or read(text) < 0
    fraction = text.partition(".")[2]
    assert len(fraction) == decimals
    assert read(text) == pytest.approx(value, abs=0.51 * 10**-decimals, rel=1e-12)


@given(st.lists(st.floats(-99, 99), min_size=2, max_size=9), st.integers(1, 5))
def test_the_decimal_points_of_fixed_numbers_line_up(values: list[float], decimals: int) -> None:
    texts = [fixed(value, decimals) for value in values]
    assert len({len(text) - text.index(".") for text in texts}) == 1


def test_what_is_no_number_is_named() -> None:
    assert [fixed(value, 2) for value in (nan, inf, -inf)] == [" NaN", " ∞", "−∞"]


@given(st.floats(1e-3, 9e3))
def test_the_decimals_show_about_four_digits(top: float) -> None:
    digits = log10(round(top, decimals_for(top))) + 1 + decimals_for(top)
    assert 2.9 <= digits <= 5.4


def test_no_decimals_where_there_is_nothing_to_show() -> None:
    assert decimals_for(0.0) == decimals_for(inf) == decimals_for(nan) == 3
    assert decimals_for(1e6) == 0


def test_sizes_and_shares() -> None:
    assert [compact(n) for n in (160, 1128, 1_054_720, 124_439_808)] == [
        "160", "1,128", "1.05 M", "124 M",
    ]  # fmt: skip
    assert [percent(p) for p in (0.612, 0.0004, 1.0, 0.0, 1e-7)] == [
        "61.2%", "0.04%", "100.0%", "0%", "<0.01%",
    ]  # fmt: skip
