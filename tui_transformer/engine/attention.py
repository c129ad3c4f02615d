"""Causal self-attention (Vaswani et al. 2017, §3.2), every step a function of its own.

Axes: `head` counts query heads; with grouped queries, key/value head `g` serves query heads
`g * group_size` to `(g + 1) * group_size - 1`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.kv_cache import KVCache
from tui_transformer.engine.norm import norm
from tui_transformer.engine.ops import NEG_INF, later_keys, matmul, rotate, softmax
from tui_transformer.engine.query_blocks import query_blocks
from tui_transformer.engine.tap import Array, Tap, scoped
from tui_transformer.engine.threads import in_pieces
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
    q, k, v = project_qkv(x, w)  # [pos, head * d_head], [pos, kv_head * d_head] twice
    q = tap("q", split_heads(q, config.n_heads))  # [head, pos, d_head]
    k = tap("k", split_heads(k, config.n_kv_heads))  # [kv_head, pos, d_head]
    v = tap("v", split_heads(v, config.n_kv_heads))  # [kv_head, pos, d_head]
    if config.qk_norm:
        q = norm(q, config, w.q_norm_w, None, scoped(tap, "q_norm"))  # [head, pos, d_head]
        k = norm(k, config, w.k_norm_w, None, scoped(tap, "k_norm"))  # [kv_head, pos, d_head]
    if rotation is not None:
        q = tap("rot_q", rotate(q, *rotation))  # [head, pos, d_head]
        k = tap("rot_k", rotate(k, *rotation))  # [kv_head, pos, d_head]
    if cache is not None:
        k, v = cache.extend(layer, k, v)  # [kv_head, key_pos, d_head]
    scale, window = config.attn_scale(layer), config.sliding_window
    if any(tap.wants(name) for name in ("attn_scores", "masked_scores", "pattern")):
        scores = all_scores(q, k, scale, window)  # [head, query_pos, key_pos]
        scores = tap("attn_scores", scores)  # [head, query_pos, key_pos]
        made = all_masked(scores, window)  # [head, query_pos, key_pos]
        masked = tap("masked_scores", made)  # [head, query_pos, key_pos]
        made = all_patterns(masked, window, masked is not made)  # [head, query_pos, key_pos]
        pattern = tap("pattern", made)  # [head, query_pos, key_pos]
        z = all_mixed(pattern, v, window, pattern is not made)  # [head, pos, d_head]
    else:  # the same steps, a block of queries at a time
        z = attend(q, k, v, scale, window)  # [head, pos, d_head]
    z = tap("z", z)  # [head, pos, d_head]
    if tap.wants("result"):
        made = head_results(z, w.W_O)  # [head, pos, d_model]
        kept = tap("result", made)
        if kept is not made:  # someone put another tensor in its place: let it count
            out = kept.sum(axis=-3)  # [pos, d_model]
            return out if w.b_O is None else out + w.b_O
    return project(merge_heads(z), w.W_O, w.b_O)  # [pos, d_model]


def project_qkv(x: Array, w: BlockWeights) -> tuple[Array, Array, Array]:
    """Queries, keys and values, the heads of each side by side: `[pos, d_model]` to three of
    `[pos, head * d_head]`.

    Where the three matrices lie in memory as one, as GPT-2 stores them, this is one product.
    """
    if w.W_QKV is None:
        return project(x, w.W_Q, w.b_Q), project(x, w.W_K, w.b_K), project(x, w.W_V, w.b_V)
    qkv = project(x, w.W_QKV, w.b_QKV)  # [pos, (n_heads + 2 n_kv_heads) * d_head]
    first, second = w.W_Q.shape[1], w.W_Q.shape[1] + w.W_K.shape[1]
    return qkv[..., :first], qkv[..., first:second], qkv[..., second:]


def project(x: Array, weight: Array, bias: Array | None) -> Array:
    """`x @ W + b`: `[pos, d_in] -> [pos, d_out]`."""
    return matmul(x, weight, bias)  # x @ weight + bias: [pos, d_out]


def split_heads(x: Array, n_heads: int) -> Array:
    """`[pos, head * d_head] -> [head, pos, d_head]`, a view."""
    *batch, pos, width = x.shape
    return x.reshape(*batch, pos, n_heads, width // n_heads).swapaxes(-3, -2)


def merge_heads(x: Array) -> Array:
    """`[head, pos, d_head] -> [pos, head * d_head]`."""
    *batch, head, pos, d_head = x.shape
    return x.swapaxes(-3, -2).reshape(*batch, pos, head * d_head)


def score(q: Array, k: Array, scale: float | None = None, out: Array | None = None) -> Array:
    """How well each query fits each key: `q · k * scale`; left out, the scale is `1/√d_head`.

    `q` is `[head, query_pos, d_head]`, `k` is `[kv_head, key_pos, d_head]`; the result is
    `[head, query_pos, key_pos]`, written into `out` if there is one.
    """
    *batch, n_heads, queries, d_head = q.shape
    kv_heads, keys, _ = k.shape[-3:]
    scale = float(d_head) ** -0.5 if scale is None else scale
    grouped = (q * scale).reshape(*batch, kv_heads, n_heads // kv_heads, queries, d_head)
    if out is not None:
        out = out.reshape(*batch, kv_heads, n_heads // kv_heads, queries, keys)
    turned = k[..., None, :, :].swapaxes(-1, -2)  # [kv_head, 1, d_head, key_pos]
    scores: Array = np.matmul(grouped, turned, out=out)  # [kv_head, group, query_pos, key_pos]
    return scores.reshape(*batch, n_heads, queries, keys)


def causal_mask(scores: Array, window: int | None = None, out: Array | None = None) -> Array:
    """Put -inf where a key comes after its query, so that softmax gives it exactly 0.

    With a sliding window, keys `window` or more positions before the query get -inf too.
    `[head, query_pos, key_pos]`; the queries are the last ones of the keys (with a cache there
    are more keys than queries). `out` may be `scores` itself.
    """
    queries, keys = scores.shape[-2:]
    first = keys - queries  # the key at the place of the first query
    masked = scores.copy() if out is None else out
    np.copyto(masked[..., first:], NEG_INF, where=later_keys(queries))
    if window is not None:
        gone = np.tri(queries, keys, k=first - window, dtype=bool)  # [query_pos, key_pos]
        np.copyto(masked, NEG_INF, where=gone)
    return masked


def mix(pattern: Array, v: Array, out: Array | None = None) -> Array:
    """Each query's weighted sum of values: `pattern @ v`.

    `pattern` is `[head, query_pos, key_pos]`, `v` is `[kv_head, key_pos, d_head]`; the result is
    `[head, query_pos, d_head]`, written into `out` if there is one.
    """
    *batch, n_heads, queries, keys = pattern.shape
    kv_heads, _, d_head = v.shape[-3:]
    grouped = pattern.reshape(*batch, kv_heads, n_heads // kv_heads, queries, keys)
    if out is not None:
        out = out.reshape(*batch, kv_heads, n_heads // kv_heads, queries, d_head)
    values = v[..., None, :, :]  # [kv_head, 1, key_pos, d_head]
    mixed: Array = np.matmul(grouped, values, out=out)  # [kv_head, group, query_pos, d_head]
    return mixed.reshape(*batch, n_heads, queries, d_head)


def head_results(z: Array, W_O: Array) -> Array:
    """Each head's own part of the output, before the bias: `[head, pos, d_model]`."""
    n_heads, _, d_head = z.shape[-3:]
    return z @ W_O.reshape(n_heads, d_head, W_O.shape[1])


