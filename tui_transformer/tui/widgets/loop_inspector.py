"""One number of a step of training, what the stage does, and the code that ran."""

from math import exp

from rich.segment import Segment

from tui_transformer.render.lines import Line, columns, fit, wrap
from tui_transformer.render.numbers import INSPECTOR_DIGITS, percent, significant
from tui_transformer.tui.loop_view import LoopPainted, LoopView
from tui_transformer.tui.widgets.inspector import about_lines, code_lines
from tui_transformer.walkthrough import Exhibit
from tui_transformer.watching.tensors import is_weight, maker_of


class LoopInspector(LoopPainted):
    """Reads what is under the cursor."""

    def paint(self, width: int, height: int) -> list[Line]:
        """The number, the stage's explanation and the code that ran."""
        loop = self.loop
        if loop is None:
            return []
        room = width - 2
        lines = [*self._number(loop, room), *about_lines(
            loop.stage.explanation(loop.facts), room, self.ink,
        )]  # fmt: skip
        ran = loop.stage.ran(loop.facts)
        if loop.cursor.stage == "backward":
            ran = maker_of(loop.cursor.tensor, loop.facts.config)
        if ran is not None:
            lines += code_lines(ran, room, self.ink)
        return [[Segment(" "), *line] for line in lines]

    def _number(self, loop: LoopView, room: int) -> list[Line]:
        inside = loop.look.inside
        if inside is None:
            words = "The run is complete: no step follows this moment."
            return [[Segment(part, self.ink.text)] for part in wrap(words, room)]
        key = loop.cursor.stage
        if key in {"text", "batch", "loss"}:
            return self._position(loop, room)
        if key == "clip":
            return [
                self._pair("‖g‖", inside.norm, room),
                self._pair("× ", inside.factor, room),
                self._pair("clipped ‖g‖", inside.norm * inside.factor, room),
            ]
        shown = loop.pictures
        if shown is None:
            return []
        values, gradient = shown
        row, column = loop.cell(values)
        lines = [self._pair(values.short_name, float(values.values[row, column]), room)]
        if key != "forward":
            slope = float(gradient.values[row, column])
            lines.append(self._pair(f"∂L/∂{values.short_name}", slope, room))
        words = place_words(values, row, column)
        lines += [[Segment(part, self.ink.text)] for part in wrap(words, room)]
        lines.append([Segment(fit(values.name, room), self.ink.faint)])
        if key == "backward":
            what = "0.01 more here" if is_weight(values.name) else "0.01 more here alone"
            change = f"{what} would change the loss by about {significant(slope / 100, 3)}"
            lines += [[], *([Segment(part, self.ink.muted)] for part in wrap(change, room))]
        if key == "update" and loop.update is not None:
            lines += [self._pair("after the step", loop.update.new, room)]
        return lines

    def _pair(self, name: str, value: float, room: int) -> Line:
        number = significant(value, INSPECTOR_DIGITS)
        return columns([Segment(name, self.ink.muted)], [Segment(number, self.ink.bright)], room)

    def _position(self, loop: LoopView, room: int) -> list[Line]:
        inside = loop.look.inside
        assert inside is not None
        row, at = loop.row, loop.position
        token, target = int(inside.batch.inputs[row, at]), int(inside.batch.targets[row, at])
        lines: list[Line] = [
            [Segment(f"row {row} · position {at}", self.ink.muted)],
            columns([Segment("input ", self.ink.muted),
                     Segment(loop.label(token), self.ink.bright)],
                    [Segment(f"{token:,}", self.ink.muted)], room),
            columns([Segment("target ", self.ink.muted),
                     Segment(loop.label(target), self.ink.accent)],
                    [Segment(f"{target:,}", self.ink.muted)], room),
        ]  # fmt: skip
        if loop.cursor.stage != "loss":
            return lines
        if inside.batch.mask is not None and not inside.batch.mask[row, at]:
            return [*lines, [Segment("the loss does not count here", self.ink.text)]]
        nats = float(inside.nats[row, at])
        return [
            *lines,
            columns([Segment("p(target)", self.ink.muted)],
                    [Segment(percent(exp(-nats)), self.ink.bright)], room),
            self._pair("−ln p", nats, room),
            self._pair("mean of the batch", inside.loss, room),
        ]  # fmt: skip


def place_words(shown: Exhibit, row: int, column: int) -> str:
    """Where a cell stands, in words."""
    down, across = shown.row_labels[row], shown.column_labels[column]
    if shown.axes[-2] == "one":
        words = f"{shown.column_axis} {across}"
    elif shown.column_axis == "key_pos":
        words = f"{down} looks at {across}"
    elif shown.row_axis in {"pos", "query_pos"} and not is_weight(shown.name):
        last = across if shown.column_axis == "d_vocab" else f"{shown.column_axis} {across}"
        words = f"{down} (position {row}) · {last}" if last.strip() else f"{down} (position {row})"
    else:
        words = f"{shown.row_axis} {down} · {shown.column_axis} {across}"
    if shown.head is not None:
        words += f" · {'key/value head' if shown.axes[0] == 'kv_head' else 'head'} {shown.head + 1}"
    return words
