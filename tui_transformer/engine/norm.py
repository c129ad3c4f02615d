"""The norm, with its two steps in reach of the tap."""

from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.ops import by_rows, norm_apply, norm_scale
from tui_transformer.engine.tap import Array, Tap


def norm(x: Array, config: ModelConfig, gain: Array | None, shift: Array | None, tap: Tap) -> Array:
    """The model's kind of norm over the last axis, `[..., n] -> [..., n]`.

    The tap sees `scale`, `[..., 1]`, and `normalized`, `[..., n]`; in a model without norms there
    is nothing to see, and `x` is handed on as it is.
    """
    kind, eps = config.norm, config.eps
    if kind == "none":
        return x
    scale = by_rows(lambda x: norm_scale(x, kind, eps), x, width=1)  # [..., 1]
    scale = tap("scale", scale)  # [..., 1]
    y = by_rows(lambda x, scale: norm_apply(x, scale, kind, gain, shift), x, scale)  # [..., n]
    return tap("normalized", y)  # [..., n]
