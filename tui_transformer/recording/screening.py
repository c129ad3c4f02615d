"""What the player shows: the picture of a recording, and the line that says where it is."""

import math
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui_transformer.recording.cast import Colours
from tui_transformer.recording.cells import (
    BOLD,
    DIM,
    ITALIC,
    REVERSE,
    STRIKE,
    UNDERLINE,
    Pen,
    Picture,
    Row,
)
from tui_transformer.recording.colours import inks
from tui_transformer.recording.pace import Pace, chapter_at
from tui_transformer.recording.reel import Reel
from tui_transformer.render.lines import Line, crop, fit, width_of
from tui_transformer.tokenizers import visible

KEYS = (
    ("space", "pause"), ("n p", "chapter"), ("← →", "5 s"), (", .", "frame"), ("- +", "speed"),
    ("b", "bar"), ("q", "quit"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def style_of(pen: Pen, colours: Colours | None) -> Style:
    """How a pen looks; without colours only its attributes are left."""
    attrs = pen.attrs
    fore, back = inks(pen, colours) if colours is not None else (None, None)
    return Style(
        color=fore,
        bgcolor=back,
        bold=bool(attrs & BOLD) or None,
        italic=bool(attrs & ITALIC) or None,
        underline=bool(attrs & UNDERLINE) or None,
        strike=bool(attrs & STRIKE) or None,
        dim=bool(attrs & DIM) or None if colours is None else None,
        reverse=bool(attrs & REVERSE) or None if colours is None else None,
    )


@lru_cache(maxsize=2048)
def strip_of(row: Row, colours: Colours | None) -> Strip:
    """A line of a picture, runs of one pen together."""
    segments: list[Segment] = []
    text, pen = "", row[0][1] if row else Pen()
    for char, next_pen in row:
        if next_pen != pen:
            segments.append(Segment(text, style_of(pen, colours)))
            text, pen = "", next_pen
        text += char
    segments.append(Segment(text, style_of(pen, colours)))
    return Strip(segments, len(row))


class Screening(ScrollView, can_focus=True):
    """The picture, as large as it was recorded; it scrolls where the terminal is smaller."""

    DEFAULT_CSS = "Screening { width: 100%; height: 100%; scrollbar-size: 0 0; }"

    def __init__(self, colours: Colours | None) -> None:
        super().__init__()
        self._colours = colours
        self.picture: Picture | None = None

    def show(self, picture: Picture) -> None:
        """Draw another picture: the lines that differ."""
        before, self.picture = self.picture, picture
        size = Size(picture.width, picture.height)
        if before is None or before.rows is picture.rows or self.virtual_size != size:
            self.virtual_size = size
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before.rows, picture.rows, strict=True)):
            if old is not new and old != new:
                self.refresh(Region(0, y - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of what is in sight."""
        x, top = self.scroll_offset
        width = self.size.width
        back = Style(bgcolor=self._colours.back) if self._colours is not None else Style()
        if self.picture is None or y + top >= self.picture.height:
            return Strip.blank(width, back)
        strip = strip_of(self.picture.rows[y + top], self._colours)
        return strip.crop(x, x + width).extend_cell_length(width, back)


class Bar(Widget):
    """Where the recording is, and the keys."""

    DEFAULT_CSS = "Bar { dock: bottom; width: 100%; height: 1; layer: over; }"

    def __init__(self, colours: Colours | None) -> None:
        super().__init__()
        self._colours = colours
        self._line: Line = []

    def show(self, pace: Pace, reel: Reel, share: float = 1.0) -> None:
        """Say where it is.

        Args:
            pace: that.
            reel: the recording.
            share: of the way there that is done; below 1 the picture is still another one.
        """
        line = self._paint(pace, reel, self.size.width, share)
        if line != self._line:
            self._line = line
            self.refresh()

    def _paint(self, pace: Pace, reel: Reel, width: int, share: float) -> Line:
        colour = self._colours is not None
        text = Style(color="#cdd4e4", bgcolor="#1b2130") if colour else Style(reverse=True)
        loud = Style(color="#ffc857", bgcolor="#1b2130", bold=True) if colour else text
        sign = "▶" if pace.playing else "■" if pace.at_end else "❚❚"
        sign = sign if share == 1 else f"going there, {math.floor(100 * share)} %"
        times = f"{_clock(pace.time)} / {_clock(pace.duration)}"
        left: Line = [Segment(f" {sign} ", loud), Segment(f"{times} {pace.speed:g}× ", text)]
        right: Line = []
        for key, what in KEYS:
            more: Line = [Segment(f" {key}", loud), Segment(f" {what} ", text)]
            if width_of([*left, *right, *more]) > width * 0.72:
                break
            right += more
        label = visible(chapter_at(reel.markers, pace.time))
        room = width - width_of(left) - width_of(right)
        longest = max((len(visible(name)) for _, name in reel.markers), default=-1)
        name = fit(f" {label}", max(0, min(longest + 2, room // 2))) + " "
        line = [*left, Segment(_track(pace, reel, max(0, room - len(name))), loud)]
        line += [Segment(name, text), *right]
        gap = width - width_of(line)
        return crop([*line, Segment(" " * max(0, gap), text)], width)

    def render_line(self, y: int) -> Strip:
        """The line."""
        return Strip(self._line).extend_cell_length(self.size.width)


def _clock(milliseconds: float) -> str:
    seconds = int(milliseconds // 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def _track(pace: Pace, reel: Reel, width: int) -> str:
    """A line with a knob at the time and a mark at each marker."""
    if width < 8:
        return ""
    cells = ["─"] * width

    def place(time: float) -> int:
        return round(time / max(1, pace.duration) * (width - 1))

    cells[: place(pace.time)] = ["━"] * place(pace.time)
    for time, _ in reel.markers:
        cells[place(min(time, pace.duration))] = "┿"
    cells[place(pace.time)] = "●"
    return "".join(cells)
