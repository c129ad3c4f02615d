"""The sample stage: the line from 0 to 1, the number that was drawn, the token it falls on."""

from rich.segment import Segment
from textual.app import ComposeResult

from tui_transformer.render.candidates import number_line
from tui_transformer.render.lines import Line, wrap
from tui_transformer.render.numbers import percent
from tui_transformer.tokenizers import visible
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.panes.base import Formula, Pane


class DrawLine(Painted):
    """The draw that sampling would make now."""

    def paint(self, width: int, height: int) -> list[Line]:
        """The line, and the arithmetic under it."""
        view, ink = self.view, self.ink
        if view is None:
            return []
        if view.draw is None or view.next_token is None:
            return [[Segment(f" {part}", ink.bad)] for part in wrap(view.trouble, width - 2)]
        draw, label = view.draw, view.model.labels[view.draw.token]
        lines: list[Line] = [[], *number_line(view.next_token, view.model, draw, ink, width), []]
        if draw.u is None:
            lines.append(
                [Segment(" temperature 0: the largest logit is taken, ", ink.muted),
                 Segment(label, ink.accent)]
            )  # fmt: skip
        else:
            n = len(view.state.generated)
            lines += [
                [Segment(f" u = {draw.u:.6f}", ink.bright),
                 Segment(f"   number {n + 1} of seed {view.state.seed}", ink.muted)],
                [Segment(" it falls on ", ink.muted), Segment(label, ink.accent),
                 Segment(f"   {draw.low:.6f} – {draw.high:.6f}", ink.text),
                 Segment(f"   {percent(draw.high - draw.low)} wide", ink.muted)],
            ]  # fmt: skip
        lines.append([])
        if view.context_full:
            lines.append(
                [
                    Segment(" the context is full: no further token fits   ", ink.accent),
                    Segment(self.key("past_context"), ink.accent),
                    Segment(" slides the window", ink.muted),
                ]
            )
        elif hasattr(self.screen, "action_sample"):  # training has another use for the key
            lines.append(
                [
                    Segment(f" {self.key('sample')}", ink.accent),
                    Segment(" appends ", ink.muted),
                    Segment(label, ink.accent),
                    Segment(" and runs one row more", ink.muted),
                ]
            )
        text = visible(view.text)
        lines.append([])
        lines += [[Segment(f" {part}", ink.text)] for part in wrap(text, width - 2)]
        return lines


class DrawPane(Pane):
    """One number decides."""

    def compose(self) -> ComposeResult:
        """Formula and line."""
        yield Formula(classes="formula")
        yield DrawLine(classes="fill")
