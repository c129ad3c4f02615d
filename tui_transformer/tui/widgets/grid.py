"""A tensor on screen: a grid with a cursor."""

from textual import events
from textual.binding import Binding
from textual.message import Message

from tui_transformer.render.grid import ZOOMS, GridPlan, Zoom, paint, plan
from tui_transformer.render.lines import Line
from tui_transformer.tui.painted import Painted
from tui_transformer.walkthrough import Exhibit


class Grid(Painted, can_focus=True):
    """One tensor, its cells under the cursor keys and the mouse."""

    BINDINGS = [
        Binding("up", "move(-1, 0)", "cell up", show=False, id="cell.up"),
        Binding("down", "move(1, 0)", "cell down", show=False, id="cell.down"),
        Binding("left", "move(0, -1)", "cell left", show=False, id="cell.left"),
        Binding("right", "move(0, 1)", "cell right", show=False, id="cell.right"),
        Binding("home", "edge(0)", "first column", show=False, id="cell.first"),
        Binding("end", "edge(1)", "last column", show=False, id="cell.last"),
        Binding("pageup", "page(-1)", "a page left or up", show=False, id="cell.page_back"),
        Binding("pagedown", "page(1)", "a page right or down", show=False, id="cell.page_on"),
        Binding("z", "zoom", "zoom: numbers, cells, dots", show=False, id="grid.zoom"),
    ]

    class Moved(Message):
        """The cursor is to go to a cell."""

        def __init__(self, exhibit: Exhibit, row: int, column: int) -> None:
            super().__init__()
            self.exhibit = exhibit
            self.row = row
            self.column = column

    class Hovered(Message):
        """The mouse is over a cell, or over none any more."""

        def __init__(self, exhibit: Exhibit | None, row: int = 0, column: int = 0) -> None:
            super().__init__()
            self.exhibit = exhibit
            self.row = row
            self.column = column

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.exhibit: Exhibit | None = None
        self.cell = (0, 0)
        self.tag = ""
        self.zoom: Zoom = "auto"
        self.where: GridPlan | None = None
        self._hovered: tuple[int, int] | None = None

    def put(self, exhibit: Exhibit | None, cell: tuple[int, int], tag: str = "") -> None:
        """Show a tensor (or nothing) with the cursor at a cell; `tag` stands before its name."""
        self.tag = tag
        if exhibit is None or self.exhibit is None or exhibit.name != self.exhibit.name:
            self.where = None
        self.exhibit = exhibit
        self.cell = cell
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """Title, cells and legend."""
        if self.exhibit is None:
            return []
        self.where = plan(self.exhibit, width, height, self.cell, self.ink, self.zoom, self.where)
        return paint(
            self.exhibit, self.where, self.ink, self.cell, focused=self.has_focus, tag=self.tag
        )

    def on_focus(self) -> None:
        """The cursor is here now."""
        self.repaint()
        if self.exhibit is not None:
            self.post_message(self.Moved(self.exhibit, *self.cell))

    def on_blur(self) -> None:
        """The cursor is elsewhere."""
        self.repaint()

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor, at most to the edge."""
        self._go(self.cell[0] + rows, self.cell[1] + columns)

    def action_edge(self, end: int) -> None:
        """To the first or the last column."""
        if self.exhibit is not None:
            self._go(self.cell[0], (self.exhibit.values.shape[1] - 1) * end)

    def action_page(self, by: int) -> None:
        """A screenful on: down where rows are hidden, else across."""
        if self.where is None or self.exhibit is None:
            return
        if self.where.rows < self.exhibit.values.shape[0]:
            self._go(self.cell[0] + by * self.where.rows, self.cell[1])
        else:
            self._go(self.cell[0], self.cell[1] + by * self.where.per_band)

    def action_zoom(self) -> None:
        """The next way to draw the cells."""
        self.zoom = ZOOMS[(ZOOMS.index(self.zoom) + 1) % len(ZOOMS)]
        self.repaint()

    def _go(self, row: int, column: int) -> None:
        if self.exhibit is None:
            return
        rows, columns = self.exhibit.values.shape
        to = (max(0, min(row, rows - 1)), max(0, min(column, columns - 1)))
        if to != self.cell:
            self.post_message(self.Moved(self.exhibit, *to))

    def _under(self, event: events.MouseEvent) -> tuple[int, int] | None:
        return self.where.cell_at(event.x, event.y) if self.where is not None else None

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to the cell that is clicked."""
        cell = self._under(event)
        if cell is not None and self.exhibit is not None:
            self.post_message(self.Moved(self.exhibit, *cell))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell which cell the mouse is over, once a cell."""
        cell = self._under(event)
        if cell != self._hovered:
            self._hovered = cell
            if cell is None or self.exhibit is None:
                self.post_message(self.Hovered(None))
            else:
                self.post_message(self.Hovered(self.exhibit, *cell))

    def on_leave(self) -> None:
        """The mouse is gone."""
        if self._hovered is not None:
            self._hovered = None
            self.post_message(self.Hovered(None))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor down."""
        self.action_move(1, 0)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor up."""
        self.action_move(-1, 0)
        event.stop()
