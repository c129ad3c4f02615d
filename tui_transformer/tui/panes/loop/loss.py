"""The loss stage: how surprised the model is at every position, one row and the whole batch."""

from math import exp

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.widget import Widget

from tui_transformer.render.lines import Line, first_that_fits, fit
from tui_transformer.render.numbers import significant
from tui_transformer.render.scale import levels_of
from tui_transformer.tui.loop_view import LoopView
from tui_transformer.tui.panes.loop.base import BatchLines, LoopFormula, LoopPane
from tui_transformer.tui.panes.tensors import restyle
from tui_transformer.tui.widgets.grid import Grid

BAND = 5
LABEL = 7


class RowLoss(BatchLines):
    """One row, position by position: input, target, probability of the target, loss."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._first, self._cell, self._per_band = 0, 1, 1

    def bands_for(self, loop: LoopView, width: int) -> int:
        """How many bands the whole row takes."""
        inside = loop.look.inside
        if inside is None:
            return 1
        cell = self._width(loop)
        return -(-inside.batch.inputs.shape[1] // max(1, (width - LABEL) // cell))

    def _width(self, loop: LoopView) -> int:
        inside = loop.look.inside
        assert inside is not None
        ids = {*inside.batch.inputs[loop.row].tolist(), *inside.batch.targets[loop.row].tolist()}
        return 1 + max(6, min(10, max(cell_len(loop.label(token)) for token in ids)))

    def paint(self, width: int, height: int) -> list[Line]:
        """As many bands of positions as there is room for, the one in focus among them."""
        loop = self.loop
        if loop is None:
            return []
        inside = loop.look.inside
        if inside is None:
            return self.complete()
        self._cell = self._width(loop)
        length = inside.batch.inputs.shape[1]
        self._per_band = max(1, (width - LABEL) // self._cell)
        total = -(-length // self._per_band)
        count = max(1, min(total, (height - 1) // BAND))
        here = loop.position // self._per_band
        start = max(0, min(here - count // 2, total - count))
        self._first = start * self._per_band
        lines: list[Line] = [self._title(loop, width, total > count)]
        for band in range(start, start + count):
            first = band * self._per_band
            lines += self._band(loop, range(first, min(first + self._per_band, length)))
            lines.append([])
        return lines

    def _title(self, loop: LoopView, width: int, cut: bool) -> Line:
        ink, inside = self.ink, loop.look.inside
        assert inside is not None
        line: Line = [
            Segment("▸ " if self.has_focus else "  ", ink.accent),
            Segment(f"row {loop.row}", ink.bright),
            Segment(f" of {len(inside.nats):,}", ink.muted),
            Segment("   mean of the batch ", ink.muted),
            Segment(significant(inside.loss), ink.bright),
        ]  # fmt: skip
        if not cut:
            return line
        keys = self.key("cell.left", "cell.right")
        ways = (f"   {keys} more of the row", f"   {keys} more", f"   {keys}")
        return first_that_fits([[*line, Segment(way, ink.faint)] for way in ways] + [line], width)

    def _band(self, loop: LoopView, columns: range) -> list[Line]:
        ink, inside, losses = self.ink, loop.look.inside, loop.losses
        assert inside is not None
        assert losses is not None
        row, mask = loop.row, inside.batch.mask
        names = ("input", "target", "p", "loss")
        lines: list[Line] = [[Segment(fit(f" {name}", LABEL), ink.faint)] for name in names]
        levels = levels_of(inside.nats[row], losses.limits)
        for at in columns:
            nats = float(inside.nats[row, at])
            counts = mask is None or bool(mask[row, at])
            here = at == loop.position
            token, target = int(inside.batch.inputs[row, at]), int(inside.batch.targets[row, at])
            heat = ink.cell(int(levels[at]), signed=False) if counts else ink.faint
            if here:
                heat = ink.cursor if self.has_focus else ink.cursor_away
            wide = self._cell
            cells = (
                (loop.label(token), ink.muted),
                (loop.label(target), ink.accent if here else ink.text),
                (f"{exp(-nats):.3f}" if counts else "×", ink.muted),
                (f"{nats:.3f}" if counts else "×", heat),
            )
            for line, (text, style) in zip(lines, cells, strict=True):
                line += [Segment(fit(text, wide - 1, right=True), style), Segment(" ")]
        return lines

    def place_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The position that is clicked."""
        loop = self.loop
        if loop is None or loop.look.inside is None or x < LABEL or y < 1:
            return None
        at = self._first + (y - 1) // BAND * self._per_band + (x - LABEL) // self._cell
        return (loop.row, at) if at < loop.look.inside.nats.shape[1] else None


class LossPane(LoopPane):
    """One row in numbers, the whole batch as heat."""

    def compose(self) -> ComposeResult:
        """Formula, row, batch."""
        yield LoopFormula(classes="formula")
        yield RowLoss(classes="fill")
        yield Grid(id="loss-grid")

    def draw(self, view: LoopView) -> None:
        """The row takes what it needs, the batch the rest."""
        row, grid = self.query_one(RowLoss), self.query_one(Grid)
        formula = self.query_one(LoopFormula)
        height = self.size.height - formula.size.height - row.styles.margin.top
        bands = row.bands_for(view, self.size.width)
        own = 1 + BAND * max(1, min(bands, (height // 2 - 1) // BAND))
        own -= own + 4 > height  # the line between them, where the grid needs it
        restyle(row, height=own)
        rest = height - own
        restyle(grid, display="block" if rest >= 4 else "none", height=max(1, rest))
        formula.put(view)
        row.put(view)
        grid.put(view.losses, (view.row, view.position))

    def first_focus(self) -> Widget | None:
        """The row in numbers."""
        return next(iter(self.query(RowLoss)), None)
