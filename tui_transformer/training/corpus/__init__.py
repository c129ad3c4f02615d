"""A generator of simple English that knows the exact probability of all that it writes.

`documents` writes, `judge` reads: both follow the same functions, one a kind of document, with a
pen that draws or a pen that reads (see `grammar.py`). `entropy` is what a perfect model would pay;
`evaluation` has the texts that measure what a model has learnt; `toy` is the grammar of 32 words.
"""

from tui_transformer.training.corpus.kinds import (
    KINDS,
    SHARES,
    CorpusError,
    Document,
    documents,
    vocabulary,
)
from tui_transformer.training.corpus.score import (
    Entropy,
    Verdict,
    entropy,
    judge,
    log_prob,
    log_prob_given,
    next_word_distribution,
)

__all__ = [
    "KINDS",
    "SHARES",
    "CorpusError",
    "Document",
    "Entropy",
    "Verdict",
    "documents",
    "entropy",
    "judge",
    "log_prob",
    "log_prob_given",
    "next_word_distribution",
    "vocabulary",
]
