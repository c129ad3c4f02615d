"""Driving the training screen without a terminal, on a run so small that a test can make it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.training.small import small_run
from tests.tui.harness import Stage, WatchedApp
from tui_transformer.training.run import Run
from tui_transformer.tui.app import TrainingApp
from tui_transformer.tui.loop_view import LoopView
from tui_transformer.tui.screens.training import TrainingScreen
from tui_transformer.tui.widgets.loop_lines import LoopHeader, LoopHint
from tui_transformer.watching import Attended, Look, WatchedRun
from tui_transformer.watching.watched import Place


class WatchedTraining(TrainingApp, WatchedApp):
    """The app on a run, and all that it would write to a terminal."""

    CSS_PATH = WatchedApp.CSS_PATH


class Training(Stage):
    """One opened training screen."""

    @property
    def screen(self) -> TrainingScreen:
        """The training screen, on top or below."""
        return next(s for s in self.app.screen_stack if isinstance(s, TrainingScreen))

    @property
    def look(self) -> Look:
        """What is shown."""
        assert self.screen.seen is not None
        return self.screen.seen

    @property
    def loop(self) -> LoopView:
        """The view that is drawn."""
        assert self.screen.loop is not None
        return self.screen.loop

    @property
    def place(self) -> Place:
        """The moment that is shown."""
        return self.look.place

    @property
    def message(self) -> str:
        """What the last line says."""
        return self.screen.query_one(LoopHint).message

    @property
    def header(self) -> str:
        """The line on top."""
        return self.words_of(self.screen.query_one(LoopHeader))

    async def to(self, stage: str) -> None:
        """Go to a stage."""
        self.screen.jump(stage)
        await self.settle()


def watched_run(run: Run | None = None) -> WatchedRun:
    """A small run to be watched."""
    return WatchedRun(Attended(run or small_run(steps=40)))


@asynccontextmanager
async def training(
    run: Run | None = None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Training]:
    """The training screen on a small run, at rest."""
    app = WatchedTraining(watched_run(run))
    async with app.run_test(size=size) as pilot:
        stage = Training(app, pilot)
        await stage.settle()
        yield stage
