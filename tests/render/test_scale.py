"""Values to levels and marks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tui_transformer.engine import Array
from tui_transformer.render.ink import SEQUENTIAL_LEVELS, SIGNED_LEVELS, SIGNED_ZERO
from tui_transformer.render.scale import Mark, levels_of, marks_of, sign_of
from tui_transformer.walkthrough import Limits, limits_of

arrays = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(width=32)
)
tops = st.floats(1e-30, 1e30)


@given(arrays, tops, st.booleans())
def test_levels_stay_on_their_ramp_and_rise_with_the_value(
    values: Array, top: float, signed: bool
) -> None:
    limits = Limits(-top, top) if signed else Limits(0.0, top)
    levels = levels_of(values, limits)
    count = SIGNED_LEVELS if signed else SEQUENTIAL_LEVELS
    assert levels.shape == values.shape
    assert ((levels >= 0) & (levels < count)).all()
    numbers = ~np.isnan(values)
    order = np.argsort(values[numbers], kind="stable")
    assert (np.diff(levels[numbers][order]) >= 0).all()


def test_the_ends_and_zero_have_their_levels() -> None:
    values = np.array([[-2.0, 0.0, 2.0, np.nan, np.inf, -np.inf, 9.0]], dtype=np.float32)
    levels = levels_of(values, Limits(-2.0, 2.0))
    top = SIGNED_LEVELS - 1
    assert levels.tolist() == [[0, SIGNED_ZERO, top, 0, top, 0, top]]
    levels = levels_of(np.array([[0.0, 0.5, 1.0]], dtype=np.float32), Limits(0.0, 1.0))
    assert levels.tolist() == [[0, round((SEQUENTIAL_LEVELS - 1) / 2), SEQUENTIAL_LEVELS - 1]]


@given(arrays)
def test_a_value_and_its_negative_are_as_far_from_zero(values: Array) -> None:
    limits = limits_of("logits", values)
    finite = np.where(np.isfinite(values), values, 0)
    up, down = levels_of(finite, limits), levels_of(-finite, limits)
    assert (up - SIGNED_ZERO == SIGNED_ZERO - down).all()


@given(arrays, tops, st.data())
def test_every_cell_has_the_mark_that_it_deserves(
    values: Array, top: float, data: st.DataObject
) -> None:
    limits = Limits(-top, top)
    masked = data.draw(st.none() | hnp.arrays(np.bool_, values.shape))
    marks = marks_of(values, limits, masked)
    for cell in np.ndindex(values.shape):
        value, mark = float(values[cell]), Mark(int(marks[cell]))
        if masked is not None and masked[cell] and (value in (0, -np.inf)):
            assert mark == Mark.MASKED
        elif np.isnan(value):
            assert mark == Mark.NAN
        elif np.isinf(value):
            assert mark == (Mark.POSITIVE_INFINITY if value > 0 else Mark.NEGATIVE_INFINITY)
        elif abs(value) > top * 1.0001:
            assert mark == (Mark.ABOVE if value > 0 else Mark.BELOW)
        elif abs(value) <= top:
            assert mark == Mark.VALUE


@given(arrays)
def test_nothing_lies_beyond_its_own_scale(values: Array) -> None:
    marks = marks_of(values, limits_of("embed", values), None)
    assert not np.isin(marks, [Mark.ABOVE, Mark.BELOW]).any()


def test_every_mark_has_a_sign_and_a_meaning() -> None:
    signs = [mark.sign for mark in Mark if mark != Mark.VALUE]
    assert all(len(sign) == 1 and sign.strip() for sign in signs)
    meanings = [mark.meaning for mark in Mark if mark != Mark.VALUE]
    assert len(set(meanings)) == len(meanings)
    assert all(meanings)
    assert len(set(signs)) >= len(signs) - 1  # the infinities share one; a sign tells them apart


@pytest.mark.parametrize(
    ("value", "limits", "shown"),
    [
        (0.0, Limits(-1, 1), "·"),
        (1.0, Limits(-1, 1), "9"),
        (-1.0, Limits(-1, 1), "9"),
        (-0.5, Limits(-1, 1), "4"),
        (0.5, Limits(0, 1), "4"),
        (9.0, Limits(0, 1), "9"),
        (float("nan"), Limits(0, 1), "?"),
        (float("-inf"), Limits(0, 1), "?"),
    ],
)
def test_a_digit_says_how_far_up_the_scale(value: float, limits: Limits, shown: str) -> None:
    assert sign_of(value, limits) == shown


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), tops)
def test_a_digit_is_one_character(value: float, top: float) -> None:
    assert sign_of(value, Limits(-top, top)) in "·123456789?"
