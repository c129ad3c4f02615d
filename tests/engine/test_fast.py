"""What is done for speed changes no number: blocks of queries, cores, layouts."""

import os
import sys
from functools import partial
from threading import Barrier, get_ident

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import Spy, close, dense_weights, tiny
from tui_transformer.engine import (
    NO_TAP,
    Array,
    BlockWeights,
    Chain,
    Edit,
    KVCache,
    ModelConfig,
    Recorder,
    Weights,
    forward,
    ops,
    threads,
)
from tui_transformer.engine.attention import (
    all_mixed,
    all_patterns,
    all_scores,
    attend,
    causal_mask,
    mix,
    score,
)
from tui_transformer.engine.query_blocks import QUERIES, query_blocks
from tui_transformer.engine.weights import make_weights, side_by_side, weight_shapes

LONG = ModelConfig(
    d_model=12, n_layers=2, n_heads=4, n_kv_heads=2, d_head=6, d_mlp=20, d_vocab=31, n_ctx=400,
    positions="rotary", norm="rmsnorm", gated_mlp=True, act_fn="silu",
)  # fmt: skip
GPT = ModelConfig(
    d_model=8, n_layers=2, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=700, d_vocab=31, n_ctx=400
)
LENGTHS = (1, 2, QUERIES - 1, QUERIES, QUERIES + 1, 2 * QUERIES + 3, threads.MANY_ROWS, 333)


def tokens(count: int) -> list[int]:
    return np.random.default_rng(count).integers(0, 31, count).tolist()


class Nothing:
    """Holds nothing."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class Control:
    """Stands for the control over BLAS's threads; counts how often they are held."""

    def __init__(self) -> None:
        self.held = 0

    def limit(self, limits: int) -> Nothing:
        assert limits == 1
        self.held += 1
        return Nothing()


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> Control:
    """Two pieces at a time, whatever this machine has."""
    control = Control()
    monkeypatch.setattr(threads, "_blas", lambda: (control, 2))
    monkeypatch.setattr(threads, "_state", threads._State())
    return control


def plain(q: Array, k: Array, v: Array, scale: float, window: int | None) -> list[Array]:
    """The steps over all queries and keys at once."""
    scores = score(q, k, scale)
    masked = causal_mask(scores, window)
    pattern = ops.softmax(masked)
    return [scores, masked, pattern, mix(pattern, v)]


@given(
    st.sampled_from([1, 5, QUERIES, QUERIES + 1, 2 * QUERIES + 9]),
    st.integers(0, 70),
    st.sampled_from([None, 1, 7, QUERIES, 100]),
    st.sampled_from([(2, 2), (4, 2), (3, 1)]),
)
def test_blocks_of_queries_give_what_all_at_once_give(
    queries: int, before: int, window: int | None, heads: tuple[int, int]
) -> None:
    rng = np.random.default_rng(queries)
    q = rng.normal(size=(heads[0], queries, 6)).astype(np.float32)
    k, v = rng.normal(size=(2, heads[1], queries + before, 6)).astype(np.float32)
    expected = plain(q, k, v, 0.3, window)
    scores = all_scores(q, k, 0.3, window)
    masked = causal_mask(scores, window)
    pattern = all_patterns(masked, window)
    z = all_mixed(pattern, v, window)
    for found, wanted in zip((scores, masked, pattern, z), expected, strict=True):
        assert close(found, wanted, 1e-6)
    assert attend(q, k, v, 0.3, window).tobytes() == z.tobytes()


@given(st.integers(1, 300), st.integers(0, 300), st.none() | st.integers(1, 300))
def test_blocks_cover_every_query_and_every_key_it_sees(
    queries: int, before: int, window: int | None
) -> None:
    keys = queries + before
    blocks = query_blocks(queries, keys, window)
    assert [i for b in blocks for i in range(queries)[b.queries]] == list(range(queries))
    for block in blocks:
        for query in (block.queries.start, block.queries.stop - 1):
            last = before + query
            first = 0 if window is None else max(0, last - window + 1)
            assert block.keys.start <= first and last < block.keys.stop
        unseen = [key for part in block.unseen(keys) for key in range(keys)[part]]
        assert sorted([*unseen, *range(keys)[block.keys]]) == list(range(keys))


