"""`worked`: a transformer small enough to check on paper.

Six words, four dimensions, four positions, one block with one head, no norm gains, no biases, no
final norm. The matrices are those of a published worked example; what they give is computed here.
"""

import numpy as np

from tui_transformer.engine import ModelConfig, make_weights
from tui_transformer.models.loaded import LoadedModel, ModelCard, assemble
from tui_transformer.tokenizers import WordTokenizer

VOCABULARY = ("the", "cat", "sat", "on", "mat", "dog")

CONFIG = ModelConfig(
    d_model=4, n_layers=1, n_heads=1, n_kv_heads=1, d_head=4, d_mlp=4, d_vocab=6, n_ctx=4,
    act_fn="relu", norm="layernorm", norm_affine=False, final_norm=False, positions="learned",
    tie_embeddings=False, qkv_bias=False, attn_out_bias=False, mlp_bias=False,
)  # fmt: skip

CARD = ModelCard(
    name="worked",
    summary="by hand: six words, four dimensions",
    description=(
        "A transformer small enough to check with pencil and paper: one block, one head, 160 "
        "numbers, none of them trained. Its matrices come from a published worked example that "
        "walks 'the cat sat on' to a prediction. From the state that the example prints before "
        "the MLP, its MLP half follows to two places. Its printed attention output for 'on', "
        "[0.14, 0.19, 0.22, 0.24], does not follow from its own matrices; here the engine's own "
        "result is shown, [-0.33, 0.05, 0.17, -0.31], and with it 'cat' is predicted at 0.206 "
        "and the loss against 'mat' is 1.831."
    ),
    weights="hand-made",
    prompt="the cat sat on",
    source="a single forward pass through one transformer block, every step exposed",
    target="mat",
)

_TENSORS = {
    "W_E": [
        [0.2, -0.1, 0.7, 0.2],
        [0.1, 0.4, -0.3, 0.6],
        [0.5, 0.2, 0.1, -0.3],
        [-0.2, 0.2, 0.4, 0.1],
        [0.4, 0.1, 0.3, 0.5],
        [0.2, 0.3, -0.2, 0.4],
    ],
    "W_pos": [
        [0.1, 0.0, 0.1, 0.0],
        [0.0, 0.1, 0.0, 0.1],
        [0.1, 0.0, 0.0, -0.1],
        [0.0, 0.1, 0.1, 0.0],
    ],
    "blocks.0.W_Q": [
        [0.5, 0.2, -0.3, 0.1],
        [-0.2, 0.4, 0.1, 0.3],
        [0.1, -0.1, 0.5, 0.2],
        [0.3, 0.2, -0.1, 0.4],
    ],
    "blocks.0.W_K": [
        [0.4, -0.2, 0.3, 0.1],
        [0.2, 0.5, -0.1, 0.3],
        [-0.1, 0.3, 0.4, -0.2],
        [0.3, 0.1, 0.2, 0.5],
    ],
    "blocks.0.W_V": [
        [0.2, 0.4, -0.1, 0.3],
        [0.5, -0.1, 0.2, 0.4],
        [-0.2, 0.3, 0.5, -0.1],
        [0.1, 0.2, 0.3, 0.6],
    ],
    "blocks.0.W_O": [
        [0.8, 0.1, -0.1, 0.2],
        [0.1, 0.7, 0.1, 0.1],
        [-0.1, 0.2, 0.8, 0.1],
        [0.2, 0.1, 0.1, 0.7],
    ],
    "blocks.0.W_in": [
        [0.3, -0.1, 0.2, 0.1],
        [0.1, 0.4, -0.1, 0.2],
        [-0.2, 0.1, 0.3, -0.1],
        [0.1, 0.2, 0.1, 0.3],
    ],
    "blocks.0.W_out": [
        [0.2, 0.1, -0.1, 0.3],
        [0.1, 0.4, 0.2, -0.1],
        [-0.1, 0.2, 0.3, 0.1],
        [0.3, -0.1, 0.1, 0.2],
    ],
    "W_U": [
        [0.1, 0.2, 0.2, 0.2, 0.1, 0.0],
        [0.1, 0.4, 0.2, 0.2, 0.1, 0.1],
        [0.1, 0.5, 0.2, 0.3, 0.2, 0.0],
        [0.1, 0.5, 0.2, 0.2, 0.2, 0.1],
    ],
}


def load() -> LoadedModel:
    """The model, ready to run."""
    tensors = {name: np.array(rows, dtype=np.float32) for name, rows in _TENSORS.items()}
    return assemble(CARD, CONFIG, make_weights(CONFIG, tensors), WordTokenizer(VOCABULARY))
