"""Every explanation is arithmetic that gives the cell, over things that exist."""

import re
from math import isfinite, isnan

import numpy as np
import pytest
from hypothesis import given, settings

from tests.support import dense_weights, runs, tiny
from tui_transformer.engine import Array, ModelConfig, Weights
from tui_transformer.engine.names import TensorRef, join_layer, split_layer, tensor_names
from tui_transformer.errors import InputError
from tui_transformer.trace import LiveTrace, explain, record

Run = tuple[ModelConfig, Weights, list[int]]


def read(trace: LiveTrace, text: str) -> Array:
    """The numbers that a `reads` entry names."""
    match = re.fullmatch(r"([\w.]+)\[([^\]]*)\]", text)
    assert match is not None, text
    name, parts = match[1], match[2].split(",")
    layer, inside = split_layer(name)
    if re.match("[Wb]_|ln[12]_[wb]|ln_final_[wb]|[qk]_norm_w", inside):
        owner = trace.weights if layer is None else trace.weights.blocks[layer]
        values = getattr(owner, inside)
    else:
        values = trace.tensor(name)
    assert len(parts) == values.ndim, text
    for axis, part in enumerate(parts):
        ends = [int(end) for end in part.split(":") if end]
        assert all(0 <= end <= values.shape[axis] for end in ends), text
        if ":" not in part:
            assert ends[0] < values.shape[axis], text
    index = tuple(
        slice(*(int(end) if end else None for end in part.split(":"))) if ":" in part else int(part)
        for part in parts
    )
    found: Array = np.asarray(values[index])
    return found


@given(runs())
@settings(max_examples=30)
def test_every_explanation_gives_its_cell(run: Run) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    for name in tensor_names(config, result=True):
        values = trace.tensor(name)
        finite = values[np.isfinite(values)]
        largest = max(1.0, float(np.abs(finite).max(initial=0.0)))
        for index in np.ndindex(values.shape):
            made = explain(trace, TensorRef(name, index))
            assert made.value == float(values[index])
            assert made.terms
            assert made.formula
            if not isfinite(made.value):
                assert made.total == made.value, (name, index)
            else:
                size = max(largest, *(abs(t.value) for t in made.terms if isfinite(t.value)))
                assert abs(made.total - made.value) <= 2e-5 * size, (name, index)


@given(runs())
@settings(max_examples=15)
def test_every_explanation_reads_what_exists(run: Run) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    for name in tensor_names(config, result=True):
        values = trace.tensor(name)
        for index in {tuple(0 for _ in values.shape), tuple(n - 1 for n in values.shape)}:
            made = explain(trace, TensorRef(name, index))
            cells = [read(trace, text) for text in made.reads]
            assert all(cell.size for cell in cells)
            if not cells:
                assert name == "pos_embed"  # waves are read from nowhere


def test_a_masked_score_is_minus_infinity_in_the_arithmetic_too() -> None:
    config = tiny()
    trace = record([1, 2, 3], dense_weights(config), config)
    made = explain(trace, TensorRef("blocks.0.attn.masked_scores", (0, 0, 2)))
    assert made.value == made.total == float("-inf")
    weight = explain(trace, TensorRef("blocks.0.attn.pattern", (0, 0, 2)))
    assert weight.value == weight.total == 0.0


def test_the_largest_terms_come_first_and_the_rest_is_summed() -> None:
    config = tiny(d_model=8)
    trace = record([1, 2], dense_weights(config), config)
    made = explain(trace, TensorRef("blocks.0.attn.q", (1, 1, 2)))
    for count in range(len(made.terms) + 1):
        top, rest = made.largest(count)
        sizes = [abs(term.value) for term in top]
        assert sizes == sorted(sizes, reverse=True)
        assert sum(t.value for t in top) + rest == pytest.approx(made.total, abs=1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_is_explained_as_nan() -> None:
    config = tiny()
    weights = dense_weights(config)
    weights.W_E[2, 1] = np.nan
    trace = record([2, 1], weights, config)
    for name in tensor_names(config, result=True):
        values = trace.tensor(name)
        for index in np.ndindex(values.shape):
            made = explain(trace, TensorRef(name, index))
            if isnan(made.value):
                assert isnan(made.total), (name, index)


@pytest.mark.parametrize(
    "ref",
    [
        TensorRef("nothing", (0,)),
        TensorRef("blocks.5.resid_pre", (0, 0)),
        TensorRef(join_layer(0, "attn.pattern"), (0, 0)),
        TensorRef("logits", (0, 7)),
        TensorRef("logits"),
    ],
)
def test_a_cell_that_is_not_there_is_refused(ref: TensorRef) -> None:
    config = tiny()
    with pytest.raises(InputError):
        explain(record([1], dense_weights(config), config), ref)
