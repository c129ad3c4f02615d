"""Arithmetic with embeddings: king − man + woman is nearest to queen (Mikolov et al. 2013)."""

from collections.abc import Sequence

import numpy as np

from tui_transformer.tokenizers.visible import LEADING_SPACE
from tui_transformer.training.corpus.evaluation import Analogy
from tui_transformer.training.figures.figure import Learned


def nearest(learned: Learned, analogy: Analogy) -> str:
    """The label of the token whose embedding points most to `start − minus + plus`.

    By the cosine, among all tokens but the three that were given. Words are written as inside a
    sentence, with a space before them.
    """
    W_E = learned.weights.W_E  # [d_vocab, d_model]
    directions = W_E / np.linalg.norm(W_E, axis=1, keepdims=True)  # [d_vocab, d_model]
    given = [token_of(learned, w) for w in (analogy.start, analogy.minus, analogy.plus)]
    start, minus, plus = given
    cosines = directions @ (directions[start] - directions[minus] + directions[plus])  # [d_vocab]
    cosines[given] = -np.inf
    return learned.tokenizer.label(int(cosines.argmax()))


def token_of(learned: Learned, word: str) -> int:
    """The token of a word with a space before it.

    Raises:
        ValueError: it is several tokens.
    """
    ids = [i for i in learned.tokenizer.encode(f" {word}") if i != learned.tokenizer.bos]
    if len(ids) != 1:
        raise ValueError(f"{word!r} is {len(ids)} tokens")
    return ids[0]


def found(learned: Learned, analogies: Sequence[Analogy]) -> float:
    """How many of some analogies come out right, as a share."""
    hits = sum(nearest(learned, analogy) == LEADING_SPACE + analogy.answer for analogy in analogies)
    return hits / len(analogies)
