"""One line to find a token in the distribution: type its text or its id, Enter jumps."""

from rich.segment import Segment
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input
from textual.worker import get_current_worker

from tui_transformer.render.lines import Line
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.view import View
from tui_transformer.tui.widgets.typed import Typed
from tui_transformer.walkthrough import find_tokens


class Found(Painted):
    """How many tokens fit, and which of them this is."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""

    def put(self, text: str) -> None:
        """Say something else."""
        self._text = text
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        return [[Segment(self._text, self.ink.muted)]]


class Finder(Horizontal):
    """There while a token is looked for; Escape ends that."""

    class Picked(Message):
        """Go to a token of the vocabulary."""

        def __init__(self, token: int) -> None:
            super().__init__()
            self.token = token

    class Closed(Message):
        """The keys go back to the ranking."""

    class Box(Typed):
        """The line that is typed into."""

        BINDINGS = [
            Binding("escape", "close", "back to the ranking", show=False),
            Binding("down", "turn(1)", "the next match", show=False),
            Binding("up", "turn(-1)", "the match before", show=False),
        ]

        def action_close(self) -> None:
            """End the search."""
            finder = self.parent
            assert isinstance(finder, Finder)
            finder.close()

        def action_turn(self, by: int) -> None:
            """Another match."""
            finder = self.parent
            assert isinstance(finder, Finder)
            finder.turn(by)

    def __init__(self, view: View) -> None:
        super().__init__()
        self.is_open = False
        self._view = view
        self._asked = ""
        self._found: tuple[int, ...] = ()
        self._at = 0

    def compose(self) -> ComposeResult:
        """The line and what came of it."""
        yield self.Box(placeholder="a token's text or id", compact=True)
        yield Found()

    def on_mount(self) -> None:
        """Take the keys."""
        self._say("Enter finds · Esc closes")
        self.query_one(self.Box).focus()

    def on_descendant_focus(self) -> None:
        """What is typed comes here now."""
        self.is_open = True

    def close(self) -> None:
        """End the search."""
        self.post_message(self.Closed())

    def show(self, view: View) -> None:
        """Look in another distribution from now on."""
        if view.model is not self._view.model:
            self._asked, self._found = "", ()
        self._view = view

    def turn(self, by: int) -> None:
        """The next match, or the one before; around at the ends."""
        if self._found:
            self._at = (self._at + by) % len(self._found)
            self._go()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if self._view.at_row is None or not event.value:
            return
        if event.value == self._asked:
            self.turn(1)
            return
        self._asked = event.value
        self._say("looking …")
        self._look(event.value, self._view)

    @work(thread=True, exclusive=True, group="find", description="find", exit_on_error=False)
    def _look(self, query: str, view: View) -> None:
        """Go through the vocabulary: every label has to be made for it once."""
        assert view.at_row is not None
        found = find_tokens(query, view.model.labels, view.at_row.order.tolist())
        found = tuple(token for token in found if view.at_row.knows(token))
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._have, query, found)

    def _have(self, query: str, found: tuple[int, ...]) -> None:
        if query == self._asked:
            self._found, self._at = found, 0
            if found:
                self._go()
            else:
                dist = self._view.at_row
                here = dist is None or len(dist.order) == len(dist.logits)
                self._say("no token holds this" if here else "none in this file holds this")

    def _go(self) -> None:
        token = self._found[self._at]
        rank = ""
        if self._view.at_row is not None:
            rank = f" · rank {self._view.at_row.rank(token):,}"
        self._say(f"{self._at + 1:,} of {len(self._found):,}{rank} · id {token}   ↑ ↓ others")
        self.post_message(self.Picked(token))

    def _say(self, text: str) -> None:
        self.query_one(Found).put(text)
