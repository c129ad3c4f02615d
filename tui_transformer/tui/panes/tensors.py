"""Stages that are tensors: what came in, what goes out, all heads small where there are heads."""

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from tui_transformer.render.grid import Columns, columns_of, natural_size
from tui_transformer.render.grid_plan import HEAD_LINES, LEGEND_LINES, plan
from tui_transformer.tui.panes.base import Formula, Pane
from tui_transformer.tui.view import View
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.heads import Heads
from tui_transformer.walkthrough import Exhibit

GRIDS = 12
TRIO = ("attn_scores", "masked_scores", "pattern")
GAP = 2
LEAST_ROWS = 4
LEAST_WIDTH = 34
"""What title and legend of a grid take, where it could be narrower."""
CELL = 2
"""The width of a cell that is a colour, or a digit and its sign."""


def restyle(widget: Widget, **wanted: object) -> None:
    """Set styles that differ: setting one lays the screen out again, the same value too."""
    before: dict[str, object] = getattr(widget, "_styled", {})
    for name, value in wanted.items():
        if before.get(name) != value:
            setattr(widget.styles, name, value)
    widget._styled = before | wanted  # type: ignore[attr-defined]


class TensorPane(Pane):
    """A few grids, laid out for the room there is; what goes out has first claim to it."""

    with_heads = False

    def compose(self) -> ComposeResult:
        """Formula, grids, thumbnails."""
        yield Formula(classes="formula")
        with Container(classes="grids"):
            yield Grid()
        if self.with_heads:
            yield Heads(classes="heads")

    @property
    def grids(self) -> list[Grid]:
        """The grids, in the order of the layout."""
        return list(self.query(Grid))

    def draw(self, view: View) -> None:
        """Lay the tensors of the step out and draw them."""
        self.query_one(Formula).show(view)
        taken = 0
        if self.with_heads:
            heads = self.query_one(Heads)
            grids = _height(_rows((*view.reads, *view.writes), self.size.width), self.size.width)
            room = max(3, self.size.height - grids - 4)
            small = heads.lines_needed(view.trace.length, min(room, self.size.height // 2))
            taken = small + heads.styles.margin.top
        area = self.query_one(".grids")
        above = area.styles.margin.top + self.query_one(Formula).size.height
        height = self.size.height - above - taken
        placed = self.layout_of(view, self.size.width, height)
        tags = dict.fromkeys(view.step.reads(view.model.config), "in")
        tags |= dict.fromkeys(view.step.writes(view.model.config), "out")
        missing = len(placed) - len(self.grids)
        if missing > 0:
            area.mount(*(Grid() for _ in range(missing)))
            self.post_message(self.Drawn())
        shared = in_line(placed)
        end = height
        if self.with_heads:  # they get what the grids leave
            drawn = self._drawn(view, placed, shared)
            lines = max(small, heads.lines_needed(view.trace.length, small + height - drawn))
            end -= lines - small
            restyle(heads, height=lines)
            heads.show(view)
        for grid, (exhibit, x, y, width, rows), least in zip(
            self.grids, placed, shared, strict=False
        ):
            restyle(grid, display="block", offset=(x, y), width=width, height=min(rows, end - y))
            grid.put(exhibit, view.cell(exhibit), tags.get(exhibit.name, ""), least)
        for grid in self.grids[len(placed) :]:
            restyle(grid, display="none")
            grid.put(None, (0, 0))

    def _drawn(self, view: View, placed: "list[Placed]", shared: "list[Columns | None]") -> int:
        """The line below all that the grids draw."""
        heads = self.query_one(Heads)
        drawn = 0
        for n, ((exhibit, _, y, width, rows), least) in enumerate(zip(placed, shared, strict=True)):
            zoom = self.grids[n].zoom if n < len(self.grids) else "auto"
            cell = view.cell(exhibit)
            where = plan(exhibit, width, rows, cell, heads.ink, zoom, None, least)
            drawn = max(drawn, y + min(rows, where.lines))
        return drawn

    def on_grid_zoomed(self) -> None:
        """Lay out anew: the grid takes more room or less."""
        if self.view is not None:
            self.draw(self.view)

    def layout_of(self, view: View, width: int, height: int) -> "list[Placed]":
        """Where each tensor of the step goes."""
        return arrange(view.reads, view.writes, width, height)

    def first_focus(self) -> Widget | None:
        """The grid of the tensor in focus: what goes out, unless another was chosen."""
        if self.view is None or self.view.focus is None or not self.is_drawn:
            return None
        return self.grid_of(self.view.focus)

    def grid_of(self, wanted: Exhibit) -> Grid | None:
        """The grid that shows a tensor, the head that is in view."""
        for grid in self.grids:
            shown = grid.exhibit if grid.display else None
            if shown is not None and (shown.name, shown.head) == (wanted.name, wanted.head):
                return grid
        return None


class AttentionPane(TensorPane):
    """Scores, mask and softmax: the head in view large, all heads as thumbnails.

    Where the three stand side by side, further heads follow under the one in view.
    """

    with_heads = True

    def layout_of(self, view: View, width: int, height: int) -> "list[Placed]":
        """One row a head where a row fits, else as any other step."""
        names = [view.step.full(f"attn.{n}", view.model.config) for n in TRIO]
        names = [name for name in names if view.trace.holds(name)]
        if not names:
            return []
        first = [view.shown(name) for name in names]
        lines = _height([first], width) + 1
        if not _wide(first, width) or lines > height + 1:
            if not view.reads and not view.writes:  # of a file that holds only what comes after
                return arrange((), tuple(first), width, height)
            return super().layout_of(view, width, height)
        count = min((height + 1) // lines, view.model.config.n_heads, GRIDS // len(names))
        at = view.state.cursor.head
        start = max(0, min(at - count // 2, view.model.config.n_heads - count))
        rows = [[view.shown(name, head) for name in names] for head in range(start, start + count)]
        return _place(rows, width, height)


Placed = tuple[Exhibit, int, int, int, int]


def arrange(
    reads: tuple[Exhibit, ...], writes: tuple[Exhibit, ...], width: int, height: int
) -> list[Placed]:
    """Where each tensor goes: (exhibit, x, y, width, height), what comes in first.

    All side by side where that fits; else what comes in above what goes out, with every number in
    sight; else what comes in gets what is left over, and nothing where that is too little.
    """
    if width <= 0 or height <= 0 or not (reads or writes):
        return []
    everything = [[*reads, *writes]]
    if _wide(everything[0], width) and _height(everything, width) <= height:
        return _place(everything, width, height)
    above, below = _rows(reads, width), _rows(writes, width)
    least = 2 if reads else 0
    wanted = _height(below, width)
    if wanted + 1 + _height(above, width) <= height:
        return _place([*above, *below], width, height)
    left = height - wanted - 1
    if reads and left >= (LEAST_ROWS + least) * len(above):
        upper = _place(above, width, left)
        return [*upper, *_place(below, width, height - left - 1, left + 1)]
    if _only_cells(writes, everything[0], width, height):
        return _place(everything, width, height)
    if wanted > height:
        main = [[e] for e in writes if e.column_axis != "one"] or [[e] for e in reads]
        side = [[e for row in main for e in row]]
        below = main if len(main) * (LEAST_ROWS + least) <= height else side
    return _place(below, width, height)


def in_line(placed: list[Placed]) -> list[Columns | None]:
    """For each grid the widths that make its columns stand under those of the grids above.

    Those with the same columns in the same place share them, as long as every one of them still
    shows all its numbers.
    """
    shared: list[Columns | None] = []
    for exhibit, x, _, width, _ in placed:
        group = [
            (other, lines)
            for other, at, _, wide, lines in placed
            if (at, wide) == (x, width)
            and other.column_axis == exhibit.column_axis
            and other.values.shape[1] == exhibit.values.shape[1]
            and lines_of(other, width) <= lines
        ]
        least = columns_of(*(other for other, _ in group))
        fits = all(lines_of(other, width, least) <= lines for other, lines in group)
        shared.append(least if len(group) > 1 and fits else None)
    return shared


def _wide(row: list[Exhibit], width: int) -> bool:
    return sum(natural_size(e)[0] for e in row) + GAP * (len(row) - 1) <= width


def _only_cells(writes: tuple[Exhibit, ...], row: list[Exhibit], width: int, height: int) -> bool:
    """Whether what goes out has no room for its numbers, but all of a row for its cells.

    Then all of them side by side, as colours or digits, tell more than one of them alone.
    """
    if not writes or _height(_rows(writes, width), width) <= height:
        return False
    share = (width - GAP * (len(row) - 1)) // len(row)
    wide = all(columns_of(e).label + CELL * e.values.shape[1] <= share for e in row)
    lines = max(e.values.shape[0] for e in row) + 1 + HEAD_LINES + LEGEND_LINES
    return wide and share >= LEAST_WIDTH and lines <= height


def _rows(exhibits: tuple[Exhibit, ...], width: int) -> list[list[Exhibit]]:
    """Side by side as far as the width goes, then the next row."""
    rows: list[list[Exhibit]] = []
    for shown in exhibits:
        if rows and _wide([*rows[-1], shown], width):
            rows[-1].append(shown)
        else:
            rows.append([shown])
    return rows


def _height(rows: list[list[Exhibit]], width: int) -> int:
    """Lines that the rows take with every number in sight, a line between them."""
    return sum(max(lines_of(e, width) for e in row) for row in rows) + max(0, len(rows) - 1)


def lines_of(shown: Exhibit, width: int, least: Columns | None = None) -> int:
    """Lines of one tensor with every number in sight: bands where it is wider than the room."""
    own = least or columns_of(shown)
    natural, lines = natural_size(shown, own)
    per_band = max(1, (width - own.label) // own.number)
    bands = 1 if natural <= width else -(-shown.values.shape[1] // per_band)
    return lines + (bands - 1) * (len(shown.row_labels) + 1)


def _place(rows: list[list[Exhibit]], width: int, height: int, y: int = 0) -> list[Placed]:
    """Rows one under another: each as high as it wants where all fit, else in equal shares."""
    wanted = [max(lines_of(e, width) for e in row) for row in rows]
    if sum(wanted) + len(rows) - 1 > height:
        wanted = [max(1, (height - len(rows) + 1) // len(rows))] * len(rows)
    placed: list[Placed] = []
    for row, lines in zip(rows, wanted, strict=True):
        x = 0
        room = width - GAP * (len(row) - 1)
        spare = (room - sum(natural_size(e)[0] for e in row)) // len(row)
        for n, shown in enumerate(row):
            own = natural_size(shown)[0] + spare if spare >= 0 else room // len(row)
            own = width - x if n == len(row) - 1 else own
            placed.append((shown, x, y, max(1, own), lines))
            x += own + GAP
        y += lines + 1
    return placed
