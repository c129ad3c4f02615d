"""Causal self-attention (Vaswani et al. 2017, §3.2), every step a function of its own.

Axes: `head` counts query heads; with grouped queries, key/value head `g` serves query heads
`g * group_size` to `(g + 1) * group_size - 1`.
"""

import numpy as np

from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.kv_cache import KVCache
from tui_transformer.engine.norm import norm
from tui_transformer.engine.ops import NEG_INF, rotate, softmax
from tui_transformer.engine.tap import Array, Tap, scoped
from tui_transformer.engine.weights import BlockWeights


def attention(
    x: Array,
    w: BlockWeights,
    config: ModelConfig,
    tap: Tap,
    rotation: tuple[Array, Array] | None = None,
    cache: KVCache | None = None,
    layer: int = 0,
) -> Array:
    """What attention adds to the residual stream: `[pos, d_model] -> [pos, d_model]`.

    Args:
        x: the normalised stream, `[pos, d_model]`.
        w: this block's weights.
        config: the model.
        tap: sees `q k v rot_q rot_k attn_scores masked_scores pattern z result`, and the
            `scale` and `normalized` of `q_norm` and `k_norm` where the model has them.
        rotation: cosines and sines `[pos, d_head/2]` for rotary positions.
        cache: earlier keys and values; the new ones are written behind them.
        layer: which block this is, for the cache and for the scale of its scores.
    """
    q = tap("q", split_heads(project(x, w.W_Q, w.b_Q), config.n_heads))  # [head, pos, d_head]
    k = tap("k", split_heads(project(x, w.W_K, w.b_K), config.n_kv_heads))  # [kv_head, pos, d_head]
    v = tap("v", split_heads(project(x, w.W_V, w.b_V), config.n_kv_heads))  # [kv_head, pos, d_head]
    if config.qk_norm:
        q = norm(q, config, w.q_norm_w, None, scoped(tap, "q_norm"))  # [head, pos, d_head]
        k = norm(k, config, w.k_norm_w, None, scoped(tap, "k_norm"))  # [kv_head, pos, d_head]
    if rotation is not None:
        q = tap("rot_q", rotate(q, *rotation))  # [head, pos, d_head]
        k = tap("rot_k", rotate(k, *rotation))  # [kv_head, pos, d_head]
    if cache is not None:
        k, v = cache.extend(layer, k, v)  # [kv_head, key_pos, d_head]
    scores = score(q, k, config.attn_scale(layer))  # [head, query_pos, key_pos]
    scores = tap("attn_scores", scores)  # [head, query_pos, key_pos]
    masked = causal_mask(scores, config.sliding_window)  # [head, query_pos, key_pos]
    masked = tap("masked_scores", masked)  # [head, query_pos, key_pos]
    pattern = tap("pattern", softmax(masked))  # [head, query_pos, key_pos]
    z = tap("z", mix(pattern, v))  # [head, pos, d_head]
    if tap.wants("result"):
        made = head_results(z, w.W_O)  # [head, pos, d_model]
        kept = tap("result", made)
        if kept is not made:  # someone put another tensor in its place: let it count
            out = kept.sum(axis=-3)  # [pos, d_model]
            return out if w.b_O is None else out + w.b_O
    return project(merge_heads(z), w.W_O, w.b_O)  # [pos, d_model]


def project(x: Array, weight: Array, bias: Array | None) -> Array:
    """`x @ W + b`: `[pos, d_in] -> [pos, d_out]`."""
    y = x @ weight  # [pos, d_out]
    return y if bias is None else y + bias


def split_heads(x: Array, n_heads: int) -> Array:
    """`[pos, head * d_head] -> [head, pos, d_head]`, a view."""
    *batch, pos, width = x.shape
    return x.reshape(*batch, pos, n_heads, width // n_heads).swapaxes(-3, -2)


def merge_heads(x: Array) -> Array:
    """`[head, pos, d_head] -> [pos, head * d_head]`."""
    *batch, head, pos, d_head = x.shape
    return x.swapaxes(-3, -2).reshape(*batch, pos, head * d_head)


def score(q: Array, k: Array, scale: float | None = None) -> Array:
    """How well each query fits each key: `q · k * scale`; left out, the scale is `1/√d_head`.

    `q` is `[head, query_pos, d_head]`, `k` is `[kv_head, key_pos, d_head]`; the result is
    `[head, query_pos, key_pos]`.
    """
    *batch, n_heads, queries, d_head = q.shape
    kv_heads, keys, _ = k.shape[-3:]
    scale = float(d_head) ** -0.5 if scale is None else scale
    grouped = q.reshape(*batch, kv_heads, n_heads // kv_heads, queries, d_head)
    scores = grouped @ k[..., None, :, :].swapaxes(-1, -2)  # [kv_head, group, query_pos, key_pos]
    return scores.reshape(*batch, n_heads, queries, keys) * scale


def causal_mask(scores: Array, window: int | None = None) -> Array:
    """Put -inf where a key comes after its query, so that softmax gives it exactly 0.

    With a sliding window, keys `window` or more positions before the query get -inf too.
    `[head, query_pos, key_pos]`; the queries are the last ones of the keys (with a cache there
    are more keys than queries).
    """
    queries, keys = scores.shape[-2:]
    last = keys - queries  # the key at the place of the first query
    visible = np.tri(queries, keys, k=last, dtype=bool)  # [query_pos, key_pos]
    if window is not None:
        visible &= ~np.tri(queries, keys, k=last - window, dtype=bool)  # [query_pos, key_pos]
    return np.where(visible, scores, scores.dtype.type(NEG_INF))


def mix(pattern: Array, v: Array) -> Array:
    """Each query's weighted sum of values: `pattern @ v`.

    `pattern` is `[head, query_pos, key_pos]`, `v` is `[kv_head, key_pos, d_head]`; the result is
    `[head, query_pos, d_head]`.
    """
    *batch, n_heads, queries, keys = pattern.shape
    kv_heads, _, d_head = v.shape[-3:]
    grouped = pattern.reshape(*batch, kv_heads, n_heads // kv_heads, queries, keys)
    return (grouped @ v[..., None, :, :]).reshape(*batch, n_heads, queries, d_head)


def head_results(z: Array, W_O: Array) -> Array:
    """Each head's own part of the output, before the bias: `[head, pos, d_model]`."""
    n_heads, _, d_head = z.shape[-3:]
    return z @ W_O.reshape(n_heads, d_head, W_O.shape[1])
