"""Where a number that is none first appears, and what is read without computing all of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import dense_weights, runs, tiny
from tui_transformer.engine import ModelConfig, Weights
from tui_transformer.engine.names import TensorRef
from tui_transformer.errors import InputError
from tui_transformer.trace import first_not_finite, is_finite, read_cell, read_tensor, record

Run = tuple[ModelConfig, Weights, list[int]]


@given(runs())
@settings(max_examples=20)
def test_a_mask_is_no_fault(run: Run) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    assert is_finite(trace)
    assert first_not_finite(trace) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("weight", "at", "found"),
    [
        ("W_E", (2, 3), "embed[1,3]"),
        ("W_pos", (1, 4), "pos_embed[1,4]"),
        ("blocks.0.ln1_w", (5,), "blocks.0.ln1.normalized[0,5]"),
        ("blocks.1.b_K", (4,), "blocks.1.attn.k[head=1,0,0]"),
        ("blocks.1.W_O", (0, 2), "blocks.1.attn.result[head=0,0,2]"),
        ("blocks.0.b_in", (3,), "blocks.0.mlp.pre[0,3]"),
        ("ln_final_b", (1,), "ln_final.normalized[0,1]"),
    ],
)
def test_the_first_of_them_is_found_where_its_weight_is_read(
    weight: str, at: tuple[int, ...], found: str, bad: float
) -> None:
    config = tiny()
    weights = dense_weights(config)
    owner, _, name = weight.rpartition(".")
    values = getattr(weights.blocks[int(owner[-1])] if owner else weights, name)
    values[at] = bad
    trace = record([1, 2, 3], weights, config)
    ref = first_not_finite(trace)
    assert ref is not None
    expected = found if "result" not in found else "blocks.1.attn_out[0,2]"
    assert str(ref) == expected
    assert not np.isfinite(read_cell(trace, ref))
    assert not is_finite(trace)


def test_an_unembedding_that_is_none_is_found_in_the_logits() -> None:
    config = tiny(tie_embeddings=False)
    weights = dense_weights(config)
    weights.W_U[0, 6] = np.nan
    trace = record([1, 2, 3], weights, config)
    assert str(first_not_finite(trace)) == "logits[0,6]"


def test_the_final_norm_and_one_logit_are_read_without_all_the_logits() -> None:
    config = tiny()
    trace = record([1, 2, 3], dense_weights(config), config)
    normalized = read_tensor(trace, "ln_final.normalized")
    scale = read_tensor(trace, "ln_final.scale")
    assert read_cell(trace, TensorRef("ln_final.normalized", (1, 2))) == normalized[1, 2]
    one = read_cell(trace, TensorRef("logits", (1, 4)))
    assert "logits" not in trace._outside
    whole = record([1, 2, 3], dense_weights(config), config)
    assert np.array_equal(whole.tensor("ln_final.normalized"), normalized)
    assert np.array_equal(whole.tensor("ln_final.scale"), scale)
    assert whole.tensor("logits")[1, 4] == pytest.approx(one, rel=1e-6)


@given(st.sampled_from([(3, 0), (-1, 0), (0, 7), (0, -1), (0,), (0, 0, 0)]))
def test_a_logit_that_is_not_there_is_refused(index: tuple[int, ...]) -> None:
    config = tiny()
    trace = record([1, 2, 3], dense_weights(config), config)
    with pytest.raises(InputError):
        read_cell(trace, TensorRef("logits", index))


def test_a_model_without_a_final_norm_has_none_to_read() -> None:
    config = tiny(final_norm=False)
    trace = record([1], dense_weights(config), config)
    with pytest.raises(InputError, match="no tensor called"):
        read_tensor(trace, "ln_final.scale")
