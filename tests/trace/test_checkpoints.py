"""Traces of real families: blocks recomputed on demand, and every kind of cell taken apart."""

import numpy as np
import pytest

from tests.models.test_golden import NAMES, TOLERANCE, exposed, opened
from tui_transformer.engine.names import TensorRef, tensor_names
from tui_transformer.trace import LiveTrace, explain, record


def traced(name: str) -> LiveTrace:
    config, weights, golden = opened(name)
    return record([int(i) for i in golden["prompt"]], weights, config)


@pytest.mark.parametrize("name", NAMES)
def test_blocks_recomputed_on_demand_agree_with_the_reference(name: str) -> None:
    golden = opened(name)[2]
    trace = traced(name)
    for tensor in sorted(exposed(trace.config)):
        np.testing.assert_allclose(
            trace.tensor(tensor), golden[tensor], rtol=TOLERANCE, atol=TOLERANCE, err_msg=tensor
        )


@pytest.mark.parametrize("name", NAMES)
def test_what_a_cell_was_made_of_gives_the_cell(name: str) -> None:
    trace = traced(name)
    rng = np.random.default_rng(0)
    for tensor in tensor_names(trace.config, result=True):
        shape = trace.tensor(tensor).shape
        for _ in range(4):
            ref = TensorRef(tensor, tuple(int(rng.integers(size)) for size in shape))
            made = explain(trace, ref)
            assert made.total == pytest.approx(made.value, rel=1e-4, abs=2e-5), str(ref)
            assert made.formula and made.reads is not None


def test_a_key_outside_the_window_says_so() -> None:
    trace = traced("mistral")
    made = explain(trace, TensorRef("blocks.0.attn.masked_scores", (0, 9, 2)))
    assert made.value == -np.inf and "outside the window of 5" in made.formula


def test_scores_of_normed_queries_are_made_of_the_normed_ones() -> None:
    trace = traced("qwen3")
    made = explain(trace, TensorRef("blocks.1.attn.rot_q", (1, 3, 2)))
    assert made.reads[0] == "blocks.1.attn.q_norm.normalized[1,3,2]"
    assert made.formula.startswith("norm(q)[2] cos")
