"""The clip stage: how long the gradient is, and which weights make it so."""

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from tui_transformer.render.lines import Line, bar, crop, fit
from tui_transformer.render.numbers import percent, significant
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.loop_view import LoopPainted, LoopView
from tui_transformer.tui.panes.loop.base import PartPane
from tui_transformer.walkthrough import shape_text
from tui_transformer.watching.tensors import gradient_squares, weights_of

HEAD = 2


class Lengths(LoopPainted, can_focus=True):
    """A line a parameter: the length of its gradient, and its share of the square of the whole."""

    BINDINGS = cursor_bindings(
        {
            "up": ("move(-1)", "weight above"),
            "down": ("move(1)", "weight below"),
            "page_back": ("move(-10)", "ten up"),
            "page_on": ("move(10)", "ten down"),
        }
    )

    class Chosen(Message):
        """A parameter is to be looked at."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._first = 0

    def paint(self, width: int, height: int) -> list[Line]:
        """Column names, parameters, the whole and the factor."""
        loop, ink = self.loop, self.ink
        if loop is None:
            return []
        inside = loop.look.inside
        if inside is None:
            return [[Segment(" The run is complete: no step follows this moment.", ink.text)]]
        rows = gradient_squares(inside, loop.facts.config)
        names = [name for name, *_ in rows]
        here = names.index(loop.cursor.tensor) if loop.cursor.tensor in names else 0
        total = sum(square for *_, square in rows) or 1.0
        foot = self._foot(loop)
        room = max(1, height - 1 - len(foot))
        self._first = min(self._first, here)
        self._first = max(0, min(max(self._first, here - room + 1), len(rows) - room))
        longest = max(len(name) for name in names) + 1
        lines: list[Line] = [[
            Segment("▸ " if self.has_focus else "  ", ink.accent),
            Segment(fit("gradient of", longest) + fit("shape", 12), ink.muted),
            Segment(fit("‖g‖", 10, right=True), ink.muted),
            Segment("   share of ‖g‖²", ink.muted),
        ]]  # fmt: skip
        for n in range(self._first, min(self._first + room, len(rows))):
            name, shape, square = rows[n]
            line: Line = [
                Segment("▌ " if n == here else "  ", ink.accent),
                Segment(fit(name, longest), ink.bright if n == here else ink.text),
                Segment(fit(shape_text(shape), 12), ink.muted),
                Segment(fit(significant(square**0.5), 10, right=True), ink.text),
                Segment(fit(percent(square / total), 8, right=True) + " ", ink.text),
                Segment(bar(square / total, max(0, width - longest - 34)), ink.role("score")),
            ]
            if n == here and self.has_focus:
                line = [Segment(s.text, (s.style or Style.null()) + ink.row)
                        for s in crop(line, width)]  # fmt: skip
            lines.append(line)
        return lines + foot

    def _foot(self, loop: LoopView) -> list[Line]:
        ink, inside = self.ink, loop.look.inside
        assert inside is not None
        clip = loop.facts.recipe.optimizer.clip
        whole: Line = [
            Segment(" all weights  ‖g‖ = ", ink.muted),
            Segment(significant(inside.norm, 6), ink.bright),
        ]
        if not clip:
            whole.append(Segment("   no clipping here: × 1", ink.muted))
        elif inside.factor == 1:
            whole.append(Segment(f"   not longer than {clip:g}: × 1", ink.muted))
        else:
            whole += [
                Segment(f"   longer than {clip:g}: every gradient × {clip:g} / ‖g‖ = ", ink.muted),
                Segment(significant(inside.factor, 6), ink.accent),
            ]
        return [[], whole]

    def action_move(self, by: int) -> None:
        """Another parameter."""
        if self.loop is not None:
            names = weights_of(self.loop.facts.config)
            at = names.index(self.loop.cursor.tensor) if self.loop.cursor.tensor in names else 0
            self.post_message(self.Chosen(names[max(0, min(at + by, len(names) - 1))]))

    def on_click(self, event: events.Click) -> None:
        """The parameter that is clicked."""
        if self.loop is not None and event.y >= 1:
            names = weights_of(self.loop.facts.config)
            at = self._first + event.y - 1
            if at < len(names):
                self.post_message(self.Chosen(names[at]))


class ClipPane(PartPane):
    """All gradients as one vector."""

    part = Lengths
