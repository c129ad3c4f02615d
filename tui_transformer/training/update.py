"""The update of one weight as arithmetic: every number that AdamW makes on the way.

Nothing is worked out a second time in another way: the optimizer itself is run on this one weight,
once as it is and once with parts of it at rest, and its numbers are read off.
"""

from dataclasses import dataclass
from math import prod, sqrt

import numpy as np

from tui_transformer.engine import Array, ModelConfig
from tui_transformer.training.adamw import Moments, adamw
from tui_transformer.training.inside import Inside
from tui_transformer.training.parameters import layout
from tui_transformer.training.recipe import Optimizer


@dataclass(frozen=True, slots=True)
class Update:
    """One weight, before and after a step. All numbers are those of the float32 arithmetic.

    Attributes:
        name: the parameter, such as `blocks.0.W_Q`.
        index: the place in it.
        step: the number of the step, from 1.
        weight: before.
        gradient: of the loss with respect to it.
        factor: what the gradient is multiplied by, so that the whole of it is not too long.
        clipped: their product.
        mean_before: the running mean of gradients, `m`.
        mean: after this one.
        square_before: the running mean of their squares, `v`.
        square: after this one.
        rate: the learning rate.
        decay: the weight decay, 0 for what is no matrix.
        decayed: the weight after decay alone.
        taken: what is subtracted from that.
        new: the weight after the step.
        settings: betas and epsilon.
    """

    name: str
    index: tuple[int, ...]
    step: int
    weight: float
    gradient: float
    factor: float
    clipped: float
    mean_before: float
    mean: float
    square_before: float
    square: float
    rate: float
    decay: float
    decayed: float
    taken: float
    new: float
    settings: Optimizer

    @property
    def mean_corrected(self) -> float:
        """`m / (1 - β₁ᵗ)`: the mean as if it had not begun at 0."""
        return self.mean / (1 - self.settings.beta1**self.step)

    @property
    def square_corrected(self) -> float:
        """`v / (1 - β₂ᵗ)`."""
        return self.square / (1 - self.settings.beta2**self.step)

    @property
    def below(self) -> float:
        """What the mean is divided by: `√v̂ + ε`."""
        return sqrt(self.square_corrected) + self.settings.eps

    @property
    def terms(self) -> tuple[tuple[str, float], ...]:
        """What adds up to the new weight: the old one, decay, step.

        Their sum, rounded once to float32, is the new weight to the last bit.
        """
        return (
            ("weight", self.weight),
            ("decay", self.decayed - self.weight),
            ("step", -self.taken),
        )

    @property
    def total(self) -> float:
        """The terms added up, in float32."""
        return float(np.float32(sum(term for _, term in self.terms)))


def place_in(config: ModelConfig, name: str, index: tuple[int, ...]) -> int:
    """Where a weight lies in the flat array of all of them.

    Raises:
        KeyError: the model has no such parameter.
        IndexError: the place lies outside it.
    """
    start = 0
    for other, shape in layout(config).items():
        if other == name:
            if len(index) != len(shape) or not all(
                0 <= at < size for at, size in zip(index, shape, strict=True)
            ):
                raise IndexError(f"{name}{list(index)} lies outside {list(shape)}")
            return start + int(np.ravel_multi_index(index, shape))
        start += prod(shape)
    raise KeyError(name)


def explain_update(
    inside: Inside, config: ModelConfig, name: str, index: tuple[int, ...]
) -> Update:
    """The update that a step is about to make to one weight.

    Raises:
        KeyError: the model has no such parameter.
        IndexError: the place lies outside it.
    """
    at = place_in(config, name, index)
    decays = at < inside.parameters.matrices
    one = slice(at, at + 1)
    weight, gradient = inside.parameters.flat[one], inside.d_parameters.flat[one]
    mean, square = inside.moments.mean[one], inside.moments.square[one]
    step, settings = inside.step + 1, inside.settings

    def run(value: Array, g: Array, m: Array, v: Array) -> tuple[Array, Moments]:
        """The optimizer on copies of one number each."""
        new, moments = value.copy(), Moments(m.copy(), v.copy())
        adamw(
            new, g, moments, step, inside.rate, settings,
            matrices=int(decays), factor=inside.factor,
        )  # fmt: skip
        return new, moments

    still = np.zeros_like(weight)
    new, moments = run(weight, gradient, mean, square)
    decayed, _ = run(weight, still, still, still)
    taken, _ = run(still, gradient, mean, square)
    return Update(
        name=name, index=index, step=step,
        weight=float(weight[0]), gradient=float(gradient[0]), factor=inside.factor,
        clipped=float((gradient * inside.factor)[0]),
        mean_before=float(mean[0]), mean=float(moments.mean[0]),
        square_before=float(square[0]), square=float(moments.square[0]),
        rate=inside.rate, decay=settings.weight_decay if decays else 0.0,
        decayed=float(decayed[0]), taken=0.0 - float(taken[0]), new=float(new[0]),
        settings=settings,
    )  # fmt: skip
