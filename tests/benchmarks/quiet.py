"""Timing side by side on a machine that others use too.

Every sample is a pair, one side after the other, with a pause between them: the threads of BLAS
and OpenMP spin for a while after a call and would take a core from whatever comes next. A sample
during which other processes used the processor is thrown away and taken again.
"""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.05  # seconds
OTHERS = 0.15  # cores that other processes may use during a sample
TRIES = 2  # samples taken for each one that is kept, at most

Side = Callable[[], object]


@dataclass(frozen=True)
class Pair:
    """What two sides took, in seconds, sample by sample."""

    ours: tuple[float, ...]
    peer: tuple[float, ...]
    disturbed: int

    @property
    def ratio(self) -> float:
        """The median of ours over theirs, pair by pair."""
        return statistics.median(a / b for a, b in zip(self.ours, self.peer, strict=True))

    @property
    def best(self) -> float:
        """Our fastest over their fastest: what is left when others disturb."""
        return min(self.ours) / min(self.peer)

    def __str__(self) -> str:
        ours, peer = (statistics.median(side) * 1e3 for side in (self.ours, self.peer))
        note = f", {self.disturbed} of {len(self.ours)} disturbed" if self.disturbed else ""
        return f"{ours:8.1f} ms  against {peer:8.1f} ms{note}"


def busy() -> float:
    """Seconds of processor time that the whole machine has used since it started."""
    first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = map(int, first[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def timed(side: Side) -> tuple[float, float]:
    """Seconds that `side` takes, and how many cores others used meanwhile."""
    machine, own = busy(), sum(os.times()[:4])
    start = time.perf_counter()
    side()
    taken = time.perf_counter() - start
    others = (busy() - machine) - (sum(os.times()[:4]) - own)
    return taken, max(0.0, others - 0.02) / taken  # clock ticks are 10 ms wide


def paired(ours: Side, peer: Side, samples: int = 9) -> Pair:
    """Time both sides in turn, after a warm-up of each."""
    ours(), peer()
    kept: list[tuple[float, float]] = []
    spare: list[tuple[float, float, float]] = []
    while len(kept) < samples and len(kept) + len(spare) < samples * TRIES:
        time.sleep(PAUSE)
        first, noise = timed(ours)
        time.sleep(PAUSE)
        second, more = timed(peer)
        if max(noise, more) <= OTHERS:
            kept.append((first, second))
        else:
            spare.append((max(noise, more), first, second))
    missing = samples - len(kept)
    kept += [(first, second) for _, first, second in sorted(spare)[:missing]]
    return Pair(tuple(a for a, _ in kept), tuple(b for _, b in kept), missing)


def alone(side: Side, samples: int = 9) -> float:
    """The median time of one side, in seconds."""
    pair = paired(side, lambda: None, samples)
    return statistics.median(pair.ours)
