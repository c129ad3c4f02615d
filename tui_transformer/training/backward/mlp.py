"""The gradient of `engine/mlp.py`."""

from tui_transformer.engine import Array, BlockWeights, ModelConfig, Tap
from tui_transformer.engine.ops import activate
from tui_transformer.training.backward.ops import activate_backward, project_backward
from tui_transformer.training.backward.values import Values


def mlp_backward(
    d_out: Array,
    x: Array,
    values: Values,
    w: BlockWeights,
    config: ModelConfig,
    d_w: BlockWeights,
    tap: Tap,
) -> Array:
    """The gradient of the MLP's input `x`, `[..., d_model]`, from that of what it adds.

    Gated, `post = act(pre) * pre_linear`: each factor's gradient is the other times `d_post`.
    """
    assert w.W_in is not None and w.W_out is not None  # models that have an MLP
    assert d_w.W_in is not None and d_w.W_out is not None
    d_post = project_backward(d_out, values["post"], w.W_out, d_w.W_out, d_w.b_out)
    d_post = tap("post", d_post)  # [..., d_mlp]
    pre = values["pre"]  # [..., d_mlp]
    if w.W_gate is None or d_w.W_gate is None:
        d_pre = tap("pre", activate_backward(d_post, pre, config.act_fn))  # [..., d_mlp]
        return project_backward(d_pre, x, w.W_in, d_w.W_in, d_w.b_in)  # [..., d_model]
    d_linear = tap("pre_linear", activate(pre, config.act_fn) * d_post)  # [..., d_mlp]
    d_post = d_post * values["pre_linear"]  # [..., d_mlp]: the gradient of act(pre)
    d_pre = tap("pre", activate_backward(d_post, pre, config.act_fn))  # [..., d_mlp]
    d_x = project_backward(d_linear, x, w.W_in, d_w.W_in, d_w.b_in)  # [..., d_model]
    d_x += project_backward(d_pre, x, w.W_gate, d_w.W_gate, d_w.b_gate)
    return d_x  # [..., d_model]
