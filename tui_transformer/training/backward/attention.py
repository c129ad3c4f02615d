"""The gradient of `engine/attention.py`, from the last line to the first."""

from tui_transformer.engine import Array, BlockWeights, ModelConfig, Tap
from tui_transformer.engine.attention import merge_heads, split_heads
from tui_transformer.engine.tap import scoped
from tui_transformer.training.backward.norm import norm_backward
from tui_transformer.training.backward.ops import (
    project_backward,
    rotate_backward,
    softmax_backward,
)
from tui_transformer.training.backward.values import Values


def attention_backward(
    d_out: Array,
    x: Array,
    values: Values,
    w: BlockWeights,
    config: ModelConfig,
    d_w: BlockWeights,
    tap: Tap,
    rotation: tuple[Array, Array] | None = None,
    layer: int = 0,
) -> Array:
    """The gradient of attention's input `x`, `[batch, pos, d_model]`, from that of what it adds."""
    q, k, v = values["q"], values["k"], values["v"]  # [batch, head or kv_head, pos, d_head]
    used_q = q if rotation is None and not config.qk_norm else _used(values, "q", rotation)
    used_k = k if rotation is None and not config.qk_norm else _used(values, "k", rotation)
    pattern = values["pattern"]  # [batch, head, query_pos, key_pos]

    z = merge_heads(values["z"])  # [batch, pos, head * d_head]
    d_z = project_backward(d_out, z, w.W_O, d_w.W_O, d_w.b_O)  # [batch, pos, head * d_head]
    d_z = tap("z", split_heads(d_z, config.n_heads))  # [batch, head, pos, d_head]
    d_pattern, d_v = mix_backward(d_z, pattern, v)
    d_pattern = tap("pattern", d_pattern)  # [batch, head, query_pos, key_pos]
    d_scores = tap("masked_scores", softmax_backward(d_pattern, pattern))
    d_scores = tap("attn_scores", d_scores)  # a masked cell has weight 0 and so gradient 0
    d_q, d_k = score_backward(d_scores, used_q, used_k, config.attn_scale(layer))
    if rotation is not None:
        d_q = rotate_backward(tap("rot_q", d_q), *rotation)  # [batch, head, pos, d_head]
        d_k = rotate_backward(tap("rot_k", d_k), *rotation)  # [batch, kv_head, pos, d_head]
    if config.qk_norm:
        part, q_tap = values.under("q_norm"), scoped(tap, "q_norm")
        d_q = norm_backward(d_q, q, part, config, w.q_norm_w, d_w.q_norm_w, None, q_tap)
        part, k_tap = values.under("k_norm"), scoped(tap, "k_norm")
        d_k = norm_backward(d_k, k, part, config, w.k_norm_w, d_w.k_norm_w, None, k_tap)
    d_q = merge_heads(tap("q", d_q))  # [batch, pos, head * d_head]
    d_k = merge_heads(tap("k", d_k))  # [batch, pos, kv_head * d_head]
    d_v = merge_heads(tap("v", d_v))  # [batch, pos, kv_head * d_head]
    d_x = project_backward(d_q, x, w.W_Q, d_w.W_Q, d_w.b_Q)  # [batch, pos, d_model]
    d_x += project_backward(d_k, x, w.W_K, d_w.W_K, d_w.b_K)
    d_x += project_backward(d_v, x, w.W_V, d_w.W_V, d_w.b_V)
    return d_x  # [batch, pos, d_model]


def _used(values: Values, part: str, rotation: tuple[Array, Array] | None) -> Array:
    """Queries or keys as the scores saw them: rotated, or normalised only."""
    return values[f"rot_{part}" if rotation is not None else f"{part}_norm.normalized"]


def mix_backward(d_z: Array, pattern: Array, v: Array) -> tuple[Array, Array]:
    """Of `z = pattern @ v`: `∂L/∂pattern = d_z vᵀ` and `∂L/∂v = patternᵀ d_z`.

    Heads that share a value head stand below each other as rows of one matrix, so that the second
    product sums over them. The shapes are those of `pattern` and `v`.
    """
    shared = v.shape[-3]  # kv_head
    d_rows = in_groups(d_z, shared)  # [batch, kv_head, group * query_pos, d_head]
    d_pattern = d_rows @ v.swapaxes(-1, -2)  # [batch, kv_head, group * query_pos, key_pos]
    d_v = in_groups(pattern, shared).swapaxes(-1, -2) @ d_rows  # [batch, kv_head, key_pos, d_head]
    return d_pattern.reshape(pattern.shape), d_v


def score_backward(d_scores: Array, q: Array, k: Array, scale: float) -> tuple[Array, Array]:
    """Of `scores = q kᵀ * scale`: `∂L/∂q = d_scores k * scale`, `∂L/∂k = d_scoresᵀ q * scale`.

    The shapes are those of `q` and `k`; heads that share a key head are summed as in
    :func:`mix_backward`.
    """
    shared = k.shape[-3]  # kv_head
    d_rows = in_groups(d_scores, shared)  # [batch, kv_head, group * query_pos, key_pos]
    d_q = (d_rows @ k).reshape(q.shape)  # [batch, head, query_pos, d_head]
    d_k = d_rows.swapaxes(-1, -2) @ in_groups(q, shared)  # [batch, kv_head, key_pos, d_head]
    d_q *= scale
    d_k *= scale
    return d_q, d_k


def in_groups(x: Array, kv_heads: int) -> Array:
    """`[batch, head, pos, n] -> [batch, kv_head, group * pos, n]`."""
    *batch, heads, pos, n = x.shape
    return x.reshape(*batch, kv_heads, heads // kv_heads * pos, n)
