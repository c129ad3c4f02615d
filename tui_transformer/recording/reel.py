"""A recording to go to and fro in: the picture at any time."""

from bisect import bisect_right

from tui_transformer.recording.cast import Cast, Event
from tui_transformer.recording.cells import Picture
from tui_transformer.recording.film import Frame
from tui_transformer.recording.reading import size_of
from tui_transformer.recording.terminal import Terminal

EVERY = 200
"""Output events between two places from which playing can go on."""


class Reel:
    """The pictures of a cast, made as they are asked for.

    Args:
        cast: the recording.
        idle_limit: seconds; a longer pause is cut to this.
    """

    def __init__(self, cast: Cast, idle_limit: float | None = None) -> None:
        self.cast = cast
        self._events = _shortened(cast.events, idle_limit or cast.idle_limit)
        self._draws = [event for event in self._events if event.code in {"o", "r"}]
        self._times = [event.time for event in self._draws]
        self.markers = tuple((e.time, e.data) for e in self._events if e.code == "m")
        """Milliseconds and label of each marker."""
        self.duration = self._events[-1].time if self._events else 0
        """Milliseconds."""
        self._terminal = Terminal(cast.width, cast.height)
        self._done = 0
        self._pictures: dict[int, Picture] = {}

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

    def _after(self, count: int) -> Picture:
        """The screen after so many draws."""
        if count not in self._pictures:
            if count < self._done:
                self._terminal = Terminal(self.cast.width, self.cast.height)
                self._done = 0
            while self._done < count:
                event = self._draws[self._done]
                self._done += 1
                size = size_of(event.data) if event.code == "r" else None
                if size is not None:
                    self._terminal.resize(*size)
                else:
                    self._terminal.feed(event.data)
            if len(self._pictures) > EVERY:
                self._pictures.clear()
            self._pictures[count] = self._terminal.picture()
        return self._pictures[count]


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
