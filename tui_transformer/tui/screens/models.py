"""Choose a model."""

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui_transformer.models import entries
from tui_transformer.render.lines import fit
from tui_transformer.render.numbers import compact
from tui_transformer.tokenizers import visible


class ModelsScreen(ModalScreen[str]):
    """The models at hand with their sizes; Enter opens one, Escape keeps the one that is open."""

    BINDINGS = [Binding("escape,m,q", "dismiss", "close", show=False)]

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    def compose(self) -> ComposeResult:
        """The list, and what is known about the one under the cursor."""
        room = min(40, self.app.size.width - 50)
        options = [
            Option(
                Text(
                    f"{'●' if e.card.name == self._current else ' '} "
                    f"{fit(visible(e.card.display_name), 17)} {fit(visible(e.card.summary), room)} "
                    f"{compact(e.parameters):>7} parameters"
                ),
                id=e.card.name,
            )
            for e in entries()
        ]
        with Vertical(classes="box wide") as box:
            box.border_title = "models"
            box.border_subtitle = "Enter opens · Esc closes"
            yield OptionList(*options, id="models", compact=True)
            yield Static(id="card")

    def on_mount(self) -> None:
        """Start on the model that is open."""
        names = [e.card.name for e in entries()]
        if self._current in names:
            self.query_one(OptionList).highlighted = names.index(self._current)

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        card = next(e.card for e in entries() if e.card.name == event.option_id)
        self.query_one("#card", Static).update(Text(visible(card.description)))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)
