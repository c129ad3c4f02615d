"""The text on top: its tokens, or the editor while it is edited."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container

from tui_transformer.models import LoadedModel
from tui_transformer.session import SessionState
from tui_transformer.tui.widgets.token_strip import TokenStrip

if TYPE_CHECKING:
    from tui_transformer.tui.widgets.prompt import PromptEditor


class TextBox(Container):
    """Shows one of the two; the editor is made when it is first needed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._editor: PromptEditor | None = None

    def compose(self) -> ComposeResult:
        """The tokens."""
        yield TokenStrip(id="strip")

    @property
    def is_edited(self) -> bool:
        """Whether the editor is open."""
        return self._editor is not None and self._editor.display

    async def edit(self, model: LoadedModel, state: SessionState) -> None:
        """Open the editor on the prompt."""
        if self._editor is None:
            from tui_transformer.tui.widgets.prompt import PromptEditor

            self._editor = PromptEditor(id="prompt")
            await self.mount(self._editor)
        self.query_one(TokenStrip).display = False
        self._editor.display = True
        self._editor.open(model, state.prompt, state.past_context)

    def complain(self, reason: str) -> None:
        """Say in the editor why the prompt cannot be run; what was typed stays."""
        if self._editor is not None:
            self._editor.complain(reason)

    def close(self) -> bool:
        """Show the tokens again; whether the editor was open."""
        was_open = self.is_edited
        if was_open and self._editor is not None:
            self._editor.display = False
            self.query_one(TokenStrip).display = True
            self.screen.set_focus(None)
        return was_open
