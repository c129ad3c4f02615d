"""Driving the app without a terminal: keys and mouse in, the screen and what was sent out.

Nothing here waits for time to pass: after each key the harness waits until every widget has worked
off its messages, the pass is through and the screen has been drawn.

Textual's public way, `Pilot.pause`, sleeps until the process takes little time: neither quick nor
certain on a busy machine. To know that a screen is at rest, what was sent to the terminal, what is
drawn where and what ticks, only private names tell, in every release that we can be installed with;
they are in tests/tui/textual_inside.py and nowhere else.
"""

import re
from asyncio import gather, sleep, timeout
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from rich.cells import cell_len, get_character_cell_size
from textual import events
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tests.render.reading import area, check_numbers
from tests.support import dense_weights, tiny
from tests.tui.textual_inside import KeepsSent, draw_what_waits, picture
from tui_transformer.engine import ModelConfig, Weights
from tui_transformer.models import LoadedModel, ModelCard, load_model
from tui_transformer.models.loaded import assemble
from tui_transformer.session import Session, SessionState, start_state
from tui_transformer.terminal.look import Look
from tui_transformer.tokenizers import WordTokenizer
from tui_transformer.tui import app
from tui_transformer.tui.app import TuitfApp
from tui_transformer.tui.key_order import LOOK
from tui_transformer.tui.keys import normal
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.screens.walk import WalkScreen
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.hint import Hint

SIZES = ((80, 24), (120, 40), (200, 60))
RUSTLE = 400
"""Rounds of messages after which a screen that has not come to rest is at fault."""

FAILED = 1
"""What an app returns that ended with an error of its own."""

T = TypeVar("T", bound=Widget)


def key_event(key: str) -> events.Key:
    """What a terminal sends for a key: a name such as `space` or `ctrl+u`, or a character."""
    character = key if len(key) == 1 else {"space": " "}.get(key)
    return events.Key({",": "comma"}.get(key) or normal(key), character)


class WatchedApp(KeepsSent, TuitfApp):
    """The app, and all that it would write to a terminal."""

    CSS_PATH = str(Path(app.__file__).with_name("tuitf.tcss"))

    def __init__(self, session: Session, wanted: SessionState, look: Look | None = None) -> None:
        super().__init__(session, wanted, look)
        self.animation_level = "none"
        self.key_order.patience = 60.0  # a busy machine must not decide what a key finds
        self.copied: list[str] = []

    def copy_to_clipboard(self, text: str) -> None:
        """Keep what was copied."""
        self.copied.append(text)
        super().copy_to_clipboard(text)


class Stage:
    """One opened app."""

    def __init__(self, app: WatchedApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def session(self) -> Session:
        """What the app shows."""
        return self.app.session

    @property
    def state(self) -> SessionState:
        """The state in force."""
        return self.session.state

    @property
    def walk(self) -> WalkScreen:
        """The screen of the walk, on top or below."""
        return next(s for s in self.app.screen_stack if isinstance(s, WalkScreen))

    def one(self, kind: type[T], selector: str = "") -> T:
        """A widget of the screen on top."""
        return self.app.screen.query_one(selector, kind) if selector else self._only(kind)

    def _only(self, kind: type[T]) -> T:
        return self.app.screen.query_one(kind)

    async def settle(self, *, workers: bool = True) -> None:
        """Wait until nothing is left to be done; `workers` says whether passes are waited for."""
        quiet = 0
        for _ in range(RUSTLE):
            if workers:
                waits = [worker.wait() for worker in self.app.workers]
                await gather(*waits, return_exceptions=True)
            await self._drain()
            # a failed app says why when it is left
            assert self.app.return_code != FAILED, "the app has failed"
            busy = draw_what_waits(self.app.screen)
            if self.app.key_order.at_work:  # it looks now and then whether it can go on
                busy = True
                await sleep(LOOK)
            quiet = 0 if busy else quiet + 1
            if quiet == 2:
                return
        raise AssertionError("the screen does not come to rest")

    async def _drain(self) -> None:
        """Wait until every widget has worked off its messages and those that came of them."""
        empty = 0
        for _ in range(100 * RUSTLE):
            await sleep(0)
            if self.app.return_code == FAILED:
                return
            pumps: list[MessagePump] = [self.app, *self.app.screen.walk_children(with_self=True)]
            empty = 0 if any(pump.message_queue_size for pump in pumps) else empty + 1
            if empty == 12:
                return
        raise AssertionError("the messages do not come to an end")

    async def press(self, *keys: str, workers: bool = True) -> None:
        """Press keys, one after another."""
        for key in keys:
            self.app.post_message(key_event(key))
            await self.settle(workers=workers)

    async def write(self, text: str) -> None:
        """Type a text."""
        for character in text:
            await self.press("space" if character == " " else character)

    async def paste(self, text: str) -> None:
        """Paste a text."""
        self.app.post_message(events.Paste(text))
        await self.settle()

    async def _mouse(self, kind: type[events.MouseEvent], x: int, y: int, button: int) -> None:
        self.app.post_message(kind(None, x, y, 0, 0, button, False, False, False, x, y))
        await self.settle()

    async def hover(self, x: int, y: int) -> None:
        """Move the mouse to a place of the screen."""
        await self._mouse(events.MouseMove, x, y, 0)

    async def click(self, x: int, y: int) -> None:
        """Click on a place of the screen."""
        for kind in (events.MouseDown, events.MouseUp):  # of which the app makes a click
            await self._mouse(kind, x, y, 1)

    async def drag(self, x: int, y: int, to: int) -> None:
        """Press the button at a place, move to column `to`, let go."""
        await self._mouse(events.MouseDown, x, y, 1)
        await self._mouse(events.MouseMove, to, y, 1)
        await self._mouse(events.MouseUp, to, y, 1)

    async def scroll(self, kind: type[events.MouseEvent], x: int, y: int) -> None:
        """Turn the wheel at a place."""
        await self._mouse(kind, x, y, 0)

    async def resize(self, width: int, height: int, *, workers: bool = True) -> None:
        """Give the terminal another size."""
        await self.pilot.resize_terminal(width, height)
        async with timeout(60):  # the app waits a moment, for further changes of the size
            while self.app.screen.outer_size != (width, height):
                await sleep(0)
        await self.settle(workers=workers)

    def strips(self) -> list[Strip]:
        """The screen as it is drawn."""
        return picture(self.app.screen)

    def lines(self) -> list[str]:
        """Its text."""
        return [strip.text for strip in self.strips()]

    @property
    def text(self) -> str:
        """All of its text."""
        return "\n".join(self.lines())

    def words_of(self, widget: Widget) -> str:
        """The text of the part of the screen that a widget has, its border too."""
        x, y, width, height = widget.region
        return "\n".join(cut(line, x, x + width) for line in self.lines()[max(0, y) : y + height])

    @property
    def message(self) -> str:
        """What the last line says."""
        return self.walk.query_one(Hint).message

    def grids(self) -> list[Grid]:
        """The grids of the screen that are in sight and hold a tensor."""
        return [
            grid
            for grid in self.app.screen.query(Grid)
            if grid.exhibit is not None and grid.region.area and _displayed(grid)
        ]

    def check_grids(self) -> int:
        """Hold the grids in sight to the trace: every tensor whole, every printed number.

        Returns how many grids show their numbers.
        """
        lines, numbers = self.lines(), 0
        for grid in self.grids():
            shown, where = grid.exhibit, grid.where
            assert shown is not None
            assert where is not None
            tensor = self.session.trace.tensor(shown.name)
            values = tensor if shown.head is None else tensor[shown.head]
            assert np.array_equal(shown.values, values, equal_nan=True)
            x, y, width, height = grid.region
            assert (where.width, where.height) == (width, height)
            on_screen = [cut(line, x, x + width) for line in lines[y : y + height]]
            drawn = ["".join(s.text for s in line) for line in grid._lines[:height]]
            assert on_screen == drawn
            if where.zoom == "numbers" and where.bands * where.band_height + 1 <= height:
                check_numbers(shown, where, grid._lines)
                numbers += bool(area(where))
        return numbers


def _displayed(widget: Widget) -> bool:
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))


