"""The inside of a block, computed on one thread and looked at on another.

A trace computes a block again when it is looked at. For a long text that takes longer than a frame
may, so a front end has it done elsewhere and hands the result over; the trace itself is only ever
written to by the thread that looks.
"""

from collections.abc import Callable, Iterable

from tui_transformer.engine import Array, Chain, StopWhen
from tui_transformer.engine.names import split_layer
from tui_transformer.trace.record import _BLOCKS_KEPT, Trace

QUICK = 100_000_000
"""Multiplications that fit into a frame."""


def is_quick(trace: Trace) -> bool:
    """Whether a block of this pass is computed so fast that there is no need for a thread."""
    c = trace.config
    heads = (2 * c.n_heads + 2 * c.n_kv_heads) * c.d_head
    row = c.d_model * (heads + (3 if c.gated_mlp else 2) * c.d_mlp)
    row += c.n_heads * c.d_head * (2 * trace.length + c.d_model)  # scores, mix and results
    return row * trace.length <= QUICK


def missing_layers(trace: Trace, names: Iterable[str]) -> tuple[int, ...]:
    """The blocks that have to be computed before these tensors can be read."""
    found = (split_layer(name) for name in names)
    wanted = {layer for layer, inside in found if layer is not None and inside != "resid_pre"}
    return tuple(sorted(layer for layer in wanted if layer not in trace._blocks))


def compute_block(
    trace: Trace, layer: int, stopped: Callable[[], bool] = lambda: False
) -> dict[str, Array]:
    """The inside of a block, on any thread; the trace stays as it is.

    Raises:
        Cancelled: `stopped()` turned true.
    """
    edits = Chain((trace.edits, StopWhen(stopped)))
    twin = Trace(trace.config, trace.weights, trace.ids, edits, trace._stream)
    return twin.block(layer)


def keep_block(trace: Trace, layer: int, tensors: dict[str, Array]) -> None:
    """Hand a computed block to its trace, on the thread that looks at it."""
    trace._blocks[layer] = tensors
    trace._blocks.move_to_end(layer)
    while len(trace._blocks) > _BLOCKS_KEPT:
        trace._blocks.popitem(last=False)
