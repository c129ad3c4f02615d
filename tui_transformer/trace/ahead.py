"""The inside of a block, computed on one thread and looked at on another.

A trace computes a block again when it is looked at. For a long text that takes longer than a frame
may, so a front end has it done elsewhere and hands the result over; the trace itself is only ever
written to by the thread that looks.
"""

from collections.abc import Callable, Iterable

from tui_transformer.engine import Array
from tui_transformer.engine.names import split_layer
from tui_transformer.trace.protocol import Trace
from tui_transformer.trace.record import KEPT_BYTES, LiveTrace

QUICK = 100_000_000
"""Multiplications that fit into a frame."""


def is_quick(trace: Trace) -> bool:
    """Whether a block of this pass is there so fast that there is no need for a thread."""
    if not isinstance(trace, LiveTrace):
        return True  # what a file holds is there, the rest never will be
    c = trace.config
    heads = (2 * c.n_heads + 2 * c.n_kv_heads) * c.d_head
    row = c.d_model * (heads + (3 if c.gated_mlp else 2) * c.d_mlp)
    row += c.n_heads * c.d_head * (2 * trace.length + c.d_model)  # scores, mix and results
    return row * trace.length <= QUICK


def fits_ahead(trace: Trace) -> bool:
    """Whether the next block's pattern can be kept beside the scores that are being looked at."""
    return 4 * trace.config.n_heads * trace.length**2 * 4 <= KEPT_BYTES


def missing(trace: Trace, names: Iterable[str]) -> tuple[str, ...]:
    """Those of these tensors for which a block has to be computed first, one block's only."""
    found: dict[int, list[str]] = {}
    for name in dict.fromkeys(names):
        layer, inside = split_layer(name)
        if layer is not None and inside != "resid_pre" and not trace.keeps(name):
            found.setdefault(layer, []).append(name)
    return tuple(found[min(found)]) if found else ()


def compute_inside(
    trace: Trace, names: Iterable[str], stopped: Callable[[], bool] = lambda: False
) -> dict[str, Array]:
    """Tensors of a block, and what is made beside them, on any thread; the trace stays as it is.

    Raises:
        Cancelled: `stopped()` turned true.
    """
    assert isinstance(trace, LiveTrace)
    made: dict[str, Array] = {}
    for name in names:
        if name not in made:
            made |= trace.compute_inside(name, stopped)
    return made


def keep_inside(trace: Trace, tensors: dict[str, Array]) -> None:
    """Hand computed tensors to their trace, on the thread that looks at it."""
    assert isinstance(trace, LiveTrace)
    trace.keep(tensors)
