"""A pass on its way: the old picture stays, the newest request wins, no fault ends the app."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from threading import Event
from typing import Any

import numpy as np
import pytest

from tests.support import dense_weights, tiny
from tests.tui.harness import SIZES, WORDS, Stage, WatchedApp, model_of, modern, opened
from tui_transformer.engine import Tap
from tui_transformer.errors import InputError
from tui_transformer.models import LoadedModel, load_model
from tui_transformer.session import Session, start_state
from tui_transformer.tui.passes import Passes
from tui_transformer.tui.screens.overview import OverviewScreen
from tui_transformer.tui.screens.why import WhyScreen
from tui_transformer.tui.widgets.header import Header
from tui_transformer.tui.widgets.pipeline_map import PipelineMap
from tui_transformer.walkthrough import walk


class Gate:
    """Holds passes up, in the middle, until it is opened."""

    def __init__(self) -> None:
        self.closed = False
        self.entered = Event()
        self.open = Event()

    def wait(self) -> None:
        """Stand still while the gate is closed; never for ever, whatever a test does."""
        if self.closed:
            self.entered.set()
            assert self.open.wait(60)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Passes stop in it before their last tap once it is closed."""
    found = Gate()
    module = import_module("tui_transformer.trace.stream")
    run = module.forward

    def held(ids: Any, weights: Any, config: Any, tap: Tap, *args: Any, **kwargs: Any) -> Any:
        found.wait()
        return run(ids, weights, config, tap, *args, **kwargs)

    monkeypatch.setattr(module, "forward", held)
    yield found
    found.open.set()


@contextmanager
def told(monkeypatch: pytest.MonkeyPatch, wanted: Callable[[str], bool]) -> Iterator[asyncio.Event]:
    """An event that is set when the header says that it is busy with something."""
    event, busy = asyncio.Event(), Header.busy

    def watched(header: Header, what: str) -> None:
        busy(header, what)
        if wanted(what):
            event.set()

    with monkeypatch.context() as patch:
        patch.setattr(Header, "busy", watched)
        yield event


async def held_up(stage: Stage, gate: Gate) -> None:
    """Wait until a pass stands in the gate."""
    await asyncio.to_thread(gate.entered.wait, 30)
    await stage.settle(workers=False)


