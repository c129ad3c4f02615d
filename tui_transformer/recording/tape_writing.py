"""What a person did, as a tape to edit."""

from dataclasses import dataclass, field

from tui_transformer.recording.keys import tape_key
from tui_transformer.recording.tape_words import MOST_SECONDS
from tui_transformer.session import SessionState
from tui_transformer.terminal.choose import Chosen

PAUSE = 0.3
"""Seconds between two keys from which on a `Sleep` says it."""

SPEED = 0.05


Cell = tuple[int, int]
"""Column and line."""


@dataclass(slots=True)
class _Keys:
    """Keys of one kind that were pressed without a pause."""

    name: str | None
    times: list[float]
    text: str = ""


@dataclass(slots=True)
class TapeLog:
    """Keys, pastes and clicks with their times in seconds, in the order in which they came."""

    lines: list[str] = field(default_factory=list)
    _keys: _Keys | None = None
    _last: float = 0.0
    _pressed: list[Cell] | None = None
    _hover: tuple[Cell, float] | None = None
    _mouse_at: Cell | None = None
    _turns: int = 0

    def begin(self, now: float) -> None:
        """The time from which pauses are counted."""
        self._last = now

    def key(self, key: str, character: str | None, now: float) -> None:
        """A key, by Textual's name and the character that it types."""
        self._at_rest(None)
        name = tape_key(key)
        typed = name is None and character is not None and character.isprintable()
        keys = self._keys
        goes_on = (
            keys is not None
            and now - keys.times[-1] < PAUSE
            and ((typed and keys.name is None) or keys.name == name is not None)
        )
        if keys is not None and goes_on:
            keys.times.append(now)
            keys.text += character or ""
            return
        self._pause(now)
        if name is None and not typed:
            self.lines.append(
                f"# a key that tapes have no name for: {key.encode('ascii', 'replace').decode()}"
            )
        else:
            self._keys = _Keys(name, [now], character or "")

    def paste(self, text: str, now: float) -> None:
        """A text that was pasted; its line breaks become spaces, as in the app."""
        self._at_rest(None)
        self._pause(now)
        for part in _quoted(" ".join(text.splitlines())):
            self.lines.append(f"Paste {part}")

    def mouse_down(self, cell: Cell, now: float) -> None:
        """A button of the mouse is pressed in a cell: column and line, both from 0."""
        self._at_rest(cell)
        self._pause(now)
        self._pressed = [cell]

    def mouse_move(self, cell: Cell, now: float) -> None:
        """The mouse moves; where it comes to rest is a deed, as is what it drags."""
        if self._pressed is None:
            if self._hover is not None and now - self._hover[1] >= PAUSE:
                self._at_rest(cell)
            self._hover = (cell, now)
        elif cell != self._pressed[-1]:
            if len(self._pressed) > 1 and _straight(self._pressed[-2], self._pressed[-1], cell):
                self._pressed.pop()
            self._pressed.append(cell)

    def mouse_up(self, cell: Cell, now: float) -> None:
        """The button is let go: that was a click or a drag."""
        if self._pressed is None:
            return
        self.mouse_move(cell, now)
        path, self._pressed = self._pressed, None
        name = "Drag" if len(path) > 1 else "Click"
        self.lines.append(" ".join([name, *(f"{x} {y}" for x, y in path)]))
        self._mouse_at, self._hover, self._last = cell, None, now

    def wheel(self, name: str, cell: Cell, now: float) -> None:
        """A turn of the wheel, by the name that tapes have for it."""
        line = f"{name} {cell[0]} {cell[1]}"
        goes_on = self._turns and self._keys is None and self.lines[-1:] == [self._turned(line)]
        if goes_on and now - self._last < PAUSE and self._hover is None:
            self._turns += 1
            self.lines[-1], self._last = self._turned(line), now
            return
        self._at_rest(None)
        self._pause(now)
        self._turns = 1
        self.lines.append(line)

    def _turned(self, line: str) -> str:
        return f"{line} {self._turns}" if self._turns > 1 else line

    def end(self) -> None:
        """The session is over."""
        self._at_rest(None)
        self._flush()

    def _at_rest(self, going_to: Cell | None) -> None:
        """Write down where the mouse was last, unless what comes says it."""
        hover, self._hover = self._hover, None
        if hover is not None and hover[0] not in (going_to, self._mouse_at):
            self._pause(hover[1])
            self._mouse_at = hover[0]
            self.lines.append(f"Hover {hover[0][0]} {hover[0][1]}")

    def _pause(self, now: float) -> None:
        self._flush()
        self._turns = 0
        if now - self._last >= PAUSE:
            self.lines.append(f"Sleep {min(now - self._last, MOST_SECONDS):.1f}s")
        self._last = now

    def _flush(self) -> None:
        """Write down the keys that were pressed last."""
        keys, self._keys = self._keys, None
        if keys is None:
            return
        gaps = [b - a for a, b in zip(keys.times, keys.times[1:], strict=False)]
        pace = round(sum(gaps) / len(gaps), 2) if gaps else SPEED
        at = f"@{round(1000 * pace)}ms" if gaps and pace > SPEED else ""
        if keys.name is not None:
            count = f" {len(keys.times)}" if len(keys.times) > 1 else ""
            self.lines.append(f"{keys.name}{at}{count}")
        else:
            self.lines += [f"Type{at} {part}" for part in _quoted(keys.text)]
        self._last = keys.times[-1]


