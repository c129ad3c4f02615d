"""Pictures as plain text: one at each marker, or the last where there are none."""

from collections.abc import Sequence

from tui_transformer.recording.cells import Picture
from tui_transformer.recording.film import Frame
from tui_transformer.tokenizers import visible


def sheet(markers: Sequence[tuple[Frame, str]], last: Frame) -> str:
    """The text of the pictures, each under a line that says when it was on screen."""
    shown = list(markers) or [(last, "the end")]
    return "\n".join(_page(frame.time, label, frame.picture) for frame, label in shown)


def _page(time: int, label: str, picture: Picture) -> str:
    head = f"── {clock(time)} ── {visible(label)} "
    rule = head + "─" * max(2, picture.width - len(head))
    return f"{rule}\n{text(picture)}"


def text(picture: Picture) -> str:
    """One picture as lines of text that are safe to print."""
    return "".join(f"{visible(line)}\n" for line in picture.lines())


def clock(milliseconds: int) -> str:
    """A time as `1:02.345`."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest // 1000:02d}.{rest % 1000:03d}"
