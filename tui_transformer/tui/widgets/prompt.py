"""The prompt, edited in place: its tokens appear while it is typed."""

from functools import lru_cache
from unicodedata import combining

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui_transformer.errors import TuitfError
from tui_transformer.models import LoadedModel
from tui_transformer.render.lines import Line, fit
from tui_transformer.state import PastContext, prompt_ids
from tui_transformer.tokenizers import visible
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.widgets.typed import Typed

LONGEST_PREVIEW = 4_000
HIDDEN = "�"


@lru_cache(maxsize=8)
def stand_ins(text: str) -> str:
    """The text as it may be shown while it is edited: a character for each of its own.

    What `visible` would spell out becomes one sign, so that the cursor keeps its place.
    """
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    cluster = ""  # the last character that was shown as it is, with the marks on it
    for char in text:
        if visible(cluster + char) == cluster + char:
            cluster = cluster + char if combining(char) else char
            out.append(char)
        else:
            shown = visible(char)
            cluster = ""
            out.append(shown if len(shown) == 1 else HIDDEN)
    return "".join(out)


class Preview(Painted):
    """The tokens of what is typed, or what is wrong with it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._line: Line = []

    def put(self, line: Line) -> None:
        """Show a line."""
        self._line = line
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        return [self._line]


class PromptEditor(Vertical):
    """An input with a line of tokens under it. Enter runs the pass, Escape leaves it."""

    class Entered(Message):
        """Run this prompt."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Nothing is to be changed."""

    class Box(Typed):
        """The line that is typed into."""

        BINDINGS = [Binding("escape", "leave", "leave the prompt as it was", show=False)]

        @property
        def _value(self) -> Text:
            """The text as the line shows it."""
            return Text(stand_ins(self.value), no_wrap=True, overflow="ignore", end="")

        def _position_to_cell(self, position: int) -> int:
            """The terminal cell in which a character begins."""
            return cell_len(stand_ins(self.value)[:position])

        def _cell_offset_to_index(self, offset: int) -> int:
            """The character in a terminal cell, or the end."""
            offset += self.scroll_offset.x
            end = 0
            for index, char in enumerate(stand_ins(self.value)):
                end += cell_len(char)
                if offset < end:
                    return index
            return len(self.value)

        def action_leave(self) -> None:
            """Back to the walk."""
            self.post_message(PromptEditor.Left())

        def _on_paste(self, event: events.Paste) -> None:
            """All lines of a paste, breaks as spaces; the stock input takes only the first."""
            text = " ".join(event.text.splitlines())
            start, end = self.selection
            self.replace(text, min(start, end), max(start, end))
            event.stop()
            event.prevent_default()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._model: LoadedModel | None = None
        self._past_context: PastContext = "stop"

    def compose(self) -> ComposeResult:
        """Input and preview."""
        box = self.Box(placeholder="type a prompt", compact=True, select_on_focus=False)
        box.cursor_blink = False  # nothing ticks when nothing happens
        yield box
        yield Preview(id="preview")

    def open(self, model: LoadedModel, text: str, past_context: PastContext = "stop") -> None:
        """Start to edit."""
        self._model = model
        self._past_context = past_context
        box = self.query_one(self.Box)
        box.value = text
        box.cursor_position = len(text)
        self.screen.set_focus(box)  # at once: the next key of a burst is for the box
        self._preview(text)

    def complain(self, reason: str) -> None:
        """Say why it cannot be run; what was typed stays."""
        ink = self.query_one(Preview).ink
        self.query_one(Preview).put([Segment(" ✗ ", ink.bad), Segment(reason, ink.text)])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._preview(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered(event.value))

    def _preview(self, text: str) -> None:
        model, preview = self._model, self.query_one(Preview)
        if model is None:
            return
        ink = preview.ink
        if len(text) > LONGEST_PREVIEW:
            note = f" {len(text):,} characters; Enter counts the tokens and runs them"
            preview.put([Segment(note, ink.muted)])
            return
        try:
            ids = prompt_ids(model, text, self._past_context)
        except TuitfError as error:
            preview.put([Segment(" ✗ ", ink.bad), Segment(visible(str(error)), ink.text)])
            return
        line: Line = [Segment(f" {len(ids)} token{'s' * (len(ids) != 1)}  ", ink.muted)]
        for token in ids[:80]:
            line += [Segment(model.labels[token], ink.text), Segment(f" {token}  ", ink.faint)]
        tail = "   Enter runs · Esc leaves"
        width = preview.size.width or self.app.size.width  # before the first layout it has none
        line = [*line, Segment(fit(tail, len(tail)), ink.muted)] if width > 60 else line
        preview.put(line)
