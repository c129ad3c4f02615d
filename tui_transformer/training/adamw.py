"""The step from gradients to new weights: AdamW (Loshchilov & Hutter 2019, Algorithm 2)."""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np

from tui_transformer.engine import Array
from tui_transformer.engine.ops import quiet
from tui_transformer.training.recipe import Optimizer

_CHUNK = 16_384
"""Numbers that are updated at a time: what they need stays in the fastest memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """The running means that Adam keeps of every gradient and of its square, both `[n]`."""

    mean: Array
    square: Array

    @classmethod
    def zeros_like(cls, flat: Array) -> "Moments":
        """Before the first step."""
        return cls(np.zeros_like(flat), np.zeros_like(flat))


@quiet
def gradient_norm(gradient: Array) -> float:
    """The length of the gradient as one vector, `√∑g²`; summed in float64."""
    total = 0.0
    for start in range(0, len(gradient), _CHUNK):
        part = gradient[start : start + _CHUNK]
        total += float(np.dot(part, part))
    return sqrt(total)


def clip_factor(norm: float, largest: float) -> float:
    """What a gradient of this norm is multiplied by so that its norm is `largest` at most.

    (Pascanu et al. 2013, Algorithm 1.) With `largest` 0 nothing is clipped.
    """
    return largest / norm if largest and norm > largest else 1.0


@quiet
def adamw(
    values: Array,
    gradient: Array,
    moments: Moments,
    step: int,
    rate: float,
    settings: Optimizer,
    *,
    matrices: int,
    factor: float = 1.0,
) -> None:
    """One update, in place, of `values` and `moments`; all arrays are `[n]`.

        g = factor * gradient
        m = β₁ m + (1 - β₁) g
        v = β₂ v + (1 - β₂) g²
        value -= rate * (m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + ε) + decay * value)

    Args:
        values: the parameters.
        gradient: of the loss with respect to them.
        moments: `m` and `v`.
        step: `t`, from 1.
        rate: the learning rate.
        settings: betas, epsilon and weight decay.
        matrices: how many of the values, from the start, decay.
        factor: what the gradient is multiplied by first, to clip it.
    """
    of_mean = rate / (1 - settings.beta1**step)
    of_square = 1 / sqrt(1 - settings.beta2**step)
    for start, end in _chunks(len(values), matrices):
        part = slice(start, end)
        g = gradient[part] * factor  # [chunk]
        m, v, value = moments.mean[part], moments.square[part], values[part]
        m *= settings.beta1
        m += (1 - settings.beta1) * g
        v *= settings.beta2
        g *= g
        g *= 1 - settings.beta2
        v += g
        below = np.sqrt(v, out=g)  # [chunk]
        below *= of_square
        below += settings.eps
        if start < matrices and settings.weight_decay:
            value *= 1 - rate * settings.weight_decay
        step_taken = np.divide(m, below, out=below)  # [chunk]
        step_taken *= of_mean
        value -= step_taken


def _chunks(count: int, matrices: int) -> list[tuple[int, int]]:
    """Pieces of the flat array; none has both values that decay and values that do not."""
    edges = [*range(0, matrices, _CHUNK), *range(matrices, count, _CHUNK), count]
    return [(a, b) for a, b in pairwise(edges) if b > a]
