"""Stages that are tensors: what came in, what goes out, all heads small where there are heads."""

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from tui_transformer.render.grid import natural_size
from tui_transformer.tui.panes.base import Formula, Pane
from tui_transformer.tui.view import View
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.heads import Heads
from tui_transformer.walkthrough import Exhibit

GRIDS = 5
GAP = 2


class TensorPane(Pane):
    """Up to five grids, laid out for the room there is; what goes out has first claim to it."""

    with_heads = False

    def compose(self) -> ComposeResult:
        """Formula, grids, thumbnails."""
        yield Formula(classes="formula")
        with Container(classes="grids"):
            for _ in range(GRIDS):
                yield Grid()
        if self.with_heads:
            yield Heads(classes="heads")

    @property
    def grids(self) -> list[Grid]:
        """The grids, in the order of the layout."""
        return list(self.query(Grid))

    def show(self, view: View) -> None:
        """Lay the tensors of the step out and draw them."""
        self.query_one(Formula).show(view)
        taken = 0
        if self.with_heads:
            heads = self.query_one(Heads)
            taken = min(heads.lines_needed(view.trace.length), max(3, self.size.height // 3))
            heads.styles.height = taken
            heads.show(view)
        area = self.query_one(".grids")
        above = area.styles.margin.top + self.query_one(Formula).size.height
        height = self.size.height - above - taken
        placed = arrange(view.reads, view.writes, area.size.width, height)
        for grid, (exhibit, x, y, width, rows) in zip(self.grids, placed, strict=False):
            grid.display = True
            grid.styles.offset = (x, y)
            grid.styles.width, grid.styles.height = width, rows
            grid.put(exhibit, view.cell(exhibit))
        for grid in self.grids[len(placed) :]:
            grid.display = False
            grid.put(None, (0, 0))

    def first_focus(self) -> Widget | None:
        """The grid of what goes out."""
        return None

    def grid_of(self, name: str) -> Grid | None:
        """The grid that shows a tensor."""
        for grid in self.grids:
            if grid.display and grid.exhibit is not None and grid.exhibit.name == name:
                return grid
        return None

    def on_resize(self) -> None:
        """Another size, another layout."""
        view = self.query_one(Formula).view
        if view is not None:
            self.call_after_refresh(self.show, view)


class AttentionPane(TensorPane):
    """Scores, mask and softmax: the head in view large, all heads as thumbnails."""

    with_heads = True


Placed = tuple[Exhibit, int, int, int, int]


def arrange(
    reads: tuple[Exhibit, ...], writes: tuple[Exhibit, ...], width: int, height: int
) -> list[Placed]:
    """Where each tensor goes: (exhibit, x, y, width, height).

    All side by side where that fits; else what comes in above what goes out, each row side by
    side; else only what goes out, and the parts of it one under another.
    """
    if width <= 0 or height <= 0:
        return []
    everything = (*reads, *writes)
    if _row_width(everything) <= width and _row_height(everything) <= height:
        return _row(everything, 0, 0, width, height)
    above, below = _row_height(reads), _row_height(writes)
    fits_below = _row_width(writes) <= width
    if reads and _row_width(reads) <= width and fits_below and above + below + 1 <= height:
        return [
            *_row(reads, 0, 0, width, above),
            *_row(writes, 0, above + 1, width, height - above - 1),
        ]
    least = 6
    if reads and height >= 2 * (least + max(len(writes[0].row_labels), 1)) and len(reads) == 1:
        upper = min(height // 2, _row_height(reads) * 3)
        lower = height - upper - 1
        return [*_row(reads, 0, 0, width, upper), *_any(writes, upper + 1, width, lower)]
    return _any(writes or reads, 0, width, height)


def _any(exhibits: tuple[Exhibit, ...], y: int, width: int, height: int) -> list[Placed]:
    """Side by side if the numbers fit, else stacked with the height shared out, else the first."""
    small = tuple(e for e in exhibits if e.column_axis != "one") or exhibits
    if _row_width(exhibits) <= width or len(exhibits) == 1:
        return _row(exhibits, 0, y, width, height)
    if len(small) == 1:
        return _row(small, 0, y, width, height)
    share = height // len(small)
    if share >= len(small[0].row_labels) + 3:
        return [(e, 0, y + n * share, width, share) for n, e in enumerate(small)]
    if width // len(small) >= 22:
        each = width // len(small)
        return [(e, n * each, y, each - 1, height) for n, e in enumerate(small)]
    return _row(small[:1], 0, y, width, height)


def _row_width(exhibits: tuple[Exhibit, ...]) -> int:
    return sum(natural_size(e)[0] for e in exhibits) + GAP * max(0, len(exhibits) - 1)


def _row_height(exhibits: tuple[Exhibit, ...]) -> int:
    return max((natural_size(e)[1] for e in exhibits), default=0)


def _row(exhibits: tuple[Exhibit, ...], x: int, y: int, width: int, height: int) -> list[Placed]:
    """Side by side, each at its own width, the last one with what is left."""
    placed: list[Placed] = []
    for n, shown in enumerate(exhibits):
        own = natural_size(shown)[0] if n < len(exhibits) - 1 else width - x
        placed.append((shown, x, y, max(1, min(own, width - x)), height))
        x += own + GAP
    return placed
