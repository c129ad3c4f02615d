"""The forward pass: token ids in, logits out. Read it from top to bottom."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from tui_transformer.engine.block import block
from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.kv_cache import KVCache
from tui_transformer.engine.norm import norm
from tui_transformer.engine.ops import matmul, quiet, rope_angles, sinusoids
from tui_transformer.engine.tap import NO_TAP, Array, IntArray, Tap, scoped
from tui_transformer.engine.threads import every_core
from tui_transformer.engine.weights import Weights
from tui_transformer.errors import InputError

LogitRows = Literal["all", "last"]
Ids = Sequence[int] | IntArray


@quiet
def forward(
    ids: Ids,
    weights: Weights,
    config: ModelConfig,
    tap: Tap = NO_TAP,
    cache: KVCache | None = None,
    logit_rows: LogitRows = "all",
) -> Array:
    """Run the model over `ids` and hand back the logits, `[pos, d_vocab]`.

    Args:
        ids: the tokens, those only that the cache has not seen: `[pos]`. Training gives several
            texts of one length at once, `[batch, pos]`; every tensor then has `batch` in front.
        weights: what the model has learned.
        config: the model's shape.
        tap: sees every intermediate under the names in :mod:`tui_transformer.engine.names`.
        cache: keys and values of the tokens before; `ids` are written behind them.
        logit_rows: `"last"` unembeds the last position only (`[1, d_vocab]`).

    Raises:
        InputError: no token, a token outside the vocabulary, more than the context holds.
    """
    start = 0 if cache is None else cache.length
    check_ids(ids, config, start)
    count = np.shape(ids)[-1]
    if cache is not None:
        cache.reserve(count)
    with every_core(count if np.ndim(ids) == 1 else 0):  # training has threads of its own
        resid = embed(ids, weights, config, tap, start)  # [pos, d_model]
        rotation = rotation_for(config, start, count)
        for layer, w in enumerate(weights.blocks):
            resid = block(resid, w, config, scoped(tap, f"blocks.{layer}"), rotation, cache, layer)
        if logit_rows == "last":
            resid = resid[..., -1:, :]  # [1, d_model]
        logits = unembed(final_norm(resid, weights, config, tap), weights, tap)  # [pos, d_vocab]
    if cache is not None:  # only now: a tap may end the pass at any tensor, the logits included
        cache.advance(count)
    return logits


def check_ids(ids: Ids, config: ModelConfig, start: int = 0) -> None:
    """Refuse what the model cannot read.

    Raises:
        InputError: no token, a token outside the vocabulary, more than the context holds.
    """
    count = np.shape(ids)[-1]
    if not np.size(ids):
        raise InputError("there is no token to run: type at least one word")
    if start + count > config.n_ctx:
        raise InputError(
            f"{start + count} tokens do not fit: this model reads at most {config.n_ctx}"
        )
    for token in np.ravel(ids).tolist():
        if not 0 <= token < config.d_vocab:
            raise InputError(
                f"token id {token} is outside this model's vocabulary of {config.d_vocab:,}"
            )


@quiet
def embed(ids: Ids, weights: Weights, config: ModelConfig, tap: Tap, start: int = 0) -> Array:
    """The residual stream as it begins: a row of `W_E` a token, positions added: `[pos, d_model]`.

    Rotary models add nothing here; they turn queries and keys instead.
    """
    embedding = tap("embed", look_up(weights.W_E, ids))  # [pos, d_model]
    if not config.adds_positions:
        return embedding
    positions = np.arange(start, start + np.shape(ids)[-1])  # [pos]
    if weights.W_pos is not None:
        pos_embed = tap("pos_embed", look_up(weights.W_pos, positions))  # [pos, d_model]
    else:
        table = sinusoids(positions, config.d_model).astype(embedding.dtype)
        pos_embed = tap("pos_embed", table)  # [pos, d_model]
    return embedding + pos_embed  # [pos, d_model]


def look_up(table: Array, rows: Ids) -> Array:
    """One row of the table for each id: `[n, d_model], [pos] -> [pos, d_model]`."""
    return table[np.asarray(rows)]


def rotation_for(config: ModelConfig, start: int, count: int) -> tuple[Array, Array] | None:
    """Cosines and sines `[pos, d_head/2]` for positions `start` on; `None` if not rotary."""
    if config.positions != "rotary":
        return None
    positions = np.arange(start, start + count)  # [pos]
    return rope_angles(positions, config.d_head, config.rope_theta, config.rope_scaling)


@quiet
def final_norm(resid: Array, weights: Weights, config: ModelConfig, tap: Tap) -> Array:
    """The norm before the unembedding, where the model has one: `[pos, d_model]`."""
    if not config.final_norm:
        return resid
    return norm(resid, config, weights.ln_final_w, weights.ln_final_b, scoped(tap, "ln_final"))


@quiet
def unembed(x: Array, weights: Weights, tap: Tap) -> Array:
    """One score for every word of the vocabulary: `[pos, d_model] -> [pos, d_vocab]`."""
    return tap("logits", matmul(x, weights.W_U))  # [pos, d_vocab]
