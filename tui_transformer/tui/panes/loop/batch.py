"""The batch stage: inputs and targets side by side, the same tokens shifted by one."""

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui_transformer.engine.tap import IntArray
from tui_transformer.render.lines import Line, fit
from tui_transformer.tui.panes.loop.base import BatchLines, PartPane

WIDEST = 6
GAP = 3


class TokenGrids(BatchLines):
    """Two grids of tokens with one cursor; each target is the input one place on."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._first = (0, 0)
        self._cell = 1
        self._label = 1
        self._shown = 1
        self._half = 1

    def paint(self, width: int, height: int) -> list[Line]:
        """Titles, positions, rows of tokens, and what the cursor means."""
        loop, ink = self.loop, self.ink
        if loop is None:
            return []
        inside = loop.look.inside
        if inside is None:
            return self.complete()
        inputs, targets = inside.batch.inputs, inside.batch.targets
        count, length = inputs.shape
        self._label = len(str(count - 1)) + 2
        self._cell = 1 + self._widest(inputs)
        half = (width - GAP) // 2
        self._half = half + GAP
        self._shown = max(1, min(length, (half - self._label) // self._cell))
        rows = max(1, min(count, height - 4))
        row, at = loop.row, loop.position
        top = _slide(self._first[0], rows, count, row)
        left = _slide(self._first[1], self._shown, length, at)
        self._first = (top, left)
        columns = range(left, left + self._shown)
        lines = [self._titles(half, length), self._positions(columns, half)]
        for y in range(top, top + rows):
            mark = Segment("▌" if y == row else " ", ink.accent)
            name = Segment(f"{y:>{self._label - 2}} ", ink.accent if y == row else ink.muted)
            line: Line = [mark, name, *self._cells(inputs, y, columns, target=False)]
            line.append(Segment(" " * (half - self._label - self._shown * self._cell + GAP)))
            line += [mark, name, *self._cells(targets, y, columns, target=True)]
            lines.append(line)
        lines.append([])
        after, comes = loop.label(int(inputs[row, at])), loop.label(int(targets[row, at]))
        lines.append([
            Segment(f" row {row}, position {at}: after ", ink.muted), Segment(after, ink.bright),
            Segment(" comes ", ink.muted), Segment(comes, ink.accent),
            Segment("" if at + 1 < length else ", which is no input of this row", ink.muted),
        ])  # fmt: skip
        return lines

    def _widest(self, inputs: IntArray) -> int:
        """The width of the widest label of the batch."""
        loop = self.loop
        assert loop is not None
        seen = set(inputs.reshape(-1).tolist())
        return max(4, min(WIDEST, max(cell_len(loop.label(token)) for token in seen)))

    def _titles(self, half: int, length: int) -> Line:
        ink = self.ink
        part = (
            ""
            if self._shown == length
            else f"  positions {self._first[1]}–" + str(self._first[1] + self._shown - 1)
        )
        lead = "▸ " if self.has_focus else "  "
        left: Line = [
            Segment(lead, ink.accent), Segment("inputs", ink.role("stream", bold=True)),
            Segment(fit(part, half + GAP - 8), ink.muted),
        ]  # fmt: skip
        return [
            *left, Segment("  "), Segment("targets", ink.role("probability", bold=True)),
            Segment("  what comes next", ink.muted),
        ]  # fmt: skip

    def _positions(self, columns: range, half: int) -> Line:
        loop, ink = self.loop, self.ink
        assert loop is not None
        one: Line = [Segment(" " * self._label)]
        for at in columns:
            style = ink.accent if at == loop.position else ink.faint
            one.append(Segment(fit(str(at), self._cell), style))
        gap = Segment(" " * (half - self._label - self._shown * self._cell + GAP))
        return [*one, gap, *one]

    def _cells(self, tokens: IntArray, row: int, columns: range, *, target: bool) -> Line:
        loop, ink = self.loop, self.ink
        assert loop is not None
        line: Line = []
        for at in columns:
            here = row == loop.row and at == loop.position
            shifted = row == loop.row and not target and at == loop.position + 1
            style = ink.text
            if here:
                style = ink.cursor if self.has_focus else ink.cursor_away
            elif shifted:  # the same token, one place on
                style = ink.accent + Style(underline=True)
            elif row == loop.row:
                style = ink.bright
            line += [
                Segment(fit(loop.label(int(tokens[row, at])), self._cell - 1), style),
                Segment(" "),
            ]
        return line

    def place_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The token that is clicked, in either half."""
        if self.loop is None or self.loop.look.inside is None or y < 2:
            return None
        x = (x - self._half if x >= self._half else x) - self._label
        row, at = self._first[0] + y - 2, self._first[1] + x // self._cell
        count, length = self.loop.look.inside.batch.inputs.shape
        return (row, at) if x >= 0 and row < count and at < length else None


def _slide(first: int, visible: int, count: int, at: int) -> int:
    """The first one in sight, moved only as far as `at` needs."""
    if at < first:
        first = at
    elif at >= first + visible:
        first = at - visible + 1
    return max(0, min(first, count - visible))


class BatchPane(PartPane):
    """Rows to inputs and targets."""

    part = TokenGrids
