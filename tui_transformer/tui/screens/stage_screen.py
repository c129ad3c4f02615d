"""What the walk and the training screen share: sizes, the line of words, who has the keys."""

from typing import Any, ClassVar

from textual import on
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from tui_transformer.session import Session
from tui_transformer.tui.panes.base import AnyPane
from tui_transformer.tui.view import Scales
from tui_transformer.tui.widgets.hint import Hint
from tui_transformer.tui.widgets.text_box import TextBox

SMALLEST = (80, 24)


class StageScreen(Screen[None]):
    """A stage in the middle, a text above it, one line of words below.

    Subclasses put the parts together, a `TextBox`, a `Hint` and `#too-small` among them.

    Args:
        session: what is shown.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (104, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall"), (50, "-high")]
    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # what it touches is enough
    keeps_keys: ClassVar[frozenset[str]] = frozenset({"map"})
    """What keeps the keys when the stage changes, by id."""
    needs_picture: ClassVar = ("app.focus", "help", "why", "weight")
    """How the actions of its own begin that are about what has the keys, or what is shown."""
    scales: Scales
    """The limits of what is shown."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._focus_to_come = False
        self._pane_to_come = False

    @property
    def pane(self) -> AnyPane[Any] | None:
        """The pane in the middle."""
        raise AssertionError(f"{type(self).__name__} does not say which pane it shows")

    @property
    def text_box(self) -> TextBox:
        """The text, shown or edited."""
        return self.query_one(TextBox)

    def close_editor(self) -> None:
        """Show the tokens of the text again."""
        if self.text_box.close():
            self.bring_focus()

    def on_prompt_editor_left(self) -> None:
        """The prompt stays as it was."""
        self.close_editor()

    def say(self, message: str, *, bad: bool = False) -> None:
        """One line at the bottom until the next key."""
        self.query_one(Hint).say(message, bad=bad)

    def before_key(self) -> None:
        """A message has been read by the time of the next key."""
        hint = self.query_one(Hint)
        if hint.message:
            hint.say("")

    @property
    def is_behind(self) -> bool:
        """Whether the picture is not yet that of what was asked for."""
        return False

    @property
    def awaits_text(self) -> bool:
        """Whether another text, or another model, is on its way."""
        return False

    def takes(self, key: str) -> bool:
        """Whether what a key is for is there. Keys of the screen itself need no picture."""
        if self.awaits_text:
            return False
        if self.text_box.is_edited or self.has_class("-tiny"):  # there nothing is drawn
            return True
        if not (self._focus_to_come or self._pane_to_come or self.is_behind):
            return True
        found = self.active_bindings.get(key)
        if found is None or found.node is not self:
            return False
        return not found.binding.action.startswith(self.needs_picture)

    def bring_focus(self) -> None:
        """Give the keys to what the stage is about when that is drawn."""
        if not self._focus_to_come:
            self._focus_to_come = True
            self.call_after_refresh(self._focus_comes)

    def _focus_comes(self) -> None:
        self._focus_to_come = False
        self.focus_pane()
        self._pane_to_come = self.pane is not None and not self.pane.is_drawn

    def focus_pane(self) -> None:
        """Give the keys to what the stage is about, unless the text or a knob has them."""
        if self.text_box.is_edited:
            return
        if self.focused is not None and self.focused.id in self.keeps_keys:
            return
        pane = self.pane
        self.set_focus(pane.first_focus() if pane is not None else None)

    @on(AnyPane.Drawn)
    def _pane_drawn(self) -> None:
        self._pane_to_come = False
        if self.focused is None or not self.focused.display:
            self.bring_focus()

    def on_resize(self) -> None:
        """Say what is needed where the terminal is too small."""
        width, height = self.app.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "-tiny")
