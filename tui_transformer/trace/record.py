"""A trace: one forward pass, kept small enough to keep.

A full record of attention grows with layers × heads × pos². So a trace keeps the residual stream
at each block's entry and exit, and computes the inside of a block again, with the functions of the
pass itself, when someone looks at it.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from tui_transformer.engine import (
    NO_TAP,
    Array,
    Chain,
    KVCache,
    ModelConfig,
    Recorder,
    StopWhen,
    Tap,
    Weights,
)
from tui_transformer.engine.block import block
from tui_transformer.engine.forward import check_ids, embed, final_norm, rotation_for, unembed
from tui_transformer.engine.names import (
    TensorRef,
    block_tensor_names,
    split_layer,
    tensor_names,
)
from tui_transformer.engine.ops import cross_entropy
from tui_transformer.engine.tap import scoped
from tui_transformer.engine.threads import every_core
from tui_transformer.errors import Cancelled, InputError
from tui_transformer.sampling import Distribution, SamplingSettings, distribution
from tui_transformer.trace.candidates import rank_of
from tui_transformer.trace.protocol import number_at
from tui_transformer.trace.stream import ROOM, Stream, run_behind

KEPT_BYTES = 96 * 2**20
"""How much of the insides of blocks is kept for the next look; the last look always is."""

_BIG = ("attn.attn_scores", "attn.masked_scores", "attn.pattern", "attn.result")
"""What grows with head × pos² or head × pos × d_model."""


class _Inside:
    """`edits` for a block that is computed again: its entry has been through them already."""

    def __init__(self, edits: Tap) -> None:
        self._edits = edits

    def __call__(self, name: str, value: Array) -> Array:
        return value if name.endswith(".resid_pre") else self._edits(name, value)

    def wants(self, name: str) -> bool:
        return self._edits.wants(name)


@dataclass(frozen=True, eq=False)
class LiveTrace:
    """One forward pass over `ids`: every named tensor, computed when it is looked at.

    Make one with :func:`record`. `edits` are the interventions that were in force; they are in
    force again wherever a block is computed again.
    """

    config: ModelConfig
    weights: Weights
    ids: tuple[int, ...]
    edits: Tap
    _stream: Stream = field(repr=False)
    _insides: OrderedDict[str, Array] = field(default_factory=OrderedDict, repr=False)
    _outside: dict[str, Array] = field(default_factory=dict, repr=False)

    @property
    def length(self) -> int:
        """How many tokens were run."""
        return len(self.ids)

    @property
    def resid(self) -> Array:
        """The stream into each block and out of the last, `[n_layers + 1, pos, d_model]`."""
        return self._stream.resid[:, : self.length]

    def names(self) -> tuple[str, ...]:
        """The tensors of this pass, in the order in which it makes them."""
        return tensor_names(self.config)

    def tensor(self, name: str) -> Array:
        """A tensor by its full name, with the axes that `engine.names.axes_of` tells.

        Raises:
            InputError: this model has no tensor of that name.
        """
        if name in self._insides:
            return self._insides[name]
        layer, inside = split_layer(name)
        if layer is not None:
            if layer >= self.config.n_layers:
                raise InputError(
                    f"{name}: this model has {self.config.n_layers} blocks, counted from 0"
                )
            if inside in block_tensor_names(self.config, result=True):
                return self._inside_block(name)
        else:
            found = self._outside_block(name)
            if found is not None:
                return found
        raise InputError(f"this model has no tensor called {name!r}")

    def cell(self, ref: TensorRef) -> float:
        """One number.

        Raises:
            InputError: the index lies outside the tensor.
        """
        return number_at(self.tensor(ref.name), ref)

    def holds(self, name: str) -> bool:
        """Whether this model has a tensor of that name: each can be computed."""
        return name in tensor_names(self.config, result=True)

    def keeps(self, name: str) -> bool:
        """Whether a tensor inside a block is at hand without computing anything."""
        return name in self._insides

    def keep(self, tensors: dict[str, Array]) -> None:
        """Keep tensors of a block that were computed elsewhere; the oldest others may go."""
        for name, tensor in tensors.items():
            self._insides[name] = tensor
            self._insides.move_to_end(name)
        kept = sum(tensor.nbytes for tensor in self._insides.values())
        while kept > KEPT_BYTES and len(self._insides) > len(tensors):
            kept -= self._insides.popitem(last=False)[1].nbytes

    def _inside_block(self, name: str) -> Array:
        """A tensor of one block: the block is run again, and what is not too big is kept too."""
        made = self.compute_inside(name)
        self.keep(made)
        return made[name]

    def compute_inside(
        self, name: str, stopped: Callable[[], bool] | None = None
    ) -> dict[str, Array]:
        """`name` and what is made on the way to it or after it, as far as that is small.

        Keeps nothing, so that another thread may call it.

        Raises:
            Cancelled: `stopped()` turned true.
        """
        layer, _ = split_layer(name)
        assert layer is not None
        cells = self.config.n_heads * self.length * max(3 * self.length, self.config.d_model)
        everything = 4 * cells <= KEPT_BYTES // 8
        big = name.endswith(_BIG)

        def keep(other: str) -> bool:
            return everything or other == name or not (big or other.endswith(_BIG))

        recorder = Recorder(keep)
        taps: list[Tap] = [_Inside(self.edits), recorder]
        if stopped is not None:
            taps.append(StopWhen(stopped))
        if big and not everything:
            taps.append(StopWhen(lambda: name in recorder.tensors))
        rotation = rotation_for(self.config, 0, self.length)
        tap = scoped(Chain(taps), f"blocks.{layer}")
        with every_core(self.length), suppress(Cancelled):
            weights = self.weights.blocks[layer]
            block(self.resid[layer], weights, self.config, tap, rotation, layer=layer)
        if name not in recorder.tensors:
            raise Cancelled
        return recorder.tensors

    def _outside_block(self, name: str) -> Array | None:
        if name not in self._outside:
            recorder = Recorder()
            tap = Chain((self.edits, recorder))
            if name in {"embed", "pos_embed"}:
                embed(self.ids, self.weights, self.config, tap)
            elif name == "logits" or name.startswith("ln_final."):
                with every_core(self.length):
                    x = final_norm(self.resid[-1], self.weights, self.config, tap)
                    unembed(x, self.weights, tap)
            self._outside.update(recorder.tensors)
        return self._outside.get(name)

    @property
    def has_all_logits(self) -> bool:
        """Whether the logits of every position are at hand."""
        return "logits" in self._outside

    def logits_at(self, position: int) -> Array:
        """The scores for what comes after one position, `[d_vocab]`; only that row is computed.

        A row that is at hand by itself comes first: a product of many rows may round otherwise, and
        what is drawn must not depend on what was looked at in between.
        """
        at = position % self.length
        key = f"logits[{at}]"
        if key not in self._outside:
            if self.has_all_logits:
                return self._outside["logits"][at]
            row = self.resid[-1, at : at + 1]  # [1, d_model]
            x = final_norm(row, self.weights, self.config, self.edits)
            self._outside[key] = unembed(x, self.weights, self.edits)[0]
        return self._outside[key]

    def distribution_at(self, position: int, settings: SamplingSettings) -> Distribution:
        """What would be drawn from after a position.

        Raises:
            SamplingError: its logits hold NaN or +inf, or nothing but -inf.
        """
        return distribution(self.logits_at(position), settings)

    def loss_at(self, position: int, token: int) -> float:
        """The cross-entropy against a token after a position, in nats, before any filter."""
        return cross_entropy(self.logits_at(position), token)

    def rank_at(self, position: int, token: int) -> int:
        """Where a token stands among all after a position, 1 for the largest logit; equal ones by
        id.
        """
        return rank_of(self.logits_at(position), token)

    def residual_norms(self) -> Array:
        """Length (L2 norm) of the stream into each block and out of the last: `[n + 1, pos]`."""
        return np.sqrt(np.vecdot(self.resid, self.resid))

    def norms_at(self, position: int) -> Array:
        """Length of the stream at a position, into each block and out of the last: `[n + 1]`."""
        stream = self.resid[:, position]  # [n_layers + 1, d_model]
        return np.sqrt(np.vecdot(stream, stream))

    def extended(
        self, ids: Sequence[int], stopped: Callable[[], bool] | None = None
    ) -> "LiveTrace":
        """This trace with more tokens behind it: one row of work for each.

        This trace stays as it is.

        Raises:
            InputError: the tokens do not fit.
            Cancelled: `stopped()` turned true.
        """
        with self._stream.lock:
            stream = self._stream
            if stream.filled != self.length:  # someone else went on from here
                stream = stream.fork(self.length)
            logits = run_behind(stream, ids, self.weights, self.edits, stopped)
        return _traced(self.config, self.weights, (*self.ids, *ids), self.edits, stream, logits)

    def prefix(self, length: int) -> "LiveTrace":
        """The trace of the first `length` tokens: what is causal does not change."""
        if not 0 < length <= self.length:
            raise InputError(f"a prefix has 1 to {self.length} tokens, not {length}")
        return LiveTrace(self.config, self.weights, self.ids[:length], self.edits, self._stream)


def _traced(
    config: ModelConfig,
    weights: Weights,
    ids: tuple[int, ...],
    edits: Tap,
    stream: Stream,
    logits: Array,
) -> LiveTrace:
    """The trace of a pass that has just run, whose last row of logits is `logits`."""
    return LiveTrace(
        config, weights, ids, edits, stream, _outside={f"logits[{len(ids) - 1}]": logits}
    )


def record(
    ids: Sequence[int],
    weights: Weights,
    config: ModelConfig,
    *,
    edits: Tap = NO_TAP,
    stopped: Callable[[], bool] | None = None,
) -> LiveTrace:
    """Run the model over `ids` and keep what is needed to look at any of it.

    Args:
        ids: the tokens.
        weights: of the model.
        config: of the model.
        edits: interventions, as a tap.
        stopped: asked at every tensor; once true, the pass ends.

    Raises:
        InputError: no token, a token outside the vocabulary, more than the context holds.
        Cancelled: `stopped()` turned true.
    """
    check_ids(ids, config)
    room = min(config.n_ctx, len(ids) + ROOM)
    stream = Stream(config, KVCache(config, room), room)
    logits = run_behind(stream, ids, weights, edits, stopped)
    return _traced(config, weights, tuple(ids), edits, stream, logits)
