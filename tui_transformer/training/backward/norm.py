"""The gradient of a norm, in the two steps of `engine/norm.py`."""

from tui_transformer.engine import Array, ModelConfig, Tap
from tui_transformer.training.backward.ops import (
    centred,
    centred_backward,
    norm_apply_backward,
    norm_scale_backward,
)
from tui_transformer.training.backward.values import Values


def norm_backward(
    d_y: Array,
    x: Array,
    values: Values,
    config: ModelConfig,
    gain: Array | None,
    d_gain: Array | None,
    d_shift: Array | None,
    tap: Tap,
) -> Array:
    """The gradient of a norm's input `x`, `[..., n]`, from that of its output, `[..., n]`.

    `values` holds the norm's `scale`; the tap sees the gradients of `normalized` and `scale`. In a
    model without norms the two are the same.
    """
    if config.norm == "none":
        return d_y
    d_y = tap("normalized", d_y)  # [..., n]
    scale = values["scale"]  # [..., 1]
    c = centred(x, config.norm)  # [..., n]
    d_c, d_scale = norm_apply_backward(d_y, c, scale, gain, d_gain, d_shift)
    d_scale = tap("scale", d_scale)  # [..., 1]
    d_c += norm_scale_backward(d_scale, c, scale)  # [..., n]
    return centred_backward(d_c, config.norm)  # [..., n]
