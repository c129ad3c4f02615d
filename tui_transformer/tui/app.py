"""The app: theme, screens, palette. What it shows is the session's."""

import gc
from collections.abc import Iterable
from os import environ
from typing import TYPE_CHECKING

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.theme import Theme

from tui_transformer.render.ink import DARK, Ink
from tui_transformer.session import Session, SessionState
from tui_transformer.tui.actions import ACTS
from tui_transformer.tui.screens.walk import WalkScreen
from tui_transformer.walkthrough import walk

if TYPE_CHECKING:
    from tui_transformer.models.hub import Downloaded

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
        if not plain:
            self.register_theme(DARK_THEME)
            self.theme = DARK_THEME.name

    def on_ready(self) -> None:
        """What the start has made stays: collecting garbage need not look at it again."""
        gc.freeze()

    def get_default_screen(self) -> Screen[object]:
        """Open on the walk."""
        return WalkScreen(self.session, self._wanted)  # type: ignore[return-value]

    def downloaded(self) -> "Iterable[Downloaded]":
        """The models on this machine that can be opened; looked for on the disk."""
        from tui_transformer.models.hub import downloaded

        return downloaded()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action and every stage, for the palette."""
        walk_screen = next((s for s in self.screen_stack if isinstance(s, WalkScreen)), None)
        if walk_screen is None:
            return
        for act in ACTS:
            if act.id != "palette":
                yield SystemCommand(
                    act.label.capitalize(),
                    f"key {act.shown}",
                    lambda action=act.action: self.call_later(walk_screen.run_action, action),
                )
        if self.session.is_open and self.session.ready.odd is not None:
            yield SystemCommand(
                "Go to the first number that is not finite",
                str(self.session.ready.odd),
                walk_screen.action_odd,
            )
        if self.session.is_open:
            config = self.session.model.config
            for step in walk(config):
                yield SystemCommand(
                    f"Go to {step.heading(config)}",
                    step.name,
                    lambda name=step.name: walk_screen.jump(name),
                )
