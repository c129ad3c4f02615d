"""From a value to a level of a ramp, and the marks for what has none."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from tui_transformer.engine import Array
from tui_transformer.render.palettes import SEQUENTIAL_LEVELS, SIGNED_LEVELS, SIGNED_ZERO
from tui_transformer.walkthrough import Limits


class Mark(IntEnum):
    """What a cell is, beside a value within the scale."""

    VALUE = 0
    MASKED = 1
    NAN = 2
    POSITIVE_INFINITY = 3
    NEGATIVE_INFINITY = 4
    ABOVE = 5
    BELOW = 6

    @property
    def sign(self) -> str:
        """One character that stands for it."""
        return (" ", "×", "?", "∞", "∞", "▲", "▼")[self]

    @property
    def meaning(self) -> str:
        """What the sign means, for a legend."""
        return ("", "masked", "not a number", "+∞", "−∞", "above the scale", "below the scale")[
            self
        ]


def levels_of(values: Array, limits: Limits) -> npt.NDArray[np.intp]:
    """The level of each value: 0 to 30 around 15 for signed scales, 0 to 31 else.

    What lies outside the limits gets the level at its end; NaN the lowest.
    """
    finite = np.nan_to_num(values, nan=limits.low, posinf=limits.high, neginf=limits.low)
    if limits.signed:
        finite = np.clip(finite, limits.low, limits.high)
        share = finite / limits.high
        return np.rint(share * SIGNED_ZERO).astype(np.intp) + (SIGNED_LEVELS - 1) // 2
    finite = np.clip(finite, limits.low, limits.high)
    share = (finite - limits.low) / (limits.high - limits.low)
    return np.rint(share * (SEQUENTIAL_LEVELS - 1)).astype(np.intp)


def marks_of(
    values: Array, limits: Limits, masked: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.int8]:
    """A :class:`Mark` a cell."""
    marks = np.zeros(values.shape, dtype=np.int8)
    slack = (limits.high - limits.low) * 1e-6
    with np.errstate(over="ignore"):  # limits next to the largest float32
        marks[values > limits.high + slack] = Mark.ABOVE
        marks[values < limits.low - slack] = Mark.BELOW
    marks[np.isposinf(values)] = Mark.POSITIVE_INFINITY
    marks[np.isneginf(values)] = Mark.NEGATIVE_INFINITY
    marks[np.isnan(values)] = Mark.NAN
    if masked is not None:
        hidden = masked & ((values == 0) | np.isneginf(values))
        marks[hidden] = Mark.MASKED
    return marks


DIGITS = "·123456789"
SHADES = "·░▒▓█"
ASCII_SHADES = ".:=*#%@"
"""What a cell is where there is no colour, from (nearly) 0 up; no sign of a number among them."""


def sign_of(value: float, limits: Limits, signs: str = DIGITS) -> str:
    """A cell without colour in one character: how far up the scale, `?` for what is no number."""
    share = (
        abs(value) / limits.high
        if limits.signed
        else (value - limits.low) / (limits.high - limits.low)
    )
    if not np.isfinite(share):
        return "?"
    most = len(signs) - 1
    return signs[max(0, min(most, round(share * most)))]  # below the scale is as good as 0
