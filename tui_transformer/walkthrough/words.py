"""Formulas and explanations of the stages, worded for the model at hand."""

from tui_transformer.engine import ModelConfig
from tui_transformer.engine.config import Activation

_ACTIVATIONS: dict[Activation, str] = {
    "relu": "ReLU", "gelu": "GELU", "gelu_tanh": "GELU", "silu": "SiLU",
}  # fmt: skip

_ACTIVATION_TEXT: dict[Activation, str] = {
    "relu": "ReLU keeps what is positive and sets the rest to 0.",
    "gelu": "GELU lets positive values through, negative ones only a little.",
    "gelu_tanh": "GELU (its tanh form) lets positive values through, negative ones only a little.",
    "silu": "SiLU multiplies each value by its own sigmoid: a smooth ReLU.",
}


def activation_name(config: ModelConfig) -> str:
    """The nonlinearity as people write it."""
    return _ACTIVATIONS[config.act_fn]


def bias(present: bool, name: str) -> str:
    """` + name` where there is one."""
    return f" + {name}" if present else ""


def norm_formula(config: ModelConfig) -> str:
    """The norm, with this model's gain and shift."""
    gain = " × gain" if config.norm_affine else ""
    if config.norm == "rmsnorm":
        return f"x / √(mean(x²) + {config.eps:g}){gain}"
    shift = " + shift" if config.norm_affine else ""
    return f"(x − mean) / √(var + {config.eps:g}){gain}{shift}"


def norm_text(config: ModelConfig) -> str:
    """What the norm does to a token's vector."""
    if config.norm == "rmsnorm":
        what = "Each token's vector is divided by its own root mean square, so its size is about 1."
    else:
        what = "Each token's vector is shifted to mean 0 and divided by its standard deviation."
    gain = " Then each dimension gets its learned gain." if config.norm_affine else ""
    return f"{what}{gain} The stream itself stays as it is; only this reading of it is normalised."


def position_formula(config: ModelConfig) -> str:
    """What is added for a position."""
    if config.positions == "learned":
        return f"x = embed + W_pos[pos]    W_pos [{config.n_ctx}×{config.d_model}]"
    return "x = embed + PE(pos)    sin and cos of pos / 10000^(2i/d_model)"


def position_text(config: ModelConfig) -> str:
    """Where positions come from and why they are added."""
    if config.positions == "learned":
        source = "Each position has a vector of its own, a row of a table."
    else:
        source = "Each position has its own mix of sine and cosine waves, fast ones to the left."
    return (
        f"{source} It is added to the token's vector: attention alone cannot tell which token came "
        "first. The sum is the residual stream as it enters block 1."
    )


def qkv_formula(config: ModelConfig) -> str:
    """The three projections."""
    b = config.qkv_bias
    return (
        f"q = x W_Q{bias(b, 'b_Q')}   k = x W_K{bias(b, 'b_K')}   v = x W_V{bias(b, 'b_V')}"
        f"    {config.d_model} → {config.n_heads}×{config.d_head}"
    )


def qkv_text(config: ModelConfig) -> str:
    """What query, key and value are."""
    shared = ""
    if config.group_size > 1:
        shared = f" Every {config.group_size} query heads share one key and value head."
    return (
        "Each token makes three vectors a head: a query (what it looks for), a key (what it can be "
        f"found by) and a value (what it hands over when found).{shared}"
    )


def score_formula(config: ModelConfig) -> str:
    """A score, with what it is divided by."""
    if config.positions == "rotary":
        product = "rot_q · rot_k"
    else:
        product = "norm(q) · norm(k)" if config.qk_norm else "q · k"
    scale = " / √d_head" if config.use_attn_scale else ""
    scale += " / (block + 1)" if config.scale_attn_by_inverse_layer_idx else ""
    return f"score = {product}{scale}    d_head {config.d_head}"


def score_text(config: ModelConfig) -> str:
    """What a score is, and what it is divided by."""
    text = "Each query meets each key: the larger their product, the better they fit."
    if config.use_attn_scale:
        text += (
            " Dividing by the square root of the head's width keeps scores from growing with it."
        )
    if config.scale_attn_by_inverse_layer_idx:
        text += " This model divides them by the number of the block as well, counted from 1."
    return text


