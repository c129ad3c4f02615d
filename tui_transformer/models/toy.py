"""`toy`: the smallest model with every part that a real one has.

d_model 8, one layer, two heads, d_mlp 16, 32 words, sinusoidal positions, ReLU, LayerNorm with
gains and shifts, biases, an unembedding of its own.
"""

import numpy as np

from tui_transformer.engine import ModelConfig, random_weights
from tui_transformer.models.loaded import LoadedModel, ModelCard, assemble
from tui_transformer.tokenizers import WordTokenizer

VOCABULARY = (
    "the", "cat", "sat", "on", "mat", "dog", "rug", "bird", "branch", "a", "slept", "ran", "to",
    "house", "tree", "under", "ate", "fish", "bone", "seed", "saw", "big", "small", "and", "then",
    "it", "was", "happy", "in", "garden", ".", "<unk>",
)  # fmt: skip

CONFIG = ModelConfig(
    d_model=8, n_layers=1, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=16, d_vocab=32, n_ctx=32,
    act_fn="relu", norm="layernorm", positions="sinusoidal", tie_embeddings=False,
)  # fmt: skip

CARD = ModelCard(
    name="toy",
    summary="32 words, one layer, two heads",
    description=(
        "Every part of a GPT in the smallest size that still has all of them: 1,128 parameters. "
        "Its weights are random, drawn once from a fixed seed: the arithmetic is real, the "
        "predictions mean nothing yet. Words outside its 32 become <unk>."
    ),
    weights="random",
    prompt="the cat sat on",
    source="the end-to-end walkthrough of a simplified GPT",
)


def load() -> LoadedModel:
    """The model, ready to run."""
    weights = random_weights(CONFIG, np.random.default_rng(2017), std=0.5)
    return assemble(CARD, CONFIG, weights, WordTokenizer(VOCABULARY))
