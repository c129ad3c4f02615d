"""The gradient of `engine/block.py`."""

from tui_transformer.engine import Array, BlockWeights, ModelConfig, Tap
from tui_transformer.engine.tap import scoped
from tui_transformer.training.backward.attention import attention_backward
from tui_transformer.training.backward.mlp import mlp_backward
from tui_transformer.training.backward.norm import norm_backward
from tui_transformer.training.backward.values import Values


def block_backward(
    d_post: Array,
    values: Values,
    w: BlockWeights,
    config: ModelConfig,
    d_w: BlockWeights,
    tap: Tap,
    rotation: tuple[Array, Array] | None = None,
    layer: int = 0,
) -> Array:
    """The gradient of the stream as it enters, `[batch, pos, d_model]`, from that as it leaves.

    A residual connection copies: the gradient goes on unchanged, and once more through the part.
    """
    d_mid = tap("resid_post", d_post)  # [batch, pos, d_model]
    if not config.attn_only:
        d_out = tap("mlp_out", d_mid)  # [batch, pos, d_model]
        part, stream = values.under("ln2"), values["resid_mid"]
        x = normalized(part, stream, config)  # [batch, pos, d_model]
        d_x = mlp_backward(d_out, x, values.under("mlp"), w, config, d_w, scoped(tap, "mlp"))
        d_mid = d_mid + norm_backward(
            d_x, stream, part, config, w.ln2_w, d_w.ln2_w, d_w.ln2_b, scoped(tap, "ln2")
        )  # [batch, pos, d_model]
        d_mid = tap("resid_mid", d_mid)  # [batch, pos, d_model]
    d_pre = d_mid
    d_out = tap("attn_out", d_pre)  # [batch, pos, d_model]
    part, stream = values.under("ln1"), values["resid_pre"]
    x = normalized(part, stream, config)  # [batch, pos, d_model]
    d_x = attention_backward(
        d_out, x, values.under("attn"), w, config, d_w, scoped(tap, "attn"), rotation, layer
    )  # [batch, pos, d_model]
    d_pre = d_pre + norm_backward(
        d_x, stream, part, config, w.ln1_w, d_w.ln1_w, d_w.ln1_b, scoped(tap, "ln1")
    )
    return tap("resid_pre", d_pre)  # [batch, pos, d_model]


def normalized(part: Values, stream: Array, config: ModelConfig) -> Array:
    """What a norm handed on; in a model without norms that is the stream itself."""
    return stream if config.norm == "none" else part["normalized"]
