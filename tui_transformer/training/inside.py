"""One step of training, looked into before it is made: what it reads, its loss, every gradient.

The numbers are those of the step itself: the same batch, in the same parts, through the same
forward and backward pass. A tap on each of them keeps what is looked at, and nothing is changed.
"""

from dataclasses import dataclass
from threading import Lock

import numpy as np

from tui_transformer.engine import Array, Tap
from tui_transformer.training.adamw import Moments, clip_factor, gradient_norm
from tui_transformer.training.data import Source
from tui_transformer.training.gradients import Batch, GradientWorkers
from tui_transformer.training.loss import surprise
from tui_transformer.training.parameters import Parameters, empty_parameters
from tui_transformer.training.recipe import Optimizer, Recipe
from tui_transformer.training.schedule import learning_rate, optimizer_at
from tui_transformer.training.trainer import batch_at

WITHOUT_BATCH = "pos_embed"
"""The one tensor that is the same for every row of a batch; its gradient is the sum over them."""


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """A step that is about to be made.

    Attributes:
        step: how many were made before it.
        batch: what it reads.
        row: the row of the batch of which every tensor is kept.
        nats: cross-entropy at every position, `[batch, pos]`; 0 where the loss does not count.
        loss: the mean over the positions that count.
        tensors: what the forward pass made of the row, by name, with the engine's axes.
        gradients: how the loss of the whole batch changes with each of them.
        parameters: the weights, as they are before the step.
        d_parameters: the gradient of the loss with respect to them.
        moments: the optimizer's running means before the step.
        norm: the length of the whole gradient as one vector.
        factor: what the gradient is multiplied by, so that it is not longer than the recipe says.
        rate: the learning rate of the step.
        settings: the optimizer's, as they are at this step.
    """

    step: int
    batch: Batch
    row: int
    nats: Array
    loss: float
    tensors: dict[str, Array]
    gradients: dict[str, Array]
    parameters: Parameters
    d_parameters: Parameters
    moments: Moments
    norm: float
    factor: float
    rate: float
    settings: Optimizer


def look_inside(
    recipe: Recipe,
    source: Source,
    seed: int,
    steps: int,
    step: int,
    parameters: Parameters,
    moments: Moments,
    workers: GradientWorkers,
    row: int = 0,
) -> Inside:
    """Look into the step that follows `step` others; nothing that is given is changed.

    Args:
        recipe: how the model is trained.
        source: where its batches come from.
        seed: decides the batches.
        steps: how many there are in all.
        step: how many were made before.
        parameters: the weights after those.
        moments: what the optimizer keeps after those.
        workers: what gradients are taken with, free at the moment.
        row: the row of the batch that is kept, held inside the batch.

    Raises:
        ValueError: there is no such step.
    """
    batch = batch_at(recipe, source, seed, step, steps)
    row = max(0, min(row, len(batch.inputs) - 1))
    look = _Look(batch, row)
    loss, gradient = workers.run(batch, parameters, look.part)
    copy = empty_parameters(workers.config, gradient.flat.dtype)
    copy.flat[...] = gradient.flat
    norm = gradient_norm(copy.flat)
    settings = optimizer_at(recipe, step, steps)
    return Inside(
        step=step, batch=batch, row=row, nats=look.nats, loss=loss,
        tensors=look.tensors, gradients=look.whole_gradients(),
        parameters=parameters, d_parameters=copy, moments=moments,
        norm=norm, factor=clip_factor(norm, settings.clip),
        rate=learning_rate(recipe, step, steps), settings=settings,
    )  # fmt: skip


class _Look:
    """What is kept of a batch on its way through: a row of every tensor, the loss of every row."""

    def __init__(self, batch: Batch, row: int) -> None:
        self.batch, self.row = batch, row
        self.nats: Array = np.zeros(batch.targets.shape, dtype=np.float32)  # [batch, pos]
        self.tensors: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.shared: dict[int, Array] = {}  # by the first row of a part
        self.lock = Lock()  # parts come by on several threads

    def part(self, rows: slice) -> tuple[Tap, Tap]:
        """The taps for some rows."""
        return _Values(self, rows), _Gradients(self, rows)

    def whole_gradients(self) -> dict[str, Array]:
        """The gradients, that of the tensor without a batch summed over the parts in order."""
        parts = [self.shared[start] for start in sorted(self.shared)]
        return self.gradients | ({WITHOUT_BATCH: sum(parts[1:], parts[0])} if parts else {})


class _Values:
    """The tap on the forward pass of some rows."""

    def __init__(self, look: _Look, rows: slice) -> None:
        self._look, self._rows = look, rows
        inside = rows.start <= look.row < rows.stop
        self._at = look.row - rows.start if inside else None

    def __call__(self, name: str, value: Array) -> Array:
        look = self._look
        if name == "logits":
            nats, _ = surprise(value, look.batch.targets[self._rows])  # [some batch, pos]
            mask = look.batch.mask
            look.nats[self._rows] = nats if mask is None else np.where(mask[self._rows], nats, 0)
        if self._at is not None:
            kept = value if name == WITHOUT_BATCH else value[self._at]
            look.tensors[name] = kept.copy()
        return value

    def wants(self, name: str) -> bool:
        """What has a gradient of its own: all but each head's part of the output."""
        return not name.endswith("result")


class _Gradients:
    """The tap on the backward pass of some rows."""

    def __init__(self, look: _Look, rows: slice) -> None:
        self._look, self._first = look, rows.start
        inside = rows.start <= look.row < rows.stop
        self._at = look.row - rows.start if inside else None

    def __call__(self, name: str, value: Array) -> Array:
        look = self._look
        if name == WITHOUT_BATCH:
            with look.lock:
                look.shared[self._first] = value.copy()
        elif self._at is not None:
            look.gradients[name] = value[self._at].copy()
        return value

    def wants(self, name: str) -> bool:
        """Nothing beside what comes by."""
        return False
