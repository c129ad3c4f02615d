"""A tensor on screen: a grid with a cursor."""

from textual import events
from textual.binding import Binding
from textual.message import Message

from tui_transformer.render.grid import (
    WHOLE_ZOOMS,
    ZOOMS,
    Columns,
    GridPlan,
    Zoom,
    by_area,
    cell_in_area,
    paint,
    plan,
)
from tui_transformer.render.lines import Line
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.painted import Painted
from tui_transformer.walkthrough import Exhibit

CYCLE: tuple[Zoom, ...] = (*ZOOMS, *WHOLE_ZOOMS)


class Grid(Painted, can_focus=True):
    """One tensor, its cells under the cursor keys and the mouse."""

    BINDINGS = [
        *cursor_bindings(
            {
                "up": ("move(-1, 0)", "cell up"),
                "down": ("move(1, 0)", "cell down"),
                "left": ("move(0, -1)", "cell left"),
                "right": ("move(0, 1)", "cell right"),
                "first": ("edge(0)", "first column"),
                "last": ("edge(1)", "last column"),
                "page_back": ("page(-1)", "a page left or up"),
                "page_on": ("page(1)", "a page right or down"),
            }
        ),
        Binding("z", "zoom", "numbers, cells, dots, the whole", show=False, id="grid.zoom"),
    ]

    class Moved(Message):
        """The cursor is to go to a cell; `row` counts from the first row of the tensor."""

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

    class Zoomed(Message):
        """Cells are drawn in another way, which takes more room or less."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.exhibit: Exhibit | None = None
        self.cell = (0, 0)
        self.tag = ""
        self.least: Columns | None = None
        self.zoom: Zoom = "auto"
        self.where: GridPlan | None = None
        self._hovered: tuple[int, int] | None = None
        self._areas: tuple[Exhibit, GridPlan, Exhibit] | None = None

    def put(
        self,
        exhibit: Exhibit | None,
        cell: tuple[int, int],
        tag: str = "",
        least: Columns | None = None,
    ) -> None:
        """Show a tensor (or nothing) with the cursor at a cell.

        `tag` stands before its name; `least` are the widths that it shares with other grids.
        """
        self.tag = tag
        self.least = least
        if exhibit is None or self.exhibit is None or exhibit.name != self.exhibit.name:
            self.where = None
        self.exhibit = exhibit
        self.cell = cell
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """Title, cells and legend."""
        if self.exhibit is None:
            return []
        self.where = plan(
            self.exhibit, width, height, self.cell, self.ink, self.zoom, self.where, self.least
        )
        return paint(
            self.exhibit,
            self.where,
            self.ink,
            self.cell,
            focused=self.has_focus,
            tag=self.tag,
            areas=self._by_area(self.exhibit, self.where) if self.where.whole else None,
        )

    def _by_area(self, exhibit: Exhibit, where: GridPlan) -> Exhibit:
        """The areas of what is shown; taken together once, however often they are drawn."""
        if self._areas is None or self._areas[0] is not exhibit or self._areas[1] != where:
            self._areas = (exhibit, where, by_area(exhibit, where))
        return self._areas[2]

    def on_focus(self) -> None:
        """The cursor is here now."""
        on_its_way_out = not all(getattr(node, "display", True) for node in self.ancestors)
        if self.exhibit is not None and not on_its_way_out:
            self._send(*self.cell)

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor, at most to the edge; by areas where the whole tensor is drawn."""
        where, shown = self.where, self.exhibit
        if where is None or shown is None or not where.whole:
            self._go(self.cell[0] + rows, self.cell[1] + columns)
            return
        down, across = where.area_of(*self.cell)
        to = (
            max(0, min(down + rows, where.rows - 1)),
            max(0, min(across + columns, where.shown - 1)),
        )
        if to != (down, across):
            self._go(*cell_in_area(shown, where, *to))

    def action_edge(self, end: int) -> None:
        """To the first or the last column."""
        if self.exhibit is not None:
            self._go(self.cell[0], (self.exhibit.values.shape[1] - 1) * end)

    def action_page(self, by: int) -> None:
        """A screenful on: down where rows are hidden, else across."""
        if self.where is None or self.exhibit is None:
            return
        if self.where.whole:
            self.action_move(by * 10 if self.where.rows > 10 else 0, by * 10)
        elif self.where.rows < self.exhibit.values.shape[0]:
            self._go(self.cell[0] + by * self.where.rows, self.cell[1])
        else:
            self._go(self.cell[0], self.cell[1] + by * self.where.shown)

    def action_zoom(self) -> None:
        """The next way to draw the cells."""
        self.zoom = CYCLE[(CYCLE.index(self.zoom) + 1) % len(CYCLE)]
        self.where = None  # so that the cursor comes to the middle
        self.repaint()
        self.post_message(self.Zoomed())

    def _go(self, row: int, column: int) -> None:
        if self.exhibit is None:
            return
        first, rows = self.exhibit.first, self.exhibit.shape[-2]
        columns = self.exhibit.values.shape[1]
        to = (max(-first, min(row, rows - 1 - first)), max(0, min(column, columns - 1)))
        if to != self.cell:
            self._send(*to)

    def _send(self, row: int, column: int) -> None:
        """Ask for the cursor to go to a cell of what is shown."""
        if self.exhibit is not None:
            self.post_message(self.Moved(self.exhibit, row + self.exhibit.first, column))

    def _under(self, event: events.MouseEvent) -> tuple[int, int] | None:
        """The cell at the mouse; of an area the one that stands for it."""
        if self.where is None or self.exhibit is None:
            return None
        cell = self.where.cell_at(event.x, event.y)
        if cell is None or not self.where.whole:
            return cell
        return cell_in_area(self.exhibit, self.where, *self.where.area_of(*cell))

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to the cell that is clicked."""
        cell = self._under(event)
        if cell is not None:
            self._send(*cell)

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
