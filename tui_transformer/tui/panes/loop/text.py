"""The text stage: what a row was cut from, its tokens and their numbers."""

from rich.cells import cell_len
from rich.segment import Segment

from tui_transformer.render.lines import Line, fit, wrap
from tui_transformer.tokenizers import visible
from tui_transformer.tui.panes.loop.base import BatchLines, PartPane

WIDEST = 14


class RowText(BatchLines):
    """One row as text, then token by token with its number, then as it lies in the stream."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._spans: list[tuple[int, int, int, int]] = []  # y, left, right, position
        self._top = 0

    def paint(self, width: int, height: int) -> list[Line]:
        """Text, tokens over ids, and how the row becomes two."""
        loop, ink = self.loop, self.ink
        if loop is None:
            return []
        inside = loop.look.inside
        if inside is None:
            return self.complete()
        row = loop.row
        count = inside.batch.inputs.shape[0]
        ids = [*inside.batch.inputs[row].tolist(), int(inside.batch.targets[row, -1])]
        lines: list[Line] = [[
            Segment("▸ " if self.has_focus else "  ", ink.accent),
            Segment(f"row {row}", ink.bright),
            Segment(f" of {count:,}, the text of it   ", ink.muted),
            Segment(self.key("cell.up", "cell.down"), ink.accent),
            Segment(" other rows", ink.muted),
        ]]  # fmt: skip
        text = visible(loop.forward.model.tokenizer.decode(ids))
        wrapped = wrap(text, width - 4)
        most = max(1, (height - 6) // 3)
        shown = wrapped[:most]
        if len(wrapped) > most:
            shown[-1] = fit(shown[-1] + " …", width - 4).rstrip()
        lines += [[Segment(f"   {part}", ink.text)] for part in shown]
        lines += [[], [
            Segment("   its tokens", ink.bright),
            Segment(f" and their numbers, {len(ids)} of them", ink.muted),
        ]]  # fmt: skip
        return lines + self._tokens(ids, width, height - len(lines), len(lines))

    def _tokens(self, ids: list[int], width: int, room: int, top: int) -> list[Line]:
        """Labels over ids, as many bands as there is room for around the one in focus."""
        loop, ink = self.loop, self.ink
        assert loop is not None
        self._spans = []
        bands: list[list[tuple[int, int, int]]] = [[]]  # position, x, width
        x = 3
        for at, token in enumerate(ids):
            label = fit(loop.label(token), min(cell_len(loop.label(token)), WIDEST))
            own = max(cell_len(label), len(str(token))) + 2
            if x + own > width and bands[-1]:
                bands.append([])
                x = 3
            bands[-1].append((at, x, own))
            x += own
        here = next(
            n for n, band in enumerate(bands) if any(at == loop.position for at, *_ in band)
        )
        count = max(1, room // 2)
        first = max(0, min(here - count // 2, len(bands) - count))
        lines: list[Line] = []
        for band in bands[first : first + count]:
            upper: Line = [Segment("   ")]
            under: Line = [Segment("   ")]
            for at, left, own in band:
                label = fit(loop.label(ids[at]), own - 1)
                focus, last = at == loop.position, at == len(ids) - 1
                style = (
                    ink.cursor if focus and self.has_focus else ink.chosen if focus else ink.text
                )
                if last:
                    style = ink.good
                upper += [Segment(label, style), Segment(" ")]
                under += [Segment(fit(str(ids[at]), own), ink.faint)]
                y = top + len(lines)
                self._spans += [(y, left, left + own, at), (y + 1, left, left + own, at)]
            lines += [upper, under]
        if len(lines) < room:
            lines.append([
                Segment("   the last one, ", ink.muted), Segment(loop.label(ids[-1]), ink.good),
                Segment(", is a target only", ink.muted),
            ])  # fmt: skip
        return lines

    def place_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The token that is clicked."""
        if self.loop is None:
            return None
        for line, left, right, at in self._spans:
            if y == line and left <= x < right:
                return self.loop.row, at
        return None


class TextPane(PartPane):
    """Text to tokens."""

    part = RowText
