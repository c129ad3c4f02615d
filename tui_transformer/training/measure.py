"""How near a model comes to what its corpus allows: cross-entropy over exact entropy, by kind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np

from tui_transformer.engine import ModelConfig, Weights
from tui_transformer.tokenizers import Tokenizer
from tui_transformer.tokenizers.bpe import BPETokenizer
from tui_transformer.training.corpus import SHARES, evaluation, log_prob, toy
from tui_transformer.training.corpus.grammar import uniforms, words_of
from tui_transformer.training.corpus.reading import read
from tui_transformer.training.data import Ids
from tui_transformer.training.gradients import Batch, GradientWorkers
from tui_transformer.training.run import Run

_ROWS = 8
"""Documents that are run at a time."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of document, or all kinds in the usual mix."""

    kind: str
    documents: int
    model: float
    """What the model pays for a document, its end included, in nats."""
    perfect: float
    """What a perfect model pays for the same documents."""

    @property
    def ratio(self) -> float:
        """1 is perfect."""
        return self.model / self.perfect


def against_entropy(run: Run, count: int, seed: int) -> list[Measured]:
    """Measure the model that a run keeps on documents that training never draws.

    Args:
        run: its corpus is a generated one; a text of one's own has no known entropy, and gives
            an empty list.
        count: documents of each kind.
        seed: decides which.
    """
    loss = partial(run.trainer.workers.loss, weights=run.weights)
    if run.job.corpus.name == "toy":
        return [_measure(loss, run.tokenizer, run.config.n_ctx, "toy", _toy(count, seed))]
    if run.job.corpus.name != "story":
        return []
    return [
        _measure(loss, run.tokenizer, run.config.n_ctx, name, exact)
        for name, exact in (
            (kind or "all kinds", _story(kind, count, seed)) for kind in (None, *SHARES)
        )
    ]


def against_exact(
    weights: Weights,
    config: ModelConfig,
    tokenizer: Tokenizer,
    kind: str | None,
    count: int,
    seed: int,
) -> Measured:
    """Measure a model by itself on documents of one kind that training never draws.

    Args:
        weights: the model.
        config: its shape.
        tokenizer: its tokens.
        kind: of the corpus of simple English; the usual mix if `None`.
        count: how many documents.
        seed: decides which.
    """
    workers = GradientWorkers(config, parts=1, threads=1)
    loss = partial(workers.loss, weights=weights)
    exact = _story(kind, count, seed)
    return _measure(loss, tokenizer, config.n_ctx, kind or "all kinds", exact)


def _story(kind: str | None, count: int, seed: int) -> list[tuple[str, float]]:
    """Documents of simple English, and what each is worth."""
    documents = evaluation.fresh_documents(count, seed, kind)
    return [(document.text, -log_prob(document.text)) for document in documents]


def _toy(count: int, seed: int) -> list[tuple[str, float]]:
    """Documents of the toy corpus, and what each is worth."""
    texts = toy.texts(uniforms(np.random.default_rng([evaluation.HELD_OUT_SEED, seed])))
    return [
        (text, -read(toy.toy, words_of(text), lower=False, splits="all").log_prob)
        for text in islice(texts, count)
    ]


def _measure(
    loss: Callable[[Sequence[Batch]], float],
    tokenizer: Tokenizer,
    n_ctx: int,
    kind: str,
    documents: Sequence[tuple[str, float]],
) -> Measured:
    perfect = sum(nats for _, nats in documents) / len(documents)
    batches = list(document_batches(tokenizer, n_ctx, [text for text, _ in documents]))
    nats = loss(batches) * sum(batch.counted for batch in batches)
    return Measured(kind, len(documents), nats / len(documents), perfect)


def document_batches(tokenizer: Tokenizer, n_ctx: int, texts: Sequence[str]) -> Iterator[Batch]:
    """Whole documents, each by itself, from its first token (after the end of text) to its end."""
    end = tokenizer.bos
    ids: Sequence[Ids]
    if isinstance(tokenizer, BPETokenizer):
        ids = tokenizer.encode_bare(texts)
    else:
        ids = [tokenizer.encode(text) for text in texts]
    first = [] if end is None else [end]
    rows = [[*first, *one, one[0] if end is None else end] for one in ids]
    rows = [row[: n_ctx + 1] for row in rows]
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        length = max(map(len, some)) - 1
        lines = np.array([row + row[-1:] * (length + 1 - len(row)) for row in some])
        used = np.array([len(row) - 1 for row in some])  # [row]
        yield Batch(lines[:, :-1], lines[:, 1:], np.arange(length) < used[:, None])
