"""A stage of which a file holds no number: what is missing, what it takes, and what is known."""

from rich.segment import Segment
from textual.app import ComposeResult

from tui_transformer.engine.names import split_layer
from tui_transformer.render.lines import Line, fit, wrap
from tui_transformer.tokenizers import visible
from tui_transformer.trace import RecordedModel
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.panes.base import Formula, Pane
from tui_transformer.walkthrough import stream_lengths

TOKEN, NUMBER = 21, 15
"""Cells of a column."""


class Lacks(Painted):
    """The sentence, and under it the lengths of the stream, which every file holds."""

    def paint(self, width: int, height: int) -> list[Line]:
        """The token in focus stays in sight."""
        view, ink = self.view, self.ink
        if view is None or not isinstance(view.model, RecordedModel):
            return []
        names = ", ".join(split_layer(name)[1] for name in view.lacking)
        error = str(view.model.origin.lacks(names))
        lines: list[Line] = [[Segment(f" {part}", ink.text)] for part in wrap(error, width - 2)]
        columns, rows = stream_lengths(view.trace, view.step, view.tokens)
        title = f"  {fit('length of the stream', TOKEN)}"
        heads = [Segment(fit(name, NUMBER, right=True), ink.muted) for name in columns]
        lines += [[], [Segment(" what it does hold here", ink.accent)]]
        lines.append([Segment(title, ink.muted), *heads])
        room = max(1, height - len(lines))
        first = max(0, min(view.row - room // 2, len(rows) - room))
        for at, (token, *numbers) in enumerate(rows[first : first + room], first):
            focus = at == view.row
            lines.append(
                [
                    Segment("▌ " if focus else "  ", ink.accent),
                    Segment(fit(visible(token), TOKEN), ink.accent if focus else ink.text),
                    *(Segment(fit(n, NUMBER, right=True), ink.role("stream")) for n in numbers),
                ]
            )
        return lines


class LackingPane(Pane):
    """Formula and sentence."""

    def compose(self) -> ComposeResult:
        """The parts."""
        yield Formula(classes="formula")
        yield Lacks(classes="fill")
