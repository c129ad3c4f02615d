"""What is measured of `toy`, on documents that its training never drew."""

from itertools import islice

import numpy as np

from tui_transformer.engine import forward
from tui_transformer.models import LoadedModel
from tui_transformer.training.corpus import evaluation, toy
from tui_transformer.training.corpus.grammar import uniforms, words_of
from tui_transformer.training.corpus.reading import read
from tui_transformer.training.heads import Heads, read_heads

DOCUMENTS = 2000
_SEED = 1


def shares(model: LoadedModel, text: str) -> dict[str, float]:
    """The probability of each word after a text."""
    logits = forward(model.tokenizer.encode(text), model.weights, model.config)[-1]
    powers = np.exp(logits.astype(np.float64) - logits.max())
    return dict(zip(model.labels, (powers / powers.sum()).tolist(), strict=True))


def entropy_ratio(model: LoadedModel) -> float:
    """Cross-entropy over exact entropy: what the model pays for some documents, each by itself and
    with its end, and what a perfect one pays for them.
    """
    draws = uniforms(np.random.default_rng([evaluation.HELD_OUT_SEED, _SEED]))
    paid = exact = 0.0
    for text in islice(toy.texts(draws), DOCUMENTS):
        exact -= read(toy.toy, words_of(text), lower=False, splits="all").log_prob
        ids = model.tokenizer.encode(text)
        logits = forward(ids, model.weights, model.config).astype(np.float64)  # [pos, d_vocab]
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        following = [*ids[1:], ids[0]]  # the next document begins as every one does
        paid -= float(logs[np.arange(len(ids)), following].sum())
    return paid / exact


def heads(model: LoadedModel) -> Heads:
    """Where its two heads look."""
    return read_heads(model.weights, model.config, model.tokenizer)
