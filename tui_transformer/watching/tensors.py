"""Every tensor of a step with its gradient: which there are, and each made ready to look at."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tui_transformer.engine import Array, ModelConfig, weight_shapes
from tui_transformer.engine.names import axes_of, join_layer, split_layer, tensor_names
from tui_transformer.training import backward as whole
from tui_transformer.training.backward import attention, block, mlp, model, norm, ops
from tui_transformer.training.inside import Inside
from tui_transformer.training.loss import loss_and_gradient
from tui_transformer.training.parameters import Parameters, views
from tui_transformer.walkthrough import ROLES, Exhibit, Limits, Role, hidden_by_mask
from tui_transformer.walkthrough.exhibit import spread

MADE_BY: dict[str, tuple[str, ...]] = {
    "embed": ("W_E",),
    "pos_embed": ("W_pos",),
    "ln1.normalized": ("ln1_w", "ln1_b"),
    "attn.q": ("W_Q", "b_Q"),
    "attn.k": ("W_K", "b_K"),
    "attn.v": ("W_V", "b_V"),
    "attn.q_norm.normalized": ("q_norm_w",),
    "attn.k_norm.normalized": ("k_norm_w",),
    "attn_out": ("W_O", "b_O"),
    "ln2.normalized": ("ln2_w", "ln2_b"),
    "mlp.pre": ("W_gate", "b_gate", "W_in", "b_in"),
    "mlp.pre_linear": ("W_in", "b_in"),
    "mlp_out": ("W_out", "b_out"),
    "ln_final.normalized": ("ln_final_w", "ln_final_b"),
    "logits": ("W_U",),
}
"""The parameters that make a tensor, by its name without `blocks.{i}.`."""

WEIGHT_AXES: dict[str, tuple[str, str]] = {
    "W_E": ("d_vocab", "d_model"),
    "W_pos": ("pos", "d_model"),
    "W_Q": ("d_model", "head × d_head"),
    "W_K": ("d_model", "head × d_head"),
    "W_V": ("d_model", "head × d_head"),
    "W_O": ("head × d_head", "d_model"),
    "W_in": ("d_model", "d_mlp"),
    "W_gate": ("d_model", "d_mlp"),
    "W_out": ("d_mlp", "d_model"),
    "W_U": ("d_model", "d_vocab"),
    "b_Q": ("one", "head × d_head"),
    "b_K": ("one", "head × d_head"),
    "b_V": ("one", "head × d_head"),
    "b_O": ("one", "d_model"),
    "b_in": ("one", "d_mlp"),
    "b_gate": ("one", "d_mlp"),
    "b_out": ("one", "d_model"),
    "q_norm_w": ("one", "d_head"),
    "k_norm_w": ("one", "d_head"),
}
"""Axes of the parameters, by name without a block; gains and shifts have `d_model` alone."""

_WEIGHT_ROLES: dict[str, Role] = {
    "W_E": "stream", "W_pos": "stream", "W_O": "stream", "W_out": "stream", "W_U": "logit",
    "W_Q": "q", "b_Q": "q", "q_norm_w": "q", "W_K": "k", "b_K": "k", "k_norm_w": "k",
    "W_V": "v", "b_V": "v", "b_O": "stream", "b_out": "stream",
}  # fmt: skip

_MAKERS: dict[str, Callable[..., Any]] = {
    "logits": loss_and_gradient,
    "ln_final.normalized": model.unembed_backward,
    "embed": model.embed_backward,
    "pos_embed": model.embed_backward,
    "resid_pre": block.block_backward,
    "resid_mid": block.block_backward,
    "attn_out": block.block_backward,
    "mlp_out": block.block_backward,
    "mlp.post": ops.project_backward,
    "mlp.pre": ops.activate_backward,
    "mlp.pre_linear": mlp.mlp_backward,
    "ln2.normalized": mlp.mlp_backward,
    "ln1.normalized": attention.attention_backward,
    "attn.z": ops.project_backward,
    "attn.pattern": attention.mix_backward,
    "attn.v": attention.mix_backward,
    "attn.masked_scores": ops.softmax_backward,
    "attn.attn_scores": attention.attention_backward,
    "attn.rot_q": attention.score_backward,
    "attn.rot_k": attention.score_backward,
    "W_E": ops.look_up_backward,
    "W_pos": model.embed_backward,
    "W_U": model.unembed_backward,
}

_MOST_LABELS = 5_000


@lru_cache(maxsize=16)
def all_tensors(config: ModelConfig) -> tuple[str, ...]:
    """Every tensor that has a gradient, in the order of the forward pass; the parameters that make
    a tensor stand before it.
    """
    shapes = weight_shapes(config)
    names: list[str] = []
    for name in tensor_names(config):
        layer, inside = split_layer(name)
        made_by = (join_layer(layer, weight) for weight in MADE_BY.get(inside, ()))
        names += [weight for weight in made_by if weight in shapes]
        names.append(name)
    return tuple(dict.fromkeys(names))


def is_weight(name: str) -> bool:
    """Whether a name is of a parameter: what training changes."""
    inside = split_layer(name)[1]
    return inside in WEIGHT_AXES or inside.startswith(("ln1_", "ln2_", "ln_final_"))


def weights_of(config: ModelConfig) -> tuple[str, ...]:
    """The parameters among the tensors, in the same order."""
    return tuple(name for name in all_tensors(config) if is_weight(name))


def maker_of(name: str, config: ModelConfig) -> Callable[..., Any]:
    """The function that computed a tensor's gradient."""
    inside = split_layer(name)[1]
    if inside == "logits" or inside in _MAKERS:
        return _MAKERS[inside]
    if inside.endswith("scale") or inside.startswith("ln") or inside in {"q_norm_w", "k_norm_w"}:
        return ops.norm_apply_backward
    if inside == "resid_post":
        last = name == f"blocks.{config.n_layers - 1}.resid_post"
        return norm.norm_backward if last and config.final_norm else block.block_backward
    if inside in {"attn.q", "attn.k"} and config.qk_norm:
        return norm.norm_backward
    if inside in {"attn.q", "attn.k"} or inside.endswith("_norm.normalized"):
        return ops.rotate_backward if config.positions == "rotary" else attention.score_backward
    return ops.project_backward if is_weight(name) else whole.backward


