"""A cast in the making: pictures in, events out."""

from dataclasses import dataclass

from tui_transformer.recording.cast import Cast, Code, Colours, Event
from tui_transformer.recording.cells import Picture
from tui_transformer.recording.differences import ansi, runs_between

BEGIN = "\x1b[?25l\x1b[m\x1b[2J\x1b[H"
"""What comes before the first picture: no cursor, an empty screen."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture, and the milliseconds from the start at which it appears."""

    time: int
    picture: Picture


class Film:
    """Takes pictures in the order of time and keeps what changed from each to the next.

    Times are seconds of any clock; the film begins at zero with the first picture. While it is
    hidden no time passes on it.
    """

    def __init__(self, title: str = "", colours: Colours | None = None) -> None:
        self.title = title
        self.colours = colours
        self.frames: list[Frame] = []
        self.markers: list[tuple[Frame, str]] = []
        self._events: list[Event] = []
        self._last: Picture | None = None
        self._start = 0.0
        self._hidden_since: float | None = None

    @property
    def hidden(self) -> bool:
        """Whether nothing is being recorded."""
        return self._hidden_since is not None

    def shoot(self, picture: Picture, now: float) -> None:
        """Take a picture, if it differs from the last."""
        if self.hidden or picture == self._last:
            return
        if self._last is None:
            self._start = now
        time, last = self._time(now), self._last
        if last is not None and (last.width, last.height) != (picture.width, picture.height):
            self._put(time, "r", f"{picture.width}x{picture.height}")
            self._put(time, "o", BEGIN)
        drawn = ansi(runs_between(last, picture))
        self._put(time, "o", drawn if last is not None else BEGIN + drawn)
        self._last = picture
        if self.frames and self.frames[-1].time == time:
            self.frames.pop()  # it was on screen for less than a millisecond
        self.frames.append(Frame(time, picture))

    def mark(self, label: str, now: float) -> None:
        """Begin a chapter with the picture that is shown."""
        if self.frames and not self.hidden:
            time = self._time(now)
            self._put(time, "m", label)
            self.markers.append((Frame(time, self.frames[-1].picture), label))

    def hide(self, now: float) -> None:
        """Leave out what comes."""
        if not self.hidden:
            self._hidden_since = now
            if self.frames and len(self._events) == 1 and self._time(now) == 0:
                self.frames.clear()  # nothing has been seen yet
                self._events.clear()
                self._last = None

    def show(self, picture: Picture, now: float) -> None:
        """Go on recording, with this picture."""
        if self._hidden_since is not None:
            self._start += now - self._hidden_since
            self._hidden_since = None
            self.shoot(picture, now)

    def cast(self, now: float) -> Cast:
        """The recording up to now. Its end puts the cursor back below the picture."""
        events = list(self._events)
        if events and self._last is not None:
            end = self._hidden_since if self._hidden_since is not None else now
            events.append(Event(self._time(end), "o", f"\x1b[m\x1b[{self._last.height}H\x1b[?25h"))
        first = self.frames[0].picture if self.frames else None
        return Cast(
            width=first.width if first else 80,
            height=first.height if first else 24,
            events=tuple(events),
            title=self.title,
            colours=self.colours,
        )

    def _time(self, now: float) -> int:
        return round((now - self._start) * 1000)

    def _put(self, time: int, code: Code, data: str) -> None:
        self._events.append(Event(time, code, data))
