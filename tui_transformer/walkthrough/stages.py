"""The stages of a decoder-only transformer, in the order in which a token meets them."""

from tui_transformer import sampling
from tui_transformer.engine import ModelConfig, attention, block, ops
from tui_transformer.engine.config import Activation
from tui_transformer.engine.forward import embed, look_up, unembed
from tui_transformer.walkthrough.stage import Stage

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


def _bias(present: bool, name: str) -> str:
    return f" + {name}" if present else ""


def _norm_formula(config: ModelConfig) -> str:
    gain = " × gain" if config.norm_affine else ""
    if config.norm == "rmsnorm":
        return f"x / √(mean(x²) + {config.eps:g}){gain}"
    shift = " + shift" if config.norm_affine else ""
    return f"(x − mean) / √(var + {config.eps:g}){gain}{shift}"


def _norm_text(config: ModelConfig) -> str:
    if config.norm == "rmsnorm":
        what = "Each token's vector is divided by its own root mean square, so its size is about 1."
    else:
        what = "Each token's vector is shifted to mean 0 and divided by its standard deviation."
    gain = " Then each dimension gets its learned gain." if config.norm_affine else ""
    return f"{what}{gain} The stream itself stays as it is; only this reading of it is normalised."


def _position_formula(config: ModelConfig) -> str:
    if config.positions == "learned":
        return f"x = embed + W_pos[pos]    W_pos [{config.n_ctx}×{config.d_model}]"
    return "x = embed + PE(pos)    sin and cos of pos / 10000^(2i/d_model)"


def _position_text(config: ModelConfig) -> str:
    if config.positions == "learned":
        source = "Each position has a learned vector of its own."
    else:
        source = "Each position has its own mix of sine and cosine waves, fast ones to the left."
    return (
        f"{source} It is added to the token's vector: attention alone cannot tell which token came "
        "first. The sum is the residual stream as it enters block 1."
    )


def _qkv_formula(config: ModelConfig) -> str:
    b = config.qkv_bias
    return (
        f"q = x W_Q{_bias(b, 'b_Q')}   k = x W_K{_bias(b, 'b_K')}   v = x W_V{_bias(b, 'b_V')}"
        f"    {config.d_model} → {config.n_heads}×{config.d_head}"
    )


def _qkv_text(config: ModelConfig) -> str:
    shared = ""
    if config.group_size > 1:
        shared = f" Every {config.group_size} query heads share one key and value head."
    return (
        "Each token makes three vectors a head: a query (what it looks for), a key (what it can be "
        f"found by) and a value (what it hands over when found).{shared}"
    )


def _score_formula(config: ModelConfig) -> str:
    turned = "rot_" if config.positions == "rotary" else ""
    return f"score = {turned}q · {turned}k / √d_head    d_head {config.d_head}"


def _mlp_in_formula(config: ModelConfig) -> str:
    b = config.mlp_bias
    if config.gated_mlp:
        return (
            f"pre = x W_gate{_bias(b, 'b_gate')}   pre_linear = x W_in{_bias(b, 'b_in')}"
            f"    {config.d_model} → {config.d_mlp}"
        )
    return f"pre = x W_in{_bias(b, 'b_in')}    {config.d_model} → {config.d_mlp}"


def _activation_formula(config: ModelConfig) -> str:
    gate = " × pre_linear" if config.gated_mlp else ""
    return f"post = {activation_name(config)}(pre){gate}"


def _activation_text(config: ModelConfig) -> str:
    gate = " Then it gates the other half of the pair." if config.gated_mlp else ""
    return (
        f"{_ACTIVATION_TEXT[config.act_fn]}{gate} Without a bend like this, two layers of weights "
        "would be no more than one."
    )


TOKENS = Stage(
    "tokens", "tokens", "input", (), (),
    formula=lambda c: f"text → ids    a vocabulary of {c.d_vocab:,}",
    explanation=lambda c: (
        "The model reads numbers, not letters. The text is cut into tokens, and each token is its "
        "row number in the vocabulary."
    ),
)  # fmt: skip

EMBED = Stage(
    "embed", "embedding", "input", (), ("embed",),
    formula=lambda c: f"embed = W_E[id]    W_E [{c.d_vocab:,}×{c.d_model}]",
    explanation=lambda c: (
        f"Each id picks its row of a table: {c.d_model} numbers that stand for the token. The same "
        "token gets the same numbers wherever it stands; no context has come in yet."
    ),
    function=look_up,
)  # fmt: skip

POSITION = Stage(
    "position", "position", "input", ("embed", "pos_embed"), ("resid_pre",),
    formula=_position_formula, explanation=_position_text,
    function_for=lambda c: embed if c.positions == "learned" else ops.sinusoids,
)  # fmt: skip

