"""What a pass leaves behind: the residual stream at each block's entry and exit, and the keys and
values that later tokens look at.
"""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from tui_transformer.engine import (
    NO_TAP,
    Array,
    Chain,
    KVCache,
    ModelConfig,
    StopWhen,
    Tap,
    Weights,
    forward,
)
from tui_transformer.engine.forward import check_ids

ROOM = 64
"""Positions for which there is room behind a text before its arrays grow."""


class Stream:
    """The rows that a pass leaves behind, with room for more: shared by a trace and its successors.

    `resid` is `[n_layers + 1, capacity, d_model]`: the stream as it enters each block, and as it
    leaves the last one.
    """

    def __init__(self, config: ModelConfig, cache: KVCache, capacity: int) -> None:
        self.config = config
        self.cache = cache
        self.filled = 0
        self.lock = Lock()  # a pass that was cancelled may still be at its last tensor
        self.resid: Array = np.empty(
            (config.n_layers + 1, capacity, config.d_model), dtype=np.float32
        )

    def reserve(self, length: int) -> None:
        """Room for `length` positions."""
        capacity = self.resid.shape[1]
        if length > capacity:
            old = self.resid
            wider = min(self.config.n_ctx, max(length, 2 * capacity))
            self.resid = np.empty((old.shape[0], wider, old.shape[2]), dtype=np.float32)
            self.resid[:, : self.filled] = old[:, : self.filled]

    def fork(self, length: int) -> "Stream":
        """A stream of its own that holds the first `length` positions."""
        twin = Stream(self.config, self.cache.copy(length), length + ROOM)
        twin.resid[:, :length] = self.resid[:, :length]
        twin.filled = length
        return twin


class _Keep:
    """The tap that writes the residual stream of the new positions into a stream."""

    def __init__(self, stream: Stream) -> None:
        layers = stream.config.n_layers
        self._places = {f"blocks.{layer}.resid_pre": layer for layer in range(layers)}
        self._places[f"blocks.{layers - 1}.resid_post"] = layers
        self._rows = stream.resid[:, stream.filled :]  # [n_layers + 1, the new pos, d_model]

    def __call__(self, name: str, value: Array) -> Array:
        at = self._places.get(name)
        if at is not None:
            self._rows[at, : len(value)] = value
        return value

    def wants(self, name: str) -> bool:
        """Nothing optional."""
        return False


def run_behind(
    stream: Stream,
    ids: Sequence[int],
    weights: Weights,
    edits: Tap,
    stopped: Callable[[], bool] | None,
) -> Array:
    """Run `ids` behind what the stream holds; hand back the last row of logits, `[d_vocab]`.

    Args:
        stream: what was run so far; the new rows are added to it.
        ids: the tokens behind it.
        weights: of the model.
        edits: interventions, as a tap.
        stopped: asked at every tensor; once true, the pass ends.

    Raises:
        InputError: no token, a token outside the vocabulary, more than the context holds.
        Cancelled: `stopped()` turned true.
    """
    check_ids(ids, stream.config, stream.filled)
    stream.reserve(stream.filled + len(ids))
    taps: list[Tap] = [] if stopped is None else [StopWhen(stopped)]
    if edits is not NO_TAP:
        taps.append(edits)
    keep = _Keep(stream)
    tap = Chain((*taps, keep)) if taps else keep
    logits = forward(ids, weights, stream.config, tap, stream.cache, logit_rows="last")
    stream.filled += len(ids)
    return logits[0]
