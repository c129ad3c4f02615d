"""Numbers as people read them: aligned signs, significant digits, marks for what is no number."""

from math import isfinite, isnan

import numpy as np
import numpy.typing as npt

MINUS = "−"
INFINITY = "∞"

CELL_DIGITS = 4
INSPECTOR_DIGITS = 6
_MANY = 10_000


def significant(value: float, digits: int = CELL_DIGITS) -> str:
    """A number with so many significant digits: `0.4127`, `−12.35`, `1.2e−5`, `−∞`, `NaN`.

    A true minus sign; no sign for what is positive or zero. Zero is `0`.
    """
    if isnan(value):
        return "NaN"
    if not isfinite(value):
        return INFINITY if value > 0 else MINUS + INFINITY
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-4 <= size < 10**digits:
        text = f"{value:#.{digits}g}"
        if "e" in text:  # rounding reached the next power of ten
            text = f"{value:.0f}"
        text = text.removesuffix(".")
    else:
        decimals = digits - 1 if digits > CELL_DIGITS else 1
        mantissa, exponent = f"{value:.{decimals}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", MINUS)


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals and a column for the sign, so that points line up."""
    if isnan(value):
        return " NaN"
    if not isfinite(value):
        return f" {INFINITY}" if value > 0 else MINUS + INFINITY
    text = f"{value: .{decimals}f}"
    if float(text) == 0:
        text = text.replace("-", " ")
    return text.replace("-", MINUS)


def decimals_for(top: float, digits: int = CELL_DIGITS) -> int:
    """How many decimals numbers of up to the size `top` get, so that a grid shows about `digits`.

    4.2 gets three (`4.213`), 1 and 0.4 four (most numbers of such a grid are below 1), 0.05
    five, 3,000 none.
    """
    if not isfinite(top) or top <= 0:
        return digits - 1
    if 0.1 <= top < 2:
        return digits
    whole = 1
    while top >= 10**whole:
        whole += 1
    extra = 0
    while top < 10 ** -(extra + 1) and extra < 3:
        extra += 1
    return max(0, digits - whole + extra)


def are_whole(values: npt.NDArray[np.floating]) -> bool:
    """Whether all numbers are finite and whole, and need no decimals: hand-made weights and what
    they give. Of very many numbers, no.
    """
    if values.size > _MANY or not np.isfinite(values).all():
        return False
    return bool((values == np.rint(values)).all())


def compact(value: float) -> str:
    """A size in few characters: `1,128`, `1.05 M`, `124 M`."""
    for limit, unit in ((1e9, "B"), (1e6, "M")):
        if value >= limit:
            scaled = value / limit
            return f"{scaled:.3g} {unit}" if scaled < 100 else f"{scaled:.0f} {unit}"
    return f"{value:,.0f}"


def one_digit(value: float) -> str:
    """A finite number in one digit with an exponent: `−1e10`."""
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", MINUS)


def byte_size(size: int) -> str:
    """Bytes in few characters: `264 B`, `1.2 kB`, `53.0 MB`."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"


def percent(share: float) -> str:
    """A probability in per cent, three digits: `61.2%`, `0.04%`."""
    value = share * 100
    if value == 0:
        return "0%"
    if value < 0.01:
        return "<0.01%"
    return f"{value:.2f}%" if value < 1 else f"{value:.1f}%"
