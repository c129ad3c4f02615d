"""What is picked in the panes of the forward pass moves its cursor."""

from dataclasses import replace

from textual import on

from tui_transformer.tui.panes import Ranking
from tui_transformer.tui.screens.stage_screen import StageScreen
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.heads import Heads
from tui_transformer.tui.widgets.inspector import Inspector
from tui_transformer.tui.widgets.token_strip import TokenStrip
from tui_transformer.walkthrough import Cursor, Exhibit, at_cell, at_token


class Pointing(StageScreen):
    """Heads, tokens, candidates and cells that are picked become the session's cursor.

    Mixed in before the class that draws; that one and the subclass have what is left open here.
    """

    def point(self, cursor: Cursor) -> None:
        """Move the cursor of the forward pass and draw what that changes."""
        raise AssertionError(f"{type(self).__name__} does not say how its cursor moves")

    def redraw(self) -> None:
        """Draw all of it again."""
        raise AssertionError(f"{type(self).__name__} does not say how it draws")

    def point_at_cell(self, shown: Exhibit, row: int, column: int) -> None:
        """Move the cursor to a cell of a tensor that the step in view shows."""
        config, length = self.session.model.config, self.session.trace.length
        names = self.session.step.shows(config)
        if shown.name not in names:  # its pane is on the way out
            return
        cursor = at_cell(self.session.cursor, shown, row, column, names, length)
        if cursor != self.session.cursor:
            self.point(cursor)

    def point_at_token(self, token: int) -> None:
        """Focus another token, held inside the text."""
        self.point(at_token(self.session.cursor, token, self.session.trace.length))

    def action_rescale(self) -> None:
        """Take every scale anew."""
        self.scales.clear()
        self.redraw()
        self.say("the colours fit what is shown now")

    def hovered(self, shown: Exhibit | None, row: int, column: int) -> None:
        """Show the number under the mouse."""
        self.query_one(Inspector).hover(shown, row, column)

    @on(Grid.Hovered)
    def _cell_hovered(self, message: Grid.Hovered) -> None:
        self.hovered(message.exhibit, message.row, message.column)

    @on(Heads.Picked)
    def _head_picked(self, message: Heads.Picked) -> None:
        self.point(replace(self.session.cursor, head=message.head))

    @on(Ranking.Picked)
    def _candidate_picked(self, message: Ranking.Picked) -> None:
        self.point(replace(self.session.cursor, column=message.token))

    @on(TokenStrip.Picked)
    def _token_picked(self, message: TokenStrip.Picked) -> None:
        self.point_at_token(message.token)
