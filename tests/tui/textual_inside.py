"""What of Textual only private names tell: the one place of the tests that knows them.

Its public API has no way to ask whether something still waits to be drawn, what would be drawn,
what was sent to a terminal that is not there, or which timers run and how often. The names are
those of every release that pyproject.toml allows.
"""

from typing import Any

from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer


class KeepsSent(App[Any]):
    """An app that keeps what it would write to a terminal: without one, nothing is written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sent: list[str] = []

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate) and not self._batch_count:
            self.sent.append(renderable.render_segments(self.console))
        super()._display(screen, renderable)


def draw_what_waits(screen: Screen[Any]) -> bool:
    """Draw now what a timer would draw a moment later; whether there was anything."""
    waits = bool(
        screen._callbacks
        or screen._layout_required
        or screen._scroll_required
        or screen._dirty_widgets
        or screen._repaint_required
        or screen._recompose_required
    )
    screen._on_timer_update()
    return waits


def picture(screen: Screen[Any]) -> list[Strip]:
    """A screen as it is drawn, line by line."""
    return screen._compositor.render_strips()


def sent_for_all_of(screen: Screen[Any]) -> str:
    """What a terminal is sent for the whole of a screen."""
    update = screen._compositor.render_update(full=True)
    assert isinstance(update, CompositorUpdate)
    return update.render_segments(screen.app.console)


def ticking(screen: Screen[Any]) -> list[Timer]:
    """The timers that run again and again, but for the one that draws."""
    pumps: list[MessagePump] = [screen.app, *screen.walk_children(with_self=True)]
    timers = [timer for pump in pumps for timer in pump._timers]
    repeated = [timer for timer in timers if timer._repeat is None and timer._active.is_set()]
    return [timer for timer in repeated if timer is not screen._update_timer]


def a_second(timer: Timer) -> float:
    """How many times a second a timer runs."""
    return 1 / timer._interval