@pytest.mark.parametrize("count", LENGTHS)
@pytest.mark.parametrize("config", [LONG, GPT], ids=["llama", "gpt"])
@pytest.mark.parametrize("cores", [1, 2])
def test_watching_a_long_text_changes_not_one_bit(
    config: ModelConfig, count: int, cores: int, request: pytest.FixtureRequest
) -> None:
    if cores == 2:
        request.getfixturevalue("two_cores")
    weights = dense_weights(config)
    ids = tokens(count)
    unseen = forward(ids, weights, config, NO_TAP)
    filled = KVCache(config)
    before = forward(ids, weights, config, NO_TAP, filled)
    after = forward([3], weights, config, NO_TAP, filled.copy(count))
    for tap in (
        Recorder(),
        Recorder(lambda name: "resid" in name),
        Recorder(lambda name: name == "blocks.1.attn.masked_scores"),
        Spy(),
        Spy(optional=True),
    ):
        assert forward(ids, weights, config, tap).tobytes() == unseen.tobytes()
        cache = KVCache(config)
        assert forward(ids, weights, config, tap, cache).tobytes() == before.tobytes()
        assert forward([3], weights, config, tap, cache).tobytes() == after.tobytes()


@pytest.mark.parametrize("config", [LONG, GPT], ids=["llama", "gpt"])
def test_two_cores_give_what_one_gives(config: ModelConfig, two_cores: Control) -> None:
    weights = dense_weights(config)
    ids = tokens(333)
    both, one = Recorder(), Recorder()
    forward(ids, weights, config, both)
    assert two_cores.held == 1
    cache = KVCache(config)
    parts = [forward(ids[a : a + 111], weights, config, one, cache) for a in (0, 111, 222)]
    assert two_cores.held == 1  # not for so few rows
    assert close(both.tensors["logits"], np.concatenate(parts), 2e-5)


@pytest.mark.usefixtures("two_cores")
def test_weights_put_on_hidden_keys_count_in_every_block() -> None:
    weights = dense_weights(GPT)
    ids = tokens(QUERIES + 40)

    def flat(value: Array) -> Array:
        return np.full_like(value, 1 / value.shape[-1])

    recorder = Recorder()
    forward(ids, weights, GPT, Chain([Edit("blocks.0.attn.pattern", flat), recorder]))
    v, z = recorder.tensors["blocks.0.attn.v"], recorder.tensors["blocks.0.attn.z"]
    assert close(z, np.broadcast_to(v.mean(axis=1, keepdims=True), z.shape))

    unmask = Edit("blocks.0.attn.masked_scores", np.zeros_like)
    forward(ids, weights, GPT, Chain([unmask, recorder]))
    pattern = recorder.tensors["blocks.0.attn.pattern"]
    assert close(pattern, np.full_like(pattern, 1 / len(ids)))


def test_operations_cut_into_rows_are_the_same_operations(two_cores: Control) -> None:
    x = np.random.default_rng(0).normal(size=(301, 700)).astype(np.float32)
    other = x[::-1].copy()
    for inside in (0, threads.MANY_ROWS):
        with threads.every_core(inside):
            assert threads.pieces() == (2 if inside else 1)
            for kind, function in ops.ACTIVATIONS.items():
                assert ops.activate(x, kind).tobytes() == function(x).tobytes()
            assert np.array_equal(ops.by_rows(np.add, x, other), x + other)
            scale = ops.by_rows(lambda x: ops.norm_scale(x, "layernorm", 1e-5), x, width=1)
            assert np.array_equal(scale, ops.norm_scale(x, "layernorm", 1e-5))
            weight, bias = x[:300, :30].T, x[0, :300].copy()
            assert close(ops.matmul(x[:, :30], weight, bias), x[:, :30] @ weight + bias)
    assert threads.pieces() == 1
    assert two_cores.held == 1


@pytest.mark.parametrize("count", [1, 2])
def test_a_product_is_the_same_however_the_matrix_lies(count: int) -> None:
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=(count, 50)), rng.normal(size=(50, 70))
    bias = rng.normal(size=70)
    wide = np.zeros((50, 90))
    wide[:, 10:80] = weight
    for w in (weight, np.asfortranarray(weight), wide[:, 10:80], weight[::-1][::-1]):
        for kind in (np.float32, np.float64):
            found = ops.matmul(x.astype(kind), w.astype(kind, order="K"), bias.astype(kind))
            assert found.shape == (count, 70)
            assert found.dtype == kind
            assert close(found, x @ weight + bias, 1e-6)


def test_pieces_are_done_by_different_threads_and_nested_ones_by_one(two_cores: Control) -> None:
    meeting = Barrier(2, timeout=20)
    seen: list[tuple[int, int, int, int]] = []

    def work(part: slice) -> None:
        meeting.wait()  # only if both are at work at the same time
        seen.append((part.start, part.stop, get_ident(), threads.pieces()))

    with threads.every_core(1000), threads.every_core(1000):
        threads.in_pieces(work, 7)
    assert sorted(part[:2] for part in seen) == [(0, 3), (3, 7)]
    assert len({part[2] for part in seen}) == 2
    assert sorted(part[3] for part in seen) == [1, 2]
    assert two_cores.held == 1
    threads.in_pieces(lambda part: seen.append((part.start, part.stop, 0, 0)), 7)
    assert seen[-1] == (0, 7, 0, 0)


