"""What every pane can do."""

from rich.segment import Segment
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from tui_transformer.render.lines import Line, wrap
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.view import View


class Pane(Vertical):
    """The picture of one stage. Subclasses say how they draw a view and what gets the keys."""

    view: View | None = None

    class Drawn(Message):
        """A pane has its parts and shows another step."""

    def show(self, view: View) -> None:
        """Draw another look at the session, at once or when the pane has its parts."""
        self.view = view
        if self.is_mounted and self.size.width:
            self.draw(view)

    def draw(self, view: View) -> None:
        """Hand the view to the parts."""
        for part in self.query(Painted):
            part.show(view)

    def on_resize(self) -> None:
        """Draw what was asked for before there was room, and at another size anew."""
        if self.view is not None:
            self.draw(self.view)
            self.post_message(self.Drawn())

    def first_focus(self) -> Widget | None:
        """The widget that the arrow keys should reach when this pane comes up."""
        return None


class Formula(Painted):
    """The stage's formula with this model's sizes in it."""

    def paint(self, width: int, height: int) -> list[Line]:
        """One line, or two where it is long."""
        if self.view is None:
            return []
        text = self.view.step.stage.formula(self.view.model.config)
        main, _, sizes = text.partition("    ")
        line: Line = [Segment(f" {main}", self.ink.bright)]
        if len(text) + 2 <= width:
            return [[*line, Segment(f"   {sizes}", self.ink.muted)]]
        lines: list[Line] = [
            [Segment(f" {part}", self.ink.bright)] for part in wrap(main, width - 2)
        ]
        return lines if height <= len(lines) or not sizes else [
            *lines, [Segment(f" {sizes}", self.ink.muted)],
        ]  # fmt: skip
