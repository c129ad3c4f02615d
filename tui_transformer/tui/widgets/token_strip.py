"""The text as the model has it: a token a box, the one in focus marked, sampled ones marked."""

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message

from tui_transformer.render.lines import Line
from tui_transformer.tui.painted import Painted


class TokenStrip(Painted):
    """Labels on one line, ids under them; scrolls so that the token in focus is in sight."""

    class Picked(Message):
        """A token was clicked."""

        def __init__(self, token: int) -> None:
            super().__init__()
            self.token = token

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first = 0
        self._spans: list[tuple[int, int, int]] = []

    def paint(self, width: int, height: int) -> list[Line]:
        """Two lines: tokens and ids."""
        if self.view is None:
            return []
        ink, tokens, ids = self.ink, self.view.tokens, self.view.trace.ids
        widths = [
            max(cell_len(label), len(str(token))) + 3
            for label, token in zip(tokens, ids, strict=True)
        ]
        self._slide(widths, width - 12, self.view.row)
        top: Line = [Segment(" ‹ " if self._first else "   ", ink.muted)]
        under: Line = [Segment("   ")]
        self._spans = []
        x = 3
        for at in range(self._first, len(tokens)):
            if x + widths[at] > width - 3:
                top.append(Segment(f"› {len(tokens) - at} more", ink.muted))
                break
            sampled = at >= self.view.prompt_length
            focus = at == self.view.row
            style = ink.chosen if focus else (ink.good if sampled else ink.text)
            mark = "▌" if focus else ("+" if sampled else " ")
            inner = widths[at] - 1
            label = tokens[at] + " " * (inner - 1 - cell_len(tokens[at]))
            top += [
                Segment(mark, ink.accent if focus else (ink.good if sampled else ink.faint)),
                Segment(label, style),
                Segment(" "),
            ]
            under += [Segment(f" {ids[at]}".ljust(inner) + " ", ink.faint)]
            self._spans.append((x, x + inner, at))
            x += widths[at]
        else:
            if len(tokens) > self.view.prompt_length:
                top.append(Segment("  + sampled", ink.faint))
        return [top, under]

    def _slide(self, widths: list[int], room: int, row: int) -> None:
        """Move the first token shown only as far as the one in focus needs."""
        self._first = min(self._first, row)
        while sum(widths[self._first : row + 1]) > room and self._first < row:
            self._first += 1
        while self._first > 0 and sum(widths[self._first - 1 :]) <= room:
            self._first -= 1

    def on_click(self, event: events.Click) -> None:
        """Focus the token that is clicked."""
        for left, right, token in self._spans:
            if left <= event.x < right:
                self.post_message(self.Picked(token))
