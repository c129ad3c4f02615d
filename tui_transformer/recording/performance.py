"""A tape played on the stage: what it records, what it checks, what it draws."""

import asyncio
import re
from asyncio import sleep
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from tui_transformer.errors import TuitfError
from tui_transformer.models import DEFAULT_MODEL, LoadedModel, load_model
from tui_transformer.recording import statements as t
from tui_transformer.recording.cast import Cast
from tui_transformer.recording.cells import ColourDepth, Picture
from tui_transformer.recording.clock import VirtualLoop, pictures_a_second, textual_time
from tui_transformer.recording.environment import terminal
from tui_transformer.recording.film import Film, Frame
from tui_transformer.recording.grammar import ANYWHERE
from tui_transformer.recording.stage import FRAME, FRAMES, Stage, StageApp
from tui_transformer.sampling import SamplingSettings
from tui_transformer.session import Session, SessionState, prompt_ids, start_state
from tui_transformer.terminal.choose import Chosen
from tui_transformer.terminal.look import FEW_FRAMES, Look
from tui_transformer.tokenizers import visible

SIZE = (120, 40)
TYPING_SPEED = 0.05
WAIT_LIMIT = 15.0


class ExpectationError(t.TapeError):
    """The screen is not what the tape says; `screen` is what it is."""

    def __init__(self, text: str, screen: str) -> None:
        super().__init__(text)
        self.screen = screen


@dataclass(frozen=True, slots=True)
class Recording:
    """What became of a tape: the cast, and the pictures that it is made of.

    `markers` are the pictures at the chapters with their labels, `screenshots` those that the tape
    asks for, by path.
    """

    cast: Cast
    frames: tuple[Frame, ...]
    markers: tuple[tuple[Frame, str], ...]
    screenshots: tuple[tuple[Path, Picture], ...]
    title: str


def outputs_of(tape: list[t.Statement]) -> list[Path]:
    """Where a tape itself says that the recording goes."""
    return [statement.path for statement in tape if isinstance(statement, t.Output)]


def perform(tape: list[t.Statement], instead: Mapping[str, t.Value] | None = None) -> Recording:
    """Run the app as the tape says.

    Args:
        tape: what to do.
        instead: values of settings that count more than what the tape says of them.

    Raises:
        ExpectationError: something that it expects is not on screen.
        TapeError: it asks for what there is not, such as a model; file and line are named.
    """
    performance = _Performance(tape, instead or {})
    loop = VirtualLoop()
    with (
        terminal(colour=performance.colour),
        textual_time(loop),
        pictures_a_second(FEW_FRAMES if performance.low_bandwidth else FRAMES),
        asyncio.Runner(loop_factory=lambda: loop) as runner,
    ):
        return runner.run(performance.run(loop))


