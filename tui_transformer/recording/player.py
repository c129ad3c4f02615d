"""`tuitf play` on a terminal: a recording, a line that says where it is, and the keys.

What reaches the terminal are cells that are drawn here from the pictures of the recording; no
sequence of the file is passed on.
"""

from collections.abc import Callable
from time import monotonic

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.timer import Timer

from tui_transformer.recording.colours import DEFAULT
from tui_transformer.recording.pace import Pace
from tui_transformer.recording.reel import Reel
from tui_transformer.recording.screening import Bar, Screening
from tui_transformer.terminal.look import FEW_FRAMES, Look, plain_look
from tui_transformer.tui.output import driver_for

TICK = 1 / 30
AHEAD = 1 / 10
"""Seconds between two looks ahead."""

BREATH = 1 / 500
"""Seconds for keys and the screen between two pieces of a way that takes long."""

JUMP = 5000
"""Milliseconds that an arrow moves by."""


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
        self._is_behind = False
        self._goes_on = False

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
        """Show where it is; what takes long is played a piece at a time, and keys in between."""
        if not self.query(Screening):  # it is being left
            return
        time = int(self.pace.time)
        share = self.reel.approach(time)
        self._is_behind = share < 1
        if not self._is_behind:
            self.query_one(Screening).show(self.reel.at(time))
        elif not self._goes_on:
            self._goes_on = True
            self.set_timer(BREATH, self._go_on)
        self.query_one(Bar).show(self.pace, self.reel, share)

    def _go_on(self) -> None:
        self._goes_on = False
        self._show()

    def _explore(self) -> None:
        """Get to know what lies ahead, a piece at a time, until all of it is known."""
        if not self._is_behind and self.reel.explore() and self._ahead is not None:
            self._ahead.stop()

    def _tick(self) -> None:
        now = self._now()
        pace = self.pace if self._is_behind else self.pace.passed(now - self._before)
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