async def test_the_old_picture_stays_until_the_new_one_is_ready(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("toy", at="blocks.0.softmax") as stage:
        before, text = stage.session.ready, stage.text
        gate.closed = True
        with told(monkeypatch, bool) as busy:
            await stage.press("s", workers=False)
            await held_up(stage, gate)
            assert stage.session.ready is before
            assert stage.lines()[1:] == text.splitlines()[1:]
            await asyncio.wait_for(busy.wait(), 30)
        await stage.settle(workers=False)
        assert stage.session.ready is before
        assert "computing" in stage.words_of(stage.one(Header))
        assert stage.lines()[1:] == text.splitlines()[1:]
        await stage.press("right", "space", workers=False)  # the keys still work meanwhile
        assert stage.state.cursor.step == "blocks.0.mix"
        stage.check_grids()
        gate.open.set()
        await stage.settle()
        assert len(stage.state.generated) == 1
        assert stage.state.cursor.step == "blocks.0.mix"
        assert "computing" not in stage.words_of(stage.one(Header))
        stage.check_grids()


async def test_what_is_changed_meanwhile_is_not_lost(gate: Gate) -> None:
    async with opened("toy") as stage:
        gate.closed = True
        await stage.press("s", workers=False)
        await held_up(stage, gate)
        token = stage.session.next_draw().token
        await stage.press("-", "-", "r", "s", "s", workers=False)
        assert stage.state.sampling.temperature == pytest.approx(0.8)
        gate.open.set()
        await stage.settle()
        assert stage.state.sampling.temperature == pytest.approx(0.8)
        assert stage.state.seed == 1
        assert stage.state.generated[0] == token
        assert len(stage.state.generated) == 3  # the key presses were queued, not lost


async def test_a_newer_request_drops_the_older(gate: Gate) -> None:
    async with opened("toy") as stage:
        screen, session = stage.walk, stage.session
        committed: list[str] = []
        commit = session.commit

        def watched(ready: Any, **kwargs: Any) -> None:
            committed.append(ready.state.prompt)
            commit(ready, **kwargs)

        session.commit = watched  # type: ignore[method-assign]
        gate.closed = True
        screen.want(session.with_prompt("a dog ran"))
        await held_up(stage, gate)
        gate.closed = False
        screen.want(session.with_prompt("a bird"))
        await asyncio.gather(*[w.wait() for w in stage.app.workers if not w.is_cancelled])
        await stage.settle(workers=False)
        assert committed == ["a bird"]  # while the older one still stands in the gate
        gate.open.set()
        await stage.settle()
        assert committed == ["a bird"]
        assert stage.state.prompt == "a bird"
        late = session.compute(replace(stage.state, prompt="a house"))
        screen.post_message(Passes.Computed(late, screen.passes.generation - 1))
        screen.post_message(Passes.Failed("too late", screen.passes.generation - 1))
        await stage.settle()
        assert committed == ["a bird"]
        assert not stage.message
        fresh = Session()
        fresh.open(stage.state)
        assert np.allclose(fresh.trace.tensor("logits"), session.trace.tensor("logits"), atol=1e-5)


async def test_taking_back_takes_what_was_queued_with_it(gate: Gate) -> None:
    async with opened("toy", generated=[1]) as stage:
        gate.closed = True
        await stage.press("s", "s", "s", workers=False)
        await held_up(stage, gate)
        gate.closed = False
        await stage.press("u", workers=False)
        gate.open.set()
        await stage.settle()
        assert stage.state.generated == ()


FAULT = "b\x1b[31mo\x9bom\u202e [/x] [b\nTraceback (most recent call last)"


@pytest.mark.parametrize("error", [RuntimeError(FAULT), InputError(FAULT), MemoryError()])
async def test_a_fault_is_one_line_and_nothing_changes(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("toy", at="blocks.0.softmax") as stage:
        before = stage.session.ready

        def broken(*args: Any) -> Any:
            raise error

        monkeypatch.setattr(stage.session, "compute", broken)
        await stage.press("s")
        assert stage.session.ready is before
        assert stage.message
        assert "\n" not in stage.message
        assert "\x1b" not in stage.text
        last = stage.lines()[-1]
        assert "✗" in last
        monkeypatch.undo()
        await stage.press("space")
        assert not stage.message
        await stage.press("s")
        assert len(stage.state.generated) == 1


@pytest.mark.parametrize("error", [RuntimeError(FAULT), InputError(FAULT)])
async def test_a_model_that_cannot_be_opened_ends_the_app_with_one_line(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def loader(name: str) -> LoadedModel:
        raise error

    for name in ("toy", "tested"):
        state = replace(start_state(load_model("toy")), model=name)
        app = WatchedApp(Session(loader), state)
        async with app.run_test() as pilot:
            await asyncio.gather(*[w.wait() for w in app.workers], return_exceptions=True)
            await pilot.pause()
        assert app.return_code == 2
        said = capsys.readouterr().err
        assert said.startswith("tuitf: ")
        assert "[/x]" in said
        assert not set(said) & set("\x1b\x9b\u202e")


async def test_a_loader_that_takes_its_time_leaves_the_screen_usable() -> None:
    entered, go = Event(), Event()

    def loader(name: str) -> LoadedModel:
        entered.set()
        assert go.wait(60)
        return modern()

    async with opened(modern(), loader=loader) as stage:
        await asyncio.to_thread(entered.wait, 30)
        assert not stage.session.is_open
        every = "space backspace g G [ ] , . { } enter i R s u r ctrl+z - = y o e tab"
        await stage.press(*every.split(), workers=False)
        await stage.resize(80, 24, workers=False)
        go.set()
        await stage.settle()
        assert stage.session.is_open
        assert stage.session.text == "the cat sat on the mat" or stage.state.generated


def broken_model() -> LoadedModel:
    """A model with NaN and infinity among its weights."""
    config = tiny(d_vocab=len(WORDS), n_ctx=8)
    weights = dense_weights(config, seed=5)
    weights.W_E[WORDS.index("sat"), 2] = np.nan
    wide = weights.blocks[1].W_in
    assert wide is not None
    wide[0, 1] = np.inf
    return model_of(config, weights, WORDS, "the cat sat on")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("size", [SIZES[0], SIZES[1]], ids=["80x24", "120x40"])
async def test_numbers_that_are_none_can_be_walked_and_are_marked(size: tuple[int, int]) -> None:
    async with opened(broken_model(), size) as stage:
        marked = 0
        for _ in walk(stage.session.model.config):
            for row in (-1, 1):
                await stage.press("{" if row < 0 else "}")
                stage.check_grids()
            for grid in stage.grids():
                assert grid.exhibit is not None
                if np.isnan(grid.exhibit.values).any():
                    words = stage.words_of(grid)
                    assert "NaN" in words or "?" in words
                    marked += 1
            if stage.session.step.writes(stage.session.model.config):
                await stage.press("enter")
                assert isinstance(stage.app.screen, WhyScreen)
                await stage.press("escape", "right", "up")
            await stage.press("space")
        assert marked > 20
        assert "NaN" in stage.text
        await stage.press("s")
        assert "NaN" in stage.message
        assert stage.state.generated == ()
        stage.one(PipelineMap).focus()
        for place in ("tokens", "blocks.1.softmax"):
            stage.walk.jump(place)
            await stage.press("o")
            assert isinstance(stage.app.screen, OverviewScreen)
            assert "NaN" in stage.text
            await stage.press("escape")
