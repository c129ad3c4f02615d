"""All parameters of a model side by side in one array, with a named view for each."""

from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from tui_transformer.engine import Array, ModelConfig, Weights, make_weights, weight_shapes
from tui_transformer.engine.weights import Shape


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """One array and the model that it is.

    Writing into `flat` changes `weights`, which are views of it. Gradients and the moments of the
    optimizer have the same layout, so that an update is arithmetic on whole arrays.
    """

    flat: Array
    """Every parameter once, `[n]`."""
    weights: Weights
    matrices: int
    """How many numbers at the start of `flat` belong to matrices; gains, shifts and biases follow.

    Weight decay is for matrices only.
    """


def layout(config: ModelConfig) -> dict[str, Shape]:
    """Every parameter with its shape, in the order of the flat array: matrices first."""
    shapes = weight_shapes(config)
    return dict(sorted(shapes.items(), key=lambda item: len(item[1]) < 2))  # a stable sort


def views(flat: Array, config: ModelConfig) -> dict[str, Array]:
    """The named parts of a flat array, as views."""
    named: dict[str, Array] = {}
    start = 0
    for name, shape in layout(config).items():
        named[name] = flat[start : start + prod(shape)].reshape(shape)
        start += prod(shape)
    return named


def empty_parameters(config: ModelConfig, dtype: npt.DTypeLike = np.float32) -> Parameters:
    """Zeros for every parameter of a model, as for its gradients."""
    count = sum(map(prod, layout(config).values()))
    return parameters_in(np.zeros(count, dtype=dtype), config)


def parameters_in(flat: Array, config: ModelConfig) -> Parameters:
    """The model that a flat array is; nothing is copied."""
    matrices = sum(prod(shape) for shape in layout(config).values() if len(shape) > 1)
    return Parameters(flat, make_weights(config, views(flat, config)), matrices)


def parameters_of(config: ModelConfig, weights: Weights) -> Parameters:
    """A copy of a model's parameters in one array."""
    copy = empty_parameters(config, weights.W_E.dtype)
    named = views(copy.flat, config)
    for name, value in weights.named():
        named[name][...] = value
    return copy
