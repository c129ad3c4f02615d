"""The stages that are about a tensor: its values, and its gradient under them."""

from rich.segment import Segment
from textual.app import ComposeResult
from textual.widget import Widget

from tui_transformer.render.lines import Line, columns
from tui_transformer.tui.loop_view import LoopPainted, LoopView
from tui_transformer.tui.panes.loop.base import LoopFormula, LoopPane
from tui_transformer.tui.panes.tensors import lines_of, restyle
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.watching.tensors import is_weight


class OfRow(LoopPainted):
    """Which row the tensor is of, or that it is a weight."""

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        loop, ink = self.loop, self.ink
        if loop is None:
            return []
        inside = loop.look.inside
        if inside is None:
            return [[Segment(" The run is complete: no step follows this moment.", ink.text)]]
        n, count = loop.which_tensor
        line: Line = [Segment(f" {loop.cursor.tensor}", ink.bright)]
        if not is_weight(loop.cursor.tensor):
            line.append(Segment(f"  of row {inside.row} of the batch", ink.muted))
        else:
            line.append(Segment("  a weight", ink.muted))
            if width >= 70:
                line.append(Segment(": its gradient sums over the whole batch", ink.muted))
        return [columns(line, [Segment(f"{n} of {count} ", ink.faint)], width)]


class ValuesPane(LoopPane):
    """The forward pass: any tensor of a row, or any weight."""

    with_gradient = False

    def compose(self) -> ComposeResult:
        """Formula, name, grids."""
        yield LoopFormula(classes="formula")
        yield OfRow(classes="of-row")
        yield Grid(id="loop-values")
        if self.with_gradient:
            yield Grid(id="loop-gradient")

    def draw(self, view: LoopView) -> None:
        """Values above, gradient below, both with the same cell marked."""
        super().draw(view)
        shown = view.pictures
        grids = list(self.query(Grid))
        if shown is None:
            for grid in grids:
                grid.put(None, (0, 0))
            return
        above = self.query_one(LoopFormula).size.height + self.query_one(OfRow).outer_size.height
        room = max(2, self.size.height - above)
        natural = lines_of(shown[0], self.size.width)
        each = room if len(grids) == 1 else min(natural + 1, (room + 1) // 2)
        for grid, exhibit, tag in zip(grids, shown, ("", "∂L/∂"), strict=False):
            restyle(grid, height=each if exhibit is shown[0] else max(1, room - each))
            grid.put(exhibit, view.cell(exhibit), tag)

    def first_focus(self) -> Widget | None:
        """The values, or the gradient where it has the keys already."""
        grids = list(self.query(Grid))
        focused = next((grid for grid in grids if grid.has_focus), None)
        return focused or (grids[0] if grids else None)


class GradientPane(ValuesPane):
    """The backward pass: any tensor with its gradient under it."""

    with_gradient = True
