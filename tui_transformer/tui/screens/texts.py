"""Choose one of the texts that a file holds."""

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui_transformer.render.lines import fit
from tui_transformer.session import Session
from tui_transformer.tokenizers import visible
from tui_transformer.trace import RecordedModel


class TextsScreen(ModalScreen[str]):
    """The texts with what follows each; Enter opens one, Escape keeps the one that is open."""

    BINDINGS = [
        Binding("escape,q", "dismiss", "close", show=False),
        Binding("e", "dismiss", "close", show=False, id="prompt.edit"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        assert isinstance(session.model, RecordedModel)
        self._model = session.model
        self._current = session.state.prompt

    def compose(self) -> ComposeResult:
        """The list, what follows the text under the cursor, and why there are no others."""
        with Vertical(classes="box wide") as box:
            box.border_title = "texts in this file"
            box.border_subtitle = "Enter opens · Esc closes"
            yield OptionList(id="texts", compact=True)
            yield Static(id="continuation")

    def on_mount(self) -> None:
        """A line a text."""
        listed = self.query_one("#texts", OptionList)
        room = max(10, min(92, self.app.size.width - 6) - 36)
        for run in self._model.runs:
            mark = "●" if run.prompt == self._current else " "
            steps = len(run.ids) - run.prompt_length
            tail = f"{run.prompt_length:>5,} tokens {steps:>5,} generated"
            text = f"{mark} {fit(visible(run.prompt), room)} {tail}"
            listed.add_option(Option(Text(text)))
        known = [run.prompt for run in self._model.runs]
        listed.highlighted = known.index(self._current) if self._current in known else 0

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        run = self._model.runs[event.option_index]
        about = (
            f"{visible(run.texts[-1])}\n"
            f"This is a {self._model.origin.line}. Another text takes the model."
        )
        self.query_one("#continuation", Static).update(Text(about))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._model.runs[event.option_index].prompt)