def qk_norm_formula(config: ModelConfig) -> str:
    """The norm of each head's query and key: over the head's width, with a gain."""
    if config.norm == "rmsnorm":
        return f"q, k / √(mean over d_head of x² + {config.eps:g}) × gain"
    return f"(q, k − mean) / √(var over d_head + {config.eps:g}) × gain"


def qk_norm_text(config: ModelConfig) -> str:
    """Why queries and keys are normalised."""
    return (
        "Each head's query and key is brought to one size and gets a learned gain a dimension, "
        "before they are compared. So no score grows large because a vector is long. Values stay "
        "as they are."
    )


def rotate_formula(config: ModelConfig) -> str:
    """The angle of a pair, and how it was stretched."""
    angle = f"pair i turns by pos · {config.rope_theta:g}^(−2i/{config.d_head})"
    scaling = config.rope_scaling
    if scaling is None:
        return angle
    return f"{angle}    {scaling.kind} scaling by {scaling.factor:g}"


def rotate_text(config: ModelConfig) -> str:
    """What a rotation is for, and what a stretched one changes."""
    text = (
        "Queries and keys are turned, pair by pair, by an angle that grows with the position. "
        "The product of two turned vectors then depends on how far apart they stand."
    )
    scaling = config.rope_scaling
    if scaling is None:
        return text
    if scaling.kind == "linear":
        return f"{text} To reach a longer context, every angle is divided by {scaling.factor:g}."
    return (
        f"{text} To reach beyond {scaling.original_n_ctx:,} positions, slow angles are divided by "
        f"{scaling.factor:g}, fast ones stay, and those between are blended."
    )


def mask_formula(config: ModelConfig) -> str:
    """Which scores stay."""
    window = config.sliding_window
    if window is None:
        return "masked = score where key ≤ query, −∞ elsewhere"
    return f"masked = score where query − {window:,} < key ≤ query, −∞ elsewhere"


def mask_text(config: ModelConfig) -> str:
    """What a token may look at."""
    window = config.sliding_window
    if window is None:
        return (
            "A token may look at itself and at what came before, never ahead: those scores become "
            "−∞. So the prediction at each position uses nothing that it should not know yet."
        )
    return (
        f"A token may look at itself and at the {window - 1:,} before it: this model has a sliding "
        "window. Scores of later tokens, and of those further back, become −∞. What lies outside "
        "the window is reached only through the blocks below."
    )


def add_formula(config: ModelConfig) -> str:
    """The sum after attention, which is the last of a block without an MLP."""
    return f"{'resid_post' if config.attn_only else 'resid_mid'} = resid_pre + attn_out"


def add_text(config: ModelConfig) -> str:
    """What the residual connection is for."""
    text = "What attention found is added to the stream. Nothing is overwritten: what came in is "
    if config.attn_only:
        return f"{text}still there. This model has no MLP, so the block is done."
    return f"{text}still there, and training can reach every block through this sum."


def mlp_in_formula(config: ModelConfig) -> str:
    """The widening of the MLP."""
    b = config.mlp_bias
    if config.gated_mlp:
        return (
            f"pre = x W_gate{bias(b, 'b_gate')}   pre_linear = x W_in{bias(b, 'b_in')}"
            f"    {config.d_model} → {config.d_mlp}"
        )
    return f"pre = x W_in{bias(b, 'b_in')}    {config.d_model} → {config.d_mlp}"


def activation_formula(config: ModelConfig) -> str:
    """The nonlinearity, gated or not."""
    gate = " × pre_linear" if config.gated_mlp else ""
    return f"post = {activation_name(config)}(pre){gate}"


def activation_text(config: ModelConfig) -> str:
    """What the nonlinearity does."""
    gate = " Then it gates the other half of the pair." if config.gated_mlp else ""
    return (
        f"{_ACTIVATION_TEXT[config.act_fn]}{gate} Without a bend like this, two layers of weights "
        "would be no more than one."
    )
