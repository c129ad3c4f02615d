"""The command line that shows what is on screen."""

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_transformer.render.lines import Line, wrap
from tui_transformer.tokenizers import visible
from tui_transformer.tui.painted import Painted


class CommandText(Painted):
    """The command in full."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as it takes."""
        return len(wrap(visible(self._command), max(1, width - 2))) + 3

    def paint(self, width: int, height: int) -> list[Line]:
        """The command and a sentence."""
        text = wrap(visible(self._command), max(1, width - 2))
        return [
            [],
            *[[Segment(f" {line}", self.ink.bright)] for line in text],
            [],
            [Segment(" It was handed to the terminal's clipboard, where that allows it.",
                     self.ink.muted)],
        ]  # fmt: skip


class CommandScreen(ModalScreen[None]):
    """A box with the command."""

    BINDINGS = [
        Binding("escape,q,enter,space", "dismiss", "close", show=False),
        Binding("y", "dismiss", "close", show=False, id="copy"),
        Binding("y", "dismiss", "close", show=False, id="loop.copy"),
    ]

    def __init__(self, command: str) -> None:
        super().__init__()
        self.command = command

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(classes="box") as box:
            box.border_title = "this screen as a command"
            box.border_subtitle = "Esc closes"
            yield CommandText(self.command)
