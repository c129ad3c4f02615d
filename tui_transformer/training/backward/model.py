"""The gradient of `engine/forward.py`: logits in, gradients of every weight out."""

from collections.abc import Mapping

import numpy as np

from tui_transformer.engine import NO_TAP, Array, ModelConfig, Tap, Weights
from tui_transformer.engine.forward import rotation_for
from tui_transformer.engine.ops import quiet
from tui_transformer.engine.tap import IntArray, scoped
from tui_transformer.training.backward.block import block_backward
from tui_transformer.training.backward.norm import norm_backward
from tui_transformer.training.backward.ops import look_up_backward, project_backward, rows
from tui_transformer.training.backward.values import Values

_LEFT_OUT = ("attn_scores", "masked_scores", "result", "attn_out", "mlp_out", "embed", "logits")


def needed(name: str) -> bool:
    """Whether the backward pass reads the tensor: what a recorder of the forward pass must keep."""
    return not name.endswith(_LEFT_OUT)


@quiet
def backward(
    d_logits: Array,
    ids: IntArray,
    tensors: Mapping[str, Array],
    weights: Weights,
    config: ModelConfig,
    gradients: Weights,
    tap: Tap = NO_TAP,
) -> None:
    """Add to `gradients` how the loss changes with every weight.

    Args:
        d_logits: the gradient of the loss with respect to the logits, `[batch, pos, d_vocab]`.
        ids: what the forward pass read, `[batch, pos]`.
        tensors: what a recorder of that pass kept; :func:`needed` says what is needed.
        weights: those of that pass.
        config: the model's shape.
        gradients: arrays of the same shapes, which are added to. Where the model is tied, `W_U` is
            a view of `W_E` here too, so that both its uses add up.
        tap: sees the gradient of every tensor under the tensor's name.
    """
    values = Values(tensors)
    d_logits = tap("logits", d_logits)  # [batch, pos, d_vocab]
    stream = tensors[f"blocks.{config.n_layers - 1}.resid_post"]  # [batch, pos, d_model]
    x = tensors["ln_final.normalized"] if config.final_norm else stream
    d_x = unembed_backward(d_logits, x, weights, gradients)  # [batch, pos, d_model]
    if config.final_norm:
        d_x = norm_backward(
            d_x, stream, values.under("ln_final"), config, weights.ln_final_w,
            gradients.ln_final_w, gradients.ln_final_b, scoped(tap, "ln_final"),
        )  # [batch, pos, d_model]  # fmt: skip
    rotation = rotation_for(config, 0, ids.shape[-1])
    for layer in reversed(range(config.n_layers)):
        part = f"blocks.{layer}"
        w, d_w = weights.blocks[layer], gradients.blocks[layer]
        d_x = block_backward(
            d_x, values.under(part), w, config, d_w, scoped(tap, part), rotation, layer
        )  # [batch, pos, d_model]
    embed_backward(d_x, ids, config, gradients, tap)


def unembed_backward(d_logits: Array, x: Array, weights: Weights, gradients: Weights) -> Array:
    """Of `logits = x @ W_U`, `[batch, pos, d_vocab] -> [batch, pos, d_model]`.

    Tied, the product is taken as `d_logitsᵀ x` and written along the rows of `W_E`.
    """
    if np.shares_memory(gradients.W_U, gradients.W_E):
        d_table = gradients.W_U.T  # [d_vocab, d_model]
        d_table += rows(d_logits).T @ rows(x)
        return (rows(d_logits) @ weights.W_U.T).reshape(x.shape)  # [batch, pos, d_model]
    return project_backward(d_logits, x, weights.W_U, gradients.W_U, None)


def embed_backward(
    d_x: Array, ids: IntArray, config: ModelConfig, gradients: Weights, tap: Tap
) -> None:
    """Of `embed + pos_embed`: both get the gradient of their sum, `[batch, pos, d_model]`.

    `pos_embed` is the same for every row of the batch; the sum over them is its gradient,
    `[pos, d_model]`.
    """
    if config.adds_positions:
        d_pos = tap("pos_embed", d_x.reshape(-1, *d_x.shape[-2:]).sum(axis=0))  # [pos, d_model]
        if gradients.W_pos is not None:
            gradients.W_pos[: len(d_pos)] += d_pos
    look_up_backward(tap("embed", d_x), ids, gradients.W_E)
