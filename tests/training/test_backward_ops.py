"""Every operation's gradient against central differences in float64."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.training.differences import assert_agree, numeric
from tui_transformer.engine import Array
from tui_transformer.engine.attention import causal_mask, mix, project, score
from tui_transformer.engine.config import Activation, Norm
from tui_transformer.engine.forward import look_up
from tui_transformer.engine.ops import (
    ACTIVATIONS,
    activate,
    norm_apply,
    norm_scale,
    rope_angles,
    rotate,
    softmax,
)
from tui_transformer.training.backward import ops
from tui_transformer.training.backward.attention import mix_backward, score_backward


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def through(make: Callable[[], Array], d_y: Array) -> Callable[[], float]:
    """A loss whose gradient with respect to what is made is `d_y`."""
    return lambda: float((make() * d_y).sum())


def test_project() -> None:
    x, w, b = normal(2, 3, 4), normal(4, 5), normal(5)
    d_y = normal(2, 3, 5, seed=1)
    d_w, d_b = np.zeros_like(w), np.zeros_like(b)
    d_x = ops.project_backward(d_y, x, w, d_w, d_b)
    loss = through(lambda: project(x, w, b), d_y)
    for name, found, value in (("x", d_x, x), ("w", d_w, w), ("b", d_b, b)):
        assert_agree(found, numeric(loss, value), what=name)


def test_gradients_of_weights_are_added_to_what_is_there() -> None:
    x, w, d_y = normal(3, 4), normal(4, 5), normal(3, 5)
    fresh, used = np.zeros_like(w), np.full_like(w, 7.0)
    ops.project_backward(d_y, x, w, fresh, None)
    ops.project_backward(d_y, x, w, used, None)
    np.testing.assert_allclose(used, fresh + 7.0, rtol=1e-12)


def test_look_up_sums_over_every_use_of_a_row() -> None:
    table, ids = normal(6, 3), np.array([[4, 1, 4, 4], [0, 1, 5, 4]])
    d_y, d_table = normal(2, 4, 3, seed=1), np.zeros_like(table)
    ops.look_up_backward(d_y, ids, d_table)
    assert_agree(d_table, numeric(through(lambda: look_up(table, ids), d_y), table))
    assert not d_table[[2, 3]].any()


def test_softmax() -> None:
    x, d_p = normal(2, 3, 5), normal(2, 3, 5, seed=1)
    found = ops.softmax_backward(d_p, softmax(x))
    assert_agree(found, numeric(through(lambda: softmax(x), d_p), x))


@pytest.mark.parametrize("window", [None, 2])
def test_softmax_behind_a_mask_gives_masked_cells_nothing(window: int | None) -> None:
    x, d_p = normal(2, 4, 4), normal(2, 4, 4, seed=1)
    found = ops.softmax_backward(d_p, softmax(causal_mask(x, window)))
    expected = numeric(through(lambda: softmax(causal_mask(x, window)), d_p), x)
    assert_agree(found, expected)
    hidden = np.isinf(causal_mask(x, window))
    assert hidden.any()
    assert not found[hidden].any()


@pytest.mark.parametrize("kind", ["layernorm", "rmsnorm"])
@pytest.mark.parametrize("affine", [True, False])
def test_norm(kind: Norm, affine: bool) -> None:
    x, gain, shift = normal(2, 3, 5) + 0.3, normal(5, seed=1), normal(5, seed=2)
    d_y, eps = normal(2, 3, 5, seed=3), 0.01
    g, s = (gain, shift) if affine else (None, None)
    d_gain, d_shift = (np.zeros(5), np.zeros(5)) if affine else (None, None)

    def y() -> Array:
        return norm_apply(x, norm_scale(x, kind, eps), kind, g, s)

    scale, c = norm_scale(x, kind, eps), ops.centred(x, kind)
    d_c, d_scale = ops.norm_apply_backward(d_y, c, scale, g, d_gain, d_shift)
    found = ops.centred_backward(d_c + ops.norm_scale_backward(d_scale, c, scale), kind)
    loss = through(y, d_y)
    assert_agree(found, numeric(loss, x), what="x")
    if d_gain is not None and d_shift is not None:
        assert_agree(d_gain, numeric(loss, gain), what="gain")
        assert_agree(d_shift, numeric(loss, shift), what="shift")
    fixed = through(lambda: norm_apply(x, scale, kind, g, s), d_y)
    assert_agree(d_scale, numeric(fixed, scale), what="scale")


@pytest.mark.parametrize("kind", ["layernorm", "rmsnorm"])
def test_norm_scale(kind: Norm) -> None:
    x, d_scale = normal(3, 6), normal(3, 1)
    scale, c = norm_scale(x, kind, 0.1), ops.centred(x, kind)
    found = ops.centred_backward(ops.norm_scale_backward(d_scale, c, scale), kind)
    assert_agree(found, numeric(through(lambda: norm_scale(x, kind, 0.1), d_scale), x))


@pytest.mark.parametrize("act_fn", sorted(ACTIVATIONS))
def test_activations(act_fn: Activation) -> None:
    x = np.concatenate([normal(40), [-6.0, -1e-3, 1e-3, 6.0]])
    d_y = normal(44, seed=1)
    found = ops.activate_backward(d_y, x, act_fn)
    assert_agree(found, numeric(through(lambda: activate(x, act_fn), d_y), x))


@pytest.mark.parametrize("act_fn", sorted(ACTIVATIONS))
def test_slopes_do_not_overflow(act_fn: Activation) -> None:
    x = np.array([-1e4, -50.0, 50.0, 1e4], dtype=np.float32)
    found = ops.activate_backward(np.ones_like(x), x, act_fn)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [0, 0, 1, 1], atol=1e-6)


def test_rotation() -> None:
    x, d_y = normal(2, 3, 4), normal(2, 3, 4, seed=1)
    cos, sin = rope_angles(np.arange(3), 4, 100.0)
    found = ops.rotate_backward(d_y, cos, sin)
    assert_agree(found, numeric(through(lambda: rotate(x, cos, sin), d_y), x))


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_scores_and_mixing_with_shared_heads(kv_heads: int) -> None:
    q, k, v = normal(2, 4, 3, 5), normal(2, kv_heads, 3, 5), normal(2, kv_heads, 3, 5, seed=1)
    d_scores, d_z = normal(2, 4, 3, 3), normal(2, 4, 3, 5, seed=2)
    d_q, d_k = score_backward(d_scores, q, k, 0.7)
    loss = through(lambda: score(q, k, 0.7), d_scores)
    assert_agree(d_q, numeric(loss, q), what="q")
    assert_agree(d_k, numeric(loss, k), what="k")
    pattern = softmax(normal(2, 4, 3, 3, seed=3))
    d_pattern, d_v = mix_backward(d_z, pattern, v)
    loss = through(lambda: mix(pattern, v), d_z)
    assert_agree(d_pattern, numeric(loss, pattern), what="pattern")
    assert_agree(d_v, numeric(loss, v), what="v")
