"""Where NaN or an infinity first appears in a pass."""

import numpy as np

from tui_transformer.engine import Array
from tui_transformer.engine.attention import causal_mask
from tui_transformer.engine.names import TensorRef, split_layer
from tui_transformer.trace.output import read_tensor
from tui_transformer.trace.protocol import Trace
from tui_transformer.trace.record import LiveTrace


def is_finite(trace: Trace, since: int = 0) -> bool:
    """Whether the residual stream, from position `since` on, and the last row of logits hold
    nothing but finite numbers; quick.
    """
    if not isinstance(trace, LiveTrace):
        return all(np.isfinite(trace.norms_at(at)).all() for at in range(since, trace.length))
    stream = trace.resid[:, since:]  # [n_layers + 1, pos, d_model]
    return bool(np.isfinite(stream).all() and np.isfinite(trace.logits_at(-1)).all())


def first_not_finite(trace: Trace) -> TensorRef | None:
    """The first cell, in the order of the pass, that is NaN or infinite; `None` if there is none
    among the tensors that the trace holds.

    The -inf that the mask puts in place of a score is meant and does not count.
    """
    for name in filter(trace.holds, trace.names()):
        if name == "logits":
            at = next((p for p in range(trace.length) if _odd_in(trace.logits_at(p))), None)
            if at is not None:
                row = trace.logits_at(at)
                return TensorRef(name, (at, int(np.flatnonzero(~np.isfinite(row))[0])))
            continue
        values = read_tensor(trace, name)
        odd = ~np.isfinite(values)
        if split_layer(name)[1] == "attn.masked_scores":
            odd &= ~(_hidden(trace) & np.isneginf(values))
        if odd.any():
            first = np.unravel_index(int(odd.argmax()), odd.shape)
            return TensorRef(name, tuple(int(at) for at in first))
    return None


def _odd_in(row: Array) -> bool:
    return not np.isfinite(row).all()


def _hidden(trace: Trace) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which scores the mask takes away, `[query_pos, key_pos]`."""
    blank = np.zeros((trace.length, trace.length), dtype=np.float32)
    return np.isneginf(causal_mask(blank, trace.config.sliding_window))