class _Performance:
    def __init__(self, tape: list[t.Statement], instead: Mapping[str, t.Value]) -> None:
        self._settings, self._acts = _parted(tape)
        self._instead = instead
        self._speed = self._value("TypingSpeed", TYPING_SPEED)
        self._limit = self._value("WaitTimeout", WAIT_LIMIT)
        self._depth: ColourDepth = self._value("Color", "truecolor")
        self._screenshots: list[tuple[Path, Picture]] = []

    @property
    def colour(self) -> bool:
        """Whether there are colours."""
        return self._depth != "none"

    @property
    def low_bandwidth(self) -> bool:
        """Whether few pictures are drawn."""
        return bool(self._value("LowBandwidth", "off") == "on")

    def _value(self, name: str, default: Any) -> Any:
        if name in self._instead:
            return self._instead[name]
        found = self._settings.get(name)
        return default if found is None else found.value

    async def run(self, loop: VirtualLoop) -> Recording:
        session, wanted = self._opening()
        chosen = Chosen(
            depth=self._depth, theme=self._value("Theme", "dark"),
            glyphs=self._value("Glyphs", "blocks"), cells=self._value("Cells", "digits"),
            low_bandwidth=self.low_bandwidth,
        )  # fmt: skip
        app = StageApp(session, wanted, Look(chosen))
        size = (self._value("Width", SIZE[0]), self._value("Height", SIZE[1]))
        film = Film(self._value("Title", ""), app.colours())
        started = False

        def shot(picture: Picture, now: float) -> None:
            if started:
                film.shoot(picture, now)

        async with app.run_test(size=size, notifications=True):
            stage = Stage(app, loop, self._depth, shot)
            await stage.settle()
            self._check(app, None)
            started = True
            film.shoot(stage.picture(), stage.now)
            for act in self._acts:
                if stage.gone and not isinstance(act, t.Sleep):
                    raise t.TapeError(f"{act.place}: the app has been quit before this line")
                await self._perform(act, stage, film)
                self._check(app, act.place)
            cast = film.cast(stage.now)
        return Recording(
            cast, tuple(film.frames), tuple(film.markers), tuple(self._screenshots), film.title
        )

    def _opening(self) -> tuple[Session, SessionState]:
        """The session that the settings ask for; what is wrong names its line."""
        place = self._place("Model")
        try:
            model = load_model(self._value("Model", DEFAULT_MODEL))
            place = self._place("Temperature", "TopK", "TopP", "MinP")
            sampling = SamplingSettings(
                self._value("Temperature", 1.0), self._value("TopK", 0),
                self._value("TopP", 1.0), self._value("MinP", 0.0),
            )  # fmt: skip
            place = self._place("At", "Model")
            wanted = start_state(
                model, prompt=self._value("Prompt", None), sampling=sampling,
                seed=self._value("Seed", 0), at=self._value("At", None),
            )  # fmt: skip
            place = self._place("Prompt", "Model")
            prompt_ids(model, wanted.prompt)
        except TuitfError as error:
            raise t.TapeError(f"{place}{error}") from None

        def loader(name: str) -> LoadedModel:
            return model if name == model.card.name else load_model(name)

        return Session(loader), wanted

    def _place(self, *names: str) -> str:
        found = next((self._settings[name] for name in names if name in self._settings), None)
        return f"{found.place}: " if found is not None else ""

    def _check(self, app: StageApp, place: t.Place | None) -> None:
        at = f"{place}: " if place is not None else ""
        if app._exception is not None:
            error = app._exception
            app._exception = None
            raise t.TapeError(f"{at}a fault inside tuitf ({type(error).__name__}: {error})")
        if app.return_code:
            raise t.TapeError(f"{at}the app ended with an error")

    async def _perform(self, act: t.Statement, stage: Stage, film: Film) -> None:
        if not isinstance(act, t.Set | t.Press | t.Paste | t.Mouse | t.Sleep):
            await stage.caught_up()
        match act:
            case t.Set(name="TypingSpeed", value=value):
                self._speed = float(value)
            case t.Set(value=value):
                self._limit = float(value)
            case t.Press() | t.Paste() | t.Mouse():
                await self._input(act, stage)
            case t.Sleep(seconds=seconds):
                await sleep(seconds)
            case t.Wait(limit=limit):
                await self._wait(act, self._limit if limit is None else limit, stage)
            case t.Expect():
                _expect(act, stage)
            case t.ExpectState():
                _expect_state(act, stage)
            case t.Marker(label=label):
                film.mark(label, stage.now)
                await sleep(FRAME)  # what comes next comes after it
            case t.Visible(on=True):
                film.show(stage.picture(), stage.now)
            case t.Visible():
                film.hide(stage.now)
            case t.Screenshot(path=path):
                self._screenshots.append((path, stage.picture()))

    async def _input(self, act: t.Press | t.Paste | t.Mouse, stage: Stage) -> None:
        match act:
            case t.Press(keys=keys, speed=speed):
                for key in keys:
                    await self._paced(stage.press(key), stage, speed)
                    if stage.gone:
                        break
            case t.Paste(text=text):
                await self._paced(stage.paste(text), stage, None)
            case t.Mouse(kind=kind, points=points, count=count):
                size = stage.app.size
                for x, y in points:
                    if x >= size.width or y >= size.height:
                        raise t.TapeError(f"{act.place}: {x} {y} lies outside of the screen")
                for _ in range(count):
                    await self._paced(stage.mouse(kind, points), stage, None)
                    if stage.gone:
                        break

    async def _paced(self, doing: Any, stage: Stage, speed: float | None) -> None:
        """Do it and let the rest of the time between two keys pass."""
        until = stage.now + (self._speed if speed is None else speed)
        await doing
        if stage.now < until and not stage.gone:
            await sleep(until - stage.now)

    async def _wait(self, act: t.Wait, limit: float, stage: Stage) -> None:
        until = stage.now + limit
        while not act.pattern.search(stage.picture().text):
            if stage.now >= until or stage.gone:
                raise _missing(act, f"expected {_shown(act.pattern)} within {limit:g} s", stage)
            await sleep(min(2 * FRAME, until - stage.now))


def _shown(pattern: "re.Pattern[str]") -> str:
    return f"/{visible(pattern.pattern)}/ on screen"


def _missing(act: t.Statement, what: str, stage: Stage) -> ExpectationError:
    return ExpectationError(
        f"{act.place}: {what}; the screen is printed above", stage.picture().text
    )


def _expect(act: t.Expect, stage: Stage) -> None:
    if not act.pattern.search(stage.picture().text):
        raise _missing(act, f"expected {_shown(act.pattern)}", stage)


def _expect_state(act: t.ExpectState, stage: Stage) -> None:
    value: Any = stage.app.session.state
    for part in act.name.split("."):
        names = [f.name for f in fields(value)] if is_dataclass(value) else []
        if part not in names:
            there = f"there are {', '.join(names)}" if names else "it has no parts"
            raise t.TapeError(f"{act.place}: the state has no {visible(act.name)!r}; {there}")
        value = getattr(value, part)
    found = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    if found.removesuffix(".0") != act.value.removesuffix(".0"):
        raise ExpectationError(
            f"{act.place}: expected {act.name} to be {visible(act.value)!r}, "
            f"it is {visible(found)!r}",
            stage.picture().text,
        )


def _parted(tape: list[t.Statement]) -> tuple[dict[str, t.Set], list[t.Statement]]:
    """What must be known before the app is opened, and what is done then.

    Raises:
        TapeError: a setting comes too late.
    """
    settings: dict[str, t.Set] = {}
    acts: list[t.Statement] = []
    for statement in tape:
        if isinstance(statement, t.Output):
            continue
        if not acts and isinstance(statement, t.Set):
            settings[statement.name] = statement
        elif isinstance(statement, t.Set) and statement.name not in ANYWHERE:
            what = (
                statement.name if statement.name in {"Model", "Prompt"} else "Set " + statement.name
            )
            raise t.TapeError(
                f"{statement.place}: {what} must stand before the first thing that is done, "
                f"as the app is opened with it"
            )
        else:
            acts.append(statement)
    return settings, acts
