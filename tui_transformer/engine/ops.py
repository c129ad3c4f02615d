"""The operations a transformer is made of, each a pure function of arrays.

Every result has the floating type of its input: float32 in, float32 out. NumPy turns a float64
scalar into a float64 array, so every constant here is a Python float or of the input's own type.
"""

from collections.abc import Callable
from functools import lru_cache
from math import erf as exact_erf
from math import pi

import numpy as np
import numpy.typing as npt

from tui_transformer.engine.config import Activation, Norm, RopeScaling
from tui_transformer.engine.tap import Array, IntArray
from tui_transformer.engine.threads import in_pieces, pieces

NEG_INF = float("-inf")

_CACHED = 65_536
"""How many numbers are worked on at a time: 256 KiB in float32."""

quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")
"""For functions that run a model: inf and NaN are values to be looked at, not warnings to print."""


def matmul(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """`x @ W + b`: `[pos, d_in], [d_in, d_out] -> [pos, d_out]`.

    With many rows every core takes some of them; few are left to the threads of BLAS.
    """
    if pieces() == 1:
        y = x @ weight  # [pos, d_out]
        if bias is not None:
            y += bias
        return y
    y = np.empty((len(x), weight.shape[1]), dtype=np.result_type(x, weight))

    def some_rows(rows: slice) -> None:
        np.matmul(x[rows], weight, out=y[rows])
        if bias is not None:
            y[rows] += bias

    in_pieces(some_rows, len(x))
    return y


def by_rows(function: Callable[..., Array], *arrays: Array, width: int | None = None) -> Array:
    """`function(*arrays)` for one that takes each row by itself: `[pos, ...]` to `[pos, width]`.

    A few rows at a time, so that what a formula makes on its way stays in the processor's cache,
    and on every core where there are many.
    """
    x = arrays[0]
    if x.ndim != 2 or x.size <= _CACHED:
        return function(*arrays)
    y = np.empty((len(x), width or x.shape[1]), dtype=x.dtype)
    step = max(1, _CACHED // x.shape[1])

    def some_rows(rows: slice) -> None:
        for start in range(rows.start, rows.stop, step):
            part = slice(start, min(start + step, rows.stop))
            y[part] = function(*(array[part] for array in arrays))

    in_pieces(some_rows, len(x))
    return y


def softmax(x: Array, out: Array | None = None) -> Array:
    """Weights that are positive and sum to 1 along the last axis.

    `exp(x - max) / sum(exp(x - max))`; subtracting the maximum changes nothing but keeps `exp`
    from overflowing. A cell of -inf gets exactly 0. The shape stays; `out` may be `x` itself.
    """
    e = np.subtract(x, x.max(axis=-1, keepdims=True), out=out)  # [..., n], at most 0
    np.exp(e, out=e)  # [..., n], in (0, 1]
    e *= 1.0 / e.sum(axis=-1, keepdims=True)  # [..., n]
    return e


@lru_cache(maxsize=16)
def later_keys(count: int) -> npt.NDArray[np.bool_]:
    """Which keys come after a query, `[query_pos, key_pos]`, both from the same position on."""
    later = ~np.tri(count, dtype=bool)  # [query_pos, key_pos]
    later.setflags(write=False)
    return later


def norm_scale(x: Array, kind: Norm, eps: float) -> Array:
    """What a norm divides by: `[pos, d_model] -> [pos, 1]` (any axes before the last).

    LayerNorm (Ba et al. 2016): the standard deviation, `sqrt(mean((x - mean)²) + eps)`.
    RMSNorm (Zhang & Sennrich 2019): the root mean square, `sqrt(mean(x²) + eps)`.
    """
    centred = x - mean(x) if kind == "layernorm" else x  # [..., n]
    mean_square = np.vecdot(centred, centred)[..., None] * (1.0 / x.shape[-1])  # [..., 1]
    return np.sqrt(mean_square + eps)  # [..., 1]


def norm_apply(
    x: Array, scale: Array, kind: Norm, gain: Array | None, shift: Array | None
) -> Array:
    """The normalised vectors, `[pos, d_model] -> [pos, d_model]`, gain and shift applied.

    LayerNorm: `(x - mean) / scale * gain + shift`; RMSNorm: `x / scale * gain`.
    """
    y = (x - mean(x)) / scale if kind == "layernorm" else x / scale  # [..., n]
    if gain is not None:
        y *= gain
    if shift is not None:
        y += shift
    return y


def mean(x: Array) -> Array:
    """The mean along the last axis, which stays: `[..., n] -> [..., 1]`."""
    return np.add.reduce(x, axis=-1, keepdims=True) * (1.0 / x.shape[-1])


def relu(x: Array) -> Array:
    """`max(0, x)`."""
    return np.maximum(x, 0)


@quiet
def sigmoid(x: Array) -> Array:
    """`1 / (1 + exp(-x))`; where `exp` overflows, that is 0."""
    y = np.exp(-x)
    y += 1.0
    return np.reciprocal(y, out=y)


def silu(x: Array) -> Array:
    """`x · sigmoid(x)` (Elfwing et al. 2018), also called swish."""
    y = sigmoid(x)
    y *= x
    return y


def gelu_tanh(x: Array) -> Array:
    """The tanh form of GELU (Hendrycks & Gimpel 2016), which GPT-2 uses.

    `x/2 · (1 + tanh(u))` with `u = √(2/π) · (x + 0.044715 x³)`. Written as `x · sigmoid(2u)`,
    which is the same, as `(1 + tanh(u)) / 2 = sigmoid(2u)`, and takes half the time.
    """
    twice_u = x * x
    twice_u *= 0.044715
    twice_u += 1.0
    twice_u *= x
    twice_u *= 2 * 0.7978845608028654
    y = sigmoid(twice_u)
    y *= x
    return y


def gelu(x: Array) -> Array:
    """The exact form of GELU: `x/2 · (1 + erf(x/√2))`."""
    return 0.5 * x * (1.0 + erf(x * 0.7071067811865476))


_ERF_TOP = (
    -2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05,
    -7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02,
)  # fmt: skip
_ERF_BOTTOM = (
    -1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03,
    -1.42647390514189e-02,
)  # fmt: skip


def erf(x: Array) -> Array:
    """The error function.

    In float32 the rational form that Eigen and XLA use (odd polynomial over even, |x| clamped to
    4, where erf is 1 to float32 precision); in float64 the C library's, element by element.
    """
    if x.dtype != np.float32:
        return np.asarray(np.frompyfunc(exact_erf, 1, 1)(x), dtype=x.dtype)
    clamped = np.clip(x, -4.0, 4.0)
    square = clamped * clamped
    top = np.full_like(square, _ERF_TOP[0])
    for coefficient in _ERF_TOP[1:]:
        top = top * square + coefficient
    bottom = np.full_like(square, _ERF_BOTTOM[0])
    for coefficient in _ERF_BOTTOM[1:]:
        bottom = bottom * square + coefficient
    return clamped * top / bottom


ACTIVATIONS: dict[Activation, Callable[[Array], Array]] = {
    "relu": relu,
    "gelu_tanh": gelu_tanh,
    "gelu": gelu,
    "silu": silu,
}


def activate(x: Array, act_fn: Activation) -> Array:
    """The MLP's nonlinearity by name, element by element; the shape stays."""
    return by_rows(ACTIVATIONS[act_fn], x)


def sinusoids(positions: IntArray, d_model: int) -> Array:
    """Sinusoidal positions (Vaswani et al. 2017, §3.5), `[pos] -> [pos, d_model]`.

    Dimension `2i` is `sin(pos / 10000^(2i/d_model))`, dimension `2i + 1` the cosine of the same.
    Computed in float64, since a float32 angle is off by 1e-4 at position 1000.
    """
    even = np.arange(0, d_model, 2, dtype=np.float64)  # [d_model/2]
    angles = positions.astype(np.float64)[:, None] / 10_000.0 ** (even / d_model)
    table = np.empty((len(positions), d_model), dtype=np.float32)
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return table  # [pos, d_model]


def rope_angles(
    positions: IntArray, d_head: int, theta: float, scaling: RopeScaling | None = None
) -> tuple[Array, Array]:
    """Cosines and sines of the rotary angles, each `[pos, d_head/2]` (Su et al. 2021, eq. 15).

    Pair `i` turns by `pos * frequency[i]`. The product is taken in float32, as it is where these
    models are trained: at position 1000 it is up to 1e-4 off the exact angle, and that angle is
    what the weights have learned.
    """
    frequencies = rope_frequencies(d_head, theta, scaling)  # [d_head/2]
    angles = positions.astype(np.float32)[:, None] * frequencies  # [pos, d_head/2]
    return np.cos(angles), np.sin(angles)


def rope_frequencies(d_head: int, theta: float, scaling: RopeScaling | None = None) -> Array:
    """By how much each pair of dimensions turns per position, in radians: `[d_head/2]`.

    `theta^(-2i/d_head)`, then stretched as :class:`RopeScaling` says. Every step is rounded to
    float32, in the order of the reference implementation.
    """
    exponents = np.arange(0, d_head, 2, dtype=np.float32) / np.float32(d_head)  # [d_head/2]
    powers = (theta ** exponents.astype(np.float64)).astype(np.float32)  # [d_head/2]
    frequencies = np.float32(1.0) / powers  # [d_head/2]
    if scaling is None:
        return frequencies
    slow = frequencies / np.float32(scaling.factor)  # [d_head/2]
    if scaling.kind == "linear":
        return slow
    low, high = scaling.low_freq_factor, scaling.high_freq_factor
    wavelength = np.float32(2 * pi) / frequencies  # [d_head/2], in positions
    turns = np.float32(scaling.original_n_ctx) / wavelength  # [d_head/2]
    blend = (turns - np.float32(low)) / np.float32(high - low)  # [d_head/2], 0 slow to 1 unchanged
    between = (1 - blend) * frequencies / np.float32(scaling.factor) + blend * frequencies
    return np.where(turns < low, slow, np.where(turns > high, frequencies, between))


def rotate(x: Array, cos: Array, sin: Array) -> Array:
    """Turn each pair of dimensions by its angle, `[head, pos, d_head] -> [head, pos, d_head]`.

    The half-split form of LLaMA checkpoints: dimension `i` is paired with `i + d_head/2`.
    """
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]  # each [head, pos, d_head/2]
    return np.concatenate(
        (first * cos - second * sin, second * cos + first * sin), axis=-1
    )  # [head, pos, d_head]


def cross_entropy(logits: Array, target: int) -> float:
    """The loss of one row of logits against the token that really came, in nats.

    `-log softmax(logits)[target]`, summed in float64 because it is one number for people to read.
    """
    row = logits.astype(np.float64)
    top = row.max()
    return float(np.log(np.exp(row - top).sum()) + top - row[target])
