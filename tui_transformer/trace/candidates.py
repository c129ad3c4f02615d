"""The largest logits of a row, and sums over all of it: what a small file needs to give exact
probabilities of the likeliest tokens.

The sums are over the whole vocabulary, one for each temperature that they were taken at. With
`m` the largest logit: `p = exp((logit − m) / T − log_sum)`, and the uncertainty of the draw is
`log_sum − mean / T` nats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log

import numpy as np
import numpy.typing as npt

from tui_transformer.engine import Array
from tui_transformer.engine.tap import IntArray
from tui_transformer.sampling import (
    Cut,
    Distribution,
    FloatArray,
    SamplingError,
    SamplingSettings,
    ranked,
)

TOP = 30
"""Candidates that are kept of a row: those that seed a person's idea of what could come next."""

TEMPERATURES = tuple(n / 10 for n in range(1, 21))
"""The stops of a temperature slider for which the sums are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The tokens with the largest logits after one position, and sums over all tokens.

    `ids` and `logits` are `[candidate]`, the largest logit first; `log_sums`,
    `ln ∑ exp((logit − m) / T)`, and `means`, `∑ p · (logit − m)`, are `[temperature]`.
    """

    ids: IntArray
    logits: Array
    temperatures: tuple[float, ...]
    log_sums: Array
    means: Array
    d_vocab: int

    def distribution(self, settings: SamplingSettings) -> Distribution:
        """What would be drawn from, over these candidates.

        Raises:
            SamplingError: the candidates do not tell: too many tokens are kept, or the sums were
                not taken at this temperature.
        """
        temperature = 1.0 if settings.greedy else settings.temperature
        at = self._sum_at(temperature)
        below = self.logits.astype(np.float64) - float(self.logits[0])
        with np.errstate(over="ignore"):  # a temperature next to 0 makes -inf, which exp takes to 0
            p = np.exp(below / temperature - float(self.log_sums[at]))  # [candidate]
            scaled = self.logits.astype(np.float64) / temperature
        cut, rest = self._filtered(p, settings)
        whole = rest != Cut.KEPT or len(self.ids) == self.d_vocab
        probs = np.where(cut == Cut.KEPT, p, 0.0)
        if whole:
            probs /= probs.sum()
        bits = (float(self.log_sums[at]) - float(self.means[at]) / temperature) / log(2)

        def spread(values: Array, missing: float = np.nan) -> FloatArray:
            full = np.full(self.d_vocab, missing, dtype=np.float64)
            full[self.ids] = values
            return full

        cuts = np.full(self.d_vocab, rest, dtype=np.int8)
        cuts[self.ids] = cut
        return Distribution(
            settings,
            logits=spread(self.logits),
            scaled=spread(scaled),
            full=spread(p),
            cut=cuts,
            probs=spread(probs, 0.0 if whole else np.nan),
            order=self.ids.astype(np.intp),
            cumulative=spread(np.minimum(np.cumsum(probs), 1.0)),
            bits=None if whole else bits,
        )

    def log_p(self, token: int) -> float | None:
        """`ln p` of a token at temperature 1, before any filter; `None` if it is none of these."""
        found = np.flatnonzero(self.ids == token)
        if not len(found):
            return None
        below = float(self.logits[found[0]]) - float(self.logits[0])
        return below - float(self.log_sums[self._sum_at(1.0)])

    def _sum_at(self, temperature: float) -> int:
        for at, known in enumerate(self.temperatures):
            if abs(known - temperature) < 1e-9:
                return at
        low, high = self.temperatures[0], self.temperatures[-1]
        raise SamplingError(
            f"this file holds the sums for temperatures from {low:g} to {high:g} in tenths, not "
            f"for {temperature:g}: choose one of those, or open the model"
        )

    def _filtered(self, p: Array, settings: SamplingSettings) -> tuple[npt.NDArray[np.int8], Cut]:
        """A cut for each candidate, and one for all other tokens."""
        cut = np.zeros(len(p), dtype=np.int8)
        rest = Cut.KEPT
        if settings.greedy:
            cut[1:] = Cut.GREEDY
            return cut, Cut.GREEDY
        alive = np.arange(len(p))
        if 0 < settings.top_k < self.d_vocab:
            if settings.top_k > len(p):
                raise self._too_few(f"top-k {settings.top_k:,}", f"lower it to {len(p):,}")
            cut[alive[settings.top_k :]] = Cut.TOP_K
            alive, rest = alive[: settings.top_k], Cut.TOP_K
        complete = len(p) == self.d_vocab or rest != Cut.KEPT
        if settings.top_p < 1:
            mass = p[alive] / (p[alive].sum() if complete else 1.0)
            reached = np.cumsum(mass)
            if not complete and reached[-1] < settings.top_p:
                held = float(reached[-1])
                lower = f"lower it to {floor(100 * held) / 100:g}" if held >= 0.01 else ""
                raise self._too_few(f"top-p {settings.top_p:g}", lower, held)
            keep = reached - mass < settings.top_p
            cut[alive[~keep]] = Cut.TOP_P
            alive, rest, complete = alive[keep], rest or Cut.TOP_P, True
        if settings.min_p > 0:
            keep = p[alive] >= settings.min_p * p[alive[0]]
            if not complete and keep.all():
                least = ceil(1e4 * float(p[-1] / p[0]) + 0.5) / 1e4
                higher = f"raise it to {least:g}" if least <= 1 else ""
                raise self._too_few(f"min-p {settings.min_p:g}", higher)
            cut[alive[~keep]] = Cut.MIN_P
            rest = rest or Cut.MIN_P
        return cut, rest

    def _too_few(self, setting: str, instead: str, held: float | None = None) -> SamplingError:
        """The error for a setting that reaches below these candidates, and what would do."""
        mass = f" ({held:.3f} of the probability)" if held is not None else ""
        instead = instead or f"set top-k {len(self.ids):,}"
        return SamplingError(
            f"{setting} needs more than the {len(self.ids):,} likeliest tokens{mass} that this "
            f"file holds after this position: {instead}, save the file with --detail full, or "
            "open the model"
        )


