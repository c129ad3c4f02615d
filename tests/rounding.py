"""How far rounding alone takes a pass: the tolerance for comparing it, measured on the pass itself.

No fixed tolerance fits. A norm of two numbers that are nearly equal enlarges the rounding of what
it is given by any factor, and the next norm enlarges that; a tolerance wide enough for all would
let mistakes through in the others. So each tensor of each pass gets its own: the pass is run again
with every tensor shaken by `STEP` of itself. How far a tensor moves, divided by `STEP`, is how much
relative errors of what it is made from come to in it, and each rounding to float32 is a relative
error of at most `UNIT`.
"""

from collections.abc import Sequence

import numpy as np

from tests.support import condition, given_to_norm, largest
from tui_transformer.engine import (
    NO_TAP,
    Array,
    Chain,
    ModelConfig,
    Recorder,
    Tap,
    Weights,
    forward,
)

UNIT = 2.0**-24
STEP = 2.0**-16
"""Large enough for rounding to be lost in it, small enough for the answer to be in proportion."""
SHAKES = 4
"""Passes that are shaken: in one alone, what was shaken may happen to cancel."""
ROUNDINGS = 16
"""Roundings from one tensor to the next. In 770,000 tensors of drawn passes there were at most 8,
in all but one of a thousand fewer than 2."""


class _Shaken:
    """A tap that multiplies every number by `1 + STEP` or `1 - STEP`.

    A LayerNorm takes the mean away twice, for what it divides by and for what it divides, and the
    two do not round alike. A change of what it is given does not show that: it takes part in both.
    So what it divides by is shaken by that much more.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._seen: dict[str, Array] = {}

    def __call__(self, name: str, value: Array) -> Array:
        size: Array | float = STEP
        if name.endswith(".scale"):
            size = STEP * (1 + condition(given_to_norm(name, self._seen), value))  # [..., 1]
        self._seen[name] = value
        signs = self._rng.choice([-1.0, 1.0], value.shape)
        return (value * (1 + size * signs)).astype(value.dtype)

    def wants(self, name: str) -> bool:
        return False


def tolerances(
    ids: Sequence[int], weights: Weights, config: ModelConfig, edits: Tap = NO_TAP
) -> dict[str, float]:
    """How far each tensor may be from that of another way to compute the pass, by name."""
    plain = Recorder()
    forward(ids, weights, config, Chain([edits, plain]))
    moved = dict.fromkeys(plain.tensors, 0.0)
    for seed in range(SHAKES):
        shaken = Recorder()
        forward(ids, weights, config, Chain([edits, _Shaken(seed), shaken]))
        for name, value in plain.tensors.items():
            finite = np.isfinite(value)
            by = np.abs(shaken.tensors[name][finite] - value[finite].astype(np.float64))
            moved[name] = max(moved[name], float(by.max(initial=0.0)))
    return {
        name: ROUNDINGS * UNIT * (largest(value) + moved[name] / STEP)
        for name, value in plain.tensors.items()
    }
