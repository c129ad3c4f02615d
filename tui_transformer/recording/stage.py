"""The real app without a terminal, in virtual time: keys in, pictures out."""

from asyncio import sleep
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import Context, copy_context
from itertools import pairwise
from pathlib import Path
from threading import get_ident

from rich.segment import Segment
from textual import events
from textual._context import visible_screen_stack
from textual.keys import _character_to_key
from textual.widgets import Input

from tui_transformer.models.hub import Downloaded
from tui_transformer.recording.cast import Colours
from tui_transformer.recording.cells import ColourDepth, Picture, picture_of
from tui_transformer.recording.clock import VirtualLoop
from tui_transformer.session import Session, SessionState
from tui_transformer.terminal.look import Look
from tui_transformer.tui import app as tui_app
from tui_transformer.tui.app import TuitfApp
from tui_transformer.tui.ascii import in_ascii

FRAMES = 60
"""Pictures a second at most, as Textual draws them."""

FRAME = 1 / FRAMES
"""Seconds between two of them."""

STEP = 1 / 400
"""Virtual seconds that a step of training takes."""

UNRULY = 90
"""Frames after which a screen that keeps on changing is taken as it is."""

WHEEL: dict[str, type[events.MouseEvent]] = {
    "ScrollUp": events.MouseScrollUp, "ScrollDown": events.MouseScrollDown,
    "ScrollLeft": events.MouseScrollLeft, "ScrollRight": events.MouseScrollRight,
}  # fmt: skip

CHARACTERS = {"space": " ", "tab": "\t", "enter": "\r"}


class WatchedApp(TuitfApp):
    """The app, of which pictures can be taken."""

    CSS_PATH = str(Path(tui_app.__file__).with_name("tuitf.tcss"))

    def picture(self, depth: ColourDepth) -> Picture:
        """The screen as it is."""
        visible_screen_stack.set(self._background_screens)
        lines: list[Iterable[Segment]] = [*self.screen._compositor.render_strips()]
        if self.look.chosen.glyphs == "ascii":  # as the driver does on its way to a terminal
            lines = [[s._replace(text=in_ascii(s.text)) for s in line] for line in lines]
        return picture_of(lines, self.size.width, self.size.height, depth)

    def colours(self) -> Colours:
        """What stands for a terminal's own colours: those of the theme."""
        theme = self.current_theme
        ansi = self.ansi_theme_dark if theme.dark else self.ansi_theme_light
        palette = tuple(_hex(ansi.ansi_colors[n]) for n in range(16))
        return Colours(
            theme.foreground or _hex(ansi.foreground_color),
            theme.background or _hex(ansi.background_color),
            palette,
        )


class StageApp(WatchedApp):
    """The app without a terminal. It looks the same on every machine."""

    def __init__(self, session: Session, wanted: SessionState, look: Look) -> None:
        super().__init__(session, wanted, look)
        self.animation_level = "none"
        self.updates = 0

    def post_display_hook(self) -> None:
        """Count what would have been sent to a terminal."""
        self.updates += 1

    def clock(self) -> float:
        """Virtual seconds; for long work each look at the clock takes :data:`STEP` of them."""
        loop = self._loop
        if isinstance(loop, VirtualLoop) and self._thread_id != get_ident():
            loop.pass_time(STEP)
        return self._loop.time() if self._loop is not None else 0.0

    def downloaded(self) -> tuple[Downloaded, ...]:
        """None: what this machine has at hand is not part of a recording."""
        return ()


def _hex(triplet: tuple[int, ...]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*triplet)


class Stage:
    """One opened app in a virtual loop; `shot` is given each picture as its moment ends."""

    def __init__(
        self,
        app: StageApp,
        loop: VirtualLoop,
        depth: ColourDepth,
        shot: Callable[[Picture, float], None],
    ) -> None:
        self.app = app
        self.depth: ColourDepth = depth
        self._loop = loop
        self._shot = shot
        self._slow = app.look.chosen.low_bandwidth
        self._seen = 0
        self._mouse_at = (0, 0)
        self._context: Context = copy_context()
        loop.on_rest = self._moment_ends

    @property
    def gone(self) -> bool:
        """Whether the app has been quit."""
        return self.app._exit or not self.app.is_running

    @property
    def now(self) -> float:
        """Virtual seconds."""
        return self._loop.time()

    def picture(self) -> Picture:
        """The screen as it is."""
        return self._context.run(self.app.picture, self.depth)

    def _moment_ends(self) -> bool:
        if self.app.updates == self._seen or self.gone or self.app._exception is not None:
            return False
        self._seen = self.app.updates
        self._loop.call_soon(self._shoot, context=self._context)
        return True

    def _shoot(self) -> None:
        if not self.gone and self.app.screen_stack:
            self._shot(self.app.picture(self.depth), self.now)

    async def caught_up(self) -> None:
        """Wait for the picture of what was done, where few are drawn."""
        if self._slow and not self.gone:
            await self.settle()

    async def _done(self) -> None:
        """Let the app deal with what was sent. Where few pictures are drawn, keys outrun them."""
        if self._slow:
            await sleep(FRAME)
            self._still()
        else:
            await self.settle()

    async def settle(self) -> None:
        """Let frames pass until one changes nothing."""
        for _ in range(UNRULY):
            before = self.app.updates
            self._still()
            await sleep(FRAME)
            if self.gone or self.app._exception is not None:
                return
            screen = self.app.screen
            pending = screen._layout_required or screen._dirty_widgets or screen._callbacks
            if self.app.updates == before and not pending and not self.app.key_order.at_work:
                return

    def _still(self) -> None:
        """Keep text cursors from blinking: it says nothing and is a frame twice a second."""
        if self.app.screen_stack:
            for box in self.app.screen.query(Input):
                box.cursor_blink = False

    async def press(self, key: str) -> None:
        """Press a key, given by Textual's name or as a character."""
        character = key if len(key) == 1 else CHARACTERS.get(key)
        name = _character_to_key(key) if len(key) == 1 else key
        self.app.post_message(events.Key(name, character))
        await self._done()

    async def paste(self, text: str) -> None:
        """Paste a text."""
        self.app.post_message(events.Paste(text))
        await self._done()

    async def mouse(self, kind: str, points: Sequence[tuple[int, int]]) -> None:
        """Move there, click, turn the wheel, or drag from the first of some cells to the last."""
        first, last = points[0], points[-1]
        if kind in WHEEL:
            self._mouse(WHEEL[kind], first)
        else:
            self._mouse(events.MouseMove, first)
        if kind in {"Click", "Drag"}:
            self._mouse(events.MouseDown, first, 1)
            for start, end in pairwise(points):
                for cell in cells_between(start, end):
                    self._mouse(events.MouseMove, cell, 1)
            self._mouse(events.MouseUp, last, 1)
        await self._done()

    def _mouse(self, make: type[events.MouseEvent], cell: tuple[int, int], button: int = 0) -> None:
        (x, y), (old_x, old_y) = cell, self._mouse_at
        moved = (x - old_x, y - old_y) if make is events.MouseMove else (0, 0)
        self._mouse_at = cell
        self.app.post_message(make(None, x, y, *moved, button, False, False, False, x, y))


def cells_between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The cells on the way from one to another, without the first."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    for n in range(1, steps + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * n / steps),
            round(start[1] + (end[1] - start[1]) * n / steps),
        )
