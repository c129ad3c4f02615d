"""A tensor as a grid of cells: numbers on colour where they fit, colour alone where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tui_transformer.render.areas import by_area
from tui_transformer.render.grid_plan import GridPlan, decimals_of
from tui_transformer.render.grid_words import Marks, legend, title
from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, crop, fit, merged
from tui_transformer.render.numbers import fixed, one_digit, significant
from tui_transformer.render.scale import DIGITS, Mark, levels_of, marks_of, sign_of
from tui_transformer.tokenizers.visible import LEADING_SPACE
from tui_transformer.walkthrough import Exhibit

Floats = npt.NDArray[np.floating]


def paint(
    exhibit: Exhibit,
    where: GridPlan,
    ink: Ink,
    cursor: tuple[int, int] | None,
    *,
    focused: bool = False,
    tag: str = "",
    areas: Exhibit | None = None,
) -> list[Line]:
    """The lines of a grid: title, bands of labels and cells, legend.

    Args:
        exhibit: the tensor.
        where: the plan for it.
        ink: how this terminal is drawn on.
        cursor: the (row, column) of the tensor that is marked.
        focused: whether the keys are here.
        tag: stands before the name.
        areas: what `by_area` makes of it, where the plan is by areas and it is at hand.
    """
    whole = exhibit
    if where.whole:
        exhibit = areas if areas is not None else by_area(exhibit, where)
        cursor = where.area_of(*cursor) if cursor is not None else None
    values = exhibit.values[
        where.row : where.row + where.rows, where.column : where.column + where.shown
    ]
    masked = exhibit.masked
    if masked is not None:
        masked = masked[
            where.row : where.row + where.rows, where.column : where.column + where.shown
        ]
    marks = marks_of(values, exhibit.limits, masked)
    levels = levels_of(values, exhibit.limits)
    decimals = decimals_of(exhibit) if where.zoom == "numbers" else 0
    painter = _Painter(exhibit, where, ink, cursor, focused, values, marks, levels, decimals)
    lines = [title(whole, where, ink, focused=focused, tag=tag)]
    for band in range(where.bands):
        lines += painter.band(band)
    lines.append(legend(exhibit, ink, marks, where))
    return [crop(merged(line), where.width) for line in lines]


@dataclass(frozen=True, slots=True)
class _Painter:
    """Draws the bands of one grid."""

    exhibit: Exhibit
    where: GridPlan
    ink: Ink
    cursor: tuple[int, int] | None
    focused: bool
    values: Floats
    marks: Marks
    levels: npt.NDArray[np.intp]
    decimals: int

    def band(self, band: int) -> list[Line]:
        first = band * self.where.per_band
        last = min(first + self.where.per_band, self.where.shown)
        lines = [self._header(first, last)]
        for row in range(0, self.where.rows, self.where.stack):
            line = [self._label(row)]
            if self.where.stack == 2:
                line += [self._halves(row, column) for column in range(first, last)]
            else:
                line += [self._cell(row, column) for column in range(first, last)]
            lines.append(line)
        return lines

    def _at_cursor(self, row: int, column: int) -> bool:
        return self.cursor == (row + self.where.row, column + self.where.column)

    def _header(self, first: int, last: int) -> Line:
        labels: Sequence[str] = self.exhibit.column_labels
        line: Line = [Segment(" " * self.where.label)]
        named = self.exhibit.column_axis in {"key_pos", "d_vocab", "one"} and not self.where.whole
        skip = 0
        for at in range(first, last):
            column = at + self.where.column
            focus = self.cursor is not None and self.cursor[1] == column
            style = self.ink.accent if focus else self.ink.muted
            width = self.where.cell
            if skip:
                skip -= 1
                continue
            text = labels[column]
            if width >= 4:
                line.append(Segment(" " + fit(text, width - 1, right=True), style))
            elif named and width == 2:
                line.append(Segment(_initial(text.lstrip(LEADING_SPACE) or text), style))
            else:  # index axes: a tick where a label has room
                every = 5 if width == 2 else 10
                cells = max(1, -(-len(text) // width))
                if column % every == 0 and (at + cells <= last or at == first):
                    skip = cells - 1
                    line.append(Segment(fit(text, width * (skip + 1)), self.ink.muted))
                else:
                    line.append(Segment(" " * width, self.ink.muted))
        return line

    def _label(self, row: int) -> Segment:
        at = row + self.where.row
        if self.where.stack == 2 and self.cursor and self.cursor[0] == at + 1:
            at += 1  # a line of half blocks has two rows: name the one in focus
        focus = self.cursor is not None and self.cursor[0] == at
        label = self.exhibit.row_labels[at] if at < len(self.exhibit.row_labels) else str(at)
        text = ("▌" if focus else " ") + fit(label, self.where.label - 2) + " "
        return Segment(text, self.ink.accent if focus else self.ink.text)

    def _cell(self, row: int, column: int) -> Segment:
        mark = Mark(int(self.marks[row, column]))
        text = self._text(row, column, mark)
        if self._at_cursor(row, column):
            return Segment(text, self.ink.cursor if self.focused else self.ink.cursor_away)
        if mark in {Mark.MASKED, Mark.NAN}:
            return Segment(text, self.ink.faint if mark == Mark.MASKED else self.ink.bad)
        level = int(self.levels[row, column])
        return Segment(text, self.ink.cell(level, signed=self.exhibit.limits.signed))

    def _text(self, row: int, column: int, mark: Mark) -> str:
        value = float(self.values[row, column])
        width = self.where.cell
        if self.where.zoom == "numbers":
            if mark == Mark.MASKED:
                return "×".rjust(width - 1) + " "
            sign = mark.sign if mark in {Mark.ABOVE, Mark.BELOW} else ""
            text = sign + fixed(value, self.decimals).strip()
            if len(text) >= width:
                text = sign + _shortest(value, width - len(sign) - 1)
            return fit(text, width, right=True)
        if mark != Mark.VALUE:
            sign = "−" if mark == Mark.NEGATIVE_INFINITY else ""
            return (sign + mark.sign).rjust(width)[-width:]
        if self.ink.colour:
            return " " * width
        signs = self.ink.signs
        shown = sign_of(value, self.exhibit.limits, signs)
        if width != 2:
            return shown
        if shown == signs[0]:
            return " " + shown
        if self.exhibit.limits.signed:
            return ("−" if value < 0 else "+") + shown
        return (" " if signs == DIGITS else shown) + shown

    def _halves(self, row: int, column: int) -> Segment:
        under = row + 1 if row + 1 < self.where.rows else None
        if self._at_cursor(row, column):
            return Segment("▀", self.ink.cursor_half)
        if under is not None and self._at_cursor(under, column):
            return Segment("▄", self.ink.cursor_half)
        upper = Mark(int(self.marks[row, column]))
        lower = Mark(int(self.marks[under, column])) if under is not None else Mark.MASKED
        signed = self.exhibit.limits.signed
        a = int(self.levels[row, column])
        b = int(self.levels[under, column]) if under is not None else 0
        empty = {Mark.MASKED}
        if upper in empty and lower in empty:
            return Segment(" ", Style.null())
        for mark, level in ((upper, a), (lower, b)):
            if mark not in {Mark.VALUE, Mark.MASKED}:
                style = self.ink.cell(level, signed=signed)
                return Segment(mark.sign, self.ink.bad if mark == Mark.NAN else style)
        if upper in empty:
            return Segment("▄", self.ink.half(b, signed=signed))
        if lower in empty:
            return Segment("▀", self.ink.half(a, signed=signed))
        return Segment("▀", self.ink.halves(a, b, signed=signed))


def _initial(label: str) -> str:
    """A label in two cells: all of it, or else its first letter."""
    if cell_len(label) <= 2:
        return set_cell_size(label, 2)
    first = set_cell_size(label, 1) + " "
    return first if first.strip() else set_cell_size(label, 2)


def _shortest(value: float, room: int) -> str:
    """A number with two digits, or one where two have no room."""
    text = significant(value, 2)
    if len(text) > room:
        text = one_digit(value)
    return text
