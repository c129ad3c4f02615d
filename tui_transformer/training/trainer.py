"""The loop: a batch, its gradient, an update; and everything that must be kept to go on later."""

from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np

from tui_transformer.engine import (
    Array,
    BlockWeights,
    ModelConfig,
    make_weights,
    random_weights,
)
from tui_transformer.engine.ops import sinusoids
from tui_transformer.errors import TuitfError
from tui_transformer.training.adamw import Moments, adamw, clip_factor, gradient_norm
from tui_transformer.training.data import Source
from tui_transformer.training.gradients import Batch, GradientWorkers
from tui_transformer.training.parameters import Parameters, parameters_of
from tui_transformer.training.recipe import Recipe, Start
from tui_transformer.training.schedule import learning_rate, optimizer_at, phase_at

_WEIGHTS, _BATCHES = 0, 1
"""What a seed's streams of random numbers are for."""


class DivergedError(TuitfError):
    """A loss or a gradient that is no number any more; the weights are those of the step before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was made."""

    number: int
    """From 1."""
    loss: float
    """Nats a position, before the update."""
    norm: float
    """Of the gradient, before it was clipped."""
    rate: float
    """The learning rate."""
    tokens: int
    """How many positions were read."""


def first_parameters(config: ModelConfig, start: Start, seed: int) -> Parameters:
    """The parameters before the first step: as GPT-2 begins, or as the recipe says."""
    rng = np.random.default_rng([seed, _WEIGHTS])
    weights = random_weights(config, rng, start.std)
    if start.copying:
        for layer, block in enumerate(weights.blocks):
            begin_copying(block, config, matching=layer > 0)
    if config.positions == "learned":
        named = dict(weights.named())
        if start.positions == "sinusoidal":
            table = sinusoids(np.arange(config.n_ctx), config.d_model)  # [n_ctx, d_model]
            table = table * (start.positions_std * 2**0.5)  # a sine's rms is 1/√2
        else:
            table = rng.normal(0.0, start.positions_std, (config.n_ctx, config.d_model))
        named["W_pos"] = table.astype(np.float32)
        weights = make_weights(config, named)
    return parameters_of(config, weights)


def begin_copying(w: BlockWeights, config: ModelConfig, *, matching: bool) -> None:
    """Make the heads of fresh weights copy what they look at, in place.

    `W_V W_O` becomes symmetric with a positive diagonal: what is seen is added to the stream again.
    If `matching`, so does most of `W_Q W_Kᵀ` of the first head: a query looks at keys that are like
    it. Were it all heads, they would end up doing the same.
    """
    group, d_head = config.n_heads // config.n_kv_heads, config.d_head
    for head in range(config.n_heads):
        own = slice(head * d_head, (head + 1) * d_head)
        shared = slice(head // group * d_head, (head // group + 1) * d_head)
        w.W_O[own] = w.W_V[:, shared].T / (2 * config.n_layers) ** 0.5  # [d_head, d_model]
    if matching:
        w.W_Q[:, :d_head] += w.W_K[:, :d_head]  # [d_model, d_head]
        w.W_Q[:, :d_head] *= 0.5**0.5


def batch_at(recipe: Recipe, source: Source, seed: int, step: int, steps: int) -> Batch:
    """What the step after `step` of `steps` steps reads: recipe, source, seed and step decide it.

    Raises:
        ValueError: there is no such step.
    """
    phase, _ = phase_at(recipe, step, steps)
    rng = np.random.default_rng([seed, _BATCHES, step])
    return source.batch(rng, recipe.batch, phase)


class Trainer:
    """One model in training.

    Args:
        recipe: how.
        config: the model's shape.
        source: where batches come from.
        seed: decides the first weights and every batch.
        steps: how many there will be; the schedule stretches to them.
        threads: how many to use. The numbers do not depend on it.
    """

    def __init__(
        self,
        recipe: Recipe,
        config: ModelConfig,
        source: Source,
        seed: int,
        steps: int,
        threads: int = 1,
    ) -> None:
        self.recipe, self.config, self.source = recipe, config, source
        self.seed, self.steps = seed, steps
        self.step = 0
        self.parameters = first_parameters(config, recipe.start, seed)
        self.moments = Moments.zeros_like(self.parameters.flat)
        self.workers = GradientWorkers(config, recipe.batch.parts, threads)

    @property
    def done(self) -> bool:
        """Whether every step has been made."""
        return self.step >= self.steps

    def advance(self) -> Step:
        """Make one step.

        Raises:
            DivergedError: the loss or the gradient is NaN or infinite; nothing was changed.
        """
        rate = learning_rate(self.recipe, self.step, self.steps)
        batch = batch_at(self.recipe, self.source, self.seed, self.step, self.steps)
        loss, gradient = self.workers.run(batch, self.parameters)
        norm = gradient_norm(gradient.flat)
        if not (isfinite(loss) and isfinite(norm)):
            raise DivergedError(
                f"the loss became {loss:g} and the gradient's norm {norm:g} at step "
                f"{self.step + 1:,}: lower the learning rate or clip gradients"
            )
        settings = optimizer_at(self.recipe, self.step, self.steps)
        adamw(
            self.parameters.flat, gradient.flat, self.moments, self.step + 1, rate,
            settings, matrices=self.parameters.matrices,
            factor=clip_factor(norm, settings.clip),
        )  # fmt: skip
        self.step += 1
        return Step(self.step, loss, norm, rate, batch.inputs.size)

    def check(self) -> None:
        """Look at every weight, which is worth it before they are saved.

        Raises:
            DivergedError: one is NaN or infinite.
        """
        if not np.isfinite(self.parameters.flat).all():
            raise DivergedError(
                f"a weight became NaN or infinite at step {self.step:,}: lower the learning rate "
                "or clip gradients"
            )

    def held_out_loss(self) -> float:
        """Cross-entropy in nats a position on text that no step reads."""
        return self.workers.loss(self.held_out, self.parameters.weights)

    @cached_property
    def held_out(self) -> list[Batch]:
        """The text that no step reads, always the same."""
        return self.source.held_out(self.recipe.batch)

    def state(self) -> dict[str, Array]:
        """Every number that is needed to go on; views, not copies."""
        return {
            "parameters": self.parameters.flat,
            "mean": self.moments.mean,
            "square": self.moments.square,
        }

    def restore(self, state: dict[str, Array], step: int) -> None:
        """Go back, or on, to a state.

        Raises:
            ValueError: it is of another model.
        """
        for name, own in self.state().items():
            if state[name].shape != own.shape:
                raise ValueError(f"{name} has {state[name].shape} numbers, the model {own.shape}")
        for name, own in self.state().items():
            own[...] = state[name]
        self.step = step

    def close(self) -> None:
        """End the threads."""
        self.workers.close()
