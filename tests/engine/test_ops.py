"""Every operation against a plain float64 account of the same formula."""

import cmath
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests import reference
from tests.support import close
from tui_transformer.engine import Array, ops
from tui_transformer.engine.config import Activation, Norm


def rows(limit: float, smallest: int = 1) -> st.SearchStrategy[Array]:
    """Float32 matrices `[pos, d]` with cells of at most `limit`."""
    return hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 4), st.integers(smallest, 9)),
        elements=st.floats(-limit, limit, width=32),
    )


@given(rows(100.0))
def test_softmax_is_the_formula(x: Array) -> None:
    expected = np.array([reference.softmax(row) for row in x.astype(np.float64).tolist()])
    found = ops.softmax(x)
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 1e-6
    assert np.abs(found.sum(axis=-1) - 1).max() < 1e-6
    assert (found >= 0).all()


@given(rows(2.0**126))
def test_softmax_never_overflows(x: Array) -> None:
    found = ops.softmax(x)
    assert np.isfinite(found).all()
    assert np.abs(found.sum(axis=-1) - 1).max() < 1e-6


def test_softmax_gives_exactly_zero_where_the_score_is_minus_infinity() -> None:
    found = ops.softmax(np.array([[1.0, -np.inf, 2.0], [-np.inf, 5.0, -np.inf]], np.float32))
    assert found[0, 1] == 0
    assert found[1].tolist() == [0, 1, 0]


def test_softmax_works_along_the_last_axis_of_any_array() -> None:
    x = np.random.default_rng(3).normal(size=(2, 3, 4)).astype(np.float32)
    found = ops.softmax(x)
    for i, j in np.ndindex(2, 3):
        expected = reference.softmax(x[i, j].astype(np.float64).tolist())
        assert np.abs(found[i, j] - expected).max() < 1e-6


@pytest.mark.parametrize("kind", ["layernorm", "rmsnorm"])
@pytest.mark.parametrize("eps", [1e-5, 1e-2])
@given(x=rows(20.0), seed=st.integers(0, 99), affine=st.booleans())
def test_norms_are_the_formulas(kind: Norm, eps: float, x: Array, seed: int, affine: bool) -> None:
    rng = np.random.default_rng(seed)
    gain = rng.normal(size=(x.shape[1],)).astype(np.float32) if affine else None
    shift = rng.normal(size=(x.shape[1],)).astype(np.float32) if affine else None
    plain = x.astype(np.float64).tolist()
    scale = ops.norm_scale(x, kind, eps)
    assert scale.shape == (len(x), 1)
    assert scale.dtype == np.float32
    expected = np.array([[reference.norm_scale(row, kind, eps)] for row in plain])
    assert close(scale, expected)

    found = ops.norm_apply(x, scale, kind, gain, shift)
    assert found.dtype == np.float32
    lists = [None if part is None else part.astype(np.float64).tolist() for part in (gain, shift)]
    whole = np.array([reference.normalize(row, kind, eps, lists[0], lists[1]) for row in plain])
    # A row of nearly equal numbers cancels: its float32 error grows by size over spread.
    growth = np.maximum(1.0, np.abs(x).max(axis=1, keepdims=True) / expected)
    assert (np.abs(found - whole) <= 2e-6 * growth * (1 + np.abs(whole))).all()


@given(rows(20.0, smallest=2))
def test_layernorm_leaves_mean_zero_and_spread_one(x: Array) -> None:
    x = x + np.arange(x.shape[1], dtype=np.float32) * 50  # no row of equal numbers
    y = ops.norm_apply(x, ops.norm_scale(x, "layernorm", 1e-5), "layernorm", None, None)
    assert np.abs(y.mean(axis=-1)).max() < 1e-4
    assert np.abs(y.std(axis=-1) - 1).max() < 1e-3


def test_rmsnorm_does_not_centre() -> None:
    x = np.array([[3.0, 4.0]], np.float32)
    scale = ops.norm_scale(x, "rmsnorm", 1e-12)
    assert scale[0, 0] == pytest.approx(math.sqrt(12.5))
    y = ops.norm_apply(x, scale, "rmsnorm", None, None)
    assert y[0].tolist() == pytest.approx([3 / math.sqrt(12.5), 4 / math.sqrt(12.5)])


@pytest.mark.parametrize("kind", ["relu", "gelu_tanh", "gelu", "silu"])
@given(x=rows(30.0))
def test_activations_are_the_formulas(kind: Activation, x: Array) -> None:
    expected = np.vectorize(lambda cell: reference.activation(float(cell), kind))(x)
    found = ops.activate(x, kind)
    assert found.dtype == np.float32
    assert found.shape == x.shape
    assert (np.abs(found - expected) <= 1e-6 * (1 + np.abs(expected))).all()


@pytest.mark.parametrize("kind", ["relu", "gelu_tanh", "gelu", "silu"])
def test_activations_far_out_are_zero_or_the_number_itself(kind: Activation) -> None:
    far = np.array([-1e6, -1e3, -50.0, 0.0, 50.0, 1e3, 1e6], np.float32)
    low = pytest.approx(-50 * math.exp(-50)) if kind == "silu" else 0  # 1e-20, which float32 has
    assert ops.activate(far, kind).tolist() == [0, 0, low, 0, 50.0, 1e3, 1e6]


