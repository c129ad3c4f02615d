"""The stages of a step of training, always in sight, and the tensors below them."""

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from tui_transformer.engine.names import split_layer
from tui_transformer.render.lines import Line, columns, fit, width_of
from tui_transformer.render.numbers import significant
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.loop_view import LoopPainted, LoopView
from tui_transformer.walkthrough import walk
from tui_transformer.watching import STAGES, LoopStage
from tui_transformer.watching.cursor import choices

WITH_TENSORS = ("forward", "backward", "clip", "update")
"""The stages at which a tensor is chosen."""


def brief(stage: LoopStage, loop: LoopView) -> str:
    """A few characters: the number that says most about a stage of this step."""
    inside = loop.look.inside
    if stage.key == "repeat":
        return f"step {loop.step:,}"
    if inside is None:
        return ""
    rows, length = inside.batch.inputs.shape
    return {
        "text": loop.facts.corpus,
        "batch": f"{rows}×{length}",
        "forward": f"{rows}×{length}×{loop.facts.config.d_vocab}",
        "loss": significant(inside.loss),
        "backward": f"‖{significant(inside.norm)}‖",
        "clip": f"× {significant(inside.factor, 3)}" if inside.factor != 1 else "× 1",
        "update": f"rate {inside.rate:.2g}",
    }[stage.key]


class LoopMap(LoopPainted, can_focus=True):
    """A line a stage; below, what there is to choose from: tensors, steps of the forward pass."""

    BINDINGS = cursor_bindings(
        {
            "up": ("go(-1)", "stage before"),
            "down": ("go(1)", "stage after"),
        }
    )

    class Jumped(Message):
        """Go to a stage."""

        def __init__(self, stage: str) -> None:
            super().__init__()
            self.stage = stage

    class Chosen(Message):
        """Show a tensor, or a step of the forward pass."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._names: tuple[str, ...] = ()

    def paint(self, width: int, height: int) -> list[Line]:
        """Stages, then the tensors around the one in view."""
        loop = self.loop
        if loop is None:
            return []
        keys = [stage.key for stage in STAGES]
        at = keys.index(loop.cursor.stage)
        lines = [self._stage(stage, n, at, width) for n, stage in enumerate(STAGES)]
        self._names = ()
        room = height - len(lines) - 2
        title, names, current = self._choices(loop)
        if room < 3 or not names:
            return lines
        here = names.index(current) if current in names else 0
        first = max(0, min(here - room // 2, len(names) - room))
        self._names = names[first : first + room]
        lines += [[], columns(
            [Segment(f" {title}", self.ink.accent)],
            [Segment(f"{self.key('tensor.back', 'tensor.next')}  {here + 1} of {len(names)} ",
                     self.ink.faint)], width,
        )]  # fmt: skip
        return lines + [self._choice(name, name == current, width) for name in self._names]

    def _choices(self, loop: LoopView) -> tuple[str, tuple[str, ...], str]:
        """What the stage can show, under which title, and what it shows."""
        config, stage = loop.facts.config, loop.cursor.stage
        if stage == "repeat":
            steps = tuple(step.name for step in walk(config))
            return "forward", steps, loop.forward.step.name
        if stage not in WITH_TENSORS:
            return "", (), ""
        title = "weights" if stage in {"clip", "update"} else "tensors"
        return title, choices(loop.cursor, config), loop.cursor.tensor

    def _stage(self, stage: LoopStage, n: int, at: int, width: int) -> Line:
        ink, loop = self.ink, self.loop
        assert loop is not None
        mark, style, title = (
            ("●", ink.accent, ink.bright) if n == at
            else ("✓", ink.good, ink.text) if n < at
            else ("○", ink.faint, ink.muted)
        )  # fmt: skip
        value = brief(stage, loop)
        left: Line = [Segment(f" {mark} ", style), Segment(stage.title, title)]
        room = max(0, width - width_of(left) - 2)
        right: Line = [Segment(f"{fit(value, min(len(value), room))} ", ink.muted)]
        line = columns(left, right, width)
        if n != at:
            return line
        return [Segment(part.text, (part.style or Style.null()) + ink.chosen) for part in line]

    def _choice(self, name: str, here: bool, width: int) -> Line:
        ink, loop = self.ink, self.loop
        assert loop is not None
        layer, inside = split_layer(name)
        several = layer is not None and loop.facts.config.n_layers > 1
        shown = f"{layer + 1} {inside}" if several and layer is not None else inside
        text = fit(shown, width - 3)
        style = ink.chosen if here else (ink.text if inside[0].isupper() else ink.muted)
        return [Segment(" ▸ " if here else "   ", ink.accent), Segment(text, style)]

    def action_go(self, by: int) -> None:
        """Step along the map."""
        if self.loop is not None:
            keys = [stage.key for stage in STAGES]
            at = keys.index(self.loop.cursor.stage) + by
            if 0 <= at < len(keys):
                self.post_message(self.Jumped(keys[at]))

    def on_click(self, event: events.Click) -> None:
        """Go to the stage, or show the tensor, that is clicked."""
        if 0 <= event.y < len(STAGES):
            self.post_message(self.Jumped(STAGES[event.y].key))
        elif 0 <= (at := event.y - len(STAGES) - 2) < len(self._names):
            self.post_message(self.Chosen(self._names[at]))


class LoopCrumb(LoopPainted):
    """The map folded into one line, for narrow terminals."""

    def paint(self, width: int, height: int) -> list[Line]:
        """`✓ text › ● batch › ○ forward …`, and the tensor in view."""
        loop, ink = self.loop, self.ink
        if loop is None:
            return []
        keys = [stage.key for stage in STAGES]
        at = keys.index(loop.cursor.stage)
        line: Line = [Segment(" ")]
        for n, stage in enumerate(STAGES):
            mark, style = ("●", ink.accent) if n == at else ("✓", ink.good)
            if n > at:
                mark, style = "○", ink.muted
            line += [Segment(f"{mark} {stage.title}", style)]
            line += [Segment(" › " if width >= 92 else " ", ink.faint)]
        return [line]