def candidates_of(
    logits: Array, temperatures: Sequence[float], also: Sequence[int] = (), count: int = TOP
) -> Candidates | None:
    """The `count` largest of a row of logits; `None` where nothing could be drawn from it.

    Args:
        logits: `[d_vocab]`.
        temperatures: at which the sums are taken, each above 0.
        also: tokens that are to be among them, however many that takes.
        count: how many, if there are so many.
    """
    if np.isnan(logits).any() or np.isposinf(logits).any() or not np.isfinite(logits).any():
        return None
    order = ranked(logits)
    for token in also:
        count = max(count, int(np.flatnonzero(order == token)[0]) + 1)
    ids = order[: min(count, int(np.isfinite(logits).sum()))]
    below = logits.astype(np.float64) - float(logits[ids[0]])
    below = below[np.isfinite(below)]  # one of -inf adds nothing to either sum
    sums, means = [], []
    for temperature in temperatures:
        with np.errstate(over="ignore"):
            shares = np.exp(below / temperature)
        sums.append(log(shares.sum()))
        means.append(float((shares * below).sum() / shares.sum()))
    return Candidates(
        ids.astype(np.int32), logits[ids], tuple(temperatures),
        np.array(sums, dtype=np.float32), np.array(means, dtype=np.float32), len(logits),
    )  # fmt: skip


def rank_of(logits: Array, token: int) -> int:
    """Where a token stands in a row of logits, 1 for the largest; equal ones by id."""
    larger, same = logits > logits[token], logits[:token] == logits[token]
    return int(np.count_nonzero(larger) + np.count_nonzero(same)) + 1
