"""Whole models of every variant: gradients of every weight and of every tensor on the way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import dense_weights, models, tiny
from tests.training.differences import along, assert_agree, in_float64, numeric
from tui_transformer.engine import Edit, ModelConfig, Recorder, Weights, forward
from tui_transformer.engine.names import tensor_names
from tui_transformer.training.backward import backward, needed
from tui_transformer.training.gradients import Batch, GradientWorkers, add_gradients
from tui_transformer.training.loss import loss_and_gradient
from tui_transformer.training.parameters import empty_parameters, parameters_of, views


def a_batch(config: ModelConfig, seed: int, rows: int = 2, length: int = 4) -> Batch:
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, config.d_vocab, (rows, length + 1))
    mask = rng.random((rows, length)) < 0.8
    mask[0, 0] = True
    return Batch(ids[:, :-1], ids[:, 1:], mask)


def loss_of(batch: Batch, weights: Weights, config: ModelConfig) -> float:
    logits = forward(batch.inputs, weights, config)
    return loss_and_gradient(logits, batch.targets, batch.mask)[0]


@given(models(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, derandomize=True)
def test_every_weight_of_any_model(model: tuple[ModelConfig, Weights], seed: int) -> None:
    config, weights = model
    own = parameters_of(config, in_float64(config, weights))
    found = empty_parameters(config, np.float64)
    batch = a_batch(config, seed)
    loss = add_gradients(batch, own.weights, config, found.weights)
    assert loss == pytest.approx(loss_of(batch, own.weights, config), rel=1e-12)
    rng = np.random.default_rng(seed)
    start = own.flat.copy()
    gradients, directions = views(found.flat, config), rng.normal(size=found.flat.shape)
    for name, direction in views(directions, config).items():  # one slope for each tensor

        def moved(step: float, name: str = name) -> float:
            own.flat[...] = start
            views(own.flat, config)[name][...] += step * views(directions, config)[name]
            return loss_of(batch, own.weights, config)

        slope = float((gradients[name] * direction).sum())
        scale = float(np.abs(gradients[name] * direction).sum())
        assert slope == pytest.approx(along(moved), rel=1e-5, abs=1e-6 * scale + 1e-8), name


@pytest.mark.parametrize(
    "config",
    [
        tiny(),
        tiny(
            norm="rmsnorm", positions="rotary", act_fn="silu", gated_mlp=True, n_heads=4,
            n_kv_heads=2, qk_norm=True, sliding_window=2, tie_embeddings=False, mlp_bias=False,
            scale_attn_by_inverse_layer_idx=True,
        ),
        tiny(positions="sinusoidal", act_fn="gelu", n_heads=4, n_kv_heads=1, final_norm=False),
    ],
    ids=["gpt2", "llama", "sinusoidal"],
)  # fmt: skip
def test_every_cell_of_every_weight(config: ModelConfig) -> None:
    own = parameters_of(config, in_float64(config, dense_weights(config)))
    found = empty_parameters(config, np.float64)
    batch = a_batch(config, 5)
    add_gradients(batch, own.weights, config, found.weights)
    expected = numeric(lambda: loss_of(batch, own.weights, config), own.flat)
    for name, value in views(found.flat, config).items():
        assert_agree(value, views(expected, config)[name], 1e-6, name)


@given(models(), st.integers(0, 2**32 - 1))
@settings(max_examples=30, derandomize=True)
def test_the_gradient_of_every_tensor_on_the_way(
    model: tuple[ModelConfig, Weights], seed: int
) -> None:
    config, weights = model
    weights = in_float64(config, weights)
    batch = a_batch(config, seed)
    gradients = Recorder()
    add_gradients(
        batch, weights, config, empty_parameters(config, np.float64).weights, None, gradients
    )
    assert gradients.tensors.keys() == set(tensor_names(config))
    kept = Recorder()
    forward(batch.inputs, weights, config, kept)
    rng = np.random.default_rng(seed)
    for name, d_value in gradients.tensors.items():
        assert d_value.shape == kept.tensors[name].shape, name
        direction = rng.normal(size=d_value.shape)

        def moved(step: float, name: str = name, direction: object = direction) -> float:
            edit = Edit(name, lambda value: value + step * np.asarray(direction))
            logits = forward(batch.inputs, weights, config, edit)
            return loss_and_gradient(logits, batch.targets, batch.mask)[0]

        slope = float((d_value * direction).sum())
        scale = float(np.abs(d_value * direction).sum())
        assert slope == pytest.approx(along(moved), rel=1e-5, abs=1e-6 * scale + 1e-8), name


@given(models(), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_a_batch_is_its_rows(model: tuple[ModelConfig, Weights], seed: int) -> None:
    config, weights = model
    ids = np.random.default_rng(seed).integers(0, config.d_vocab, (3, 5))
    together, alone = Recorder(), Recorder()
    forward(ids, weights, config, together)
    for row in range(3):
        forward(ids[row].tolist(), weights, config, alone)
        for name, value in alone.tensors.items():
            batched = together.tensors[name]
            of_row = batched if name == "pos_embed" else batched[row]
            np.testing.assert_allclose(of_row, value, rtol=1e-4, atol=1e-5, err_msg=name)


def test_the_recorder_keeps_what_backward_reads_and_no_more() -> None:
    config = tiny(positions="rotary", qk_norm=True, gated_mlp=True)
    weights = dense_weights(config)
    batch = a_batch(config, 1)
    recorder = Recorder(needed)
    logits = forward(batch.inputs, weights, config, recorder)
    _, d_logits = loss_and_gradient(logits, batch.targets)
    gradients = empty_parameters(config)
    backward(d_logits, batch.inputs, recorder.tensors, weights, config, gradients.weights)
    everything = empty_parameters(config)
    recorder = Recorder()
    forward(batch.inputs, weights, config, recorder)
    backward(d_logits, batch.inputs, recorder.tensors, weights, config, everything.weights)
    assert np.array_equal(gradients.flat, everything.flat)
    assert not any(
        name.endswith(("scores", "result", "logits"))
        for name in set(filter(needed, recorder.tensors))
    )


def test_nothing_that_was_recorded_is_written_into() -> None:
    config = tiny(gated_mlp=True, positions="rotary", n_heads=4)
    weights = dense_weights(config)
    batch = a_batch(config, 2)
    recorder = Recorder()
    logits = forward(batch.inputs, weights, config, recorder)
    before = {name: value.copy() for name, value in recorder.tensors.items()}
    _, d_logits = loss_and_gradient(logits, batch.targets)
    gradients = Recorder()
    found = empty_parameters(config)
    backward(d_logits, batch.inputs, recorder.tensors, weights, config, found.weights, gradients)
    for name, value in before.items():
        assert np.array_equal(recorder.tensors[name], value), name
    for layer in range(config.n_layers):  # nor into a gradient that the tap was shown
        own = gradients.tensors[f"blocks.{layer}.resid_mid"]
        assert np.array_equal(own, gradients.tensors[f"blocks.{layer}.attn_out"])


def test_float32_in_float32_out() -> None:
    for config in (tiny(), tiny(positions="rotary", norm="rmsnorm", qk_norm=True)):
        weights = dense_weights(config)
        seen = Recorder()
        found = empty_parameters(config)
        add_gradients(a_batch(config, 3), weights, config, found.weights, None, seen)
        assert found.flat.dtype == np.float32
        assert {value.dtype for value in seen.tensors.values()} == {np.dtype(np.float32)}


def test_threads_do_not_change_a_bit() -> None:
    config = tiny(n_ctx=16)
    own = parameters_of(config, dense_weights(config))
    batch = a_batch(config, 4, rows=7, length=12)
    results = []
    for threads in (1, 2, 3):
        workers = GradientWorkers(config, parts=3, threads=threads)
        loss, found = workers.run(batch, own)
        results.append((loss, found.flat.copy()))
        workers.close()
    whole = empty_parameters(config)
    loss = add_gradients(batch, own.weights, config, whole.weights)
    assert results[0][0] == pytest.approx(loss, rel=1e-6)
    assert_agree(results[0][1], whole.flat, 1e-5)
    for other, flat in results[1:]:
        assert other == results[0][0]
        assert np.array_equal(flat, results[0][1])


def test_fewer_rows_than_parts() -> None:
    config = tiny()
    own = parameters_of(config, dense_weights(config))
    batch = a_batch(config, 6, rows=1)
    workers = GradientWorkers(config, parts=4, threads=1)
    loss, found = workers.run(batch, own)
    whole = empty_parameters(config)
    assert loss == pytest.approx(add_gradients(batch, own.weights, config, whole.weights))
    assert_agree(found.flat, whole.flat, 1e-6)
