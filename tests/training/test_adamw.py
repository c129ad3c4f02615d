"""The update against its formula, number by number, and against torch where it is installed."""

from math import inf, isinf, isnan, nan, sqrt

import numpy as np
import pytest

from tui_transformer.engine import Array
from tui_transformer.training import adamw as module
from tui_transformer.training.adamw import Moments, adamw, clip_factor, gradient_norm
from tui_transformer.training.recipe import Optimizer

SETTINGS = Optimizer(beta1=0.8, beta2=0.95, eps=1e-6, weight_decay=0.3)


def by_hand(
    value: float, gradients: list[float], rates: list[float], decay: float, s: Optimizer
) -> float:
    """The lines of the paper for one number."""
    m = v = 0.0
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), 1):
        m = s.beta1 * m + (1 - s.beta1) * g
        v = s.beta2 * v + (1 - s.beta2) * g * g
        m_hat, v_hat = m / (1 - s.beta1**t), v / (1 - s.beta2**t)
        value -= rate * (m_hat / (sqrt(v_hat) + s.eps) + decay * value)
    return value


def some(n: int, dtype: type = np.float64) -> tuple[Array, Array]:
    rng = np.random.default_rng(n)
    return rng.normal(size=n).astype(dtype), rng.normal(size=(3, n)).astype(dtype)


def test_three_steps_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 4)  # so that several chunks are needed
    start, gradients = some(11)
    values, moments, rates = start.copy(), Moments.zeros_like(start), [0.1, 0.2, 0.05]
    for t, rate in enumerate(rates):
        adamw(values, gradients[t], moments, t + 1, rate, SETTINGS, matrices=6)
    for i, value in enumerate(values):
        decay = SETTINGS.weight_decay if i < 6 else 0.0
        expected = by_hand(float(start[i]), gradients[:, i].tolist(), rates, decay, SETTINGS)
        assert value == pytest.approx(expected, rel=1e-12)


def test_the_gradient_is_left_alone_and_the_factor_counts() -> None:
    start, gradients = some(5)
    one, two = start.copy(), start.copy()
    kept = gradients[0].copy()
    adamw(one, gradients[0], Moments.zeros_like(one), 1, 0.1, SETTINGS, matrices=5, factor=0.25)
    assert np.array_equal(gradients[0], kept)
    moments = Moments.zeros_like(two)
    adamw(two, gradients[0] * 0.25, moments, 1, 0.1, SETTINGS, matrices=5)
    assert np.array_equal(one, two)
    np.testing.assert_allclose(moments.mean, 0.2 * 0.25 * kept, rtol=1e-12)


def test_float32_stays_float32() -> None:
    values, gradients = some(20, np.float32)
    moments = Moments.zeros_like(values)
    adamw(values, gradients[0], moments, 1, 0.1, SETTINGS, matrices=7)
    assert values.dtype == moments.mean.dtype == moments.square.dtype == np.float32


def test_like_torch() -> None:
    torch = pytest.importorskip("torch")
    start, gradients = some(50)
    parameter = torch.nn.Parameter(torch.tensor(start))
    theirs = torch.optim.AdamW([parameter], lr=0.1, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.3)
    values, moments = start.copy(), Moments.zeros_like(start)
    for t in range(3):
        parameter.grad = torch.tensor(gradients[t])
        theirs.step()
        adamw(values, gradients[t], moments, t + 1, 0.1, SETTINGS, matrices=50)
    np.testing.assert_allclose(values, parameter.detach().numpy(), rtol=1e-12)


def test_norm_and_clipping() -> None:
    gradient = np.random.default_rng(0).normal(size=50_000).astype(np.float32)
    norm = gradient_norm(gradient)
    assert norm == pytest.approx(float(np.linalg.norm(gradient.astype(np.float64))), rel=1e-6)
    assert clip_factor(norm, 1.0) * norm == pytest.approx(1.0)
    assert clip_factor(0.5, 1.0) == 1.0
    assert clip_factor(norm, 0.0) == 1.0


def test_what_is_no_number_has_no_norm() -> None:
    assert isnan(gradient_norm(np.array([1.0, nan])))
    assert isinf(gradient_norm(np.array([1.0, inf])))
