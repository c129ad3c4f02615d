"""The update stage: one weight, from its gradient to its new value, as arithmetic."""

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from tui_transformer.render.grid import natural_size
from tui_transformer.render.lines import Line, columns, fit
from tui_transformer.render.numbers import significant
from tui_transformer.render.update import Row, total_rows, update_rows
from tui_transformer.training.update import Update
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.loop_view import LoopPainted, LoopView
from tui_transformer.tui.panes.loop.base import LoopFormula, LoopPane
from tui_transformer.tui.panes.tensors import restyle
from tui_transformer.tui.widgets.grid import Grid

NAME, VALUE, SUM = 12, 13, 15
BROAD = 74
"""The width at which the arithmetic is read best; what is over goes to the grid."""


class Arithmetic(LoopPainted, can_focus=True):
    """Every number of the update, the last lines adding up to the new weight.

    It has the keys where the grid of weights has no room; they choose another weight all the same.
    """

    BINDINGS = [
        *cursor_bindings(
            {
                "up": ("move(-1, 0)", "weight above"),
                "down": ("move(1, 0)", "weight below"),
                "left": ("move(0, -1)", "weight before"),
                "right": ("move(0, 1)", "next weight"),
                "first": ("move(0, -1000000)", "first column"),
                "last": ("move(0, 1000000)", "last column"),
            }
        )
    ]

    def action_move(self, rows: int, columns: int) -> None:
        """Take apart another weight, at most the one at the edge."""
        loop = self.loop
        if loop is None or loop.pictures is None:
            return
        shown = loop.pictures[0]
        row, column = loop.cell(shown)
        last_row, last = (size - 1 for size in shown.values.shape)
        row, column = max(0, min(row + rows, last_row)), max(0, min(column + columns, last))
        self.post_message(Grid.Moved(shown, row, column))

    def needed(self, loop: LoopView) -> int:
        """Lines with nothing left out."""
        if loop.update is None:
            return 1
        return 1 + len(update_rows(loop.update)) + 1 + len(total_rows(loop.update))

    def paint(self, width: int, height: int) -> list[Line]:
        """The way to the step, then the sum."""
        loop, ink = self.loop, self.ink
        if loop is None:
            return []
        update = loop.update
        if update is None:
            return [[Segment(" The run is complete: no step follows this moment.", ink.text)]]
        place = ",".join(map(str, update.index))
        title: Line = [
            Segment(f" {update.name}[{place}]", ink.bright),
            Segment(f" at step {update.step:,}   rate ", ink.muted),
            Segment(significant(update.rate, 6), ink.bright),
            Segment(f"   ε {update.settings.eps:g}".replace("e-0", "e−"), ink.muted),
        ]
        way = [self._row(row, width) for row in update_rows(update)]
        total = [self._sum(row, width) for row in total_rows(update)]
        total[-1] = [Segment(s.text, ink.chosen if s.text.strip() else s.style) for s in total[-1]]
        if 1 + len(way) + len(total) > height:  # the frame says the name too
            title, way = [], [*way[:-2], self._corrected(update)]
        lines = [*([title] if title else []), *way, *total]
        if len(lines) + 1 <= height:
            rule: Line = [Segment(" " + "─" * max(0, min(width, BROAD) - 2), ink.faint)]
            lines.insert(len(lines) - len(total), rule)
        return lines

    def _corrected(self, update: Update) -> Line:
        """Both corrected moments in one line."""
        ink = self.ink
        line: Line = [Segment(f" {fit('corrected', NAME - 2)}", ink.text)]
        for symbol, how, value in (
            ("m̂", "m/(1−β₁ᵗ)", update.mean_corrected),
            ("v̂", "v/(1−β₂ᵗ)", update.square_corrected),
        ):
            line += [
                Segment(f"  {symbol} ", ink.accent), Segment(f"= {how} = ", ink.muted),
                Segment(significant(value, 6), ink.bright),
            ]  # fmt: skip
        return line

    def _row(self, row: Row, width: int) -> Line:
        ink = self.ink
        left: Line = [
            Segment(f" {fit(row.name, NAME)}", ink.text), Segment(row.how, ink.muted),
        ]  # fmt: skip
        right: Line = [
            Segment(fit(row.symbol, 3), ink.accent),
            Segment(fit(row.value, VALUE, right=True) + " ", ink.bright),
        ]
        return columns(left, right, min(width, BROAD))

    def _sum(self, row: Row, width: int) -> Line:
        ink = self.ink
        left: Line = [
            Segment(f" {fit(row.name, NAME)}", ink.text), Segment(row.how, ink.muted),
        ]  # fmt: skip
        right: Line = [Segment(fit(row.value, SUM, right=True) + " ", ink.bright)]
        return columns(left, right, min(width, BROAD))


class UpdatePane(LoopPane):
    """The arithmetic, and beside or under it the weights with the cursor."""

    def compose(self) -> ComposeResult:
        """Formula, arithmetic, weights."""
        yield LoopFormula(classes="formula")
        with Container(classes="grids"):
            yield Arithmetic()
            yield Grid(id="loop-weights")

    def draw(self, view: LoopView) -> None:
        """The arithmetic first; the weights get the rest."""
        self.query_one(LoopFormula).put(view)
        words, grid = self.query_one(Arithmetic), self.query_one(Grid)
        area = self.query_one(".grids")
        width = self.size.width
        height = self.size.height - area.styles.margin.top - self.query_one(LoopFormula).size.height
        needed = words.needed(view)
        shown = view.pictures
        below = height - needed - 1
        beside = width - BROAD - 2
        wide = shown is not None and beside >= min(natural_size(shown[0])[0], 60)
        if wide:
            restyle(words, width=BROAD, height=height)
            restyle(grid, display="block", offset=(BROAD + 2, 0), width=beside, height=height)
        else:
            restyle(words, width=width, height=min(height, needed) if below >= 4 else height)
            restyle(
                grid, display="block" if below >= 4 else "none",
                offset=(0, needed + 1), width=width, height=max(1, below),
            )  # fmt: skip
        words.can_focus = not grid.display
        words.put(view)
        grid.put(None if shown is None else shown[0], (0, 0) if shown is None
                 else view.cell(shown[0]))  # fmt: skip

    def first_focus(self) -> Widget | None:
        """The weights, or the arithmetic alone: the arrows choose which one is taken apart."""
        parts = (*self.query(Grid), *self.query(Arithmetic))
        return next((part for part in parts if part.display), None)
