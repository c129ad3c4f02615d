"""A recording to go to and fro in: the picture at any time."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from tui_transformer.recording.cast import Cast, Event
from tui_transformer.recording.cells import Picture
from tui_transformer.recording.film import Frame
from tui_transformer.recording.reading import size_of
from tui_transformer.recording.terminal import Terminal

STRETCH = 150_000
"""Characters of output between two screens that are kept to play on from; a seek plays no more."""

MOST_CELLS = 1_000_000
"""Cells in all kept screens together; when there are more, every other one goes."""

PIECE = 100_000
"""Characters of output that are played at a time: some hundredths of a second."""

EACH = 50
"""What an event costs to play beside its characters, as characters."""

NEAR = 1_000_000
"""Cells in all pictures that are kept as they were shown last."""


class Reel:
    """The pictures of a cast, made as they are asked for.

    Going back, or to where it was before, plays on from the nearest screen that was kept on the
    first way there.

    Args:
        cast: the recording.
        idle_limit: seconds; a longer pause is cut to this.
    """

    def __init__(self, cast: Cast, idle_limit: float | None = None) -> None:
        self.cast = cast
        self._events = _shortened(cast.events, idle_limit or cast.idle_limit)
        self._draws = [part for event in self._events for part in _parts(event)]
        self._times = [event.time for event in self._draws]
        self.markers = tuple((e.time, e.data) for e in self._events if e.code == "m")
        """Milliseconds and label of each marker."""
        self.duration = self._events[-1].time if self._events else 0
        """Milliseconds."""
        self._terminal = Terminal(cast.width, cast.height)
        self._done = 0
        self._pictures: dict[int, Picture] = {}
        self._near = 0
        self._offsets = [0, *accumulate(len(event.data) + EACH for event in self._draws)]
        self._stretch = STRETCH
        self._kept: dict[int, Terminal] = {0: self._terminal.copy()}
        self._front, self._front_done = self._terminal.copy(), 0
        self.worked = 0
        """Characters of output that were played so far, and :data:`EACH` for every draw."""

    def steps(self) -> list[int]:
        """The times at which something is drawn, each once."""
        return sorted(set(self._times))

    def at(self, time: int) -> Picture:
        """The screen after everything up to a time."""
        return self._after(bisect_right(self._times, time))

    def next_change(self, time: int) -> int | None:
        """When something is drawn after a time, `None` where nothing is."""
        at = bisect_right(self._times, time)
        return self._times[at] if at < len(self._times) else None

    def last_change(self, time: int) -> int | None:
        """When something was drawn before the picture that is shown at a time."""
        shown = bisect_right(self._times, time)
        if not shown:
            return None
        first = bisect_right(self._times, self._times[shown - 1] - 1)
        return self._times[first - 1] if first else None

    def frames(self) -> list[Frame]:
        """Every picture, with its time."""
        return [Frame(time, self.at(time)) for time in self.steps()]

    def approach(self, time: int, work: int | None = None) -> float:
        """Play towards a time, but not much at once, so that a screen can go on meanwhile.

        Args:
            time: milliseconds.
            work: characters of output, about; :data:`PIECE` where left out.

        Returns:
            The share of the way that is done. At 1 the picture is at hand.
        """
        count = bisect_right(self._times, time)
        self._towards(count, PIECE if work is None else work)
        return 1.0 if self._is_at(count) else self._offsets[self._done] / self._offsets[count]

    def _is_at(self, count: int) -> bool:
        return count in self._pictures or count == self._done

    def _towards(self, count: int, work: int) -> None:
        """Play on, from the nearest screen that is kept, up to so many draws."""
        if self._is_at(count):
            return
        before = max(done for done in self._kept if done <= count)
        if count < self._done or self._done < before:
            self._terminal, self._done = self._kept[before].copy(), before
        end = self._offsets[self._done] + work
        while self._done < count and self._offsets[self._done] < end:
            self._play(self._terminal, self._done)
            self._done += 1

    def _after(self, count: int) -> Picture:
        """The screen after so many draws."""
        if count not in self._pictures:
            self._towards(count, self._offsets[-1])
            picture = self._terminal.picture()
            self._near += picture.width * picture.height
            if self._near > NEAR:
                self._pictures.clear()
                self._near = picture.width * picture.height
            self._pictures[count] = picture
        return self._pictures[count]

    def explore(self, work: int | None = None) -> bool:
        """Play some way ahead of what was ever shown, so that going there is quick, too.

        Args:
            work: characters of output, about; :data:`PIECE` where left out.

        Returns:
            Whether the end has been reached.
        """
        last = max(self._kept)
        if last > self._front_done:
            self._front, self._front_done = self._kept[last].copy(), last
        end = self._offsets[self._front_done] + (PIECE if work is None else work)
        while self._front_done < len(self._draws) and self._offsets[self._front_done] < end:
            self._play(self._front, self._front_done)
            self._front_done += 1
        return self._front_done == len(self._draws)

    def _play(self, terminal: Terminal, at: int) -> None:
        """Play one draw, and keep the screen after it where a stretch ends."""
        event = self._draws[at]
        size = size_of(event.data) if event.code == "r" else None
        if size is not None:
            terminal.resize(*size)
        else:
            terminal.feed(event.data)
        start, end = self._offsets[at : at + 2]
        self.worked += end - start
        if start // self._stretch < end // self._stretch and at + 1 not in self._kept:
            self._kept[at + 1] = terminal.copy()
            self._thin()

    @property
    def kept_cells(self) -> int:
        """Cells in the screens that are kept to play on from."""
        return sum(terminal.cells for terminal in self._kept.values())

    def _thin(self) -> None:
        """Keep to the bound: of the screens, those of every other stretch."""
        while len(self._kept) > 2 and self.kept_cells > MOST_CELLS:
            self._stretch *= 2
            offsets, stretch = self._offsets, self._stretch
            self._kept = {
                done: terminal
                for done, terminal in self._kept.items()
                if not done or offsets[done - 1] // stretch < offsets[done] // stretch
            }


def _parts(event: Event) -> Iterator[Event]:
    """What an event draws, in parts of which none takes long."""
    if event.code == "r":
        yield event
    elif event.code == "o":
        for start in range(0, max(1, len(event.data)), PIECE):
            yield Event(event.time, "o", event.data[start : start + PIECE])


def _shortened(events: tuple[Event, ...], limit: float | None) -> tuple[Event, ...]:
    """The events with long pauses cut short."""
    if limit is None:
        return events
    most, before, cut = round(limit * 1000), 0, 0
    out = []
    for event in events:
        cut += max(0, event.time - before - most)
        before = event.time
        out.append(Event(event.time - cut, event.code, event.data))
    return tuple(out)
