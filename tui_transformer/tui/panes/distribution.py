"""The probabilities stage: every candidate from logit to probability, the filters visible."""

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget

from tui_transformer.engine.ops import cross_entropy
from tui_transformer.render.candidates import heading, outcome, rows
from tui_transformer.render.lines import Line, wrap
from tui_transformer.render.numbers import significant
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.panes.base import Formula, Pane
from tui_transformer.tui.view import View


class Ranking(Painted, can_focus=True):
    """All tokens of the vocabulary by logit, scrolled by the arrow keys."""

    BINDINGS = [
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("pageup", "scroll(-10)", "a page up", show=False),
        Binding("pagedown", "scroll(10)", "a page down", show=False),
        Binding("home", "scroll(-1000000)", "first", show=False),
        Binding("end", "scroll(1000000)", "last", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.first = 0

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
        self.first = max(0, min(self.first, len(dist.order) - room))
        last = view.row == view.trace.length - 1
        body = rows(
            dist, view.model, ink, width, room, first=self.first, drawn=view.draw if last else None
        )
        return [title, heading(dist, ink, width), *body, *foot]

    def _loss(self, view: View) -> list[Line]:
        """Cross-entropy against the next token of the text, or the target of a worked example."""
        if view.row + 1 < view.trace.length:
            target = view.trace.ids[view.row + 1]
        elif (
            view.model.card.target
            and view.state.prompt == view.model.card.prompt
            and (not view.state.generated)
        ):
            target = view.model.tokenizer.encode(view.model.card.target)[0]
        else:
            return []
        loss = cross_entropy(view.trace.logits_at(view.row), target)
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

    def action_scroll(self, by: int) -> None:
        """Further down the ranking, or up."""
        self.first = max(0, self.first + by)
        self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        self.action_scroll(1)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        self.action_scroll(-1)
        event.stop()

    def on_focus(self) -> None:
        """Show that the keys are here."""
        self.repaint()

    def on_blur(self) -> None:
        """Show that they are not."""
        self.repaint()


class DistributionPane(Pane):
    """Logits to probabilities."""

    def compose(self) -> ComposeResult:
        """Formula and ranking."""
        yield Formula(classes="formula")
        yield Ranking(classes="fill")

    def first_focus(self) -> Widget:
        """The ranking scrolls."""
        return self.query_one(Ranking)
