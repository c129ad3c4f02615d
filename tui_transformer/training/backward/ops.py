"""Gradients of the operations of `engine/ops.py`, and of the products and look-ups around them."""

from collections.abc import Callable

import numpy as np

from tui_transformer.engine import Array
from tui_transformer.engine.config import Activation, Norm
from tui_transformer.engine.ops import erf, rotate, sigmoid
from tui_transformer.engine.tap import IntArray


def rows(x: Array) -> Array:
    """All axes before the last as one, `[..., n] -> [row, n]`."""
    return x.reshape(-1, x.shape[-1])


def along_rows(a: Array, b: Array) -> Array:
    """`sum(a * b)` over the last axis, `[..., n], [..., n] -> [..., 1]`."""
    return np.vecdot(a, b)[..., None]


def project_backward(
    d_y: Array, x: Array, weight: Array, d_weight: Array, d_bias: Array | None
) -> Array:
    """Of `y = x @ W + b`: `∂L/∂x = d_y Wᵀ`, `∂L/∂W = xᵀ d_y`, `∂L/∂b = sum(d_y)`.

    `d_y` is `[..., d_out]`, `x` is `[..., d_in]`; the gradient of `x` comes back, those of the
    weight and the bias are added to `d_weight` and `d_bias`.
    """
    d_rows = rows(d_y)  # [row, d_out]
    d_weight += rows(x).T @ d_rows  # [d_in, d_out]
    if d_bias is not None:
        d_bias += d_rows.sum(axis=0)  # [d_out]
    return (d_rows @ weight.T).reshape(x.shape)  # [..., d_in]


def look_up_backward(d_y: Array, ids: IntArray, d_table: Array) -> None:
    """Of `y = table[ids]`: each row of the table gets the sum over the places where it was used.

    `d_y` is `[..., d_model]`, `ids` is `[...]`; the sums are added to `d_table`,
    `[n, d_model]`. Equal ids are brought together first, in order, so that the sum is always taken
    in the same one.
    """
    flat = ids.reshape(-1)  # [row]
    order = np.argsort(flat, kind="stable")  # [row]
    used, starts = np.unique(flat[order], return_index=True)  # [used], [used]
    d_table[used] += np.add.reduceat(rows(d_y)[order], starts, axis=0)  # [used, d_model]


def softmax_backward(d_p: Array, p: Array) -> Array:
    """Of `p = softmax(x)`: `∂L/∂x = p * (d_p - sum(d_p * p))`, the sum along the last axis.

    Where `p` is exactly 0, as for keys after the query, the gradient is exactly 0.
    """
    return p * (d_p - along_rows(d_p, p))  # [..., n]


def centred(x: Array, kind: Norm) -> Array:
    """What a norm divides: `x - mean(x)` for LayerNorm, `x` itself for RMSNorm; `[..., n]`."""
    return x - x.mean(axis=-1, keepdims=True) if kind == "layernorm" else x


def norm_apply_backward(
    d_y: Array,
    c: Array,
    scale: Array,
    gain: Array | None,
    d_gain: Array | None,
    d_shift: Array | None,
) -> tuple[Array, Array]:
    """Of `y = c / scale * gain + shift`: the gradients of `c`, `[..., n]`, and `scale`, `[..., 1]`.

    Those of gain and shift are added to `d_gain` and `d_shift`, `[n]`.
    """
    if d_shift is not None:
        d_shift += rows(d_y).sum(axis=0)  # [n]
    if d_gain is not None:
        d_gain += rows(d_y * (c / scale)).sum(axis=0)  # [n]
    if gain is not None:
        d_y = d_y * gain  # [..., n]
    d_scale = -along_rows(d_y, c) / (scale * scale)  # [..., 1]
    return d_y / scale, d_scale  # [..., n], [..., 1]


def norm_scale_backward(d_scale: Array, c: Array, scale: Array) -> Array:
    """Of `scale = sqrt(mean(c²) + eps)`: `∂L/∂c = d_scale * c / (n * scale)`, `[..., n]`."""
    return c * (d_scale / (c.shape[-1] * scale))  # [..., n]


def centred_backward(d_c: Array, kind: Norm) -> Array:
    """Of `c = x - mean(x)`: `∂L/∂x = d_c - mean(d_c)`; RMSNorm does not centre. `[..., n]`."""
    return d_c - d_c.mean(axis=-1, keepdims=True) if kind == "layernorm" else d_c


def rotate_backward(d_y: Array, cos: Array, sin: Array) -> Array:
    """Of a rotation: the rotation by the opposite angle, `[head, pos, d_head]`."""
    return rotate(d_y, cos, -sin)


def relu_slope(x: Array) -> Array:
    """1 above 0, 0 below; 0 at 0 itself."""
    return (x > 0).astype(x.dtype)


def silu_slope(x: Array) -> Array:
    """`s (1 + x (1 - s))` with `s = sigmoid(x)` (Elfwing et al. 2018, eq. 6)."""
    s = sigmoid(x)  # [...]
    slope = 1.0 - s
    slope *= x
    slope += 1.0
    slope *= s
    return slope


def gelu_tanh_slope(x: Array) -> Array:
    """`s (1 + x (1 - s) w')` with `s = sigmoid(w)`, `w = 2 √(2/π) (x + 0.044715 x³)`."""
    square = x * x  # [...]
    w = square * 0.07135481627260025  # 2 √(2/π) 0.044715 x²
    w += 1.5957691216057308
    w *= x
    s = sigmoid(w)
    square *= 3 * 0.07135481627260025
    square += 1.5957691216057308  # w' = 2 √(2/π) (1 + 3 · 0.044715 x²)
    slope = np.subtract(1.0, s, out=w)
    slope *= x
    slope *= square
    slope += 1.0
    slope *= s
    return slope


def gelu_slope(x: Array) -> Array:
    """`Φ(x) + x φ(x)`: the normal distribution and its density."""
    cumulative = 0.5 * (1.0 + erf(x * 0.7071067811865476))
    return cumulative + x * (0.3989422804014327 * np.exp(-0.5 * x * x))


SLOPES: dict[Activation, Callable[[Array], Array]] = {
    "relu": relu_slope,
    "silu": silu_slope,
    "gelu_tanh": gelu_tanh_slope,
    "gelu": gelu_slope,
}


def activate_backward(d_y: Array, x: Array, act_fn: Activation) -> Array:
    """Of `y = act(x)`, element by element: `d_y * act'(x)`; the shape stays."""
    slope = SLOPES[act_fn](x)
    slope *= d_y
    return slope
