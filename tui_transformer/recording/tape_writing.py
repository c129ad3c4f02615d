"""What a person did, as a tape to edit."""

from dataclasses import dataclass, field

from tui_transformer.recording.keys import tape_key
from tui_transformer.recording.tape_words import MOST_SECONDS
from tui_transformer.session import SessionState

PAUSE = 0.3
"""Seconds between two keys from which on a `Sleep` says it."""

SPEED = 0.05


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

    def begin(self, now: float) -> None:
        """The time from which pauses are counted."""
        self._last = now

    def key(self, key: str, character: str | None, now: float) -> None:
        """A key, by Textual's name and the character that it types."""
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
        self._pause(now)
        for part in _quoted(" ".join(text.splitlines())):
            self.lines.append(f"Paste {part}")

    def mouse(self, kind: str, x: int, y: int, now: float) -> None:
        """A click or a turn of the wheel."""
        self._pause(now)
        self.lines.append(f"{kind} {x} {y}")

    def end(self) -> None:
        """The session is over."""
        self._flush()

    def _pause(self, now: float) -> None:
        self._flush()
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


def tape_text(log: TapeLog, state: SessionState, size: tuple[int, int]) -> str:
    """The tape that does the same again on the state that the session began with."""
    sampling = state.sampling
    head = [f"Set Width {size[0]}", f"Set Height {size[1]}"]
    for name, value, default in (
        ("Seed", state.seed, 0),
        ("Temperature", sampling.temperature, 1.0),
        ("TopK", sampling.top_k, 0),
        ("TopP", sampling.top_p, 1.0),
        ("MinP", sampling.min_p, 0.0),
    ):
        if value != default:
            head.append(f"Set {name} {value}")
    head += [f"Model {part}" for part in _quoted(state.model)[:1]]
    prompt = _quoted(" ".join(state.prompt.splitlines()))
    head += [f"Prompt {prompt[0]}"] if len(prompt) == 1 else []
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
