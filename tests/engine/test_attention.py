"""The steps of attention, each against loops over heads and positions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import close
from tui_transformer.engine import Array
from tui_transformer.engine.attention import (
    causal_mask,
    head_results,
    merge_heads,
    mix,
    project,
    score,
    split_heads,
)

GROUPS = st.sampled_from([(1, 1), (2, 2), (2, 1), (4, 2), (6, 3), (3, 1)])
SIZES = st.integers(1, 5)
SEEDS = st.integers(0, 2**16)


def normal(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@given(pos=SIZES, heads=SIZES, d_head=SIZES, seed=SEEDS)
def test_heads_lie_side_by_side(pos: int, heads: int, d_head: int, seed: int) -> None:
    x = normal(seed, pos, heads * d_head)
    split = split_heads(x, heads)
    assert split.shape == (heads, pos, d_head)
    for h, p, i in np.ndindex(split.shape):
        assert split[h, p, i] == x[p, h * d_head + i]
    assert np.array_equal(merge_heads(split), x)


@given(pos=SIZES, wide=SIZES, out=SIZES, seed=SEEDS)
def test_projection(pos: int, wide: int, out: int, seed: int) -> None:
    x, weight, bias = normal(seed, pos, wide), normal(seed + 1, wide, out), normal(seed + 2, out)
    expected = np.zeros((pos, out))
    for p, o in np.ndindex(pos, out):
        for i in range(wide):
            expected[p, o] += float(x[p, i]) * float(weight[i, o])
    assert close(project(x, weight, None), expected)
    assert close(project(x, weight, bias), expected + bias)


@given(groups=GROUPS, queries=SIZES, more=st.integers(0, 3), d_head=SIZES, seed=SEEDS)
def test_scores(groups: tuple[int, int], queries: int, more: int, d_head: int, seed: int) -> None:
    heads, kv_heads = groups
    keys = queries + more
    q, k = normal(seed, heads, queries, d_head), normal(seed + 1, kv_heads, keys, d_head)
    expected = np.zeros((heads, queries, keys))
    for h, query, key in np.ndindex(expected.shape):
        shared = h // (heads // kv_heads)
        products = (float(a) * float(b) for a, b in zip(q[h, query], k[shared, key], strict=True))
        expected[h, query, key] = sum(products) / math.sqrt(d_head)
    found = score(q, k)
    assert found.dtype == np.float32
    assert close(found, expected)


@given(heads=SIZES, queries=SIZES, more=st.integers(0, 3), seed=SEEDS)
def test_the_mask_hides_what_comes_after_and_nothing_else(
    heads: int, queries: int, more: int, seed: int
) -> None:
    scores = normal(seed, heads, queries, queries + more)
    before = scores.copy()
    masked = causal_mask(scores)
    assert masked.dtype == np.float32
    for h, query, key in np.ndindex(scores.shape):
        if key > query + more:
            assert masked[h, query, key] == -np.inf
        else:
            assert masked[h, query, key] == scores[h, query, key]
    assert np.array_equal(scores, before)


@given(groups=GROUPS, queries=SIZES, keys=SIZES, d_head=SIZES, seed=SEEDS)
def test_mixing_values(
    groups: tuple[int, int], queries: int, keys: int, d_head: int, seed: int
) -> None:
    heads, kv_heads = groups
    pattern, v = normal(seed, heads, queries, keys), normal(seed + 1, kv_heads, keys, d_head)
    expected = np.zeros((heads, queries, d_head))
    for h, query, i in np.ndindex(expected.shape):
        for key in range(keys):
            weight = float(pattern[h, query, key])
            expected[h, query, i] += weight * float(v[h // (heads // kv_heads), key, i])
    found = mix(pattern, v)
    assert found.dtype == np.float32
    assert close(found, expected)


@given(heads=SIZES, pos=SIZES, d_head=SIZES, d_model=SIZES, seed=SEEDS)
def test_results_by_head_sum_to_the_output(
    heads: int, pos: int, d_head: int, d_model: int, seed: int
) -> None:
    z, W_O = normal(seed, heads, pos, d_head), normal(seed + 1, heads * d_head, d_model)
    expected = np.zeros((heads, pos, d_model))
    for h, p, m in np.ndindex(expected.shape):
        for i in range(d_head):
            expected[h, p, m] += float(z[h, p, i]) * float(W_O[h * d_head + i, m])
    found = head_results(z, W_O)
    assert close(found, expected)
    assert close(found.sum(axis=0), project(merge_heads(z), W_O, None).astype(np.float64))


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_scores_of_equal_keys_are_equal(heads: int) -> None:
    q, k = normal(1, heads, 3, 4), np.repeat(normal(2, 1, 1, 4), 3, axis=1)
    found = score(q, k)
    assert np.array_equal(found, np.broadcast_to(found[..., :1], found.shape))