def axes_in(name: str) -> tuple[str, ...]:
    """The axes of a tensor of the row, or of a parameter."""
    if is_weight(name):
        return WEIGHT_AXES.get(split_layer(name)[1], ("one", "d_model"))
    return axes_of(name)


def has_heads(name: str) -> bool:
    """Whether a tensor has a head axis of its own."""
    return len(axes_in(name)) == 3


def values_of(inside: Inside, config: ModelConfig, name: str) -> tuple[Array, Array]:
    """A tensor and its gradient, both of the same shape.

    Raises:
        KeyError: the model has no such tensor.
    """
    if is_weight(name):
        return _one(inside.parameters, config, name), _one(inside.d_parameters, config, name)
    return inside.tensors[name], inside.gradients[name]


def gradient_squares(
    inside: Inside, config: ModelConfig
) -> list[tuple[str, tuple[int, ...], float]]:
    """Every parameter in the order of the pass, its shape, the sum of its gradient's squares."""
    found = views(inside.d_parameters.flat, config)
    return [
        (name, found[name].shape, float(np.square(found[name], dtype=np.float64).sum()))
        for name in weights_of(config)
    ]


def _one(parameters: Parameters, config: ModelConfig, name: str) -> Array:
    return views(parameters.flat, config)[name]


def place_of_cell(name: str, row: int, column: int) -> tuple[int, ...]:
    """The index in a parameter of a cell of its picture: gains and biases have one axis."""
    return (column,) if axes_in(name)[0] == "one" else (row, column)


def pictures(
    inside: Inside,
    config: ModelConfig,
    name: str,
    head: int,
    tokens: Sequence[str],
    vocabulary: Sequence[str],
    limits: Limits | None = None,
) -> tuple[Exhibit, Exhibit]:
    """A tensor and its gradient, ready to look at: the same cells in the same places.

    Args:
        inside: the step.
        config: the model's shape.
        name: the tensor, of the row that is kept, or a parameter.
        head: the query head to show, where there are heads.
        tokens: a label for each position of the row.
        vocabulary: a label for each token of the vocabulary.
        limits: of the values' scale; their own where left out. The gradient has its own always.
    """
    values, gradient = values_of(inside, config, name)
    axes = axes_in(name)
    shape = values.shape if values.ndim > 1 else (1, len(values))
    part = split_layer(name)[1]
    own = limits or limits_for(name, values)
    steep = limits_around_zero(gradient)
    picked = None
    if len(axes) == 3:
        picked = head // config.group_size if axes[0] == "kv_head" else head
        values, gradient = values[picked], gradient[picked]
    if values.ndim == 1:
        values, gradient = values[None], gradient[None]
    hidden = None
    if part in {"attn.masked_scores", "attn.pattern"}:
        hidden = hidden_by_mask(len(values), config.sliding_window)
    rows = _labels(axes[-2], values.shape[0], tokens, vocabulary)
    columns = _labels(axes[-1], values.shape[1], tokens, vocabulary)

    def picture(of: Array, scale: Limits) -> Exhibit:
        return Exhibit(
            name=name, axes=axes, shape=shape, values=of, limits=scale,
            role=_WEIGHT_ROLES.get(part, "activation") if is_weight(name) else ROLES[part],
            row_labels=rows, column_labels=columns, head=picked, masked=hidden,
        )  # fmt: skip

    return picture(values, own), picture(gradient, steep)


def limits_for(name: str, values: Array) -> Limits:
    """The scale of a tensor's values: 0 to 1 for weights that sum to 1, else around 0."""
    if split_layer(name)[1] == "attn.pattern":
        return Limits(0.0, 1.0)
    return limits_around_zero(values)


def limits_around_zero(values: Array) -> Limits:
    """A scale that diverges around 0 as far as the numbers go."""
    low, high = spread(values) or (0.0, 0.0)
    top = max(-low, high) or 1.0
    return Limits(-top, top)


def _labels(
    axis: str, count: int, tokens: Sequence[str], vocabulary: Sequence[str]
) -> tuple[str, ...]:
    """Names of the places along an axis."""
    if axis in {"pos", "query_pos", "key_pos"} and len(tokens) >= count:
        return tuple(tokens[:count])
    if axis == "d_vocab" and count <= _MOST_LABELS:
        return tuple(vocabulary[:count])
    if axis == "one":
        return ("",) * count
    return tuple(map(str, range(count)))


def loss_picture(inside: Inside, d_vocab: int) -> Exhibit:
    """Cross-entropy at every position of the batch, `[batch, pos]`.

    The scale goes to half again the loss of a model that takes all tokens for equally likely.
    """
    rows, length = inside.nats.shape
    mask = inside.batch.mask
    return Exhibit(
        name="loss", axes=("batch", "pos"), shape=inside.nats.shape, values=inside.nats,
        limits=Limits(0.0, 1.5 * float(np.log(max(d_vocab, 2)))), role="score",
        row_labels=tuple(f"row {row}" for row in range(rows)),
        column_labels=tuple(map(str, range(length))),
        masked=None if mask is None else ~mask,
    )  # fmt: skip