def _straight(before: Cell, middle: Cell, after: Cell) -> bool:
    """Whether the middle of three cells lies on the way, along a line of cells."""
    (a, b), (c, d) = (
        (end[0] - start[0], end[1] - start[1]) for start, end in ((before, middle), (middle, after))
    )
    along = a == 0 or b == 0 or abs(a) == abs(b)
    return along and a * d == b * c and a * c + b * d > 0


def tape_text(
    log: TapeLog,
    state: SessionState,
    size: tuple[int, int],
    chosen: Chosen | None = None,
    at: str | None = None,
) -> str:
    """The tape that does the same again.

    Args:
        log: what was done.
        state: what the session began with.
        size: columns and lines.
        chosen: how the screen was drawn.
        at: the place that it opened at, as it was given.
    """
    sampling, chosen = state.sampling, chosen or Chosen()
    head = [f"Set Width {size[0]}", f"Set Height {size[1]}"]
    for name, value, default in (
        ("Theme", chosen.theme, "dark"),
        ("Color", chosen.depth, "truecolor"),
        ("Glyphs", chosen.glyphs, "blocks"),
        ("Cells", chosen.cells, "digits"),
        ("LowBandwidth", "on" if chosen.low_bandwidth else "off", "off"),
        ("Seed", state.seed, 0),
        ("Temperature", sampling.temperature, 1.0),
        ("TopK", sampling.top_k, 0),
        ("TopP", sampling.top_p, 1.0),
        ("MinP", sampling.min_p, 0.0),
    ):
        if value != default:
            head.append(f"Set {name} {value}")
    for command, text in (("Set At", at), ("Model", state.model), ("Prompt", state.prompt)):
        if text:
            quoted = _quoted(" ".join(text.splitlines()))
            cannot = f"# {command}: a tape has no quotes for {text!a}"
            head.append(f"{command} {quoted[0]}" if len(quoted) == 1 else cannot)
    return "\n".join(["# Recorded live; edit what it does, add Marker and Expect lines.", *head, "",
                      *log.lines, ""])  # fmt: skip


def _quoted(text: str) -> list[str]:
    """A text in quotes; in several pieces where it holds every kind of quote."""
    text = "".join(char for char in text if char.isprintable())
    for quote in "\"'`":
        if quote not in text:
            return [f"{quote}{text}{quote}"] if text else []
    middle = len(text) // 2
    return _quoted(text[:middle]) + _quoted(text[middle:])
