"""Keys and values kept from one pass to the next."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rounding import tolerances
from tests.support import Spy, along_pos, close, dense_weights, record, runs, tiny, within
from tui_transformer.engine import Array, KVCache, ModelConfig, StopWhen, Weights, forward
from tui_transformer.errors import Cancelled, InputError

Run = tuple[ModelConfig, Weights, list[int]]


@st.composite
def splits(draw: st.DrawFn, length: int) -> list[slice]:
    """Any way to cut `length` tokens into runs of at least one."""
    cuts = sorted(draw(st.sets(st.integers(1, length - 1)))) if length > 1 else []
    return [slice(a, b) for a, b in zip([0, *cuts], [*cuts, length], strict=True)]


@given(runs(), st.data(), st.sampled_from([None, 1, 3]))
def test_cached_equals_uncached_however_the_text_is_cut(
    run: Run, data: st.DataObject, capacity: int | None
) -> None:
    config, weights, ids = run
    whole = record(ids, weights, config)
    apart = tolerances(ids, weights, config)
    cache = KVCache(config, capacity)
    for part in data.draw(splits(len(ids))):
        tensors = record(ids[part], weights, config, cache)
        assert cache.length == part.stop
        for name, value in tensors.items():
            expected = whole[name].take(range(part.start, part.stop), axis=along_pos(name))
            if name.endswith(("scores", "pattern")):
                expected = expected[..., : part.stop]
            assert within(value, expected, apart[name]), name
    assert cache.capacity <= config.n_ctx


def steps(count: int) -> Iterator[StopWhen]:
    """Taps that end a pass at its first, second … `count`-th tensor."""
    for last in range(count):
        calls = iter(range(count + 1))
        yield StopWhen(lambda calls=calls, last=last: next(calls) == last)  # type: ignore[misc]


@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_a_pass_cancelled_anywhere_leaves_the_cache_usable(positions: str) -> None:
    config = tiny(positions=positions)
    weights = dense_weights(config)
    ids = [1, 4, 2, 6, 3]
    expected = forward(ids, weights, config)
    spy = Spy()
    forward(ids[2:], weights, config, spy, KVCache(config).copy(0))
    assert spy.names[-1] == "logits"
    for stop in steps(len(spy.names)):
        cache = KVCache(config, capacity=2)
        forward(ids[:2], weights, config, cache=cache)
        with pytest.raises(Cancelled):
            forward([5, 5, 5], weights, config, stop, cache)
        assert cache.length == 2
        assert close(forward(ids[2:], weights, config, cache=cache), expected[2:])


def test_a_refused_pass_leaves_the_cache_as_it_was() -> None:
    config = tiny()
    weights = dense_weights(config)
    cache = KVCache(config)
    forward([1, 2, 3], weights, config, cache=cache)
    for ids in ([], [99], [1] * 6):
        with pytest.raises(InputError):
            forward(ids, weights, config, cache=cache)
        assert cache.length == 3
    assert forward([1] * 5, weights, config, cache=cache).shape == (5, 7)
    with pytest.raises(InputError, match="9 tokens do not fit: this model reads at most 8"):
        forward([1], weights, config, cache=cache)


def test_a_copy_goes_its_own_way() -> None:
    config = tiny()
    weights = dense_weights(config)
    cache = KVCache(config)
    forward([1, 2, 3, 4], weights, config, cache=cache)
    twin = cache.copy(2)
    assert (twin.length, cache.length) == (2, 4)
    ours = forward([5], weights, config, cache=twin)
    theirs = forward([6], weights, config, cache=cache)
    assert close(ours, forward([1, 2, 5], weights, config)[-1:])
    assert close(theirs, forward([1, 2, 3, 4, 6], weights, config)[-1:])


@pytest.mark.parametrize("length", [-1, 4])
def test_a_copy_cannot_hold_what_was_never_seen(length: int) -> None:
    config = tiny()
    cache = KVCache(config)
    forward([1, 2, 3], dense_weights(config), config, cache=cache)
    with pytest.raises(ValueError, match=f"{length} positions of a cache that holds 3"):
        cache.copy(length)


def test_the_arrays_grow_to_the_context_and_no_further() -> None:
    config = tiny(n_ctx=11)
    cache = KVCache(config, capacity=2)
    sizes = []
    for _ in range(11):
        cache.reserve(1)
        sizes.append(cache.capacity)
        cache.advance(1)
    assert sizes == [2, 2, 4, 4, 8, 8, 8, 8, 11, 11, 11]
    with pytest.raises(InputError, match="12 tokens do not fit: this model reads at most 11"):
        cache.reserve(1)
    assert cache.keys.dtype == cache.values.dtype == np.float32


def test_growing_keeps_what_was_there() -> None:
    config = tiny(n_layers=2, n_kv_heads=1)
    cache = KVCache(config, capacity=1)
    rng = np.random.default_rng(0)
    kept: list[tuple[Array, Array]] = []
    for _ in range(5):
        cache.reserve(1)
        k, v = rng.normal(size=(2, 1, 1, config.d_head)).astype(np.float32)
        kept.append((k, v))
        for layer in range(2):
            keys, values = cache.extend(layer, k * (layer + 1), v * (layer + 1))
            want = [np.concatenate(part, axis=1) * (layer + 1) for part in zip(*kept, strict=True)]
            assert np.array_equal(keys, want[0])
            assert np.array_equal(values, want[1])
        cache.advance(1)
