"""What a model in training writes, to see how far it has come."""

import numpy as np

from tui_transformer.engine import KVCache, ModelConfig, Weights, forward
from tui_transformer.sampling import SamplingSettings, distribution, draw
from tui_transformer.tokenizers import Tokenizer

SETTINGS = SamplingSettings(temperature=0.8)


def sample(
    weights: Weights,
    config: ModelConfig,
    tokenizer: Tokenizer,
    prompt: str,
    rng: np.random.Generator,
    count: int = 40,
) -> str:
    """The prompt and what the model goes on with, until it ends the text or `count` tokens.

    Not yet safe to print: a vocabulary can hold anything.
    """
    ids = list(tokenizer.encode(prompt))
    if not ids:
        ids = [0 if tokenizer.bos is None else tokenizer.bos]
    cache = KVCache(config)
    new: list[int] = ids
    for _ in range(min(count, config.n_ctx - len(ids))):
        logits = forward(new, weights, config, cache=cache, logit_rows="last")  # [1, d_vocab]
        token = draw(distribution(logits[0], SETTINGS), rng).token
        if token == tokenizer.bos:
            break
        ids.append(token)
        new = [token]
    return tokenizer.decode(ids)
