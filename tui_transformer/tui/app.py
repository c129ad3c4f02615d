"""The app: theme, screens, palette. What it shows is the session's."""

import gc
import signal
from collections.abc import Iterable
from os import environ
from time import monotonic
from typing import TYPE_CHECKING

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.theme import Theme

from tui_transformer.errors import TuitfError
from tui_transformer.render.ink import DARK, Ink
from tui_transformer.session import Session, SessionState
from tui_transformer.tokenizers import visible
from tui_transformer.tui.actions import ACTS
from tui_transformer.tui.screens.walk import WalkScreen
from tui_transformer.walkthrough import walk

if TYPE_CHECKING:
    from tui_transformer.models.hub import Downloaded
    from tui_transformer.watching import WatchedRun

DARK_THEME = Theme(
    name="tuitf-dark",
    primary=DARK.accent,
    secondary=DARK.roles["stream"],
    accent=DARK.accent,
    foreground=DARK.text,
    background=DARK.background,
    surface=DARK.panel,
    panel=DARK.raised,
    success=DARK.good,
    warning=DARK.accent,
    error=DARK.bad,
    dark=True,
    variables={
        "border": DARK.line,
        "border-blurred": DARK.line,
        "footer-background": DARK.panel,
        "block-cursor-background": DARK.accent,
        "block-cursor-foreground": DARK.background,
        "input-cursor-background": DARK.accent,
        "scrollbar": DARK.line,
        "scrollbar-background": DARK.panel,
    },
)


class TuitfApp(App[None]):
    """Watch a transformer think.

    Args:
        session: the state; everything that is shown follows from it.
        wanted: what to open on.
    """

    TITLE = "tuitf"
    CSS_PATH = "tuitf.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, session: Session, wanted: SessionState) -> None:
        plain = "NO_COLOR" in environ
        super().__init__(ansi_color=True if plain else None)
        self.ink = Ink(colour=not plain)
        self.session = session
        self._wanted = wanted
        self._watched: dict[str, WatchedRun] = {}
        if not plain:
            self.register_theme(DARK_THEME)
            self.theme = DARK_THEME.name

    def on_ready(self) -> None:
        """What the start has made stays: collecting garbage need not look at it again."""
        gc.freeze()

    def get_default_screen(self) -> Screen[object]:
        """Open on the walk."""
        return WalkScreen(self.session, self._wanted)  # type: ignore[return-value]

    def clock(self) -> float:
        """Seconds of the clock that long work is paced by; may be asked from any thread."""
        return monotonic()

    def downloaded(self) -> "Iterable[Downloaded]":
        """The models on this machine that can be opened; looked for on the disk."""
        from tui_transformer.models.hub import downloaded

        return downloaded()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action and every stage, for the palette."""
        own = getattr(screen, "palette", None)
        if own is not None:
            yield from own()
            return
        walks = [s for s in self.screen_stack if isinstance(s, WalkScreen)]
        if not walks:
            return
        walk_screen = walks[-1]
        session = walk_screen.session
        for act in ACTS:
            if act.id != "palette":
                yield SystemCommand(
                    act.label.capitalize(),
                    f"key {act.shown}",
                    lambda action=act.action: self.call_later(walk_screen.run_action, action),
                )
        if session.is_open and session.ready.odd is not None:
            yield SystemCommand(
                "Go to the first number that is not finite",
                str(session.ready.odd),
                walk_screen.action_odd,
            )
        if session.is_open:
            config = session.model.config
            for step in walk(config):
                yield SystemCommand(
                    f"Go to {step.heading(config)}",
                    step.name,
                    lambda name=step.name: walk_screen.jump(name),
                )

    def action_train(self) -> None:
        """Open the training screen on the recipe of the model in view, or go back to it."""
        walk_screen = self.screen
        if not isinstance(walk_screen, WalkScreen) or not walk_screen.session.is_open:
            return
        from tui_transformer.tui.screens.training import TrainingScreen
        from tui_transformer.watching import Attended, WatchedRun
        from tui_transformer.watching.attended import cores
        from tui_transformer.watching.opening import run_of

        model = walk_screen.session.model
        known = self._watched.get(model.card.name)
        if known is None:
            try:
                known = WatchedRun(Attended(run_of(model, cores())), model.card.name)
            except TuitfError as error:
                walk_screen.say(visible(str(error)), bad=True)
                return
            self._watched[model.card.name] = known
        prompt = walk_screen.session.state.prompt
        self.push_screen(TrainingScreen(known, prompt, alone=False), self._trained)

    def _trained(self, _: None) -> None:
        """Say that nothing is lost."""
        if isinstance(self.screen, WalkScreen):
            self.screen.say("t goes on with the training; it is kept until tuitf is left")


class TrainingApp(TuitfApp):
    """The app on a run of one's own: nothing but the training screen.

    Args:
        watched: the run.
    """

    def __init__(self, watched: "WatchedRun") -> None:
        super().__init__(Session(), watched.start_state())
        self.watched = watched

    def get_default_screen(self) -> Screen[object]:
        """Open on the training."""
        from tui_transformer.tui.screens.training import TrainingScreen

        return TrainingScreen(self.watched, alone=True)  # type: ignore[return-value]

    def on_mount(self) -> None:
        """Being told to end, or losing the terminal, is leaving: whoever opened this saves."""
        from asyncio import get_running_loop
        from contextlib import suppress

        with suppress(NotImplementedError, RuntimeError, ValueError):  # no signals here
            for name in ("SIGTERM", "SIGHUP"):
                if hasattr(signal, name):
                    get_running_loop().add_signal_handler(getattr(signal, name), self.exit)