class Heads(NamedTuple):
    """Some query heads and the key/value heads that they read."""

    q: slice
    kv: slice


def by_heads(work: Callable[[Heads], None], q: Array, kv: Array) -> None:
    """Call `work` with heads that together are all of them, on every core where that pays."""
    shared = kv.shape[-3]  # kv_head
    group = q.shape[-3] // shared

    def some(part: slice) -> None:
        work(Heads(slice(part.start * group, part.stop * group), part))

    in_pieces(some, shared)


def empty_z(like: Array, d_head: int) -> Array:
    """Room for `[head, pos, d_head]` in which the heads of a position lie side by side."""
    *batch, n_heads, pos, _ = like.shape
    return np.empty((*batch, pos, n_heads, d_head), dtype=like.dtype).swapaxes(-3, -2)


def attend(q: Array, k: Array, v: Array, scale: float, window: int | None = None) -> Array:
    """From queries, keys and values to `z`, `[head, pos, d_head]`; no score is kept.

    The steps of the four functions above, for a block of queries and the keys that it sees.
    """
    z = empty_z(q, v.shape[-1])  # [head, pos, d_head]
    blocks = query_blocks(q.shape[-2], k.shape[-2], window)

    def some_heads(heads: Heads) -> None:
        for block in blocks:
            some = q[..., heads.q, block.queries, :]  # [head, some query_pos, d_head]
            seen = k[..., heads.kv, block.keys, :]  # [kv_head, some key_pos, d_head]
            scores = score(some, seen, scale)  # [head, some query_pos, some key_pos]
            masked = causal_mask(scores, window, out=scores)
            pattern = softmax(masked, out=masked)
            values = v[..., heads.kv, block.keys, :]  # [kv_head, some key_pos, d_head]
            mix(pattern, values, out=z[..., heads.q, block.queries, :])

    by_heads(some_heads, q, k)
    return z


