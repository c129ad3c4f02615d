"""An asciicast: what a terminal was sent, and when. Read by every asciinema.

Formats: https://docs.asciinema.org/manual/asciicast/v2/ and …/v3/.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

Code = Literal["o", "i", "m", "r", "x"]
"""Output, input, marker, another size, exit."""

TERMINAL = "xterm-256color"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a cast; `time` counts milliseconds from its start."""

    time: int
    code: Code
    data: str


@dataclass(frozen=True, slots=True)
class Colours:
    """What a terminal's own colours are: `#rrggbb` of text and background, and of the 16."""

    fore: str
    back: str
    palette: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """A recording; `width` and `height` are those at its start."""

    width: int
    height: int
    events: tuple[Event, ...]
    title: str = ""
    colours: Colours | None = None
    timestamp: int | None = None
    idle_limit: float | None = field(default=None, compare=False)

    @property
    def duration(self) -> int:
        """Milliseconds from the start to the last event."""
        return self.events[-1].time if self.events else 0

    @property
    def markers(self) -> tuple[tuple[int, str], ...]:
        """Milliseconds and label of each marker."""
        return tuple((event.time, event.data) for event in self.events if event.code == "m")


def write(cast: Cast, version: Literal[2, 3] = 2) -> str:
    """The cast as a file: a header, then a line an event."""
    lines = [_json(_header_2(cast) if version == 2 else _header_3(cast))]
    before = 0
    for event in cast.events:
        if event.code == "x" and version == 2:
            continue  # version 2 has no exit events
        time = event.time if version == 2 else event.time - before
        before = event.time
        lines.append(f'[{time // 1000}.{time % 1000:03d}, "{event.code}", {_json(event.data)}]')
    return "\n".join(lines) + "\n"


def _header_2(cast: Cast) -> dict[str, Any]:
    header: dict[str, Any] = {"version": 2, "width": cast.width, "height": cast.height}
    if cast.colours is not None:
        header["theme"] = _theme(cast.colours)
    return _more(header, cast) | {"env": {"TERM": TERMINAL}}


def _header_3(cast: Cast) -> dict[str, Any]:
    terminal: dict[str, Any] = {"cols": cast.width, "rows": cast.height, "type": TERMINAL}
    if cast.colours is not None:
        terminal["theme"] = _theme(cast.colours)
    return _more({"version": 3, "term": terminal}, cast)


def _more(header: dict[str, Any], cast: Cast) -> dict[str, Any]:
    if cast.timestamp is not None:
        header["timestamp"] = cast.timestamp
    if cast.title:
        header["title"] = cast.title
    return header


def _theme(colours: Colours) -> dict[str, str]:
    return {"fg": colours.fore, "bg": colours.back, "palette": ":".join(colours.palette)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
