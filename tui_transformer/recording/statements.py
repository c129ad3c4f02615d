"""What a tape says, line by line, as values."""

import re
from dataclasses import dataclass
from pathlib import Path

from tui_transformer.errors import TuitfError
from tui_transformer.tokenizers import visible


class TapeError(TuitfError):
    """A tape that cannot be read, or whose run did not go as it says; with file and line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{visible(self.file)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of a tape."""

    place: Place


Value = str | int | float
"""What stands after a setting."""


@dataclass(frozen=True, slots=True)
class Set(Statement):
    """A setting; the value has been checked."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Press(Statement):
    """Keys to press one after another, as Textual names them; `speed` seconds after each."""

    keys: tuple[str, ...]
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class Paste(Statement):
    """A text that the terminal pastes."""

    text: str


@dataclass(frozen=True, slots=True)
class Mouse(Statement):
    """What the mouse does, and in which cells, by column and line: more than one for a drag.

    `kind` is `Hover`, `Click`, `Drag` or `ScrollUp`, `ScrollDown` …, the wheel turned `count`
    times.
    """

    kind: str
    points: tuple[tuple[int, int], ...]
    count: int = 1


@dataclass(frozen=True, slots=True)
class Sleep(Statement):
    """Let time pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Wait(Statement):
    """Let time pass until a pattern is on screen, for `limit` seconds at most."""

    pattern: "re.Pattern[str]"
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Expect(Statement):
    """A pattern that must be on screen now."""

    pattern: "re.Pattern[str]"


@dataclass(frozen=True, slots=True)
class ExpectState(Statement):
    """A part of the session's state, by its name, and what it must be as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Marker(Statement):
    """A chapter."""

    label: str


@dataclass(frozen=True, slots=True)
class Visible(Statement):
    """Record from here on, or leave out."""

    on: bool


@dataclass(frozen=True, slots=True)
class Screenshot(Statement):
    """A picture of the screen as a file; the path is taken from the tape's folder."""

    path: Path


@dataclass(frozen=True, slots=True)
class Output(Statement):
    """Where the recording goes; the path is taken from the tape's folder."""

    path: Path
