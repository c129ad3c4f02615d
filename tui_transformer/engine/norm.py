"""The norm, with its two steps in reach of the tap."""

from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.ops import norm_apply, norm_scale
from tui_transformer.engine.tap import Array, Tap


def norm(x: Array, config: ModelConfig, gain: Array | None, shift: Array | None, tap: Tap) -> Array:
    """The model's kind of norm over the last axis, `[..., n] -> [..., n]`.

    The tap sees `scale`, `[..., 1]`, and `normalized`, `[..., n]`.
    """
    scale = tap("scale", norm_scale(x, config.norm, config.eps))  # [..., 1]
    return tap("normalized", norm_apply(x, scale, config.norm, gain, shift))  # [..., n]
