"""From logits to one token, against a plain account with a sort and loops."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from tui_transformer.errors import TuitfError
from tui_transformer.sampling import (
    MAX_TEMPERATURE,
    Cut,
    Distribution,
    Draw,
    SamplingError,
    SamplingSettings,
    distribution,
    draw,
    generator_for,
)


@dataclass
class Plain:
    """The same account in plain Python: `cut` is empty for a token that is kept."""

    order: list[int]
    full: list[float]
    cut: list[str]
    probs: list[float]


def softmax(row: list[float], temperature: float) -> list[float]:
    top = max(row)
    powers = [math.exp((x - top) / temperature) for x in row]
    total = sum(powers)
    return [power / total for power in powers]


def plain(row: list[float], s: SamplingSettings) -> Plain:
    order = sorted(range(len(row)), key=lambda token: (-row[token], token))
    full = softmax(row, s.temperature or 1.0)
    cut = [""] * len(row)
    if s.temperature == 0:
        for token in order[1:]:
            cut[token] = "greedy"
    if s.temperature and s.top_k:
        for rank, token in enumerate(order):
            if rank >= s.top_k:
                cut[token] = "top-k"
    if s.temperature and s.top_p < 1:
        left = [token for token in order if not cut[token]]
        total = sum(full[token] for token in left)
        mass = 0.0
        for token in left:
            if mass >= s.top_p:
                cut[token] = "top-p"
            mass += full[token] / total
    if s.temperature and s.min_p:
        left = [token for token in order if not cut[token]]
        for token in left:
            if full[token] < s.min_p * full[left[0]]:
                cut[token] = "min-p"
    total = sum(p for p, why in zip(full, cut, strict=True) if not why)
    probs = [0.0 if why else p / total for p, why in zip(full, cut, strict=True)]
    return Plain(order, full, cut, probs)


LOGITS = st.lists(st.integers(-400, 400).map(lambda n: n / 16), min_size=1, max_size=12)
SETTINGS = st.builds(
    SamplingSettings,
    temperature=st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, 5.0]),
    top_k=st.integers(0, 13),
    top_p=st.sampled_from([0.1, 0.37, 0.5, 0.9, 0.95, 1.0]),
    min_p=st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0]),
)


def decided(row: list[float], s: SamplingSettings) -> bool:
    """Whether no filter hangs on the last digit of a sum."""
    if s.temperature == 0:
        return True
    full = softmax(row, s.temperature)
    order = sorted(range(len(row)), key=lambda token: (-row[token], token))
    order = order[: s.top_k or None]
    total = sum(full[token] for token in order)
    mass = 0.0
    for token in order:
        if abs(mass - s.top_p) < 1e-9 or abs(full[token] - s.min_p * full[order[0]]) < 1e-12:
            return s.top_p == 1 and (s.min_p == 0 or token == order[0])
        mass += full[token] / total
    return True


@given(LOGITS, SETTINGS)
@example_settings(max_examples=300)
@example([1.0, 1.0, 1.0, 0.0], SamplingSettings(top_k=2))
@example([3.0, 2.0, 1.0, 0.0], SamplingSettings(top_k=3, top_p=0.8, min_p=0.3))
def test_every_stage_agrees_with_the_plain_account(
    row: list[float], settings: SamplingSettings
) -> None:
    expected = plain(row, settings)
    found = distribution(row, settings)
    assert found.order.tolist() == expected.order
    assert found.logits.tolist() == row
    assert found.scaled.tolist() == [x / (settings.temperature or 1.0) for x in row]
    assert found.full == pytest.approx(expected.full, abs=1e-12)
    if decided(row, settings):
        assert [Cut(why).label for why in found.cut] == expected.cut
        assert found.probs == pytest.approx(expected.probs, abs=1e-12)


@given(LOGITS, SETTINGS)
def test_laws_of_a_distribution(row: list[float], settings: SamplingSettings) -> None:
    d = distribution(row, settings)
    assert d.full.sum() == pytest.approx(1.0, abs=1e-12)
    assert d.probs.sum() == pytest.approx(1.0, abs=1e-12)
    assert (d.probs[d.cut != Cut.KEPT] == 0).all()
    assert d.cut[d.order[0]] == Cut.KEPT
    assert d.kept == (d.cut == Cut.KEPT).sum() >= 1
    assert d.kept_mass == pytest.approx(math.fsum(d.full[d.cut == Cut.KEPT]), abs=1e-12)
    kept_by_rank = [d.cut[token] == Cut.KEPT for token in d.order]
    assert kept_by_rank == sorted(kept_by_rank, reverse=True)  # what is kept comes first
    running = 0.0
    for rank, token in enumerate(d.order, start=1):
        running += d.probs[token]
        assert d.cumulative[token] == pytest.approx(running, abs=1e-12)
        assert d.cumulative[token] <= 1
        assert d.rank(int(token)) == rank
    assert d.probs.dtype == d.full.dtype == np.float64


@given(LOGITS)
def test_greedy_takes_the_largest_and_the_first_of_equals(row: list[float]) -> None:
    settings = SamplingSettings(temperature=0, top_k=3, top_p=0.5, min_p=0.5)
    assert settings.greedy
    d = distribution(row, settings)
    best = row.index(max(row))
    rng = np.random.default_rng(0)
    assert draw(d, rng) == Draw(token=best, u=None, low=0.0, high=1.0)
    assert rng.random() == np.random.default_rng(0).random()  # nothing was taken from it
    assert d.kept == 1
    assert d.probs[best] == 1
    assert d.entropy == 0


def test_equal_logits_stay_in_the_order_of_their_ids() -> None:
    row = [1.0, 2.0, 2.0, 1.0, 2.0]
    assert distribution(row, SamplingSettings()).order.tolist() == [1, 2, 4, 0, 3]
    two = distribution(row, SamplingSettings(top_k=2))
    assert [Cut(c).name for c in two.cut] == ["TOP_K", "KEPT", "KEPT", "TOP_K", "TOP_K"]
    half = distribution([0.0] * 4, SamplingSettings(top_p=0.5))
    assert half.cut.tolist() == [Cut.KEPT, Cut.KEPT, Cut.TOP_P, Cut.TOP_P]


def test_the_filters_in_order_on_one_row() -> None:
    shares = np.array([0.40, 0.30, 0.15, 0.09, 0.04, 0.02])
    settings = SamplingSettings(top_k=5, top_p=0.9, min_p=0.3)
    d = distribution(np.log(shares), settings)
    # top-k leaves 0.98; of that 0.40, 0.70 and 0.85 are ahead of the 2nd, 3rd and 4th: the
    # fifth has 0.94 / 0.98 = 0.96 ahead. min-p wants 0.3 * 0.40 = 0.12.
    assert [Cut(c).label for c in d.cut] == ["", "", "", "min-p", "top-p", "top-k"]
    assert d.probs == pytest.approx([0.40 / 0.85, 0.30 / 0.85, 0.15 / 0.85, 0, 0, 0])
    assert d.kept_mass == pytest.approx(0.85)
    assert d.kept == 3


def test_the_token_that_crosses_top_p_is_kept() -> None:
    d = distribution(np.log([0.5, 0.3, 0.2]), SamplingSettings(top_p=0.6))
    assert d.cut.tolist() == [Cut.KEPT, Cut.KEPT, Cut.TOP_P]
    tiny = distribution(np.log([0.5, 0.3, 0.2]), SamplingSettings(top_p=1e-9))
    assert tiny.kept == 1


def test_top_p_looks_at_what_top_k_left() -> None:
    shares = np.log([0.4, 0.3, 0.2, 0.1])
    # Of the two that top-k leaves, the first has 0.4 / 0.7 = 0.57, which is all of 0.5.
    both = distribution(shares, SamplingSettings(top_k=2, top_p=0.5))
    assert both.cut.tolist() == [Cut.KEPT, Cut.TOP_P, Cut.TOP_K, Cut.TOP_K]
    alone = distribution(shares, SamplingSettings(top_p=0.5))
    assert alone.cut.tolist() == [Cut.KEPT, Cut.KEPT, Cut.TOP_P, Cut.TOP_P]


def test_filters_that_are_off_cut_nothing() -> None:
    row = np.linspace(-40, 40, 50)
    assert distribution(row, SamplingSettings()).kept == 50
    assert distribution(row, SamplingSettings(top_k=50)).kept == 50
    assert distribution(row, SamplingSettings(top_k=5000)).kept == 50


def test_temperature_sharpens_and_flattens() -> None:
    row = [2.0, 1.0, 0.0]
    entropies = [
        distribution(row, SamplingSettings(temperature=t)).entropy for t in (0.1, 0.5, 1.0, 2.0)
    ]
    assert entropies == sorted(entropies)
    assert distribution([0.0] * 8, SamplingSettings()).entropy == pytest.approx(3.0)


@pytest.mark.parametrize("temperature", [5e-324, 1e-308, 1e-300, 1e-12, 1e-3])
def test_a_temperature_next_to_zero_is_next_to_greedy(temperature: float) -> None:
    d = distribution([3.0, 9.0, -2.0, 9.0], SamplingSettings(temperature=temperature))
    assert d.probs.tolist() == [0, 0.5, 0, 0.5]
    assert not np.isnan(d.cumulative).any()


def test_a_word_that_is_ruled_out_has_no_chance() -> None:
    d = distribution([-math.inf, 1.0, 0.0], SamplingSettings())
    assert d.probs[0] == 0
    assert {draw(d, np.random.default_rng(n)).token for n in range(50)} == {1, 2}


@pytest.mark.parametrize(
    "row", [[0.0, math.nan], [math.inf, 0.0], [-math.inf, -math.inf], [math.nan], []]
)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_logits_that_are_no_numbers_are_refused(row: list[float], temperature: float) -> None:
    with pytest.raises(SamplingError, match="NaN or infinity") as caught:
        distribution(row, SamplingSettings(temperature=temperature))
    assert isinstance(caught.value, TuitfError)


class Fixed(np.random.Generator):
    """A generator whose next number is known."""

    def __init__(self, u: float) -> None:
        super().__init__(np.random.PCG64(0))
        self.u = u

    def random(self, *_: object, **__: object) -> float:  # type: ignore[override]
        return self.u


def plain_draw(d: Distribution, u: float) -> tuple[int, float, float]:
    """Walk along the line from the likeliest token until `u` is passed."""
    kept = [int(token) for token in d.order if d.probs[token] > 0]
    low = 0.0
    for token in kept:
        high = low + float(d.probs[token])
        if u < high or token == kept[-1]:
            return token, low, high
        low = high
    raise AssertionError


UNIT = st.floats(0, 1, exclude_max=True)


@given(LOGITS, SETTINGS.filter(lambda s: not s.greedy), UNIT)
@example([0.0, 0.0, 0.0], SamplingSettings(), math.nextafter(1, 0))
@example([0.0, 0.0], SamplingSettings(), 0.5)
@example([0.0, 0.0], SamplingSettings(), 0.0)
def test_a_draw_falls_where_u_points(
    row: list[float], settings: SamplingSettings, u: float
) -> None:
    d = distribution(row, settings)
    found = draw(d, Fixed(u))
    token, low, high = plain_draw(d, u)
    assert (found.token, found.u) == (token, u)
    assert found.low == pytest.approx(low, abs=1e-12)
    assert found.high == pytest.approx(high, abs=1e-12)
    assert found.low <= u < found.high
    assert d.cut[found.token] == Cut.KEPT


def test_the_line_is_covered_without_a_gap() -> None:
    d = distribution(np.log([0.1, 0.6, 0.3]), SamplingSettings())
    pieces = [draw(d, Fixed(u)) for u in (0.0, 0.59, 0.61, 0.89, 0.91, 0.999)]
    assert [piece.token for piece in pieces] == [1, 1, 2, 2, 0, 0]
    assert pieces[0].low == 0
    assert pieces[0].high == pieces[2].low
    assert pieces[2].high == pieces[4].low
    assert pieces[4].high == 1


def test_tokens_come_in_proportion_to_their_probability() -> None:
    settings = SamplingSettings(temperature=0.7, top_k=4, top_p=0.95)
    d = distribution([2.0, 1.0, 0.5, 0.0, -1.0], settings)
    rng = np.random.default_rng(11)
    count = 20_000
    seen = np.bincount([draw(d, rng).token for _ in range(count)], minlength=5)
    spread = np.sqrt(d.probs * (1 - d.probs) / count)
    assert (np.abs(seen / count - d.probs) <= 5 * spread).all()


@given(st.integers(0, 2**40), st.integers(0, 500))
def test_a_seed_and_a_step_give_the_same_token_again(seed: int, step: int) -> None:
    d = distribution([0.3, 0.2, 0.1, 0.0], SamplingSettings())
    assert draw(d, generator_for(seed, step)) == draw(d, generator_for(seed, step))


def test_seeds_and_steps_differ_from_one_another() -> None:
    numbers = {generator_for(seed, step).random() for seed in range(20) for step in range(20)}
    assert len(numbers) == 400


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": -0.1}, "temperature must be between 0 (greedy) and 5, not -0.1"),
        ({"temperature": 5.1}, "temperature must be between 0 (greedy) and 5, not 5.1"),
        ({"temperature": math.nan}, "temperature must be between 0 (greedy) and 5, not nan"),
        ({"temperature": math.inf}, "temperature must be between 0 (greedy) and 5, not inf"),
        ({"top_k": -1}, "top-k must be a whole number, 0 (off) or more, not -1"),
        ({"top_k": 2.5}, "top-k must be a whole number, 0 (off) or more, not 2.5"),
        ({"top_p": 0.0}, "top-p must be above 0 and at most 1 (off), not 0"),
        ({"top_p": 1.01}, "top-p must be above 0 and at most 1 (off), not 1.01"),
        ({"top_p": math.nan}, "top-p must be above 0 and at most 1 (off), not nan"),
        ({"min_p": -0.5}, "min-p must be between 0 (off) and 1, not -0.5"),
        ({"min_p": 2.0}, "min-p must be between 0 (off) and 1, not 2"),
        ({"min_p": math.nan}, "min-p must be between 0 (off) and 1, not nan"),
    ],
)
def test_a_setting_out_of_range_is_named(settings: dict[str, float], message: str) -> None:
    with pytest.raises(SamplingError) as caught:
        SamplingSettings(**settings)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_the_ends_of_the_ranges_are_inside() -> None:
    SamplingSettings(temperature=MAX_TEMPERATURE, top_k=0, top_p=1e-9, min_p=1.0)
    SamplingSettings(temperature=0, top_k=10**9, top_p=1, min_p=0)


def test_float32_logits_are_taken_as_they_are() -> None:
    row = np.array([0.1, 0.2, 0.3], np.float32)
    d = distribution(row, SamplingSettings())
    assert d.logits.dtype == np.float64
    assert np.array_equal(d.logits.astype(np.float32), row)