def test_the_two_forms_of_gelu_differ() -> None:
    x = np.linspace(-4, 4, 401, dtype=np.float32)
    gap = np.abs(ops.gelu(x) - ops.gelu_tanh(x)).max()
    assert 1e-4 < gap < 1e-3


def test_erf_in_float32_is_that_of_the_c_library() -> None:
    x = np.linspace(-6, 6, 60_001, dtype=np.float32)
    exact = np.array([math.erf(cell) for cell in x.tolist()])
    found = ops.erf(x)
    assert found.dtype == np.float32
    assert np.abs(found - exact).max() < 5e-7
    assert np.abs(found).max() <= 1 + 1e-7


def test_erf_in_float64_is_exact() -> None:
    x = np.linspace(-6, 6, 600).reshape(3, 200)
    found = ops.erf(x)
    assert found.dtype == np.float64
    assert found.tolist() == [[math.erf(cell) for cell in row] for row in x.tolist()]


@pytest.mark.parametrize(
    "operation",
    [
        ops.softmax,
        ops.relu,
        ops.silu,
        ops.gelu,
        ops.gelu_tanh,
        ops.erf,
        lambda x: ops.norm_scale(x, "layernorm", 1e-5),
        lambda x: ops.norm_apply(x, ops.norm_scale(x, "rmsnorm", 1e-5), "rmsnorm", None, None),
        lambda x: ops.rotate(
            x, *(part.astype(x.dtype) for part in ops.rope_angles(np.arange(3), 4, 1e4))
        ),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_that_goes_in_comes_out(
    operation: Callable[[Array], Array], dtype: type[np.floating]
) -> None:
    assert operation(np.ones((3, 4), dtype)).dtype == dtype


@pytest.mark.parametrize("d_model", [2, 4, 10, 64])
def test_sinusoids_are_the_formula_even_far_out(d_model: int) -> None:
    positions = np.array([0, 1, 2, 3, 17, 999, 100_000])
    found = ops.sinusoids(positions, d_model)
    assert found.dtype == np.float32
    assert found.shape == (7, d_model)
    for row, pos in enumerate(positions.tolist()):
        for dim in range(d_model):
            assert found[row, dim] == pytest.approx(reference.sinusoid(pos, dim, d_model), abs=2e-7)


@given(
    d_head=st.sampled_from([2, 4, 6, 8]),
    start=st.sampled_from([0, 1, 100, 30_000]),
    theta=st.sampled_from([10_000.0, 500_000.0, 10.0]),
    seed=st.integers(0, 2**16),
)
def test_rotation_is_multiplication_of_complex_numbers(
    d_head: int, start: int, theta: float, seed: int
) -> None:
    head, pos = 2, 3
    x = np.random.default_rng(seed).normal(size=(head, pos, d_head)).astype(np.float32)
    cos, sin = ops.rope_angles(np.arange(start, start + pos), d_head, theta)
    assert cos.shape == sin.shape == (pos, d_head // 2)
    assert cos.dtype == sin.dtype == np.float32
    found = ops.rotate(x, cos, sin)
    assert found.dtype == np.float32
    for h, p, i in np.ndindex(head, pos, d_head // 2):
        before = complex(x[h, p, i], x[h, p, i + d_head // 2])
        after = before * cmath.rect(1.0, (start + p) * theta ** (-2 * i / d_head))
        near = 1e-6 + 1e-6 * (start + p)  # the angle itself is a float32
        assert found[h, p, i] == pytest.approx(after.real, abs=near)
        assert found[h, p, i + d_head // 2] == pytest.approx(after.imag, abs=near)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 2**16))
def test_rotated_products_depend_on_the_distance_alone(m: int, n: int, seed: int) -> None:
    q, k = np.random.default_rng(seed).normal(size=(2, 1, 1, 8)).astype(np.float32)

    def product(at_q: int, at_k: int) -> float:
        turned_q = ops.rotate(q, *ops.rope_angles(np.array([at_q]), 8, 10_000.0))
        turned_k = ops.rotate(k, *ops.rope_angles(np.array([at_k]), 8, 10_000.0))
        return float((turned_q * turned_k).sum())

    assert product(m, n) == pytest.approx(product(m + 7, n + 7), abs=1e-4)
    assert product(0, 0) == pytest.approx(float((q * k).sum()), abs=1e-5)


@given(
    hnp.arrays(np.float32, st.integers(1, 12), elements=st.floats(-80, 80, width=32)),
    st.data(),
)
def test_cross_entropy_is_minus_the_log_of_the_probability(row: Array, data: st.DataObject) -> None:
    target = data.draw(st.integers(0, len(row) - 1))
    probability = reference.softmax(row.astype(np.float64).tolist())[target]
    assert ops.cross_entropy(row, target) == pytest.approx(-math.log(probability), abs=1e-9)


def test_cross_entropy_of_a_hopeless_token_is_large_and_finite() -> None:
    assert ops.cross_entropy(np.array([5000.0, 0.0], np.float32), 1) == 5000.0
    assert ops.cross_entropy(np.zeros(8, np.float32), 3) == pytest.approx(math.log(8))


@pytest.mark.parametrize(
    "operation", [ops.softmax, ops.relu, ops.silu, ops.gelu, ops.gelu_tanh, ops.erf]
)
def test_an_operation_does_not_write_into_its_input(operation: Callable[[Array], Array]) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    before = x.copy()
    operation(x)
    assert np.array_equal(x, before)
