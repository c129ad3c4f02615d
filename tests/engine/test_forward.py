"""The whole pass against a whole transformer written in plain Python."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings

from tests.reference import Reference
from tests.rounding import tolerances
from tests.support import close, dense_weights, largest, record, runs, tiny, within
from tui_transformer.engine import Chain, Edit, ModelConfig, Recorder, Weights, forward
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
    apart = tolerances(ids, weights, config)
    for name, value in found.items():
        assert within(value, expected[name], apart[name]), name


def nearly_equal_keys(apart: float) -> tuple[ModelConfig, Weights]:
    """A model whose keys are two numbers that differ by `apart` of themselves, and are normed."""
    config = tiny(d_head=2, qk_norm=True, n_layers=1, eps=1e-12)
    weights = dense_weights(config, seed=4)
    columns = weights.blocks[0].W_K.reshape(config.d_model, -1, 2)  # [d_model, head, 2]
    biases = weights.blocks[0].b_K
    assert biases is not None
    for pair in (columns, biases.reshape(-1, 2)):
        pair[..., 1] = pair[..., 0] * np.float32(1 + apart)
    return config, weights


def test_the_tolerance_follows_what_a_norm_makes_of_nearly_equal_numbers() -> None:
    ids, name = [1, 2, 3], "blocks.0.attn.attn_scores"
    apart = {}
    for power in (4, 7, 10):
        config, weights = nearly_equal_keys(2.0**-power)
        apart[power] = tolerances(ids, weights, config)
        expected = Reference(ids, config, dict(weights.named())).tensors
        for tensor, value in record(ids, weights, config).items():
            assert within(value, expected[tensor], apart[power][tensor]), (power, tensor)
    for few, more in ((4, 7), (7, 10)):  # 8 times as near, 8 times as wide
        assert 4 < apart[more][name] / apart[few][name] < 16
    before = "blocks.0.attn.q"  # what comes before the norm is as exact as ever
    assert apart[10][before] < 1.5 * apart[4][before]


@pytest.mark.parametrize("norm", ["layernorm", "rmsnorm", "none"])
def test_the_tolerance_of_an_ordinary_pass_lets_no_mistake_through(norm: str) -> None:
    config = tiny(norm=norm, norm_affine=norm != "none", final_norm=norm != "none")
    weights, ids = dense_weights(config), [1, 4, 2, 6, 0]
    plain, apart = record(ids, weights, config), tolerances(ids, weights, config)
    divisor = min([1.0, *(v.min() for name, v in plain.items() if name.endswith(".scale"))])
    for name, value in plain.items():
        assert apart[name] < 2e-5 / divisor * largest(value), name
        wrong = Recorder()
        forward(ids, weights, config, Chain([Edit(name, lambda v: v * np.float32(1.0001)), wrong]))
        assert not within(wrong.tensors[name], value, apart[name]), name


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
