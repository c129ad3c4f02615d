"""Moments of a run that are kept, so that one can go back and look: how many, and which."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from tui_transformer.engine import Array

MOST = 160
"""Moments that are kept at most."""
MOST_BYTES = 192 * 2**20
"""What they may take together."""
SPACING = 20
"""A moment is kept each step at first, then whenever the run is a twentieth further along."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Where a run stood: every number that is needed to go on from there.

    Attributes:
        candidate: which of several models, from 0.
        step: how many steps of that model were made.
        flat: its parameters, `[n]`.
        mean: the optimizer's mean of gradients, `[n]`.
        square: and of their squares, `[n]`.
    """

    candidate: int
    step: int
    flat: Array
    mean: Array
    square: Array

    @property
    def place(self) -> tuple[int, int]:
        """What snapshots are in order of."""
        return self.candidate, self.step

    @property
    def nbytes(self) -> int:
        """How much memory its numbers take."""
        return self.flat.nbytes + self.mean.nbytes + self.square.nbytes


def is_due(step: int, last: int) -> bool:
    """Whether a moment is to be kept after `step` steps, the last one after `last`."""
    return step - last >= max(1, step // SPACING)


class Snapshots:
    """The moments that are kept, the earliest first.

    When there are too many, or they take too much memory, the one goes that is missed least: whose
    neighbours lie closest together for how far along they are. So the early steps, after which a
    model changes most, stay close together. The first and the last of each candidate stay.
    """

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: list[Snapshot] = []

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, at: int) -> Snapshot:
        return self._kept[at]

    def all(self) -> tuple[Snapshot, ...]:
        """All of them."""
        return tuple(self._kept)

    def add(self, snapshot: Snapshot) -> None:
        """Keep one more; one of the same step gives way to it, and another where room is short."""
        at = bisect_left(self._kept, snapshot.place, key=lambda kept: kept.place)
        same = at < len(self._kept) and self._kept[at].place == snapshot.place
        self._kept[at : at + same] = [snapshot]
        room = max(2, min(self._most, self._most_bytes // max(1, snapshot.nbytes)))
        while len(self._kept) > room:
            del self._kept[self._least_missed()]

    def _least_missed(self) -> int:
        """The index of the one that goes first; never the first or the last of all."""

        def missed(at: int) -> tuple[bool, float]:
            before, own, after = self._kept[at - 1 : at + 2]
            if before.candidate != own.candidate or own.candidate != after.candidate:
                return True, float(own.candidate)  # an end of a candidate goes last
            return False, (after.step - before.step) / (after.step + SPACING)

        return min(range(1, len(self._kept) - 1), key=missed, default=0)

    def nearest(self, place: tuple[int, int]) -> int:
        """The index of the last one at a place or before it, the first one where there is none.

        Raises:
            IndexError: none is kept.
        """
        if not self._kept:
            raise IndexError("no moment is kept")
        return max(0, bisect_right(self._kept, place, key=lambda kept: kept.place) - 1)
