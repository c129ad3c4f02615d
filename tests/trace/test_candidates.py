"""A few logits and two sums give the same probabilities as all logits do."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_transformer.sampling import (
    Cut,
    SamplingError,
    SamplingSettings,
    distribution,
    draw,
    generator_for,
)
from tui_transformer.trace.candidates import TEMPERATURES, Candidates, candidates_of, rank_of

SIZE = 200


def row(seed: int, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, size).astype(np.float32)


def few(logits: np.ndarray, count: int = 30, also: tuple[int, ...] = ()) -> Candidates:
    made = candidates_of(logits, TEMPERATURES, also, count)
    assert made is not None
    return made


def advised(message: str, wanted: SamplingSettings) -> SamplingSettings:
    """The settings that the message of a refusal asks for."""
    found = re.search(
        r"^(top-k|top-p|min-p) \S+ needs .*: (?:lower|raise) it to ([\d.,]+),", message
    )
    if found is None:
        found = re.search(r"set (top-k) ([\d,]+),", message)
    assert found is not None, message
    value = float(found[2].replace(",", ""))
    changed: dict[str, Any] = {
        found[1].replace("-", "_"): int(value) if found[1] == "top-k" else value
    }
    return replace(wanted, **changed)


SETTINGS = st.builds(
    SamplingSettings,
    temperature=st.sampled_from((0.0, *TEMPERATURES)),
    top_k=st.integers(0, 40),
    top_p=st.sampled_from((0.1, 0.5, 0.9, 0.99, 1.0)),
    min_p=st.sampled_from((0.0, 0.01, 0.1, 0.5)),
)


@given(st.integers(0, 10_000), SETTINGS, st.integers(1, SIZE))
@settings(max_examples=80, deadline=None)
def test_the_same_numbers_or_a_refusal(seed: int, wanted: SamplingSettings, count: int) -> None:
    logits = row(seed)
    known = few(logits, count)
    full = distribution(logits, wanted)
    try:
        part = known.distribution(wanted)
    except SamplingError as error:
        assert "--detail full, or open the model" in str(error)
        known.distribution(advised(str(error), wanted))  # what it says would do does
        kept = distribution(logits, replace(wanted, min_p=0.0)).kept
        assert max(full.kept, kept, wanted.top_k) >= count  # only where the candidates cannot tell
        return
    ids = known.ids
    assert np.array_equal(part.order, full.order[: len(ids)])
    for name in ("logits", "scaled", "full", "probs", "cumulative"):
        found, expected = getattr(part, name), getattr(full, name)
        assert np.allclose(found[ids], expected[ids], rtol=0, atol=3e-6), name
    assert np.array_equal(part.cut == Cut.KEPT, full.cut == Cut.KEPT)
    assert part.kept == full.kept
    assert part.kept_mass == pytest.approx(full.kept_mass, abs=3e-6)
    assert part.entropy == pytest.approx(full.entropy, abs=2e-5)
    unknown = np.setdiff1d(np.arange(SIZE), ids)
    assert np.isnan(part.logits[unknown]).all()
    assert not any(part.knows(int(token)) for token in unknown)


@given(st.integers(0, 500), st.sampled_from((0.3, 1.0, 2.0)))
@settings(max_examples=60, deadline=None)
def test_a_draw_is_the_same_or_refused(seed: int, temperature: float) -> None:
    logits, wanted = row(seed), SamplingSettings(temperature=temperature)
    expected = draw(distribution(logits, wanted), generator_for(seed, 0))
    known = few(logits, 10)
    try:
        found = draw(known.distribution(wanted), generator_for(seed, 0))
    except SamplingError as error:
        assert expected.token not in known.ids
        assert "falls beyond the 10 likeliest" in str(error)
        return
    assert found.token == expected.token
    assert found.low == pytest.approx(expected.low, abs=1e-5)
    assert found.high == pytest.approx(expected.high, abs=1e-5)


def test_a_token_that_was_drawn_is_among_them_however_far_down() -> None:
    logits = row(3)
    last = int(np.argsort(logits)[5])
    known = few(logits, 30, also=(last,))
    assert known.ids[-1] == last
    assert rank_of(logits, last) == len(known.ids) == SIZE - 5


def test_rows_that_nothing_can_be_drawn_from() -> None:
    for bad in (np.nan, np.inf):
        logits = row(0)
        logits[7] = bad
        assert candidates_of(logits, TEMPERATURES) is None
    assert candidates_of(np.full(4, -np.inf, dtype=np.float32), TEMPERATURES) is None
    logits = np.array([1, -np.inf, 2, -np.inf], dtype=np.float32)
    assert few(logits).ids.tolist() == [2, 0]


def test_sums_at_other_temperatures_are_not_made_up() -> None:
    with pytest.raises(SamplingError, match=r"0\.1 to 2 in tenths, not for 2\.5"):
        few(row(1)).distribution(SamplingSettings(temperature=2.5))


def test_ranks_count_equal_ones_by_id() -> None:
    logits = np.array([1, 3, 3, 0], dtype=np.float32)
    assert [rank_of(logits, token) for token in range(4)] == [3, 1, 2, 4]
    assert [distribution(logits, SamplingSettings()).rank(t) for t in range(4)] == [3, 1, 2, 4]
