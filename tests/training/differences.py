"""Gradients the slow way: change a number a little, and see what the loss does."""

from collections.abc import Callable

import numpy as np

from tui_transformer.engine import Array, ModelConfig, Weights, make_weights

STEP = 1e-5
"""In float64 the error of truncation, about STEP², is near that of rounding, 1e-16 / STEP."""


def numeric(loss: Callable[[], float], x: Array) -> Array:
    """`∂ loss / ∂ x`, cell by cell, by central differences; `x` is written into and restored."""
    assert x.dtype == np.float64
    found = np.zeros_like(x)
    for cell in np.ndindex(x.shape):
        kept = x[cell]
        x[cell] = kept + STEP
        above = loss()
        x[cell] = kept - STEP
        found[cell] = (above - loss()) / (2 * STEP)
        x[cell] = kept
    return found


def along(loss: Callable[[float], float]) -> float:
    """The slope at 0 of a function of one number.

    The step is small because a norm of two numbers is nearly a jump, `√eps` wide.
    """
    step = STEP / 10
    return (loss(step) - loss(-step)) / (2 * step)


def assert_agree(found: Array, expected: Array, tolerance: float = 1e-7, what: str = "") -> None:
    """Each cell to `tolerance` of the largest one in `expected`, or of 0.01 if that is larger."""
    assert found.shape == expected.shape, what
    largest = max(float(np.abs(expected).max(initial=0.0)), 1e-2)
    worst = float(np.abs(found - expected).max(initial=0.0)) / largest
    assert worst <= tolerance, f"{what}: off by {worst:.1e} of the largest"


def in_float64(config: ModelConfig, weights: Weights) -> Weights:
    """A copy in double precision."""
    return make_weights(config, {n: v.astype(np.float64) for n, v in weights.named()})
