"""Moments that are kept: not too many, and those that are missed least go first."""

import numpy as np
import pytest

from tui_transformer.training.snapshots import Snapshot, Snapshots, is_due


def moment(step: int, candidate: int = 0, numbers: int = 4) -> Snapshot:
    flat = np.full(numbers, float(step), dtype=np.float32)
    return Snapshot(candidate, step, flat, flat, flat)


def steps_of(kept: Snapshots) -> list[int]:
    return [one.step for one in kept.all()]


def test_early_steps_are_kept_each_and_later_ones_further_apart() -> None:
    kept, last = [0], 0
    for step in range(1, 2501):
        if is_due(step, last):
            kept.append(step)
            last = step
    assert kept[:21] == list(range(21))
    assert len(kept) < 150
    gaps = np.diff(kept)
    assert (np.diff(gaps) >= 0).all()
    assert gaps[-1] > 80


@pytest.mark.parametrize("most", [2, 3, 16, 40])
def test_there_are_never_too_many(most: int) -> None:
    kept = Snapshots(most=most)
    for step in range(500):
        kept.add(moment(step))
        assert len(kept) <= most
        assert kept[0].step == 0
        assert kept[len(kept) - 1].step == step
    steps = steps_of(kept)
    assert steps == sorted(set(steps))
    if most == 40:  # early ones stay closer together
        assert np.diff(steps)[:5].max() < np.diff(steps)[-10:].max()


def test_memory_is_bounded_too() -> None:
    kept = Snapshots(most_bytes=10 * moment(0, numbers=100).nbytes)
    for step in range(50):
        kept.add(moment(step, numbers=100))
    assert len(kept) == 10
    huge = Snapshots(most_bytes=1)
    for step in range(5):
        huge.add(moment(step))
    assert steps_of(huge) == [0, 4]


def test_the_same_step_is_kept_once_and_order_does_not_matter() -> None:
    kept = Snapshots()
    for step in (5, 1, 3, 3, 1):
        kept.add(moment(step))
    assert steps_of(kept) == [1, 3, 5]


def test_the_ends_of_every_candidate_stay_longest() -> None:
    kept = Snapshots(most=8)
    for candidate in range(3):
        for step in range(20):
            kept.add(moment(step, candidate))
    places = [one.place for one in kept.all()]
    assert {(0, 0), (0, 19), (1, 0), (1, 19), (2, 0), (2, 19)} <= set(places)


def test_the_nearest_is_the_one_at_a_place_or_before_it() -> None:
    kept = Snapshots()
    with pytest.raises(IndexError):
        kept.nearest((0, 0))
    for step in (2, 4, 8):
        kept.add(moment(step))
    assert [kept.nearest((0, at)) for at in (0, 2, 3, 4, 7, 8, 99)] == [0, 0, 0, 1, 1, 2, 2]
    assert kept.nearest((1, 0)) == 2
