"""From logits to one token, with every distribution on the way kept.

The order is that of the Hugging Face implementation: divide by the temperature, then top-k, then
top-p (Holtzman et al. 2019), then min-p (Nguyen et al. 2024), then draw. Each filter looks at what
the one before it left, renormalised. At temperature 0 the largest logit is taken (greedy).
"""

from dataclasses import dataclass
from enum import IntEnum
from math import isfinite

import numpy as np
import numpy.typing as npt

from tui_transformer.errors import TuitfError

MAX_TEMPERATURE = 5.0

FloatArray = npt.NDArray[np.float64]


class SamplingError(TuitfError):
    """A setting outside what sampling can do, or logits that nothing can be drawn from."""


class Cut(IntEnum):
    """What removed a token from the draw."""

    KEPT = 0
    TOP_K = 1
    TOP_P = 2
    MIN_P = 3
    GREEDY = 4

    @property
    def label(self) -> str:
        """The filter's name as people write it."""
        return ("", "top-k", "top-p", "min-p", "greedy")[self]


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How to choose the next token.

    `temperature` 0 is greedy; `top_k` 0, `top_p` 1 and `min_p` 0 switch the filter off.

    Raises:
        SamplingError: a value out of range; the message names it.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        if not (isfinite(self.temperature) and 0 <= self.temperature <= MAX_TEMPERATURE):
            raise SamplingError(
                f"temperature must be between 0 (greedy) and {MAX_TEMPERATURE:g}, "
                f"not {self.temperature:g}"
            )
        if not isinstance(self.top_k, int) or self.top_k < 0:
            raise SamplingError(f"top-k must be a whole number, 0 (off) or more, not {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise SamplingError(f"top-p must be above 0 and at most 1 (off), not {self.top_p:g}")
        if not 0 <= self.min_p <= 1:
            raise SamplingError(f"min-p must be between 0 (off) and 1, not {self.min_p:g}")

    @property
    def greedy(self) -> bool:
        """Whether the largest logit is taken without a draw."""
        return self.temperature == 0


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Every stage between the logits and the draw, over the whole vocabulary.

    All arrays are `[d_vocab]`, indexed by token id, but for `order`. Where only the largest logits
    are known, `order` holds those tokens, and the numbers of all others are NaN.
    """

    settings: SamplingSettings
    logits: FloatArray
    scaled: FloatArray
    """`logit / T`; the logits themselves at temperature 0."""
    full: FloatArray
    """softmax of `scaled`: the probabilities before any filter."""
    cut: npt.NDArray[np.int8]
    """A :class:`Cut` a token."""
    probs: FloatArray
    """The probabilities that are drawn from: 0 where cut, renormalised over what is kept."""
    order: npt.NDArray[np.intp]
    """Token ids from the largest logit down; equal ones by id."""
    cumulative: FloatArray
    """The mass of a token and of all before it in `order`, among those kept (by token id)."""
    bits: float | None = None
    """The uncertainty of the draw where tokens outside `order` can be drawn too."""

    @property
    def whole(self) -> bool:
        """Whether every token that can be drawn is in `order`."""
        return self.bits is None

    def knows(self, token: int) -> bool:
        """Whether a token's numbers are known."""
        return not np.isnan(self.logits[token])

    @property
    def kept(self) -> int:
        """How many tokens can be drawn."""
        return int(np.count_nonzero(self.cut == Cut.KEPT))

    @property
    def kept_mass(self) -> float:
        """How much of the unfiltered probability the kept tokens have."""
        if not self.whole:  # then no filter is on
            return 1.0
        return float(self.full[self.cut == Cut.KEPT].sum())

    @property
    def entropy(self) -> float:
        """Uncertainty of the draw, `-∑ p log₂ p`, in bits."""
        if self.bits is not None:
            return self.bits
        p = self.probs[self.probs > 0]
        return abs(float((p * np.log2(p)).sum()))

    def rank(self, token: int) -> int:
        """Where a token stands among all, 1 for the largest logit; one that is in `order`."""
        return int(np.flatnonzero(self.order == token)[0]) + 1


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw: the number that came and the token that it falls on.

    The kept tokens lie side by side on the line from 0 to 1, each as wide as its probability,
    largest first; `u` falls on `token`, whose piece goes from `low` to `high`. A greedy choice
    draws no number: `u` is `None`.
    """

    token: int
    u: float | None
    low: float
    high: float


def _softmax(x: FloatArray) -> FloatArray:
    e = np.exp(x - x.max())
    return np.asarray(e / e.sum(), dtype=np.float64)


def ranked(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.intp]:
    """The indices of `[d_vocab]` numbers, none NaN, from the largest down; equal ones by index.

    The bits of a float32 sort like a whole number once those of negative ones are turned round.
    With the index behind them they sort at once, twice as fast as by a stable sort.
    """
    if logits.dtype != np.float32:
        return np.argsort(-logits, kind="stable")
    bits = (logits + np.float32(0)).view(np.uint32)  # -0 becomes 0: the two are equal
    falling = np.where(bits >> 31, bits, ~bits & 0x7FFF_FFFF)  # the largest number first
    keys = falling.astype(np.uint64) << 32 | np.arange(len(bits), dtype=np.uint64)
    keys.sort()
    return (keys & 0xFFFF_FFFF).astype(np.intp)


def distribution(logits: npt.ArrayLike, settings: SamplingSettings) -> Distribution:
    """Turn one row of logits, `[d_vocab]`, into what is drawn from.

    Computed in float64, so that the shown columns add up to the last digit shown.

    Raises:
        SamplingError: the logits hold NaN or +inf, or nothing but -inf.
    """
    row = np.asarray(logits, dtype=np.float64)
    if np.isnan(row).any() or np.isposinf(row).any() or not np.isfinite(row).any():
        raise SamplingError(
            "the logits hold NaN or infinity, so nothing can be drawn: look where it first appears"
        )
    order = ranked(np.asarray(logits))
    temperature = 1.0 if settings.greedy else settings.temperature
    with np.errstate(over="ignore"):  # a temperature next to 0 makes ±inf, which exp takes to 0
        scaled = row / temperature
        full = _softmax((row - row.max()) / temperature)
    cut = np.zeros(row.shape, dtype=np.int8)

    if settings.greedy:
        cut[order[1:]] = Cut.GREEDY
    else:
        _filter(order, full, cut, settings)

    probs = np.where(cut == Cut.KEPT, full, 0.0)
    probs /= probs.sum()
    cumulative = np.empty_like(probs)
    cumulative[order] = np.minimum(np.cumsum(probs[order]), 1.0)
    return Distribution(settings, row, scaled, full, cut, probs, order, cumulative)


def _filter(
    order: npt.NDArray[np.intp],
    full: FloatArray,
    cut: npt.NDArray[np.int8],
    settings: SamplingSettings,
) -> None:
    """Write into `cut` what each filter takes away, in order."""
    alive = order  # largest first
    if 0 < settings.top_k < len(alive):
        cut[alive[settings.top_k :]] = Cut.TOP_K
        alive = alive[: settings.top_k]
    if settings.top_p < 1:
        p = full[alive] / full[alive].sum()
        before = np.concatenate(([0.0], np.cumsum(p)[:-1]))  # the mass ahead of each token
        keep = before < settings.top_p  # the first always stays
        cut[alive[~keep]] = Cut.TOP_P
        alive = alive[keep]
    if settings.min_p > 0:
        keep = full[alive] >= settings.min_p * full[alive[0]]
        cut[alive[~keep]] = Cut.MIN_P


def draw(dist: Distribution, rng: np.random.Generator) -> Draw:
    """Draw one token: a number `u` in [0, 1) from `rng`, and the token that it falls on.

    A greedy choice takes nothing from `rng`.

    Raises:
        SamplingError: the number falls on a token that is not known.
    """
    if dist.settings.greedy:
        return Draw(token=int(dist.order[0]), u=None, low=0.0, high=1.0)
    u = float(rng.random())
    ranked = dist.order[dist.probs[dist.order] > 0]
    edges = np.cumsum(dist.probs[ranked])
    if not dist.whole and u >= edges[-1]:
        raise SamplingError(
            f"u = {u:.6f} falls beyond the {len(ranked):,} likeliest tokens, which reach to "
            f"{edges[-1]:.6f}: this file holds no others (r is another seed)"
        )
    at = min(int(np.searchsorted(edges, u, side="right")), len(ranked) - 1)
    low = float(edges[at - 1]) if at else 0.0
    high = 1.0 if dist.whole and at == len(ranked) - 1 else float(edges[at])
    return Draw(token=int(ranked[at]), u=u, low=low, high=high)


def generator_for(seed: int, step: int) -> np.random.Generator:
    """The generator for the `step`-th generated token (from 0) of a run with this seed.

    Each token has its own, so that taking one back and sampling again, or opening a saved state,
    gives the same token: what is on screen is a function of the state alone.
    """
    return np.random.default_rng([seed, step])
