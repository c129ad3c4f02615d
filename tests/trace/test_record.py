"""A trace gives back the pass itself, whenever and in whichever order it is asked."""

from collections.abc import Iterator
from itertools import count, pairwise
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rounding import tolerances
from tests.support import close, dense_weights, runs, tiny, within
from tests.support import record as whole_pass
from tui_transformer.engine import Array, Chain, Edit, ModelConfig, Recorder, Weights, forward
from tui_transformer.engine.names import TensorRef, axes_of, tensor_names
from tui_transformer.errors import Cancelled, InputError
from tui_transformer.trace import LiveTrace, record

Run = tuple[ModelConfig, Weights, list[int]]


def everything(trace: LiveTrace) -> dict[str, Array]:
    """Every tensor of a trace, as a copy."""
    names = tensor_names(trace.config, result=True)
    return {name: trace.tensor(name).copy() for name in names}


def same(trace: LiveTrace, expected: dict[str, Array]) -> bool:
    found = everything(trace)
    apart = tolerances(trace.ids, trace.weights, trace.config, trace.edits)
    return found.keys() == expected.keys() and all(
        within(found[name], expected[name], apart[name]) for name in expected
    )


@given(runs())
def test_every_tensor_is_the_one_of_the_whole_pass(run: Run) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    expected = whole_pass(ids, weights, config)
    assert trace.names() == tensor_names(config)
    assert same(trace, expected)
    assert all(trace.tensor(name).dtype == np.float32 for name in expected)
    assert close(trace.resid[0], expected["blocks.0.resid_pre"])
    assert close(trace.resid[-1], expected[f"blocks.{config.n_layers - 1}.resid_post"])
    for at in range(-len(ids), len(ids)):
        assert close(trace.logits_at(at), expected["logits"][at])


@given(runs())
def test_one_row_of_logits_is_the_same_before_and_after_all_of_them(run: Run) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    alone = [trace.logits_at(at).copy() for at in range(len(ids))]
    rows = trace.tensor("logits")
    assert all(close(a, b) for a, b in zip(alone, rows, strict=True))


@given(runs(at_least=2), st.data())
def test_an_extension_is_a_fresh_record_and_the_older_trace_stays(
    run: Run, data: st.DataObject
) -> None:
    config, weights, ids = run
    cuts = sorted({0, len(ids), *data.draw(st.lists(st.integers(1, len(ids)), max_size=3))})[1:]
    trace = record(ids[: cuts[0]], weights, config)
    older = [(trace, everything(trace))]
    for start, end in pairwise(cuts):
        trace = trace.extended(ids[start:end])
        older.append((trace, everything(trace)))
    assert trace.ids == tuple(ids)
    assert same(trace, whole_pass(ids, weights, config))
    for before, was in older:
        assert before.length == len(before.ids)
        assert all(np.array_equal(before.tensor(name), was[name], equal_nan=True) for name in was)
        fresh = LiveTrace(config, weights, before.ids, before.edits, before._stream)
        assert same(fresh, was)  # what is shared is as it was, not only what was kept


@given(runs(at_least=2), st.data())
def test_a_prefix_that_goes_on_differently_leaves_the_first_alone(
    run: Run, data: st.DataObject
) -> None:
    config, weights, ids = run
    first = record(ids, weights, config)
    was = everything(first)
    kept = data.draw(st.integers(1, len(ids) - 1))
    others = [(token + 1) % config.d_vocab for token in ids[kept:]]
    prefix = first.prefix(kept)
    second = prefix.extended(others)
    assert same(prefix, whole_pass(ids[:kept], weights, config))
    assert same(second, whole_pass([*ids[:kept], *others], weights, config))
    third = first.prefix(kept).extended(ids[kept:])
    assert same(third, was)
    assert same(LiveTrace(config, weights, first.ids, first.edits, first._stream), was)


@pytest.mark.parametrize("length", [0, 4, -1])
def test_a_prefix_has_to_lie_inside(length: int) -> None:
    config = tiny()
    with pytest.raises(InputError, match="1 to 3 tokens"):
        record([1, 2, 3], dense_weights(config), config).prefix(length)


EDITED = (
    "embed",
    "pos_embed",
    "blocks.0.resid_pre",
    "blocks.1.resid_pre",
    "blocks.0.ln1.scale",
    "blocks.0.attn.k",
    "blocks.1.attn.pattern",
    "blocks.0.attn.z",
    "blocks.1.attn.result",
    "blocks.0.attn_out",
    "blocks.1.mlp.post",
    "blocks.0.resid_post",
    "blocks.1.resid_post",
    "ln_final.normalized",
    "logits",
)


def halved(values: Array) -> Array:
    return values * 0.5