def cut(line: str, start: int, end: int) -> str:
    """The terminal cells of a line from `start` up to `end`."""
    out, x = "", 0
    for char in line:
        if start <= x < end:
            out += char
        x += get_character_cell_size(char)
    return out


def painted(screen: Screen[Any]) -> Iterator[Painted]:
    """All that we draw ourselves on a screen."""
    yield from screen.query(Painted)


@asynccontextmanager
async def opened(
    model: str | LoadedModel = "worked",
    size: tuple[int, int] = (120, 40),
    *,
    loader: Callable[[str], LoadedModel] | None = None,
    **start: Any,
) -> AsyncIterator[Stage]:
    """The app on a model at a size, at rest; `start` are arguments of `start_state`."""
    loaded = load_model(model) if isinstance(model, str) else model

    def load(name: str) -> LoadedModel:
        return loaded if name == loaded.card.name else load_model(name)

    watched = WatchedApp(Session(loader or load), start_state(loaded, **start))
    async with watched.run_test(size=size) as pilot:
        stage = Stage(watched, pilot)
        await stage.settle(workers=loader is None)
        yield stage


def model_of(
    config: ModelConfig,
    weights: Weights,
    words: tuple[str, ...],
    prompt: str,
    **card: Any,
) -> LoadedModel:
    """A model for a test."""
    fields: dict[str, Any] = {
        "name": "tested", "summary": "for a test", "description": "Made up.", "weights": "random",
        "prompt": prompt,
    }  # fmt: skip
    return assemble(ModelCard(**(fields | card)), config, weights, WordTokenizer(words))


WORDS = ("the", "cat", "sat", "on", "mat", "dog", "ran", "far", "away", "bird", ".")


def modern() -> LoadedModel:
    """Two blocks of today's kind: rotary, grouped queries, RMSNorm, SwiGLU, tied."""
    config = tiny(
        d_model=12, n_layers=2, n_heads=4, n_kv_heads=2, d_head=6, d_mlp=20, d_vocab=len(WORDS),
        n_ctx=16, act_fn="silu", gated_mlp=True, norm="rmsnorm", positions="rotary",
        qkv_bias=False, attn_out_bias=False, mlp_bias=False,
    )  # fmt: skip
    return model_of(config, dense_weights(config, seed=11), WORDS, "the cat sat on the mat")


def count_passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the calls of `forward`; the list gets the number of new tokens of each."""
    module = import_module("tui_transformer.trace.stream")
    run, rows = module.forward, []

    def counted(ids: Any, *args: Any, **kwargs: Any) -> Any:
        rows.append(len(ids))
        return run(ids, *args, **kwargs)

    monkeypatch.setattr(module, "forward", counted)
    return rows


_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_MOVE = re.compile(r"\x1b\[[0-9;]*H|\n")


def _runs(sent: str) -> list[str]:
    """The text between the cursor moves."""
    return _MOVE.split(_STYLE.sub("", sent))


def stray(sent: str) -> list[str]:
    """What is neither plain text nor one of the app's own sequences: styles and cursor moves."""
    from tui_transformer.tokenizers import visible

    return [run for run in _runs(sent) if visible(run) != run]


def cells_written(sent: str) -> int:
    """How many terminal cells an update fills."""
    return sum(cell_len(run) for run in _runs(sent))
