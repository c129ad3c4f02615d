"""A run so small that a test can make all of it."""

from dataclasses import replace

from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.recipe import read_recipe
from tui_transformer.training.run import Job, Run

SMALL_TOML = """
corpus = "toy"
steps = 6
prompt = "the cat"

[model]
d_model = 8
n_layers = 1
n_heads = 2
n_kv_heads = 2
d_head = 4
d_mlp = 16
n_ctx = 32
act_fn = "relu"
positions = "sinusoidal"
tie_embeddings = false

[vocabulary]
kind = "words"

[batch]
rows = 8
length = 18
parts = 3

[optimizer]
learning_rate = 0.03
warmup = 2
"""
SMALL_RECIPE = read_recipe(SMALL_TOML, "small")


def small_run(steps: int, seed: int = 0, candidates: int = 1, threads: int = 1) -> Run:
    """A toy model on the toy corpus."""
    recipe = replace(SMALL_RECIPE, candidates=candidates)
    return Run(Job(recipe, CorpusName("toy"), seed, steps), None, threads)
