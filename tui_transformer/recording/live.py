"""The app recorded as a person uses it: its pictures, and what they did."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic, time

from textual import events

from tui_transformer.recording.cells import ColourDepth
from tui_transformer.recording.film import Film
from tui_transformer.recording.performance import Recording
from tui_transformer.recording.stage import WHEEL, WatchedApp
from tui_transformer.recording.tape_writing import TapeLog, tape_text
from tui_transformer.session import Session, SessionState
from tui_transformer.terminal.look import Look
from tui_transformer.tokenizers import visible
from tui_transformer.tui.remap import checked

FRAME = 1 / 30
"""Seconds between two pictures at least."""

_WHEEL = {event: name for name, event in WHEEL.items()}


class LiveApp(WatchedApp):
    """The app on a terminal, with a film running.

    Args:
        session: the state.
        wanted: what to open on.
        film: takes the pictures.
        now: the clock on the wall, in seconds.
    """

    def __init__(
        self,
        session: Session,
        wanted: SessionState,
        film: Film,
        now: Callable[[], float] = monotonic,
        look: Look | None = None,
    ) -> None:
        super().__init__(session, wanted, look)
        self.film = film
        self.deeds = TapeLog()
        self.first_size = (0, 0)
        self._now = now
        self._due = False
        self._depth: ColourDepth = self.look.chosen.depth

    def on_ready(self) -> None:
        """From here on it is recorded."""
        self.deeds.begin(self._now())
        self._due = True
        self.set_timer(FRAME, self.shoot)

    def post_display_hook(self) -> None:
        """Something was drawn: take a picture soon."""
        if not self._due and self.is_running:
            self._due = True
            self.set_timer(FRAME, self.shoot)

    def shoot(self) -> None:
        """Take a picture of the screen."""
        self._due = False
        if self.screen_stack and self.is_running:
            picture = self.picture(self._depth)
            if not self.film.frames:
                self.first_size = (picture.width, picture.height)
                self.film.colours = self.colours()
            self.film.shoot(picture, self._now())

    async def on_event(self, event: events.Event) -> None:
        """Write down what the person does, then do it."""
        if isinstance(event, events.InputEvent) and not event.is_forwarded:
            now = self._now()
            if isinstance(event, events.Key):
                self.deeds.key(event.key, event.character, now)
            elif isinstance(event, events.Paste):
                self.deeds.paste(event.text, now)
            elif isinstance(event, events.MouseEvent):
                self._mouse(event, now)
        await super().on_event(event)

    def _mouse(self, event: events.MouseEvent, now: float) -> None:
        cell = int(event.screen_x), int(event.screen_y)
        match event:
            case events.MouseDown():
                self.deeds.mouse_down(cell, now)
            case events.MouseMove():
                self.deeds.mouse_move(cell, now)
            case events.MouseUp():
                self.deeds.mouse_up(cell, now)
            case _ if type(event) in _WHEEL:
                self.deeds.wheel(_WHEEL[type(event)], cell, now)


@dataclass(frozen=True, slots=True)
class LiveRecording:
    """What was recorded, the tape that does it again, and the app's exit code."""

    recording: Recording
    tape: str
    code: int


def record_live(
    session: Session, wanted: SessionState, look: Look, at: str | None = None
) -> LiveRecording:
    """Run the app on this terminal until it is left; a hang-up ends it in the same way.

    Args:
        session: the state.
        wanted: what to open on.
        look: how the screen is drawn.
        at: the place to open at, as it was given, for the tape.
    """
    title = f"tuitf: {visible(wanted.model)}"
    film = Film(title)
    app = LiveApp(session, wanted, film, look=checked(look))
    began = int(time())
    with _ends_well(app):
        app.run(mouse=look.chosen.mouse)
    now = monotonic()
    app.deeds.end()
    cast = replace(film.cast(now), timestamp=began)
    made = Recording(cast, tuple(film.frames), tuple(film.markers), (), title)
    size = app.first_size if app.first_size[0] else (80, 24)
    tape = tape_text(app.deeds, wanted, size, look.chosen, at)
    return LiveRecording(made, tape, app.return_code or 0)


@contextmanager
def _ends_well(app: LiveApp) -> Iterator[None]:
    """Inside, a signal to end leaves the app, so that what was recorded can be written."""

    def leave(number: int, frame: object) -> None:
        loop = app._loop
        if loop is not None:
            loop.call_soon_threadsafe(app.exit)

    names = [name for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), leave) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
