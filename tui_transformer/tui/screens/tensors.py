"""Choose a tensor of the training step by its name."""

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_transformer.engine import ModelConfig
from tui_transformer.tui.widgets.typed import Typed
from tui_transformer.watching.cursor import LoopCursor, choices
from tui_transformer.watching.tensors import is_weight


class Query(Typed):
    """What the name holds; the arrows move in the list."""

    BINDINGS = [
        Binding("down", "turn(1)", "next", show=False),
        Binding("up", "turn(-1)", "before", show=False),
    ]

    def action_turn(self, by: int) -> None:
        """Another line of the list."""
        listed = self.screen.query_one(OptionList)
        if by > 0:
            listed.action_cursor_down()
        else:
            listed.action_cursor_up()


class TensorsScreen(ModalScreen[str]):
    """The tensors that a stage can show; Enter takes one, Escape none."""

    BINDINGS = [Binding("escape", "dismiss", "close", show=False)]

    def __init__(self, cursor: LoopCursor, config: ModelConfig) -> None:
        super().__init__()
        self._names = choices(cursor, config)
        self._at = cursor.tensor

    def compose(self) -> ComposeResult:
        """A line to type in, and the list."""
        with Vertical(classes="box") as box:
            box.border_title = "tensors and weights"
            box.border_subtitle = "Enter shows · Esc closes"
            query = Query(placeholder="a part of the name: W_Q, pattern, blocks.0 …", compact=True)
            query.cursor_blink = False  # nothing ticks when nothing happens
            yield query
            yield OptionList(id="models", compact=True)

    def on_mount(self) -> None:
        """All of them, the one in view under the cursor."""
        self._fill("")
        self.query_one(Query).focus()

    def _fill(self, wanted: str) -> None:
        listed = self.query_one(OptionList)
        listed.clear_options()
        words = wanted.lower().split()
        found = [n for n in self._names if all(word in n.lower() for word in words)]
        listed.add_options(
            Option(Text(f"{name}{'   a weight' if is_weight(name) else ''}"), id=f"t-{n}")
            for n, name in enumerate(self._names) if name in found
        )  # fmt: skip
        if found:
            listed.highlighted = found.index(self._at) if self._at in found else 0

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        if event.option_id is not None:
            self.dismiss(self._names[int(event.option_id.removeprefix("t-"))])