BLOCK = (
    Stage(
        "norm1", "norm", "block", ("resid_pre",), ("ln1.normalized", "ln1.scale"),
        formula=_norm_formula, explanation=_norm_text, function=ops.norm_apply,
    ),
    Stage(
        "qkv", "q k v", "block", ("ln1.normalized",), ("attn.q", "attn.k", "attn.v"),
        formula=_qkv_formula, explanation=_qkv_text, function=attention.project,
    ),
    Stage(
        "rotate", "rotate", "block", ("attn.q", "attn.k"), ("attn.rot_q", "attn.rot_k"),
        formula=lambda c: f"pair i turns by pos · {c.rope_theta:g}^(−2i/{c.d_head})",
        explanation=lambda c: (
            "Queries and keys are turned, pair by pair, by an angle that grows with the position. "
            "The product of two turned vectors then depends on how far apart they stand."
        ),
        function=ops.rotate,
    ),
    Stage(
        "scores", "scores", "block", ("attn.q", "attn.k"), ("attn.attn_scores",),
        formula=_score_formula,
        explanation=lambda c: (
            "Each query meets each key: the larger their product, the better they fit. Dividing by "
            "the square root of the head's width keeps the scores from growing with it."
        ),
        function=attention.score,
    ),
    Stage(
        "mask", "mask", "block", ("attn.attn_scores",), ("attn.masked_scores",),
        formula=lambda c: "masked = score where key ≤ query, −∞ elsewhere",
        explanation=lambda c: (
            "A token may look at itself and at what came before, never ahead: those scores become "
            "−∞. So the prediction at each position uses nothing that it should not know yet."
        ),
        function=attention.causal_mask,
    ),
    Stage(
        "softmax", "softmax", "block", ("attn.masked_scores",), ("attn.pattern",),
        formula=lambda c: "pattern = exp(s − max) / ∑ exp(s − max)    each row sums to 1",
        explanation=lambda c: (
            "Each row of scores becomes weights between 0 and 1 that sum to 1: how much of each "
            "earlier token this token takes in. A masked score becomes exactly 0."
        ),
        function=ops.softmax,
    ),
    Stage(
        "mix", "mix", "block", ("attn.pattern", "attn.v"), ("attn.z",),
        formula=lambda c: "z = pattern · v    a weighted sum of value vectors",
        explanation=lambda c: (
            "Each token collects the values of the tokens it looks at, each times its weight. This "
            "is the only place in a block where information moves between tokens."
        ),
        function=attention.mix,
    ),
    Stage(
        "project", "project", "block", ("attn.z",), ("attn_out",),
        formula=lambda c: (
            f"attn_out = z W_O{_bias(c.attn_out_bias, 'b_O')}"
            f"    {c.n_heads}×{c.d_head} → {c.d_model}"
        ),
        explanation=lambda c: (
            "What the heads collected is laid side by side and brought back to the width of the "
            "stream. The result is the sum of one part a head."
        ),
        function=attention.project,
    ),
    Stage(
        "add1", "add", "block", ("resid_pre", "attn_out"), ("resid_mid",),
        formula=lambda c: "resid_mid = resid_pre + attn_out",
        explanation=lambda c: (
            "What attention found is added to the stream. Nothing is overwritten: what came in is "
            "still there, and training can reach every block through this sum."
        ),
        function=block.add,
    ),
    Stage(
        "norm2", "norm", "block", ("resid_mid",), ("ln2.normalized", "ln2.scale"),
        formula=_norm_formula, explanation=_norm_text, function=ops.norm_apply,
    ),
    Stage(
        "mlp_in", "MLP in", "block", ("ln2.normalized",), ("mlp.pre", "mlp.pre_linear"),
        formula=_mlp_in_formula,
        explanation=lambda c: (
            f"Each token by itself is widened to {c.d_mlp} numbers, one for each neuron: how well "
            "the token's vector fits that neuron's weights."
        ),
        function=attention.project,
    ),
    Stage(
        "activation", "activation", "block", ("mlp.pre", "mlp.pre_linear"), ("mlp.post",),
        formula=_activation_formula, explanation=_activation_text,
        function_for=lambda c: ops.ACTIVATIONS[c.act_fn],
    ),
    Stage(
        "mlp_out", "MLP out", "block", ("mlp.post",), ("mlp_out",),
        formula=lambda c: (
            f"mlp_out = post W_out{_bias(c.mlp_bias, 'b_out')}    {c.d_mlp} → {c.d_model}"
        ),
        explanation=lambda c: (
            "Each neuron that fired writes its own vector, times its strength. Their sum, back at "
            "the width of the stream, is what the MLP has to say."
        ),
        function=attention.project,
    ),
    Stage(
        "add2", "add", "block", ("resid_mid", "mlp_out"), ("resid_post",),
        formula=lambda c: "resid_post = resid_mid + mlp_out",
        explanation=lambda c: (
            "The MLP's part is added to the stream, and the block is done. The stream goes on to "
            "the next block, or after the last one to the prediction."
        ),
        function=block.add,
    ),
)  # fmt: skip

FINAL_NORM = Stage(
    "final_norm", "final norm", "output", ("resid_post",),
    ("ln_final.normalized", "ln_final.scale"),
    formula=_norm_formula, explanation=_norm_text, function=ops.norm_apply,
)  # fmt: skip

UNEMBED = Stage(
    "unembed", "unembed", "output", ("ln_final.normalized",), ("logits",),
    formula=lambda c: (
        f"logits = x {'W_Eᵀ' if c.tie_embeddings else 'W_U'}    {c.d_model} → {c.d_vocab:,}"
    ),
    explanation=lambda c: (
        "Each token of the vocabulary gets a score: how well its column fits the final vector. "
        + (
            "The table is the embedding's own, turned around."
            if c.tie_embeddings
            else "The table is learned apart from the embedding's."
        )
    ),
    function=unembed,
)  # fmt: skip

PROBABILITIES = Stage(
    "probabilities", "probabilities", "output", ("logits",), (),
    formula=lambda c: "p = softmax(logits / T), then top-k, top-p, min-p",
    explanation=lambda c: (
        "The scores are divided by the temperature and become probabilities. Each filter strikes "
        "out unlikely tokens, and what is left is scaled to sum to 1 again."
    ),
    function=sampling.distribution,
)  # fmt: skip

SAMPLE = Stage(
    "sample", "sample", "output", (), (),
    formula=lambda c: "u ~ uniform[0, 1)    the token whose piece of the line holds u",
    explanation=lambda c: (
        "The kept tokens lie side by side on a line from 0 to 1, each as wide as its probability. "
        "One number is drawn, and the token that it falls on is appended. Then all starts again."
    ),
    function=sampling.draw,
)  # fmt: skip