@pytest.mark.parametrize("bad", [0, 5])
@pytest.mark.usefixtures("two_cores")
def test_an_error_in_any_piece_comes_out_when_all_have_ended(bad: int) -> None:
    ended = []

    def work(part: slice) -> None:
        ended.append(part.start)
        if part.start == bad:
            raise ZeroDivisionError

    with threads.every_core(1000), pytest.raises(ZeroDivisionError):
        threads.in_pieces(work, 10)
    assert sorted(ended) == [0, 5]
    assert threads.pieces() == 1


@pytest.mark.usefixtures("two_cores")
def test_numbers_out_of_range_print_no_warning_on_any_core() -> None:
    weights = dense_weights(GPT, std=1e30)
    assert not np.isfinite(forward(tokens(300), weights, GPT)).all()  # warnings are errors


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="newer Pythons warn of a fork with threads")
@pytest.mark.usefixtures("two_cores")
def test_a_forked_process_makes_threads_of_its_own() -> None:
    weights = dense_weights(GPT)
    expected = forward(tokens(300), weights, GPT)
    child = os.fork()
    if not child:
        same = False
        try:
            same = forward(tokens(300), weights, GPT).tobytes() == expected.tobytes()
        finally:
            os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def fused(config: ModelConfig) -> tuple[Weights, Weights]:
    """The same weights with q, k and v side by side in memory, and apart."""
    apart = dense_weights(config)
    tensors = {name: value for name, value in apart.named() if name in weight_shapes(config)}
    for layer in range(config.n_layers):
        for part in "Wb":
            names = [f"blocks.{layer}.{part}_{which}" for which in "QKV"]
            whole = np.concatenate([tensors[name] for name in names], axis=-1)
            edges = np.cumsum([tensors[name].shape[-1] for name in names])[:2]
            tensors |= zip(names, np.split(whole, edges, axis=-1), strict=True)
    return make_weights(config, tensors), apart


def test_q_k_and_v_that_lie_side_by_side_are_one_product() -> None:
    config = tiny(n_heads=4, n_kv_heads=2)
    together, apart = fused(config)
    w = together.blocks[1]
    assert w.W_QKV is not None and w.b_QKV is not None
    assert apart.blocks[1].W_QKV is None
    assert np.array_equal(w.W_QKV, np.concatenate([w.W_Q, w.W_K, w.W_V], axis=1))
    assert np.array_equal(w.b_QKV, np.concatenate([w.b_Q, w.b_K, w.b_V]))
    assert np.shares_memory(w.W_QKV, w.W_V)
    one, other = Recorder(), Recorder()
    forward([1, 2, 3], together, config, one)
    forward([1, 2, 3], apart, config, other)
    for name, value in one.tensors.items():
        assert close(value, other.tensors[name]), name
    assert [name for name, _ in together.named()] == [name for name, _ in apart.named()]


def test_only_neighbours_are_side_by_side() -> None:
    whole = np.arange(48, dtype=np.float32).reshape(4, 12)
    a, b, c = whole[:, :4], whole[:, 4:8], whole[:, 8:]
    assert np.array_equal(side_by_side(a, b, c), whole)  # type: ignore[arg-type]
    turned = side_by_side(whole.T[:, :1], whole.T[:, 1:])
    assert turned is not None and np.array_equal(turned, whole.T)
    for parts in ((b, a, c), (a, c), (a, b.copy()), (a, a), (a, b[:3]), (a[:, ::2], b)):
        assert side_by_side(*parts) is None
    assert side_by_side(whole.copy(), whole.copy()) is None


def test_biases_apart_leave_the_products_apart() -> None:
    config = tiny()
    block = fused(config)[0].blocks[0]
    kept = {name: getattr(block, name) for name in BlockWeights.__slots__ if "QKV" not in name}
    assert BlockWeights(**kept).W_QKV is not None
    assert BlockWeights(**(kept | {"b_K": block.b_K.copy()})).W_QKV is None  # type: ignore[union-attr]
    none = partial(BlockWeights, **(kept | {"b_Q": None, "b_K": None, "b_V": None}))
    assert none().W_QKV is not None and none().b_QKV is None


def test_float64_goes_through_as_float64() -> None:
    weights = dense_weights(LONG)
    doubled = make_weights(LONG, {name: w.astype(np.float64) for name, w in weights.named()})
    ids = tokens(threads.MANY_ROWS + 5)
    recorder = Recorder()
    found = forward(ids, doubled, LONG, recorder)
    wide = {name for name, value in recorder.tensors.items() if value.dtype == np.float64}
    assert wide == recorder.tensors.keys()
    assert found.tobytes() == forward(ids, doubled, LONG).tobytes()
    assert close(forward(ids, weights, LONG).astype(np.float64), found, 2e-4)
