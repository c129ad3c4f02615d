"""The stages of a decoder-only transformer, in the order in which a token meets them."""

from tui_transformer import sampling
from tui_transformer.engine import attention, block, norm, ops
from tui_transformer.engine.forward import embed, look_up, unembed
from tui_transformer.walkthrough import words
from tui_transformer.walkthrough.stage import Stage

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
    formula=words.position_formula, explanation=words.position_text,
    function_for=lambda c: embed if c.positions == "learned" else ops.sinusoids,
)  # fmt: skip

BLOCK = (
    Stage(
        "norm1", "norm", "block", ("resid_pre",), ("ln1.normalized", "ln1.scale"),
        formula=words.norm_formula, explanation=words.norm_text, function=ops.norm_apply,
    ),
    Stage(
        "qkv", "q k v", "block", ("ln1.normalized",), ("attn.q", "attn.k", "attn.v"),
        formula=words.qkv_formula, explanation=words.qkv_text, function=attention.project,
    ),
    Stage(
        "qk_norm", "q k norm", "block", ("attn.q", "attn.k"),
        (
            "attn.q_norm.normalized", "attn.k_norm.normalized",
            "attn.q_norm.scale", "attn.k_norm.scale",
        ),
        formula=words.qk_norm_formula, explanation=words.qk_norm_text, function=norm.norm,
    ),
    Stage(
        "rotate", "rotate", "block", ("attn.q", "attn.k"), ("attn.rot_q", "attn.rot_k"),
        formula=words.rotate_formula, explanation=words.rotate_text, function=ops.rotate,
    ),
    Stage(
        "scores", "scores", "block", ("attn.q", "attn.k"), ("attn.attn_scores",),
        formula=words.score_formula, explanation=words.score_text, function=attention.score,
    ),
    Stage(
        "mask", "mask", "block", ("attn.attn_scores",), ("attn.masked_scores",),
        formula=words.mask_formula, explanation=words.mask_text, function=attention.causal_mask,
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
            f"attn_out = z W_O{words.bias(c.attn_out_bias, 'b_O')}"
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
        formula=words.add_formula, explanation=words.add_text,
        function=block.add,
    ),
    Stage(
        "norm2", "norm", "block", ("resid_mid",), ("ln2.normalized", "ln2.scale"),
        formula=words.norm_formula, explanation=words.norm_text, function=ops.norm_apply,
    ),
    Stage(
        "mlp_in", "MLP in", "block", ("ln2.normalized",), ("mlp.pre", "mlp.pre_linear"),
        formula=words.mlp_in_formula,
        explanation=lambda c: (
            f"Each token by itself is widened to {c.d_mlp} numbers, one for each neuron: how well "
            "the token's vector fits that neuron's weights."
        ),
        function=attention.project,
    ),
    Stage(
        "activation", "activation", "block", ("mlp.pre", "mlp.pre_linear"), ("mlp.post",),
        formula=words.activation_formula, explanation=words.activation_text,
        function_for=lambda c: ops.ACTIVATIONS[c.act_fn],
    ),
    Stage(
        "mlp_out", "MLP out", "block", ("mlp.post",), ("mlp_out",),
        formula=lambda c: (
            f"mlp_out = post W_out{words.bias(c.mlp_bias, 'b_out')}    {c.d_mlp} → {c.d_model}"
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
    formula=words.norm_formula, explanation=words.norm_text, function=ops.norm_apply,
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
