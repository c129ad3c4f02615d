"""A trace keeps little, makes the rest when it is looked at, and both are the pass itself."""

import sys

import numpy as np
import pytest

from tests.support import close, dense_weights, tiny
from tests.support import record as recorded
from tui_transformer.engine import NO_TAP, Edit, KVCache, ModelConfig, Weights, forward
from tui_transformer.engine.names import split_layer, tensor_names
from tui_transformer.trace import LiveTrace, record

MODULE = sys.modules["tui_transformer.trace.record"]  # the package has a function of that name
CONFIG = tiny(n_ctx=200, n_heads=3, n_kv_heads=1, d_vocab=13, positions="rotary")
IDS = [int(i) for i in np.random.default_rng(0).integers(0, 13, 150)]


def both(limit: int | None, monkeypatch: pytest.MonkeyPatch) -> tuple[Weights, LiveTrace]:
    """A trace that may keep `limit` bytes of the insides of its blocks."""
    if limit is not None:
        monkeypatch.setattr(MODULE, "KEPT_BYTES", limit)
    weights = dense_weights(CONFIG)
    return weights, record(IDS, weights, CONFIG)


@pytest.mark.parametrize("limit", [None, 0, 400_000])
def test_every_tensor_on_demand_is_that_of_the_pass(
    limit: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, trace = both(limit, monkeypatch)
    expected = recorded(IDS, weights, CONFIG)
    for name in [*expected, *reversed(expected)]:
        assert close(trace.tensor(name), expected[name]), name


@pytest.mark.parametrize("limit", [0, 400_000])
def test_what_was_looked_at_is_kept_within_the_limit(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = both(limit, monkeypatch)[1]
    for name in tensor_names(CONFIG, result=True):
        if split_layer(name)[0] is not None:
            made = trace.tensor(name)
            assert trace.tensor(name) is made
            big = [n for n in trace._insides if n.endswith(("scores", "pattern", "result"))]
            kept = sum(tensor.nbytes for tensor in trace._insides.values())
            assert kept <= limit or len(big) <= 1


def test_a_short_text_keeps_a_block_whole() -> None:
    trace = record(IDS[:8], dense_weights(CONFIG), CONFIG)
    pattern = trace.tensor("blocks.1.attn.pattern")
    assert trace._insides["blocks.1.attn.pattern"] is pattern
    assert "blocks.1.attn.result" in trace._insides


def test_edits_are_in_force_in_what_is_made_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "KEPT_BYTES", 0)
    edits = Edit("blocks.0.attn.attn_scores", lambda value: value * 0)
    trace = record(IDS, dense_weights(CONFIG), CONFIG, edits=edits)
    pattern = trace.tensor("blocks.0.attn.pattern")
    assert close(pattern[0, 99, :100], np.full(100, 0.01))
    assert not pattern[0, 99, 100:].any()
    assert close(trace.tensor("blocks.0.resid_post"), trace.resid[1])


def test_the_last_logits_need_no_other_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = dense_weights(CONFIG)
    first = record(IDS[:5], weights, CONFIG)
    second = first.extended(IDS[5:6])
    cache = KVCache(CONFIG)
    expected = [
        forward(part, weights, CONFIG, NO_TAP, cache, logit_rows="last")[0]
        for part in (IDS[:5], IDS[5:6])
    ]
    monkeypatch.setattr(MODULE, "unembed", None)
    for trace, logits in zip((first, second), expected, strict=True):
        assert trace.logits_at(-1).tobytes() == logits.tobytes()
        assert trace.logits_at(trace.length - 1) is trace.logits_at(-1)


@pytest.mark.parametrize("room", [1, 70, 120])
def test_a_trace_grows_token_by_token(room: int) -> None:
    weights = dense_weights(CONFIG)
    trace = record(IDS[:room], weights, CONFIG)
    for token in IDS[room:]:
        trace = trace.extended([token])
    expected = recorded(IDS, weights, CONFIG)
    assert close(trace.tensor("logits"), expected["logits"], 2e-5)
    assert close(trace.tensor("blocks.1.attn.z"), expected["blocks.1.attn.z"], 2e-5)


def test_lengths_of_the_stream() -> None:
    config: ModelConfig = tiny()
    trace = record([1, 2, 3], dense_weights(config), config)
    expected = np.sqrt((trace.resid.astype(np.float64) ** 2).sum(axis=-1))
    assert close(trace.residual_norms(), expected)
