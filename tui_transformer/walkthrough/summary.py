"""One line a stage: its shape, its range and what stands out, all measured."""

from collections.abc import Sequence

import numpy as np

from tui_transformer.engine import Array
from tui_transformer.engine.names import axes_of, split_layer
from tui_transformer.trace import Trace, read_tensor
from tui_transformer.walkthrough.exhibit import hidden_by_mask, spread
from tui_transformer.walkthrough.step import Cursor, Step

ONE_ROW = 2_000_000
"""Numbers of a tensor of logits above which only the row in focus is computed and shown."""


NOT_HERE = "not in this file"


def shape_text(shape: Sequence[int]) -> str:
    """`[2×4×4]`."""
    return "[" + "×".join(f"{size:,}" for size in shape) + "]"


def brief(trace: Trace, step: Step, cursor: Cursor, tokens: Sequence[str]) -> str:
    """A few characters for the map: the number that says most about this stage here."""
    key = step.stage.key
    row = cursor.row(trace.length)
    if key == "tokens":
        return str(trace.length)
    writes = step.writes(trace.config)
    if not writes or not trace.holds(writes[0]):
        return ""
    if key == "unembed":
        line = trace.logits_at(row)
        return _range(float(line.min()), float(line.max()))
    values = read_tensor(trace, writes[0])
    if key == "softmax":
        weights = values[cursor.head, row]  # [key_pos]
        at = int(weights.argmax())
        return f"{tokens[at]} {weights[at]:.2f}"
    if key == "mask":
        hidden = int(hidden_by_mask(trace.length, trace.config.sliding_window).sum())
        return f"{hidden:,} hidden"
    if key == "activation":
        return f"{int((values[row] > 0).sum())}/{values.shape[-1]} on"
    if key == "scores":
        line = values[cursor.head, row, : row + 1]
        return _range(float(line.min()), float(line.max()))
    if key == "qkv":
        return f"{trace.config.n_heads}×{trace.config.d_head}"
    line = values[cursor.head, row] if values.ndim == 3 else values[row]
    return f"‖{_number(float(np.sqrt(np.square(line).sum())))}‖"


_BRIEF = 12
"""Characters beside the name of a stage in the map."""


def _range(low: float, high: float) -> str:
    """Two ends, with one decimal each where two have no room."""
    text = f"{_number(low)} … {_number(high)}"
    if len(text) <= _BRIEF:
        return text
    return f"{low:.1f} … {high:.1f}".replace("-", "−")


def _number(value: float) -> str:
    text = f"{value:.2f}" if abs(value) < 99.995 else f"{value:.0f}"
    return text.replace("-", "−")


def summary(trace: Trace, step: Step, cursor: Cursor, tokens: Sequence[str]) -> str:
    """One line: shape, range over the whole tensor, and what stands out."""
    if step.stage.key == "tokens":
        return f"{trace.length} tokens: {' '.join(tokens)}"
    writes = step.writes(trace.config)
    if not writes:
        return ""
    name = writes[0]
    if not trace.holds(name):
        return "   ".join((split_layer(name)[1], NOT_HERE, *_length(trace, name, cursor, tokens)))
    if name == "logits" and one_row(trace):
        row = cursor.row(trace.length)
        shape = shape_text((trace.length, trace.config.d_vocab))
        parts = [f"logits {shape}", _ends(trace.logits_at(row)), f"after {tokens[row]}"]
        return "   ".join(parts)
    values = read_tensor(trace, name)
    parts = [f"{split_layer(name)[1]} {shape_text(values.shape)}", _ends(values)]
    bad = int(np.isnan(values).sum())
    if bad:
        parts.append(f"{bad} NaN")
    parts.append(_standout(trace, step, cursor, tokens))
    return "   ".join(part for part in parts if part)


def _length(trace: Trace, name: str, cursor: Cursor, tokens: Sequence[str]) -> tuple[str, ...]:
    """How long the stream is where only that is known of it."""
    layer, inside = split_layer(name)
    if layer is None or inside not in {"resid_pre", "resid_post"}:
        return ()
    row = cursor.row(trace.length)
    at = layer + (inside == "resid_post")
    return (f"length at {tokens[row]} {_number(float(trace.norms_at(row)[at]))}",)


def stream_lengths(
    trace: Trace, step: Step, tokens: Sequence[str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The length of the residual stream around a step: the columns' names, and a row a token.

    In a block: as it goes in and out; before the first and after the last, as it is there.
    """
    layers = trace.config.n_layers
    if step.layer is None:
        at = [0] if step.stage.place == "input" else [layers]
        names: tuple[str, ...] = ("into block 1",) if at == [0] else (f"out of block {layers}",)
    else:
        at = [step.layer, step.layer + 1]
        names = (f"into block {step.layer + 1}", "out of it")
    rows = [
        (tokens[pos], *(_number(float(trace.norms_at(pos)[i])) for i in at))
        for pos in range(trace.length)
    ]
    return names, rows


def one_row(trace: Trace) -> bool:
    """Whether all rows of the logits are too many to be computed for a look at one."""
    return trace.length * trace.config.d_vocab > ONE_ROW


def _ends(values: Array) -> str:
    """The smallest and the largest finite number."""
    ends = spread(values)
    if ends is None:
        return "no finite number"
    return f"{_number(ends[0])} … {_number(ends[1])}"


def _standout(trace: Trace, step: Step, cursor: Cursor, tokens: Sequence[str]) -> str:
    """What is largest, in words."""
    name = step.writes(trace.config)[0]
    values = read_tensor(trace, name)
    row = cursor.row(trace.length)
    if axes_of(name)[-1] == "key_pos":
        line = values[:, row, : row + 1]  # [head, key_pos]
        if np.isnan(line).all():
            return ""
        head, key = np.unravel_index(int(np.nanargmax(line)), line.shape)
        what = "looks most at" if step.stage.key == "softmax" else "fits best with"
        return (
            f"{tokens[row]} {what} {tokens[int(key)]}: {_number(float(line[head, key]))}"
            f" (head {int(head) + 1})"
        )
    if step.stage.key == "activation":
        share = float((values > 0).mean())
        return f"{share:.0%} of the neurons above 0"
    if values.ndim == 2 and step.stage.key != "unembed":
        return f"length at {tokens[row]} {_number(float(np.sqrt(np.square(values[row]).sum())))}"
    return ""
