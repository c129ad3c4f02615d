"""The loss against the engine's own, and its gradient against central differences."""

import numpy as np
import pytest

from tests.training.differences import assert_agree, numeric
from tui_transformer.engine.ops import cross_entropy
from tui_transformer.training.loss import loss_and_gradient, surprise


def test_every_position_pays_what_the_engine_says() -> None:
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(0, 3, (2, 4, 7)), rng.integers(0, 7, (2, 4))
    nats, probs = surprise(logits, targets)
    for cell in np.ndindex(2, 4):
        assert nats[cell] == pytest.approx(
            cross_entropy(logits[cell], int(targets[cell])), rel=1e-12
        )
    np.testing.assert_allclose(probs.sum(axis=-1), 1.0, rtol=1e-12)


@pytest.mark.parametrize("masked", [False, True])
def test_gradient(masked: bool) -> None:
    rng = np.random.default_rng(1)
    logits, targets = rng.normal(0, 2, (2, 3, 5)), rng.integers(0, 5, (2, 3))
    mask = np.array([[False, True, True], [False, False, True]]) if masked else None
    loss, d_logits = loss_and_gradient(logits, targets, mask)
    nats, _ = surprise(logits, targets)
    assert loss == pytest.approx(float(nats.mean() if mask is None else nats[mask].mean()))
    assert_agree(d_logits, numeric(lambda: loss_and_gradient(logits, targets, mask)[0], logits))
    if mask is not None:
        assert not d_logits[~mask].any()


def test_parts_of_a_batch_add_up() -> None:
    rng = np.random.default_rng(2)
    logits, targets = rng.normal(size=(4, 3, 5)), rng.integers(0, 5, (4, 3))
    mask = rng.random((4, 3)) < 0.5
    whole, d_whole = loss_and_gradient(logits, targets, mask)
    count = int(mask.sum())
    parts = [
        loss_and_gradient(logits[s], targets[s], mask[s], count) for s in (slice(3), slice(3, 4))
    ]
    assert sum(loss for loss, _ in parts) == pytest.approx(whole, rel=1e-12)
    np.testing.assert_allclose(np.concatenate([d for _, d in parts]), d_whole, rtol=1e-12)


def test_large_logits_do_not_overflow() -> None:
    logits = np.array([[[1e4, -1e4, 0.0]]], dtype=np.float32)
    loss, d_logits = loss_and_gradient(logits, np.array([[1]]))
    assert loss == pytest.approx(2e4)
    assert d_logits.dtype == np.float32
    np.testing.assert_allclose(d_logits[0, 0], [1, -1, 0])


def test_nothing_that_counts_is_no_loss() -> None:
    loss, d_logits = loss_and_gradient(
        np.ones((1, 2, 3)), np.zeros((1, 2), int), np.zeros((1, 2), bool)
    )
    assert loss == 0
    assert not d_logits.any()
