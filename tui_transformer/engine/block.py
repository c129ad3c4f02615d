"""One block: attention and MLP, each read from the normalised stream and added back to it."""

from tui_transformer.engine.attention import attention
from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.kv_cache import KVCache
from tui_transformer.engine.mlp import mlp
from tui_transformer.engine.norm import norm
from tui_transformer.engine.ops import by_rows, quiet
from tui_transformer.engine.tap import Array, Tap, scoped
from tui_transformer.engine.weights import BlockWeights


@quiet
def block(
    resid_pre: Array,
    w: BlockWeights,
    config: ModelConfig,
    tap: Tap,
    rotation: tuple[Array, Array] | None = None,
    cache: KVCache | None = None,
    layer: int = 0,
) -> Array:
    """One pre-norm block (Radford et al. 2019, §2.3): `[pos, d_model] -> [pos, d_model]`.

    The arguments are those of :func:`~tui_transformer.engine.attention.attention`; `resid_pre` is
    the residual stream as it enters, the result the stream as it leaves. In a model of attention
    only the sum after attention is that already.
    """
    resid_pre = tap("resid_pre", resid_pre)  # [pos, d_model]
    x = norm(resid_pre, config, w.ln1_w, w.ln1_b, scoped(tap, "ln1"))  # [pos, d_model]
    attn_out = attention(x, w, config, scoped(tap, "attn"), rotation, cache, layer)
    attn_out = tap("attn_out", attn_out)  # [pos, d_model]
    if config.attn_only:
        return tap("resid_post", by_rows(add, resid_pre, attn_out))  # [pos, d_model]
    resid_mid = tap("resid_mid", by_rows(add, resid_pre, attn_out))  # [pos, d_model]
    x = norm(resid_mid, config, w.ln2_w, w.ln2_b, scoped(tap, "ln2"))  # [pos, d_model]
    mlp_out = tap("mlp_out", mlp(x, w, config, scoped(tap, "mlp")))  # [pos, d_model]
    return tap("resid_post", by_rows(add, resid_mid, mlp_out))  # [pos, d_model]


def add(stream: Array, part: Array) -> Array:
    """The residual connection (He et al. 2015): what a part found is added, nothing is lost."""
    return stream + part  # [pos, d_model]
