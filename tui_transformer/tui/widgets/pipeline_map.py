"""The way a token takes, always in sight: where we are, and one number a stage."""

from math import isfinite

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from tui_transformer.engine import Array
from tui_transformer.render.lines import BARS, Line, columns, fit
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.view import View
from tui_transformer.walkthrough import Step, brief, step_index, walk


class PipelineMap(Painted, can_focus=True):
    """A line a stage; the block where we are is open, the others are one line each."""

    BINDINGS = cursor_bindings(
        {
            "up": ("go(-1)", "step before"),
            "down": ("go(1)", "step after"),
        }
    )

    class Jumped(Message):
        """Go to a step."""

        def __init__(self, step: str) -> None:
            super().__init__()
            self.step = step

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._targets: list[str] = []
        self._top = 0
        self._at = 0
        self._norms: Array = np.zeros(1)

    def paint(self, width: int, height: int) -> list[Line]:
        """The lines in sight; the current one always is."""
        if self.view is None:
            return []
        rows = _rows(self.view)
        places = [n for n, (_, step) in enumerate(rows) if step == self.view.step]
        current = places[-1] if places else 0  # the block's own line bears its first step
        if len(rows) <= height:
            self._top = 0
        else:
            self._top = max(0, min(self._top, len(rows) - height))
            margin = min(2, height // 3)
            self._top = min(self._top, max(0, current - margin))
            self._top = max(self._top, min(current + margin + 1 - height, len(rows) - height))
        shown = rows[self._top : self._top + height]
        self._targets = [step.name for _, step in shown]
        self._norms = self.view.trace.norms_at(self.view.row)  # [n_layers + 1]
        self._at = step_index(self.view.step, self.view.model.config)
        return [self._line(kind, step, width) for kind, step in shown]

    def _line(self, kind: str, step: Step, width: int) -> Line:
        view, ink = self.view, self.ink
        assert view is not None
        here = step == view.step and kind != "block"
        done = step_index(step, view.model.config) < self._at
        if kind == "block":
            inside = step.layer == view.step.layer
            past = step.layer is not None and (
                (view.step.layer is not None and step.layer < view.step.layer)
                or view.step.stage.place == "output"
            )
            mark = "▾" if inside else ("✓" if past else "○")
            left: Line = [
                Segment(f" {mark} ", ink.accent if inside else (ink.good if past else ink.faint)),
                Segment(
                    f"block {(step.layer or 0) + 1}",
                    ink.bright if inside else (ink.text if past else ink.muted),
                ),
            ]
            return columns(left, self._norm_bar(step.layer or 0), width)
        indent = "  " if step.layer is not None else ""
        mark = "●" if here else ("✓" if done else "○")
        style = ink.accent if here else (ink.good if done else ink.faint)
        title = ink.bright if here else (ink.text if done else ink.muted)
        value = ""
        if (done or here) and (step.layer is None or step.layer == view.step.layer):
            value = brief(view.trace, step, view.state.cursor, view.tokens)
        left = [Segment(f" {indent}{mark} ", style), Segment(step.stage.title, title)]
        right: Line = [Segment(f"{fit(value, min(len(value), 13))} ", ink.muted)]
        if here:
            return [
                Segment(part.text, (part.style or Style.null()) + ink.chosen)
                for part in columns(left, right, width)
            ]
        return columns(left, right, width)

    def _norm_bar(self, layer: int) -> Line:
        """Length of the stream as it leaves a block, at the token in focus: a bar and a number."""
        norms = self._norms
        top = float(norms.max()) or 1.0
        value = float(norms[layer + 1])
        role = self.ink.role("stream")
        if not isfinite(value) or not isfinite(top):
            return [Segment(f"‖{value:.3g}‖ ", role)]
        filled = max(1, round(value / top * 8 * 5))
        full, rest = divmod(filled, 8)
        bar = BARS[-1] * full + (BARS[rest - 1] if rest else "")
        return [Segment(fit(bar, 5), role), Segment(f"{_short(value).rjust(6)} ", self.ink.muted)]

    def action_go(self, by: int) -> None:
        """Step along the map."""
        if self.view is None:
            return
        steps = walk(self.view.model.config)
        at = step_index(self.view.step, self.view.model.config) + by
        if 0 <= at < len(steps):
            self.post_message(self.Jumped(steps[at].name))

    def on_click(self, event: events.Click) -> None:
        """Go to the stage that is clicked."""
        if 0 <= event.y < len(self._targets):
            self.post_message(self.Jumped(self._targets[event.y]))


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _rows(view: View) -> list[tuple[str, Step]]:
    """Every line of the map: a stage outside the blocks, a block, a stage of the open block."""
    rows: list[tuple[str, Step]] = []
    open_layer = view.step.layer
    if open_layer is None:
        open_layer = 0 if view.model.config.n_layers == 1 else -1
    before = None
    for step in walk(view.model.config):
        if step.layer is None:
            rows.append(("outside", step))
            continue
        if step.layer != before:
            rows.append(("block", step))
            before = step.layer
        if step.layer == open_layer:
            rows.append(("stage", step))
    return rows
