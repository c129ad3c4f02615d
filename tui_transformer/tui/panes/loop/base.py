"""What the panes of the training screen share."""

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget

from tui_transformer.render.lines import Line
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.loop_view import LoopPainted, LoopView
from tui_transformer.tui.panes.base import AnyPane, formula_lines


class BatchMoved(Message):
    """The cursor is to go to a row and a position of the batch."""

    def __init__(self, row: int, position: int) -> None:
        super().__init__()
        self.row = row
        self.position = position


class LoopPane(AnyPane[LoopView]):
    """The picture of a stage of training."""

    def draw(self, view: LoopView) -> None:
        """Hand the view to the parts."""
        for part in self.query(LoopPainted):
            part.put(view)


class LoopFormula(LoopPainted):
    """The stage's formula with this run's sizes in it."""

    def paint(self, width: int, height: int) -> list[Line]:
        """One line, or two where it is long."""
        if self.loop is None:
            return []
        return formula_lines(self.loop.stage.formula(self.loop.facts), width, height, self.ink)


class PartPane(LoopPane):
    """A formula, and one part that takes the rest of the room and the focus."""

    part: ClassVar[type[LoopPainted]]

    def compose(self) -> ComposeResult:
        """Formula and part."""
        yield LoopFormula(classes="formula")
        yield self.part(classes="fill")

    def first_focus(self) -> Widget | None:
        """The part."""
        return next(iter(self.query(self.part)), None)


class BatchLines(LoopPainted, can_focus=True):
    """Something drawn of the batch, with a cursor at a position of one of its rows."""

    BINDINGS = cursor_bindings(
        {
            "left": ("move(0, -1)", "position before"),
            "right": ("move(0, 1)", "next position"),
            "up": ("move(-1, 0)", "row before"),
            "down": ("move(1, 0)", "next row"),
            "page_back": ("move(-10, 0)", "ten rows back"),
            "page_on": ("move(10, 0)", "ten rows on"),
            "first": ("move(0, -1000000)", "first position"),
            "last": ("move(0, 1000000)", "last position"),
        }
    )

    def place_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The row and position that are drawn at a place."""
        return None

    def action_move(self, rows: int, positions: int) -> None:
        """Move the cursor, at most to the edges."""
        loop = self.loop
        if loop is None or loop.look.inside is None:
            return
        last_row, last = (size - 1 for size in loop.look.inside.batch.inputs.shape)
        row = max(0, min(loop.row + rows, last_row))
        position = max(0, min(loop.position + positions, last))
        self.post_message(BatchMoved(row, position))

    def on_click(self, event: events.Click) -> None:
        """The position that is clicked."""
        place = self.place_at(event.x, event.y)
        if place is not None:
            self.post_message(BatchMoved(*place))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel goes through the rows."""
        self.action_move(1, 0)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel goes through the rows."""
        self.action_move(-1, 0)
        event.stop()

    def complete(self) -> list[Line]:
        """What stands there where no step follows."""
        return [
            [],
            [Segment(" The run is complete: no step follows this moment.", self.ink.text)],
            [Segment(f" {self.key('moment.back')}", self.ink.accent),
             Segment(" goes back to the moments before.", self.ink.muted)],
        ]  # fmt: skip
