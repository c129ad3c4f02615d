"""The model itself: pure functions over NumPy arrays, and nothing but NumPy.

Axes, everywhere: `pos head query_pos key_pos d_model d_head d_mlp d_vocab` (and `kv_head` where
queries are grouped). There is no batch axis but in training, which puts one in front of all others.
Row vectors: `x @ W`.
"""

from tui_transformer.engine.config import ModelConfig, RopeScaling
from tui_transformer.engine.forward import forward
from tui_transformer.engine.kv_cache import KVCache
from tui_transformer.engine.tap import NO_TAP, Array, Chain, Edit, Recorder, StopWhen, Tap
from tui_transformer.engine.weights import (
    BlockWeights,
    Weights,
    count_parameters,
    make_weights,
    random_weights,
    weight_shapes,
)

__all__ = [
    "NO_TAP",
    "Array",
    "BlockWeights",
    "Chain",
    "Edit",
    "KVCache",
    "ModelConfig",
    "Recorder",
    "RopeScaling",
    "StopWhen",
    "Tap",
    "Weights",
    "count_parameters",
    "forward",
    "make_weights",
    "random_weights",
    "weight_shapes",
]
