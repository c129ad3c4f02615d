"""The whole pass against a whole transformer written in plain Python."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings

from tests.reference import Reference
from tests.support import close, dense_weights, record, runs, tiny
from tui_transformer.engine import ModelConfig, Recorder, Weights, forward
from tui_transformer.errors import InputError, TuitfError


@given(runs())
@settings(max_examples=150)
def test_every_tensor_agrees_with_the_plain_transformer(
    run: tuple[ModelConfig, Weights, list[int]],
) -> None:
    config, weights, ids = run
    expected = Reference(ids, config, dict(weights.named())).tensors
    found = record(ids, weights, config)
    assert found.keys() == expected.keys()
    # Dividing a short vector by its length enlarges its float32 error.
    scales = [value.min() for name, value in expected.items() if name.endswith("scale")]
    tolerance = 2e-5 / min([1.0, *scales])
    for name, value in found.items():
        assert close(value, expected[name], tolerance), name


@given(runs())
def test_every_tensor_is_float32(run: tuple[ModelConfig, Weights, list[int]]) -> None:
    config, weights, ids = run
    for name, value in record(ids, weights, config).items():
        assert value.dtype == np.float32, name


@given(runs(at_least=2))
def test_the_last_row_alone_is_the_last_row(
    run: tuple[ModelConfig, Weights, list[int]],
) -> None:
    config, weights, ids = run
    recorder = Recorder()
    last = forward(ids, weights, config, recorder, logit_rows="last")
    whole = forward(ids, weights, config)
    assert last.shape == (1, config.d_vocab)
    assert close(last, whole[-1:])
    assert recorder.tensors["logits"] is last
    assert recorder.tensors["embed"].shape == (len(ids), config.d_model)


def test_a_pass_leaves_the_weights_alone() -> None:
    config = tiny()
    weights = dense_weights(config)
    before = {name: value.copy() for name, value in weights.named()}
    record([1, 2, 3], weights, config)
    for name, value in weights.named():
        assert np.array_equal(value, before[name]), name


def test_the_same_ids_give_the_same_bits() -> None:
    config = tiny()
    weights = dense_weights(config)
    assert np.array_equal(forward([1, 2, 3], weights, config), forward((1, 2, 3), weights, config))


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "rotary"])
def test_order_matters(positions: str) -> None:
    config = tiny(positions=positions)
    weights = dense_weights(config)
    one, other = forward([1, 2, 3], weights, config), forward([2, 1, 3], weights, config)
    assert np.abs(one[-1] - other[-1]).max() > 1e-3


def test_rope_theta_counts() -> None:
    config = tiny(positions="rotary")
    other = dataclasses.replace(config, rope_theta=50.0)
    weights = dense_weights(config)
    one, two = forward([1, 2, 3], weights, config), forward([1, 2, 3], weights, other)
    assert np.abs(one - two).max() > 1e-4


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([], "no token to run"),
        ([1] * 9, "9 tokens do not fit: this model reads at most 8"),
        ([0, 7], "token id 7 is outside this model's vocabulary of 7"),
        ([-1], "token id -1 is outside"),
    ],
)
def test_what_the_model_cannot_read_is_refused(ids: Sequence[int], message: str) -> None:
    config = tiny()
    with pytest.raises(InputError, match=message) as caught:
        forward(ids, dense_weights(config), config)
    assert isinstance(caught.value, TuitfError)


def test_the_whole_context_can_be_used() -> None:
    config = tiny()
    assert forward([1] * 8, dense_weights(config), config).shape == (8, 7)
