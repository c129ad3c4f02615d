"""The update of one weight as lines of arithmetic whose printed terms add up to the printed sum."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite

from tui_transformer.render.numbers import MINUS, significant
from tui_transformer.training.update import Update

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is, how it comes about, its symbol, its number."""

    name: str
    how: str
    symbol: str
    value: str


def update_rows(update: Update) -> list[Row]:
    """From the gradient to what is taken off the weight."""
    u, s = update, update.settings

    def n(value: float) -> str:
        return significant(value, DIGITS)

    rows = [Row("gradient", "∂L/∂w of this batch", "g", n(u.gradient))]
    if u.factor != 1:
        rows.append(Row("clipped", f"{n(u.gradient)} × {n(u.factor)}", "g", n(u.clipped)))
    rows += [
        Row("1st moment", f"{s.beta1:g} × {n(u.mean_before)} + {1 - s.beta1:.6g} × g",
            "m", n(u.mean)),
        Row("2nd moment", f"{s.beta2:g} × {n(u.square_before)} + {1 - s.beta2:.6g} × g²",
            "v", n(u.square)),
        Row("corrected", f"m / (1 − {s.beta1:g}^{u.step})", "m̂", n(u.mean_corrected)),
        Row("corrected", f"v / (1 − {s.beta2:g}^{u.step})", "v̂", n(u.square_corrected)),
    ]  # fmt: skip
    return rows


def total_rows(update: Update) -> list[Row]:
    """The old weight, decay, step and rounding, and the new weight that they add up to.

    All are printed with the same decimals. What float32 rounds away has a line of its own, the
    difference between the printed numbers, so that the sum is exact as it stands.
    """
    u = update
    places = places_for(u)
    numbers = [_decimal(value, places) for _, value in u.terms]
    new = _decimal(u.new, places)
    rounding = new - sum(numbers, Decimal(0)) if new.is_finite() else Decimal(0)
    decay = (
        f"−rate × {u.decay:g} × w" if u.decay
        else "none at this step" if not u.settings.weight_decay
        else "none: it is no matrix"
    )  # fmt: skip
    hows = (
        "before the step", decay.replace("-", MINUS), f"{MINUS}rate × m̂ / (√v̂ + ε)",
    )  # fmt: skip
    rows = [
        Row(name, how, "", _shown(number, places))
        for (name, _), how, number in zip(u.terms, hows, numbers, strict=True)
    ]
    return [
        *rows,
        Row("rounding", "to float32", "", _shown(rounding, places)),
        Row("new weight", "the sum", "w", _shown(new, places)),
    ]


def places_for(update: Update) -> int:
    """Decimals that show what float32 resolves at this size, 12 at most."""
    size = max(abs(update.weight), abs(update.new))
    if not isfinite(size) or size == 0:
        return 9
    whole = len(str(int(size))) if size >= 1 else 0
    return max(0, min(12, 9 - whole))


def _decimal(value: float, places: int) -> Decimal:
    """A number rounded to so many decimals; NaN and infinity as they are."""
    exact = Decimal(value)
    if not exact.is_finite():
        return exact
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _shown(value: Decimal, places: int) -> str:
    """With a column for the sign; zero has none."""
    if not value.is_finite():
        return str(value)
    text = f"{abs(value):.{places}f}"
    return (MINUS if value < 0 else " ") + text
