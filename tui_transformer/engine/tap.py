"""The one mechanism: every intermediate of the forward pass goes through a tap.

A tap is given a name and a tensor and hands back a tensor. One that hands back what it got is the
fast path; one that also keeps it makes a record; one that hands back another tensor is an
intervention.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tui_transformer.errors import Cancelled

Array = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.integer]


class Tap(Protocol):
    """What `forward` calls at each named tensor."""

    def __call__(self, name: str, value: Array) -> Array:
        """Look at `value`; hand back the tensor with which the pass goes on."""
        ...

    def wants(self, name: str) -> bool:
        """Whether to make a tensor that the pass itself does not need.

        Those are the per-head `result` and, since attention can go from queries to `z` a block at
        a time, `attn_scores`, `masked_scores` and `pattern`. A tap is shown the others unasked.
        """
        ...


class NoTap:
    """The fast path: every tensor goes by unseen."""

    def __call__(self, name: str, value: Array) -> Array:
        """Hand `value` back."""
        return value

    def wants(self, name: str) -> bool:
        """Nothing beyond what the pass makes anyway."""
        return False


NO_TAP = NoTap()


class Recorder:
    """Keeps the tensors it is asked for, by name.

    `keep` decides by name; without it everything is kept, the optional tensors included.
    What is kept is the tensor itself, not a copy: the pass never writes into one it has tapped.
    """

    def __init__(self, keep: Callable[[str], bool] | None = None) -> None:
        self.tensors: dict[str, Array] = {}
        self._keep = keep

    def __call__(self, name: str, value: Array) -> Array:
        """Keep `value` if its name is asked for, and hand it back."""
        if self._keep is None or self._keep(name):
            self.tensors[name] = value
        return value

    def wants(self, name: str) -> bool:
        """Whether `name` would be kept."""
        return self._keep is None or self._keep(name)


class Edit:
    """An intervention: the tensor called `name` is replaced by what `change` makes of it.

    `change` is given a copy, which it may write into: what was recorded before stays as it was.
    """

    def __init__(self, name: str, change: Callable[[Array], Array]) -> None:
        self.name = name
        self.change = change

    def __call__(self, name: str, value: Array) -> Array:
        """Hand back the changed tensor where the name fits, in the type that came in."""
        if name != self.name:
            return value
        return np.asarray(self.change(value.copy()), dtype=value.dtype)

    def wants(self, name: str) -> bool:
        """An edit of an optional tensor needs it made."""
        return name == self.name


class StopWhen:
    """Raises :class:`Cancelled` at the first tensor after `stopped()` turns true."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped

    def __call__(self, name: str, value: Array) -> Array:
        """Hand `value` back, or end the pass."""
        if self._stopped():
            raise Cancelled
        return value

    def wants(self, name: str) -> bool:
        """Nothing."""
        return False


class Chain:
    """Several taps, one after another; the tensor that the last hands back goes on."""

    def __init__(self, taps: Iterable[Tap]) -> None:
        self.taps = tuple(taps)

    def __call__(self, name: str, value: Array) -> Array:
        """Pass `value` through every tap in turn."""
        for tap in self.taps:
            value = tap(name, value)
        return value

    def wants(self, name: str) -> bool:
        """Whether any of them does."""
        return any(tap.wants(name) for tap in self.taps)


class Scoped:
    """A tap for one part of the model: `pattern` is passed on as `blocks.3.attn.pattern`."""

    def __init__(self, tap: Tap, prefix: str) -> None:
        self._tap = tap
        self._prefix = prefix

    def __call__(self, name: str, value: Array) -> Array:
        """Pass `value` on under its full name."""
        return self._tap(f"{self._prefix}.{name}", value)

    def wants(self, name: str) -> bool:
        """Ask for the full name."""
        return self._tap.wants(f"{self._prefix}.{name}")

    def within(self, prefix: str) -> "Scoped":
        """A tap for a part of this part."""
        return Scoped(self._tap, f"{self._prefix}.{prefix}")


def scoped(tap: Tap, prefix: str) -> Tap:
    """`tap` for the part of the model under `prefix`; the fast path stays the fast path."""
    if tap is NO_TAP:
        return tap
    return tap.within(prefix) if isinstance(tap, Scoped) else Scoped(tap, prefix)