@pytest.mark.parametrize("name", EDITED)
def test_edits_are_in_force_wherever_a_block_is_computed_again(name: str) -> None:
    config = tiny()
    weights = dense_weights(config, seed=3)
    ids = [1, 5, 2, 6, 0]
    edit = Edit(name, halved)
    recorder = Recorder()
    forward(ids, weights, config, Chain((edit, recorder)))
    trace = record(ids, weights, config, edits=edit)
    assert same(trace, recorder.tensors)
    assert close(trace.logits_at(2), recorder.tensors["logits"][2])
    assert not close(trace.tensor(name), record(ids, weights, config).tensor(name))
    longer = record(ids[:2], weights, config, edits=edit).extended(ids[2:])
    assert same(longer, recorder.tensors)


def after(calls: int) -> Iterator[bool]:
    """False so many times, then true."""
    for n in count():
        yield n >= calls


@given(runs(at_least=2), st.integers(0, 60))
@settings(max_examples=40)
def test_a_cancelled_extension_leaves_everything_usable(run: Run, calls: int) -> None:
    config, weights, ids = run
    trace = record(ids[:1], weights, config)
    was = everything(trace)
    answers = after(calls)
    try:
        longer = trace.extended(ids[1:], lambda: next(answers))
        assert same(longer, whole_pass(ids, weights, config))
    except Cancelled:
        assert trace.length == 1
    assert same(trace, was)
    assert same(LiveTrace(config, weights, trace.ids, trace.edits, trace._stream), was)
    others = [(token + 1) % config.d_vocab for token in ids[1:]]
    assert same(trace.extended(others), whole_pass([ids[0], *others], weights, config))
    assert same(trace.extended(ids[1:]), whole_pass(ids, weights, config))


def test_a_record_can_be_cancelled() -> None:
    config = tiny()
    with pytest.raises(Cancelled):
        record([1, 2], dense_weights(config), config, stopped=lambda: True)


def test_threads_that_extend_one_trace_do_not_meet() -> None:
    config = tiny(n_ctx=12)
    weights = dense_weights(config, seed=9)
    trace = record([1, 2], weights, config)
    tails = [[token, *range(6)] for token in range(6)]
    made: dict[int, LiveTrace] = {}

    def work(n: int) -> None:
        made[n] = trace.extended(tails[n])

    threads = [Thread(target=work, args=(n,)) for n in range(len(tails))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n, tail in enumerate(tails):
        assert same(made[n], whole_pass([1, 2, *tail], weights, config))
    assert same(trace, whole_pass([1, 2], weights, config))


@given(runs())
@settings(max_examples=15)
def test_blocks_can_be_looked_at_again_in_any_order(run: Run) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    expected = whole_pass(ids, weights, config)
    apart = tolerances(ids, weights, config)
    for name in sorted(expected, reverse=True):
        assert within(trace.tensor(name), expected[name], apart[name]), name
    norms = trace.residual_norms()
    assert norms.shape == (config.n_layers + 1, len(ids))
    assert close(norms, np.linalg.norm(trace.resid, axis=-1))


def test_every_block_of_a_deep_model_can_be_looked_at_in_any_order() -> None:
    config = tiny(n_layers=9)
    weights = dense_weights(config)
    trace = record([1, 2, 3], weights, config)
    expected = whole_pass([1, 2, 3], weights, config)
    for layer in (*range(9), *reversed(range(9))):
        name = f"blocks.{layer}.attn.pattern"
        assert close(trace.tensor(name), expected[name])
        assert trace.keeps(name)


@pytest.mark.parametrize(
    "name",
    ["blocks.2.resid_pre", "blocks.0.attn.rot_q", "blocks.0.mlp.pre_linear", "resid_pre", "x", ""],
)
def test_a_tensor_that_the_model_lacks_is_named(name: str) -> None:
    config = tiny()
    with pytest.raises(InputError):
        record([1], dense_weights(config), config).tensor(name)


@given(runs(), st.data())
def test_a_cell_is_read_with_an_index_that_fits(run: Run, data: st.DataObject) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    name = data.draw(st.sampled_from(tensor_names(config, result=True)))
    values = trace.tensor(name)
    index = tuple(data.draw(st.integers(-1, size)) for size in values.shape)
    ref = TensorRef(name, index)
    if all(0 <= at < size for at, size in zip(index, values.shape, strict=True)):
        assert trace.cell(ref) == float(values[index])
    else:
        with pytest.raises(InputError, match="goes from 0"):
            trace.cell(ref)
    with pytest.raises(InputError, match=f"{len(axes_of(name))} axes"):
        trace.cell(TensorRef(name, (*index, 0)))


@pytest.mark.parametrize("ids", [[], [99], [-1], [0] * 9])
def test_what_cannot_be_run_is_refused(ids: list[int]) -> None:
    config = tiny()
    weights = dense_weights(config)
    with pytest.raises(InputError):
        record(ids, weights, config)
    trace = record([1], weights, config)
    with pytest.raises(InputError):
        trace.extended(ids)
    assert same(trace.extended([2]), whole_pass([1, 2], weights, config))
