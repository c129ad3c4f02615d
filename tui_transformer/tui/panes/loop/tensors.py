"""The stages that are about a tensor: its values, and its gradient under them."""

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from tui_transformer.render.lines import Line
from tui_transformer.tui.loop_view import LoopPainted, LoopView
from tui_transformer.tui.panes.loop.base import LoopFormula, LoopPane
from tui_transformer.tui.panes.tensors import GAP, lines_of, restyle
from tui_transformer.tui.widgets.grid import Grid

LEAST = 7
"""Lines below which a grid is better off beside the other than above it."""
BESIDE = 60


class Ended(LoopPainted):
    """What stands there where no step follows."""

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        return [[Segment(" The run is complete: no step follows this moment.", self.ink.text)]]


class ValuesPane(LoopPane):
    """The forward pass: any tensor of a row, or any weight."""

    with_gradient = False

    def compose(self) -> ComposeResult:
        """Formula, grids."""
        yield LoopFormula(classes="formula")
        yield Ended(classes="ended")
        with Container(classes="grids"):
            yield Grid(id="loop-values")
            if self.with_gradient:
                yield Grid(id="loop-gradient")

    def draw(self, view: LoopView) -> None:
        """Values above, gradient below, both with the same cell marked; side by side where one
        above the other would leave them a line or two.
        """
        super().draw(view)
        shown = view.pictures
        grids = list(self.query(Grid))
        restyle(self.query_one(Ended), display="block" if shown is None else "none")
        if shown is None:
            for grid in grids:
                grid.put(None, (0, 0))
            return
        width = self.size.width
        height = max(2, self.size.height - self.query_one(LoopFormula).outer_size.height)
        wanted = lines_of(shown[0], width)
        each = min(wanted + (2 * wanted < height), (height + 1) // 2)
        beside = each < min(wanted, LEAST) and width >= BESIDE
        places = [(0, 0, width, height)]
        if len(grids) > 1 and beside:
            half = (width - GAP) // 2
            places = [(0, 0, half, height), (half + GAP, 0, width - half - GAP, height)]
        elif len(grids) > 1:
            places = [(0, 0, width, each), (0, each, width, max(1, height - each))]
        for grid, exhibit, tag, place in zip(grids, shown, ("", "∂L/∂"), places, strict=False):
            x, y, own, lines = place
            restyle(grid, offset=(x, y), width=own, height=lines)
            grid.put(exhibit, view.cell(exhibit), tag)

    def first_focus(self) -> Widget | None:
        """The values, or the gradient where it has the keys already."""
        grids = list(self.query(Grid))
        focused = next((grid for grid in grids if grid.has_focus), None)
        return focused or (grids[0] if grids else None)


class GradientPane(ValuesPane):
    """The backward pass: any tensor with its gradient under it."""

    with_gradient = True
