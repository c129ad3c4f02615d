"""The map folded into one line, for narrow terminals."""

from rich.segment import Segment

from tui_transformer.render.lines import Line, width_of
from tui_transformer.tui.painted import Painted
from tui_transformer.walkthrough import walk


class Breadcrumb(Painted):
    """The stages around the one where we are, and the stream's length a block."""

    def paint(self, width: int, height: int) -> list[Line]:
        """One line: `✓ embedding › ✓ position › block 1 › … ● softmax › mix …`."""
        if self.view is None:
            return []
        ink, view = self.ink, self.view
        steps = walk(view.model.config)
        at = steps.index(view.step)
        line: Line = [Segment(f" {view.number}/{view.total} ", ink.muted)]
        if view.step.layer is not None:
            line.append(Segment(f"block {view.step.layer + 1} ", ink.role("stream", bold=True)))
        for n in range(max(0, at - 3), len(steps)):
            mark, style = ("●", ink.accent) if n == at else ("✓", ink.good)
            if n > at:
                mark, style = "○", ink.muted
            text = f"{mark} {steps[n].stage.title}"
            if width_of(line) + len(text) + 2 > width:
                break
            line += [Segment(text, style), Segment(" › ", ink.faint)]
        return [line]
