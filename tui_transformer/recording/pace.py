"""Where a player is in a recording: time, speed, and the way from marker to marker."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0)
NEAR = 1000
"""Milliseconds after a marker in which going back means the one before."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A place in a recording of `duration` milliseconds, and how it goes on from there."""

    duration: int
    time: float = 0.0
    speed: float = 1.0
    playing: bool = True

    @property
    def at_end(self) -> bool:
        """Whether there is nothing left."""
        return self.time >= self.duration

    def passed(self, seconds: float) -> "Pace":
        """After so many seconds of the clock on the wall."""
        if not self.playing:
            return self
        time = min(self.time + 1000 * seconds * self.speed, float(self.duration))
        return replace(self, time=time, playing=time < self.duration)

    def to(self, time: float) -> "Pace":
        """At another time."""
        return replace(self, time=max(0.0, min(time, float(self.duration))))

    def toggled(self) -> "Pace":
        """Paused or playing; from the end it begins anew."""
        if not self.playing and self.at_end:
            return replace(self, time=0.0, playing=self.duration > 0)
        return replace(self, playing=not self.playing)

    def paused(self) -> "Pace":
        """Standing still."""
        return replace(self, playing=False)

    def faster(self, by: int) -> "Pace":
        """At the next higher or lower speed."""
        if by > 0:
            speed = next((s for s in SPEEDS if s > self.speed), self.speed)
        else:
            speed = next((s for s in reversed(SPEEDS) if s < self.speed), self.speed)
        return replace(self, speed=speed)

    def chapter(self, markers: Sequence[int], by: int) -> "Pace":
        """At the next marker or the one before; start and end are markers, too."""
        times = [0, *markers, self.duration]
        if by > 0:
            return self.to(next((t for t in times if t > self.time), self.duration))
        near = NEAR * self.speed if self.playing else 0
        return self.to(next((t for t in reversed(times) if t < self.time - near), 0))


def chapter_at(markers: Sequence[tuple[int, str]], time: float) -> str:
    """The label of the chapter that a time lies in."""
    return next((label for at, label in reversed(markers) if at <= time), "")
