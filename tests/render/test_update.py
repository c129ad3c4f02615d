"""The update as it is printed: the shown terms add up to the shown sum, whatever they are."""

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui_transformer.render.update import total_rows, update_rows
from tui_transformer.training.recipe import Optimizer
from tui_transformer.training.update import Update

floats = st.floats(-1e6, 1e6, width=32)


def update(weight: float, decayed: float, taken: float, **more: float) -> Update:
    new = float(np.float32(decayed) - np.float32(taken))
    fields = {
        "gradient": 0.5, "factor": 1.0, "clipped": 0.5, "mean_before": 0.0, "mean": 0.05,
        "square_before": 0.0, "square": 0.0005, "rate": 0.01, "decay": 0.1,
    } | more  # fmt: skip
    return Update(
        name="W_E", index=(0, 0), step=3, weight=weight, decayed=decayed, taken=taken, new=new,
        settings=Optimizer(), **fields,
    )  # fmt: skip


def number(text: str) -> Decimal:
    return Decimal(text.strip().replace("−", "-"))


@given(floats, st.floats(-0.25, 0.25, width=32), st.floats(-2.0, 2.0, width=32))
def test_the_printed_terms_add_up_to_the_printed_weight(
    weight: float, decay: float, taken: float
) -> None:
    decayed = float(np.float32(weight) * np.float32(1 - decay))
    rows = total_rows(update(weight, decayed, taken))
    values = [number(row.value) for row in rows]
    assert sum(values[:-1], Decimal(0)) == values[-1]
    assert [row.name for row in rows] == ["weight", "decay", "step", "rounding", "new weight"]
    # what is called rounding is no more than float32 rounds away and the printing of four numbers
    ulp = Decimal(float(np.spacing(np.float32(max(abs(weight), abs(decayed), 2.0)))))
    places = len(rows[0].value.partition(".")[2])
    assert abs(values[-2]) <= ulp + 4 * Decimal(1).scaleb(-places)


def test_numbers_that_are_none_do_not_stop_it() -> None:
    rows = total_rows(update(float("nan"), float("nan"), 0.1))
    assert len(rows) == 5


def test_a_clipped_gradient_has_a_line_of_its_own() -> None:
    plain = [row.name for row in update_rows(update(0.1, 0.1, 0.01))]
    clipped = [row.name for row in update_rows(update(0.1, 0.1, 0.01, factor=0.5, clipped=0.25))]
    assert plain == ["gradient", "1st moment", "2nd moment", "corrected", "corrected"]
    assert clipped == ["gradient", "clipped", *plain[1:]]
