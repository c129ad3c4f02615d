"""Which phase a step is in, and how large its learning rate is."""

from collections.abc import Sequence
from dataclasses import replace
from math import cos, pi

from tui_transformer.training.recipe import Optimizer, Phase, Recipe


def phase_ends(phases: Sequence[Phase], steps: int) -> list[int]:
    """For each phase the number of steps after which it is over; the last one is `steps`."""
    total = sum(phase.share for phase in phases)
    ends, done = [], 0.0
    for phase in phases:
        done += phase.share
        ends.append(round(steps * done / total))
    ends[-1] = steps
    return ends


def phase_at(recipe: Recipe, step: int, steps: int) -> tuple[Phase, float]:
    """The phase of a step (from 0), and how much of it is over, from 0 to nearly 1.

    Raises:
        ValueError: there is no such step.
    """
    if not 0 <= step < steps:
        raise ValueError(f"step {step} of {steps}")
    start = 0
    for phase, end in zip(recipe.phases, phase_ends(recipe.phases, steps), strict=True):
        if step < end:
            return phase, (step - start) / (end - start)
        start = end
    raise AssertionError("the last phase ends with the last step")


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of a step (from 0).

    It rises linearly over the first `warmup` steps; inside a phase it goes from the first to the
    second of its rates along half a cosine: `b + (a - b) (1 + cos(πx)) / 2` (Loshchilov & Hutter
    2017, eq. 5).
    """
    phase, x = phase_at(recipe, step, steps)
    begin, end = phase.rate
    factor = end + (begin - end) * (1 + cos(pi * x)) / 2
    warmup = recipe.optimizer.warmup
    rise = min(1.0, (step + 1) / warmup) if warmup else 1.0
    return recipe.optimizer.learning_rate * factor * rise


def optimizer_at(recipe: Recipe, step: int, steps: int) -> Optimizer:
    """The optimizer's settings at a step (from 0), with the weight decay of its phase."""
    phase, _ = phase_at(recipe, step, steps)
    decay = recipe.optimizer.weight_decay * phase.decay
    return replace(recipe.optimizer, weight_decay=decay)
