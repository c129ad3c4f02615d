"""The update of one weight as plain text: arithmetic whose printed terms make the printed sum."""

from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.render.plain_table import table
from tui_transformer.render.update import places_for, total_rows, update_rows
from tui_transformer.watching.places import place_text
from tui_transformer.watching.step_made import StepMade


def update_lines(made: StepMade, name: str, index: tuple[int, ...]) -> list[str]:
    """Gradient, moments, bias correction; then the old weight, decay and step, and their sum.

    Raises:
        KeyError: the model has no such parameter.
        IndexError: the place lies outside it.
    """
    update = made.update(name, index)
    rate = significant(update.rate, INSPECTOR_DIGITS)
    eps = f"{update.settings.eps:g}".replace("e-0", "e−").replace("e-", "e−")
    way = [[row.name, row.how, row.symbol, "=", row.value] for row in update_rows(update)]
    mean, below, taken = (
        significant(value, INSPECTOR_DIGITS)
        for value in (update.mean_corrected, update.below, update.taken)
    )
    way += [
        ["below", "√v̂ + ε", "", "=", below],
        ["step", f"{rate} × {mean} / {below}", "", "=", taken],
    ]
    total = [[row.name, row.how, row.value] for row in total_rows(update)]
    new = made.made(name, index)
    return [
        f"  {place_text((name, index))} at its step {update.step:,}, rate {rate}, ε {eps}",
        "",
        *table(way, "lllll"),
        "",
        *table(total, "llr"),
        "",
        f"  in the step, as the trainer made it: {_same(new, places_for(update))}",
    ]


def _same(value: float, places: int) -> str:
    """A weight with the decimals of the sum."""
    return f"{value:.{places}f}".replace("-", "−")
