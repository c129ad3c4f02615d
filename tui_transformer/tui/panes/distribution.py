"""The probabilities stage: every candidate from logit to probability, the filters visible."""

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget

from tui_transformer.render.candidates import heading, outcome, rows
from tui_transformer.render.lines import Line, crop, wrap
from tui_transformer.render.numbers import significant
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.panes.base import Formula, Pane
from tui_transformer.tui.view import View
from tui_transformer.tui.widgets.finder import Finder

HEAD = 2
"""Lines above the first candidate."""


class Ranking(Painted, can_focus=True):
    """All tokens of the vocabulary by logit, scrolled by the arrow keys."""

    BINDINGS = cursor_bindings(
        {
            "up": ("move(-1)", "the token above"),
            "down": ("move(1)", "the token below"),
            "page_back": ("move(-10)", "ten up"),
            "page_on": ("move(10)", "ten down"),
            "first": ("move(-1000000)", "the likeliest"),
            "last": ("move(1000000)", "the least likely"),
        }
    )

    class Picked(Message):
        """The cursor is to go to a token of the vocabulary."""

        def __init__(self, token: int) -> None:
            super().__init__()
            self.token = token

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._first = 0

    @property
    def rank(self) -> int:
        """Where the token under the cursor stands, 0 for the likeliest."""
        if self.view is None or self.view.at_row is None:
            return 0
        token = min(self.view.state.cursor.column, self.view.model.config.d_vocab - 1)
        dist = self.view.at_row
        return dist.rank(token) - 1 if dist.knows(token) else 0

    def paint(self, width: int, height: int) -> list[Line]:
        """Column names, candidates, what the filters leave, the loss where a target is known."""
        view, ink = self.view, self.ink
        if view is None:
            return []
        dist = view.at_row
        if dist is None:
            return [[Segment(f" {part}", ink.bad)] for part in wrap(view.trouble, width - 2)]
        after = view.tokens[view.row]
        title: Line = [
            Segment("▸ " if self.has_focus else "  ", ink.accent),
            Segment("what comes after ", ink.muted),
            Segment(after, ink.accent),
            Segment(f"   position {view.row}", ink.muted),
        ]
        foot: list[Line] = [[Segment(f" {outcome(dist, view.model.config.d_vocab)}", ink.muted)]]
        foot += self._loss(view)
        room = max(1, height - 2 - len(foot))
        rank = self.rank
        self._first = min(max(self._first, rank - room + 1), rank, max(0, len(dist.order) - room))
        last = view.row == view.trace.length - 1
        drawn = view.draw if last else None
        body = rows(dist, view.model, ink, width, room, first=self._first, drawn=drawn)
        at = rank - self._first
        body[at] = [
            Segment(s.text, (s.style or Style.null()) + ink.row) for s in crop(body[at], width)
        ]
        return [title, heading(dist, ink, width), *body, *foot]

    def _loss(self, view: View) -> list[Line]:
        """Cross-entropy against the next token of the text, or the target of a worked example."""
        ids = view.trace.ids
        target = ids[view.row + 1] if view.row + 1 < len(ids) else view.model.target_after(ids)
        if target is None:
            return []
        loss = view.trace.loss_at(view.row, target)
        label = view.model.labels[target]
        return [
            [
                Segment(" loss against ", self.ink.muted),
                Segment(label, self.ink.bright),
                Segment(" = −ln p = ", self.ink.muted),
                Segment(significant(loss, 4), self.ink.bright),
                Segment("   (T 1, no filter)", self.ink.faint),
            ]
        ]

    def action_move(self, by: int) -> None:
        """Another token, further down the ranking or up."""
        if self.view is not None and self.view.at_row is not None:
            order = self.view.at_row.order
            rank = max(0, min(self.rank + by, len(order) - 1))
            self.post_message(self.Picked(int(order[rank])))

    def on_click(self, event: events.Click) -> None:
        """The token that is clicked."""
        if self.view is not None and self.view.at_row is not None and event.y >= HEAD:
            rank = self._first + event.y - HEAD
            if rank < len(self.view.at_row.order):
                self.post_message(self.Picked(int(self.view.at_row.order[rank])))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        self.action_move(1)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        self.action_move(-1)
        event.stop()


class DistributionPane(Pane):
    """Logits to probabilities."""

    def compose(self) -> ComposeResult:
        """Formula and ranking."""
        yield Formula(classes="formula")
        yield Ranking(classes="fill")

    def draw(self, view: View) -> None:
        """Hand the view to the parts."""
        super().draw(view)
        for finder in self.query(Finder):
            finder.show(view)

    def first_focus(self) -> Widget | None:
        """The line that finds a token, where it is open (it takes the keys itself when it has come
        up); else the ranking, which scrolls.
        """
        if self.query(Finder):
            return next(iter(self.query(Finder.Box)), None)
        return next(iter(self.query(Ranking)), None)

    def find(self) -> bool:
        """Open the line that finds a token; whether this pane is ready for it."""
        if self.view is None or not self.query(Ranking):
            return False
        if not self.query(Finder):
            self.mount(Finder(self.view))
        return True

    @on(Finder.Picked)
    def _picked(self, message: Finder.Picked) -> None:
        message.stop()
        self.post_message(Ranking.Picked(message.token))

    @on(Finder.Closed)
    def _left(self, message: Finder.Closed) -> None:
        message.stop()
        self.query(Finder).remove()
        self.query_one(Ranking).focus()
