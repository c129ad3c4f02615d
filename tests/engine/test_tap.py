"""The one mechanism: watching, keeping, changing and stopping a pass."""

import numpy as np
import pytest
from hypothesis import given

from tests.support import Spy, dense_weights, record, runs, tiny
from tui_transformer.engine import (
    NO_TAP,
    Array,
    Chain,
    Edit,
    ModelConfig,
    Recorder,
    StopWhen,
    Weights,
    forward,
)
from tui_transformer.engine.names import tensor_names
from tui_transformer.engine.tap import scoped
from tui_transformer.errors import Cancelled, TuitfError

Run = tuple[ModelConfig, Weights, list[int]]


@given(runs())
def test_watching_changes_not_one_bit(run: Run) -> None:
    config, weights, ids = run
    unseen = forward(ids, weights, config, NO_TAP)
    recorder = Recorder()
    seen = forward(ids, weights, config, recorder)
    assert seen.tobytes() == unseen.tobytes()
    assert recorder.tensors["logits"] is seen
    several = Chain([Recorder(), Spy(), Recorder(lambda name: "mlp" in name)])
    assert forward(ids, weights, config, several).tobytes() == unseen.tobytes()


def test_results_by_head_are_made_only_when_wanted() -> None:
    config = tiny()
    weights = dense_weights(config)
    assert not NO_TAP.wants("blocks.0.attn.result")
    names = Spy()
    forward([1, 2], weights, config, names)
    assert not any(name.endswith("result") for name in names.names)

    everything = record([1, 2], weights, config)
    assert "blocks.0.attn.result" in everything
    one = Recorder(lambda name: name == "blocks.1.attn.result")
    forward([1, 2], weights, config, one)
    assert list(one.tensors) == ["blocks.1.attn.result"]
    assert np.array_equal(one.tensors["blocks.1.attn.result"], everything["blocks.1.attn.result"])


def test_a_recorder_keeps_what_it_is_asked_for() -> None:
    config = tiny()
    recorder = Recorder(lambda name: name.endswith("resid_pre"))
    forward([1, 2], dense_weights(config), config, recorder)
    assert list(recorder.tensors) == ["blocks.0.resid_pre", "blocks.1.resid_pre"]
    assert recorder.wants("blocks.0.resid_pre")
    assert not recorder.wants("logits")


def test_an_edited_result_counts() -> None:
    config = tiny()
    weights = dense_weights(config)
    recorder = Recorder()
    edit = Edit("blocks.0.attn.result", lambda value: value * 0 + 1)
    assert edit.wants("blocks.0.attn.result")
    assert not edit.wants("blocks.1.attn.result")
    forward([1, 2], weights, config, Chain([edit, recorder]))
    bias = weights.blocks[0].b_O
    assert bias is not None
    expected = np.broadcast_to(config.n_heads + bias, (2, config.d_model))
    assert np.allclose(recorder.tensors["blocks.0.attn_out"], expected)


@pytest.mark.parametrize("name", tensor_names(tiny(), result=True))
def test_an_edit_may_write_into_what_it_is_given(name: str) -> None:
    config = tiny()
    weights = dense_weights(config)
    plain = record([1, 2, 3], weights, config)

    def in_place(value: Array) -> Array:
        value[..., -1] = 0.75
        return value

    before = Recorder()
    after = Recorder()
    forward([1, 2, 3], weights, config, Chain([before, Edit(name, in_place), after]))
    order = list(plain)
    for earlier in order[: order.index(name) + 1]:
        assert np.array_equal(before.tensors[earlier], plain[earlier]), earlier
    assert (after.tensors[name][..., -1] == 0.75).all()
    assert not np.array_equal(after.tensors["logits"], plain["logits"])


def test_an_edit_keeps_the_type_of_the_pass() -> None:
    config = tiny()
    recorder = Recorder()
    edit = Edit("blocks.0.resid_mid", lambda value: value.astype(np.float64) + 1)
    forward([1, 2], dense_weights(config), config, Chain([edit, recorder]))
    assert {value.dtype for value in recorder.tensors.values()} == {np.dtype(np.float32)}


def test_an_activation_of_another_text_can_be_put_in() -> None:
    config = tiny()
    weights = dense_weights(config)
    donor = record([4, 5, 6], weights, config)
    patch = Edit("blocks.1.resid_post", lambda _: donor["blocks.1.resid_post"])
    assert np.array_equal(forward([1, 2, 3], weights, config, patch), donor["logits"])


def test_a_chain_goes_from_first_to_last() -> None:
    double, plus_one = Edit("logits", lambda v: v * 2), Edit("logits", lambda v: v + 1)
    one = np.ones((1, 1), np.float32)
    assert Chain([double, plus_one])("logits", one)[0, 0] == 3
    assert Chain([plus_one, double])("logits", one)[0, 0] == 4
    assert Chain([])("logits", one) is one
    assert Chain([double, Spy(optional=True)]).wants("anything")
    assert not Chain([double, Spy()]).wants("anything")


def test_stopping_ends_the_pass_at_the_next_tensor() -> None:
    config = tiny()
    weights = dense_weights(config)
    spy = Spy()
    with pytest.raises(Cancelled):
        forward([1], weights, config, Chain([spy, StopWhen(lambda: len(spy.names) == 4)]))
    assert spy.names == list(tensor_names(config)[:4])
    never = StopWhen(lambda: False)
    assert not never.wants("blocks.0.attn.result")
    assert np.array_equal(forward([1], weights, config, never), forward([1], weights, config))
    assert not issubclass(Cancelled, TuitfError)


def test_a_scope_puts_the_part_before_the_name() -> None:
    spy = Spy(optional=True)
    inner = scoped(scoped(spy, "blocks.3"), "attn")
    inner("pattern", np.zeros(1, np.float32))
    assert spy.names == ["blocks.3.attn.pattern"]
    assert inner.wants("result")
    assert scoped(NO_TAP, "blocks.3") is NO_TAP
