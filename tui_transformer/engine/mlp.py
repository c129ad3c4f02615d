"""The feed-forward half of a block: widen, bend, narrow, each position by itself."""

from tui_transformer.engine.attention import project
from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.ops import activate
from tui_transformer.engine.tap import Array, Tap
from tui_transformer.engine.weights import BlockWeights


def mlp(x: Array, w: BlockWeights, config: ModelConfig, tap: Tap) -> Array:
    """What the MLP adds to the residual stream: `[pos, d_model] -> [pos, d_model]`.

    Plain (Vaswani et al. 2017, §3.3): `act(x W_in + b_in) W_out + b_out`.
    Gated (Shazeer 2020): `(act(x W_gate + b_gate) * (x W_in + b_in)) W_out + b_out`.
    The tap sees `pre`, `pre_linear` (gated only) and `post`.
    """
    assert w.W_in is not None and w.W_out is not None  # models that have an MLP
    if w.W_gate is None:
        pre = tap("pre", project(x, w.W_in, w.b_in))  # [pos, d_mlp]
        post = activate(pre, config.act_fn)  # [pos, d_mlp]
    else:
        pre = tap("pre", project(x, w.W_gate, w.b_gate))  # [pos, d_mlp]
        linear = tap("pre_linear", project(x, w.W_in, w.b_in))  # [pos, d_mlp]
        post = activate(pre, config.act_fn)  # [pos, d_mlp]
        post *= linear  # [pos, d_mlp]
    post = tap("post", post)  # [pos, d_mlp]
    return project(post, w.W_out, w.b_out)  # [pos, d_model]