def all_scores(q: Array, k: Array, scale: float, window: int | None = None) -> Array:
    """:func:`score` block by block: `[head, query_pos, key_pos]`, what the mask hides included."""
    *heads_first, queries, _ = q.shape
    keys = k.shape[-2]
    scores = np.empty((*heads_first, queries, keys), dtype=q.dtype)
    blocks = query_blocks(queries, keys, window)

    def some_heads(heads: Heads) -> None:
        for block in blocks:
            for part in (block.keys, *block.unseen(keys)):
                some = q[..., heads.q, block.queries, :]  # [head, some query_pos, d_head]
                seen = k[..., heads.kv, part, :]  # [kv_head, some key_pos, d_head]
                score(some, seen, scale, out=scores[..., heads.q, block.queries, part])

    by_heads(some_heads, q, k)
    return scores


def all_masked(scores: Array, window: int | None = None) -> Array:
    """:func:`causal_mask` block by block: `[head, query_pos, key_pos]`."""
    heads_in_all, queries, keys = scores.shape[-3:]
    masked = np.empty_like(scores)
    blocks = query_blocks(queries, keys, window)

    def some_heads(heads: slice) -> None:
        for block in blocks:
            into = masked[..., heads, block.queries, block.keys]
            into[...] = scores[..., heads, block.queries, block.keys]
            causal_mask(into, window, out=into)
            for unseen in block.unseen(keys):
                masked[..., heads, block.queries, unseen] = NEG_INF

    in_pieces(some_heads, heads_in_all)
    return masked


def all_patterns(masked: Array, window: int | None = None, edited: bool = True) -> Array:
    """:func:`~tui_transformer.engine.ops.softmax` block by block, `[head, query_pos, key_pos]`.

    `edited` says that `masked` may hold something where the mask was.
    """
    heads_in_all, queries, keys = masked.shape[-3:]
    pattern = np.zeros_like(masked)
    blocks = query_blocks(queries, keys, window)

    def some_heads(heads: slice) -> None:
        for block in blocks:
            part = block.keys
            for unseen in block.unseen(keys) if edited else ():
                if not (masked[..., heads, block.queries, unseen] == NEG_INF).all():
                    part = slice(0, keys)  # someone took the mask away
            into = pattern[..., heads, block.queries, part]  # [head, some query_pos, key_pos]
            softmax(masked[..., heads, block.queries, part], out=into)

    in_pieces(some_heads, heads_in_all)
    return pattern


def all_mixed(pattern: Array, v: Array, window: int | None = None, edited: bool = True) -> Array:
    """:func:`mix` block by block: `[head, pos, d_head]`.

    `edited` says that `pattern` may hold weights where the mask was.
    """
    queries, keys = pattern.shape[-2:]
    z = empty_z(pattern, v.shape[-1])  # [head, pos, d_head]
    blocks = query_blocks(queries, keys, window)

    def some_heads(heads: Heads) -> None:
        for block in blocks:
            some = pattern[..., heads.q, block.queries, :]  # [head, some query_pos, key_pos]
            into = z[..., heads.q, block.queries, :]  # [head, some query_pos, d_head]
            mix(some[..., block.keys], v[..., heads.kv, block.keys, :], out=into)
            for unseen in block.unseen(keys) if edited else ():
                if some[..., unseen].any():  # someone put weights there
                    into += mix(some[..., unseen], v[..., heads.kv, unseen, :])

    by_heads(some_heads, pattern, v)
    return z
