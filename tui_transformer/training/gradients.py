"""The gradient of a whole batch: parts of it on several threads, summed in a fixed order."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from tui_transformer.engine import NO_TAP, Chain, ModelConfig, Recorder, Tap, Weights, forward
from tui_transformer.engine.tap import IntArray
from tui_transformer.training.backward import backward, needed
from tui_transformer.training.loss import Mask, loss_and_gradient, surprise
from tui_transformer.training.parameters import Parameters, empty_parameters

T = TypeVar("T")
PartTaps = Callable[[slice], tuple[Tap, Tap]]
"""For some rows of a batch: what sees their tensors, and what sees the gradients of those."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows of tokens and, for every position, the token that comes next.

    All are `[batch, pos]`. The loss counts where `mask` is true, everywhere without one.
    """

    inputs: IntArray
    targets: IntArray
    mask: Mask | None = None

    @property
    def counted(self) -> int:
        """At how many positions the loss counts."""
        return self.targets.size if self.mask is None else int(self.mask.sum())

    def part(self, rows: slice) -> "Batch":
        """Some of the rows."""
        mask = None if self.mask is None else self.mask[rows]
        return Batch(self.inputs[rows], self.targets[rows], mask)


def add_gradients(
    batch: Batch,
    weights: Weights,
    config: ModelConfig,
    gradients: Weights,
    count: int | None = None,
    tap: Tap = NO_TAP,
    seen: Tap = NO_TAP,
) -> float:
    """Forward, loss and backward over one batch on this thread.

    Args:
        batch: the rows.
        weights: the model.
        config: its shape.
        gradients: what the gradients are added to.
        count: what the summed loss is divided by; the positions that count if left out.
        tap: sees the gradients on the way back.
        seen: sees the tensors on the way there.

    Returns:
        The loss in nats a position.
    """
    recorder = Recorder(needed)
    taps: Tap = recorder if seen is NO_TAP else Chain((seen, recorder))
    logits = forward(batch.inputs, weights, config, taps)  # [batch, pos, d_vocab]
    loss, d_logits = loss_and_gradient(logits, batch.targets, batch.mask, count)
    backward(d_logits, batch.inputs, recorder.tensors, weights, config, gradients, tap)
    return loss


class GradientWorkers:
    """Threads that share a batch, each with one BLAS thread and an array of gradients of its own.

    The division into parts is fixed by `parts` and not by the number of threads, and parts are
    summed in order: the same batch gives the same gradient, bit for bit, on one thread or several.

    NumPy lets other threads run while it computes, so that two of them keep two cores busy. BLAS
    with threads of its own inside one of them is slower: between two products it waits.
    """

    def __init__(self, config: ModelConfig, parts: int, threads: int) -> None:
        self.config = config
        self._sums = [empty_parameters(config) for _ in range(parts)]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 and parts > 1 else None
        self._libraries = ThreadpoolController()

    def run(
        self, batch: Batch, parameters: Parameters, taps: PartTaps | None = None
    ) -> tuple[float, Parameters]:
        """The loss of a batch in nats a position, and its gradient, good until the next call.

        With `taps` the parts are looked at on their way; the numbers stay the same.
        """
        rows, parts = len(batch.inputs), len(self._sums)
        edges = [rows * i // parts for i in range(parts + 1)]
        count = batch.counted

        def one(part: int) -> float:
            sums = self._sums[part]
            sums.flat[...] = 0
            own_rows = slice(edges[part], edges[part + 1])
            own = batch.part(own_rows)
            if not len(own.inputs):
                return 0.0
            seen, tap = (NO_TAP, NO_TAP) if taps is None else taps(own_rows)
            return add_gradients(
                own, parameters.weights, self.config, sums.weights, count, tap, seen
            )

        with self._libraries.limit(limits=1, user_api="blas"):
            loss = sum(self._map(one, range(parts)))
        total = self._sums[0]
        for other in self._sums[1:]:
            np.add(total.flat, other.flat, out=total.flat)
        return loss, total

    def loss(self, batches: Sequence[Batch], weights: Weights) -> float:
        """The loss over all of some batches in nats a position; nothing is learned from them."""
        count = sum(batch.counted for batch in batches)

        def one(batch: Batch) -> float:
            logits = forward(batch.inputs, weights, self.config)
            nats, _ = surprise(logits, batch.targets)  # [batch, pos]
            return float((nats if batch.mask is None else nats[batch.mask]).sum(dtype=np.float64))

        with self._libraries.limit(limits=1, user_api="blas"):
            return sum(self._map(one, batches)) / max(count, 1)

    def _map(self, work: Callable[[T], float], parts: Iterable[T]) -> list[float]:
        return list(map(work, parts) if self._pool is None else self._pool.map(work, parts))

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
