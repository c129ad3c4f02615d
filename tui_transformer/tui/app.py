"""The app: theme, screens, palette. What it shows is the session's."""

import gc
import signal
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.widgets import Input

from tui_transformer.errors import NotNowError, TuitfError
from tui_transformer.render.ink import Ink
from tui_transformer.render.palettes import THEMES, palette_for
from tui_transformer.render.scale import ASCII_SHADES, DIGITS, SHADES
from tui_transformer.session import Session, SessionState
from tui_transformer.terminal.look import Look, plain_look
from tui_transformer.terminal.settings import ThemeSetting
from tui_transformer.tokenizers import visible
from tui_transformer.tui.actions import ACTS
from tui_transformer.tui.key_order import KeyOrder, Typing
from tui_transformer.tui.keys import Keys
from tui_transformer.tui.output import driver_for
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.screens.stage_screen import StageScreen
from tui_transformer.tui.screens.walk import WalkScreen
from tui_transformer.tui.themes import PREFIX, theme_of
from tui_transformer.walkthrough import walk

if TYPE_CHECKING:
    from tui_transformer.models.hub import Downloaded
    from tui_transformer.watching import WatchedRun


class TuitfApp(App[None]):
    """Watch a transformer think.

    Args:
        session: the state; everything that is shown follows from it.
        wanted: what to open on.
        look: what was chosen for this terminal; all that it can do where left out.
    """

    TITLE = "tuitf"
    CSS_PATH = "tuitf.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, session: Session, wanted: SessionState, look: Look | None = None) -> None:
        self.look = look or plain_look()
        chosen = self.look.chosen
        coloured = chosen.depth != "none"
        super().__init__(
            ansi_color=None if coloured else True,
            driver_class=driver_for(chosen.glyphs == "ascii"),
        )
        self.ink = self._ink(chosen.theme)
        self.session = session
        self._wanted = wanted
        self._watched: dict[str, WatchedRun] = {}
        if chosen.low_bandwidth:
            self.animation_level = "none"
        self.keys = Keys(self.look.keys)
        self.key_order = KeyOrder(self, self._deal, self._takes)
        if self.look.keys:
            self.set_keymap(self.keys.keymap())
        if coloured:
            for name in THEMES:
                self.register_theme(theme_of(name, palette_for(name, chosen.depth)))
            self.theme = PREFIX + chosen.theme

    def _ink(self, theme: ThemeSetting) -> Ink:
        chosen = self.look.chosen
        palette = palette_for(theme, chosen.depth, low_bandwidth=chosen.low_bandwidth)
        blocks = chosen.glyphs == "blocks"
        signs = DIGITS if chosen.cells == "digits" else SHADES if blocks else ASCII_SHADES
        return Ink(chosen.depth != "none", palette, blocks=blocks, signs=signs)

    def watch_theme(self, theme: str) -> None:
        """Draw with the colours of the theme, if it is one of ours."""
        name = next((name for name in THEMES if PREFIX + name == theme), None)
        if name is not None and self.is_running:
            self.ink = self._ink(name)
            for screen in self.screen_stack:
                for part in screen.query(Painted):
                    part.repaint(all_of_it=True)

    async def on_event(self, event: events.Event) -> None:
        """Take keys and pastes in their order."""
        if isinstance(event, Typing) and not event.is_forwarded and self.screen_stack:
            await self.key_order.take(event)
        else:
            await super().on_event(event)

    def _takes(self, event: Typing) -> bool:
        """Whether what a key is for is there; the picture of the one before may be to come."""
        if not self.screen_stack or not self.screen.is_mounted:
            return not self.screen_stack
        key = event.key if isinstance(event, events.Key) else ""
        return not isinstance(self.screen, StageScreen) or self.screen.takes(key)

    async def _deal(self, event: Typing) -> None:
        """Do at once what a key says, unless a line to type in has the keys.

        Textual sends a key to what has focus and up again through every widget around it before it
        asks for its binding. The next keys of a burst would meanwhile go where focus was: the text
        that is typed right after `e` would be taken for commands.
        """
        if isinstance(event, events.Key) and self.screen_stack:
            screen = self.screen
            if not isinstance(screen.focused, Input):
                before = getattr(screen, "before_key", None)
                if before is not None:
                    before()
                found = screen.active_bindings.get(event.key)
                if (
                    found is not None
                    and found.enabled
                    and await self.run_action(found.binding.action, found.node)
                ):
                    return
        await super().on_event(event)

    def on_ready(self) -> None:
        """Say what is drawn otherwise than one might expect, and why.

        What the start has made stays: collecting garbage need not look at it again.
        """
        gc.freeze()
        if self.look.said and isinstance(self.screen, WalkScreen):
            self.screen.say(self.look.said)
        self.app_resume_signal.subscribe(self, self._draw_again)

    def _draw_again(self, _: object) -> None:
        """After a stop by the shell the terminal shows what others have written."""
        self.refresh(layout=True)

    def get_default_screen(self) -> Screen[object]:
        """Open on the walk."""
        return WalkScreen(self.session, self._wanted)  # type: ignore[return-value]

    def words_of(self, error: TuitfError) -> str:
        """What an error says, with the keys that mend it."""
        if not isinstance(error, NotNowError):
            return visible(str(error))
        ways = (f"{self.keys.shown(action)} {does}" for action, does in error.ways)
        return visible(f"{error.cause}: {', '.join(ways)}")

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
                    f"key {self.keys.shown(act.id)}",
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
                walk_screen.say(self.words_of(error), bad=True)
                return
            self._watched[model.card.name] = known
        prompt = walk_screen.session.state.prompt
        self.push_screen(TrainingScreen(known, prompt, alone=False), self._trained)

    def _trained(self, _: None) -> None:
        """Say that nothing is lost."""
        if isinstance(self.screen, WalkScreen):
            key = self.keys.shown("train")
            self.screen.say(f"{key} goes on with the training; it is kept until tuitf is left")


class TrainingApp(TuitfApp):
    """The app on a run of one's own: nothing but the training screen.

    Args:
        watched: the run.
    """

    def __init__(self, watched: "WatchedRun", look: Look | None = None) -> None:
        super().__init__(Session(), watched.start_state(), look)
        self.watched = watched

    def get_default_screen(self) -> Screen[object]:
        """Open on the training."""
        from tui_transformer.tui.screens.training import TrainingScreen

        return TrainingScreen(self.watched, alone=True)  # type: ignore[return-value]

    def on_mount(self) -> None:
        """Being told to end, or losing the terminal, is leaving: whoever opened this saves."""
        from asyncio import get_running_loop
        from contextlib import suppress

        # Windows has no such handlers, and no thread but the main one can have them
        with suppress(NotImplementedError, RuntimeError):
            for name in ("SIGTERM", "SIGHUP"):
                if hasattr(signal, name):
                    get_running_loop().add_signal_handler(getattr(signal, name), self.exit)
