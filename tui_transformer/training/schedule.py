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


def spans(phases: Sequence[Phase], steps: int) -> list[tuple[int, int]]:
    """For each phase its first step and the one after its last."""
    ends = phase_ends(phases, steps)
    return list(zip([0, *ends[:-1]], ends, strict=True))


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


def begun(recipe: Recipe, step: int, steps: int) -> int:
    """The step (from 0) at which the optimizer last began anew: 0, or that of a restart."""
    found = zip(recipe.phases, spans(recipe.phases, steps), strict=True)
    starts = [start for phase, (start, end) in found if phase.restart and start < end]
    return max((start for start in starts if start <= step), default=0)


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of a step (from 0).

    It rises linearly over the first `warmup` steps, of the run or after a restart; inside a phase
    it goes from the first to the second of its rates along half a cosine:
    `b + (a - b) (1 + cos(πx)) / 2` (Loshchilov & Hutter 2017, eq. 5).
    """
    phase, x = phase_at(recipe, step, steps)
    if phase.curve:
        start = next(s for s, e in spans(recipe.phases, steps) if s <= step < e)
        total = sum(one.share for one in recipe.phases)
        x = (step - start) / max(1, round(steps * phase.curve / total))
    begin, end = phase.rate
    factor = end + (begin - end) * (1 + cos(pi * x)) / 2
    warmup = recipe.optimizer.warmup
    rise = min(1.0, (step + 1 - begun(recipe, step, steps)) / warmup) if warmup else 1.0
    return recipe.optimizer.learning_rate * factor * rise


def optimizer_at(recipe: Recipe, step: int, steps: int) -> Optimizer:
    """The optimizer's settings at a step (from 0), with the weight decay of its phase."""
    phase, _ = phase_at(recipe, step, steps)
    decay = recipe.optimizer.weight_decay * phase.decay
    return replace(recipe.optimizer, weight_decay=decay)
