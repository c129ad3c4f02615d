"""Cross-entropy over exact entropy, for models of which both are known."""

from math import log

import numpy as np
import pytest

from tests.training.small import small_run
from tui_transformer.engine import Array
from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.corpus import toy
from tui_transformer.training.measure import against_entropy, document_batches
from tui_transformer.training.recipe import read_recipe
from tui_transformer.training.run import Job, Run

STORY = """
[model]
d_model = 8
n_layers = 1
n_heads = 1
n_kv_heads = 1
d_head = 8
d_mlp = 8
n_ctx = 128
[vocabulary]
size = 300
[batch]
rows = 2
"""


def indifferent(run: Run) -> Run:
    """A model that gives every token the same probability."""
    unembedding: Array = run.trainer.parameters.weights.W_U
    unembedding[...] = 0
    return run


def test_a_model_that_knows_nothing_pays_the_log_of_the_vocabulary() -> None:
    run = indifferent(small_run(steps=1))
    (found,) = against_entropy(run, 400, seed=3)
    words = sum(
        batch.counted
        for batch in document_batches(run.tokenizer, run.config.n_ctx, ["the cat sat on the mat ."])
    )
    assert words == 7, "seven words, of which the first is given, and the end"
    assert found.model == pytest.approx(toy.expected_words() * log(32), rel=0.02)
    assert found.perfect == pytest.approx(toy.exact_entropy(), rel=0.05)
    assert found.ratio == found.model / found.perfect


def test_every_kind_of_story_document() -> None:
    job = Job(read_recipe(STORY, "tiny"), CorpusName("story"), 0, 1)
    run = indifferent(Run(job, "the cat sat on the mat " * 100, 1))
    found = against_entropy(run, 5, seed=0)
    assert [m.kind for m in found][:2] == ["all kinds", "story"]
    assert len({m.kind for m in found}) == len(found)
    for m in found:
        assert m.ratio > 2
        assert np.isfinite(m.model)


def test_a_text_of_ones_own_has_no_known_entropy() -> None:
    job = Job(read_recipe(STORY, "tiny"), CorpusName("mine.txt"), 0, 1)
    run = Run(job, "the cat sat on the mat " * 200, 1)
    assert against_entropy(run, 5, seed=0) == []
