"""`tuitf play` on a terminal: a recording, a line that says where it is, and the keys.

What reaches the terminal are cells that are drawn here from the pictures of the recording; no
sequence of the file is passed on.
"""

from collections.abc import Callable
from functools import lru_cache
from time import monotonic

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
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
from tui_transformer.recording.colours import DEFAULT, inks
from tui_transformer.recording.pace import Pace, chapter_at
from tui_transformer.recording.reel import Reel
from tui_transformer.render.lines import Line, crop, fit, width_of
from tui_transformer.terminal.look import FEW_FRAMES, Look, plain_look
from tui_transformer.tokenizers import visible
from tui_transformer.tui.output import driver_for

TICK = 1 / 30
AHEAD = 1 / 10
"""Seconds between two looks ahead."""

JUMP = 5000
"""Milliseconds that an arrow moves by."""

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

    def show(self, pace: Pace, reel: Reel) -> None:
        """Say where it is."""
        line = self._paint(pace, reel, self.size.width)
        if line != self._line:
            self._line = line
            self.refresh()

    def _paint(self, pace: Pace, reel: Reel, width: int) -> Line:
        colour = self._colours is not None
        text = Style(color="#cdd4e4", bgcolor="#1b2130") if colour else Style(reverse=True)
        loud = Style(color="#ffc857", bgcolor="#1b2130", bold=True) if colour else text
        sign = "▶" if pace.playing else "■" if pace.at_end else "❚❚"
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


class PlayerApp(App[None]):
    """Plays a reel.

    Args:
        reel: the recording.
        speed: how fast at first.
        stops: whether it pauses at each marker.
        look: what was chosen for this terminal; all that it can do where left out.
        now: the clock on the wall, in seconds.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { layers: base over; }"
    BINDINGS = [
        Binding("space,k", "pause", "play, pause", show=False),
        Binding("n,right_square_bracket", "chapter(1)", "next marker", show=False),
        Binding("p,left_square_bracket", "chapter(-1)", "marker before", show=False),
        Binding("right,l", "jump(1)", "5 seconds on", show=False, priority=True),
        Binding("left,h", "jump(-1)", "5 seconds back", show=False, priority=True),
        Binding("full_stop", "frame(1)", "next frame", show=False),
        Binding("comma", "frame(-1)", "frame before", show=False),
        Binding("plus,equals_sign", "speed(1)", "faster", show=False),
        Binding("minus", "speed(-1)", "slower", show=False),
        Binding("home,g", "end(0)", "start", show=False, priority=True),
        Binding("end,G", "end(1)", "end", show=False, priority=True),
        Binding("b", "bar", "show or hide the bar", show=False),
        Binding("q,escape,ctrl+c", "quit", "quit", show=False, priority=True),
    ]

    def __init__(
        self,
        reel: Reel,
        *,
        speed: float = 1.0,
        stops: bool = False,
        look: Look | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        look = look or plain_look()
        plain = look.chosen.depth == "none"
        super().__init__(
            ansi_color=True if plain else None,
            driver_class=driver_for(look.chosen.glyphs == "ascii"),
        )
        self.animation_level = "none"
        self.reel = reel
        self.pace = Pace(reel.duration, speed=speed, playing=reel.duration > 0)
        self._said = look.said
        self._every = 1 / FEW_FRAMES if look.chosen.low_bandwidth else TICK
        self._stops = stops
        self._now = now
        self._before = 0.0
        self._timer: Timer | None = None
        self._ahead: Timer | None = None
        self._colours = None if plain else reel.cast.colours or DEFAULT

    def compose(self) -> ComposeResult:
        """The picture, and the bar over its last line."""
        yield Screening(self._colours)
        yield Bar(self._colours)

    def on_mount(self) -> None:
        """Begin to play."""
        self.query_one(Screening).focus()
        self._before = self._now()
        self._timer = self.set_interval(self._every, self._tick, pause=not self.pace.playing)
        self._ahead = self.set_interval(AHEAD, self._explore)
        self.call_after_refresh(self._show)

    def on_ready(self) -> None:
        """Say what is drawn otherwise than one might expect, and why."""
        if self._said:
            self.notify(self._said, markup=False)
        self.app_resume_signal.subscribe(self, self._draw_again)

    def _draw_again(self, _: object) -> None:
        """After a stop by the shell the terminal shows what others have written."""
        self.refresh(layout=True)

    def on_resize(self) -> None:
        """Draw the bar anew."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        self.query_one(Screening).show(self.reel.at(int(self.pace.time)))
        self.query_one(Bar).show(self.pace, self.reel)

    def _explore(self) -> None:
        """Get to know what lies ahead, a piece at a time, until all of it is known."""
        if self.reel.explore() and self._ahead is not None:
            self._ahead.stop()

    def _tick(self) -> None:
        now = self._now()
        pace = self.pace.passed(now - self._before)
        self._before = now
        passed = [t for t, _ in self.reel.markers if self.pace.time < t <= pace.time]
        if self._stops and passed:
            pace = pace.to(passed[0]).paused()
        self._go(pace)

    def _go(self, pace: Pace) -> None:
        """Be there, and tick only while there is something to play."""
        if pace.playing and not self.pace.playing:
            self._before = self._now()
        self.pace = pace
        if self._timer is not None:
            if pace.playing:
                self._timer.resume()
            else:
                self._timer.pause()
        self._show()

    def on_key(self, event: object) -> None:
        """A digit goes to that tenth of the recording."""
        key = getattr(event, "key", "")
        if len(key) == 1 and key in "0123456789":
            self._go(self.pace.to(self.pace.duration * int(key) / 10))

    def action_pause(self) -> None:
        """Play, or pause."""
        self._go(self.pace.toggled())

    def action_chapter(self, by: int) -> None:
        """To the next marker, or the one before."""
        self._go(self.pace.chapter([time for time, _ in self.reel.markers], by))

    def action_jump(self, by: int) -> None:
        """Some seconds on, or back."""
        self._go(self.pace.to(self.pace.time + by * JUMP))

    def action_frame(self, by: int) -> None:
        """Pause, and to the next picture or the one before."""
        time = int(self.pace.time)
        found = self.reel.next_change(time) if by > 0 else self.reel.last_change(time)
        self._go(self.pace.paused().to(self.pace.time if found is None else found))

    def action_speed(self, by: int) -> None:
        """Faster, or slower."""
        self._go(self.pace.faster(by))

    def action_end(self, last: int) -> None:
        """To the start, or the end."""
        self._go(self.pace.to(self.pace.duration * last))

    def action_bar(self) -> None:
        """Show the bar, or what it covers."""
        bar = self.query_one(Bar)
        bar.display = not bar.display


def play(reel: Reel, *, speed: float = 1.0, stops: bool = False, look: Look | None = None) -> int:
    """Play on this terminal until it is left; hands back the exit code."""
    app = PlayerApp(reel, speed=speed, stops=stops, look=look)
    app.run(mouse=look is None or look.chosen.mouse)
    return app.return_code or 0
