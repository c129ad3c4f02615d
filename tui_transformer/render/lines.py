"""Lines of coloured text, fitted to a width in terminal cells."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

Line = list[Segment]

EIGHTHS = " ▏▎▍▌▋▊▉█"
BARS = "▁▂▃▄▅▆▇█"


def fit(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells: cut with `…`, or filled with spaces."""
    length = cell_len(text)
    if length > width:
        if width <= 0:
            return ""
        cut = set_cell_size(text, width - 1).rstrip(" ") + "…"
        return cut + " " * (width - cell_len(cut))
    space = " " * (width - length)
    return space + text if right else text + space


def width_of(line: Iterable[Segment]) -> int:
    """How many cells a line takes."""
    return sum(cell_len(segment.text) for segment in line)


def crop(line: Sequence[Segment], width: int) -> Line:
    """The first `width` cells of a line, `…` where something was cut, spaces to fill it."""
    total = width_of(line)
    if total <= width:
        return [*line, Segment(" " * (width - total))] if total < width else list(line)
    out: Line = []
    room = width
    for segment in line:
        length = cell_len(segment.text)
        if length >= room:
            out.append(Segment(fit(segment.text + " " * (length == room), room), segment.style))
            break
        out.append(segment)
        room -= length
    return out


def first_that_fits(lines: Iterable[Line], width: int) -> Line:
    """The first of some lines that has room; the last one where none has.

    Raises:
        ValueError: there are no lines.
    """
    line: Line | None = None
    for line in lines:
        if width_of(line) <= width:
            return line
    if line is None:
        raise ValueError("no line to choose from")
    return line


def merged(line: Iterable[Segment]) -> Line:
    """Runs of one style as one segment: fewer bytes to the terminal."""
    out: Line = []
    for segment in line:
        if not segment.text:
            continue
        if out and out[-1].style == segment.style:
            out[-1] = Segment(out[-1].text + segment.text, segment.style)
        else:
            out.append(segment)
    return out


def wrap(text: str, width: int) -> list[str]:
    """A paragraph in lines of at most `width` cells; words longer than that are cut."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split(" "):
            while cell_len(word) > width > 0:
                if line:
                    lines.append(line)
                    line = ""
                head = set_cell_size(word, width).rstrip(" ") or word[0]
                lines.append(head)
                word = word[len(head) :]  # noqa: PLW2901 - the rest of the word goes on
            if line and cell_len(line) + 1 + cell_len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines


def bar(share: float, width: int) -> str:
    """A horizontal bar of `share` (0 to 1) of `width` cells, to an eighth of a cell."""
    eighths = round(max(0.0, min(share, 1.0)) * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    full, rest = divmod(eighths, 8)
    return "█" * full + (EIGHTHS[rest] if rest else "")


def columns(left: Line, right: Line, width: int, style: Style | None = None) -> Line:
    """Two ends of one line with space between; the left end gives way."""
    room = width - width_of(right)
    if room <= 0:
        return crop(right, width)
    return [*crop(left, room), *right] if width_of(left) > room else [
        *left, Segment(" " * (room - width_of(left)), style), *right,
    ]  # fmt: skip
