"""The words around a grid, title and legend: the fullest that fit, none of them cut."""

from collections.abc import Iterable
from itertools import product

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len
from rich.segment import Segment

from tui_transformer.render.grid_plan import GridPlan
from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, columns, first_that_fits, width_of
from tui_transformer.render.numbers import significant
from tui_transformer.render.scale import DIGITS, Mark, levels_of
from tui_transformer.walkthrough import Exhibit, Limits, shape_text

Marks = npt.NDArray[np.int8]
Ways = list[tuple[int, Line]]
"""Ways to say one thing, with what is lost by each: 0 for the fullest, which comes first."""


def title(exhibit: Exhibit, where: GridPlan, ink: Ink, *, focused: bool, tag: str = "") -> Line:
    """The tensor's name in the hue of its role, its shape, and what of it is in sight."""
    mark = "▸ " if focused else "  "
    name: Line = [
        Segment(mark, ink.accent),
        Segment(f"{tag} " if tag else "", ink.faint),
        Segment(exhibit.short_name, ink.role(exhibit.role, bold=True)),
    ]
    head = f" head {exhibit.head + 1}" if exhibit.head is not None else ""
    shape: Line = [
        Segment(f" {shape_text(exhibit.shape)}", ink.muted), Segment(head, ink.text),
    ]  # fmt: skip
    full, brief, *briefer = _in_sight(exhibit, where)
    ways = [([*name, *shape], full), ([*name, *shape], brief), (name, brief)]
    for left, words in ways:
        if width_of(left) + cell_len(words) + 2 <= where.width:
            return columns(left, [Segment(words, ink.muted)], where.width)
    close: list[Line] = [[*name, Segment(f" {words}", ink.muted)] for words in (brief, *briefer)]
    return first_that_fits([*close, name], where.width)


def _in_sight(exhibit: Exhibit, where: GridPlan) -> list[str]:
    """Which part of a tensor is drawn, in fewer and fewer words, at least two ways; nothing where
    it is all of it, cell by cell.
    """
    rows, cols = exhibit.values.shape
    if where.whole:
        down, across = -(-rows // where.rows), -(-cols // where.shown)
        size = f"{down}×{across}"
        return [f"whole, areas of {down} × {across}", f"areas of {size}", f"areas {size}"]
    across_words = down_words = ("", "")
    if where.shown < cols:
        last = where.column + where.shown - 1
        span = f"{where.column:,}–{last:,}"
        across_words = (f"{span} of {cols:,}", span)
    if exhibit.first or exhibit.shape[-2] > rows:
        down_words = (f"row {exhibit.first:,} of {exhibit.shape[-2]:,}", f"row {exhibit.first:,}")
    if where.rows < rows:
        span = f"rows {where.row:,}–{where.row + where.rows - 1:,}"
        down_words = (f"{span} of {rows:,}", span)

    def both(word: str, brief: bool) -> str:
        across = across_words[brief] and f"{word} {across_words[brief]}"
        return " · ".join(filter(None, (across, down_words[brief])))

    ways = [both("columns", False), both("columns", True), both("cols", True)]
    if across_words[1]:  # the labels of the rows are there to be read
        ways += [f"columns {across_words[1]}", f"cols {across_words[1]}"]
    return ways


def legend(exhibit: Exhibit, ink: Ink, marks: Marks, where: GridPlan) -> Line:
    """The scale with its printed limits, what an area is, and the signs that occur."""
    found = [mark for mark in Mark if mark != Mark.VALUE and (marks == mark).any()]
    ways = (
        (0, [Segment(" " * where.label)]), (1, [Segment("  ")]),
    )  # fmt: skip
    parts = product(ways, _scales(exhibit.limits, ink, where), _taken(where), _signs(found, ink))
    told = [(sum(lost for lost, _ in way), [s for _, line in way for s in line]) for way in parts]
    told.sort(key=lambda way: way[0])
    return first_that_fits((line for _, line in told), where.width)


def _signs(found: Iterable[Mark], ink: Ink) -> Ways:
    """The signs with their meanings, and with fewer of them."""
    found = list(found)
    ways: Ways = []
    for lost in range(len(found) + 1):
        line: Line = []
        for n, mark in enumerate(found):
            line.append(Segment(f"   {mark.sign}", ink.text))
            if n < len(found) - lost:
                line.append(Segment(f" {mark.meaning}", ink.muted))
        ways.append((3 * lost, line))
    return ways


def _taken(where: GridPlan) -> Ways:
    """Which number of an area is shown."""
    if not where.whole:
        return [(0, [])]
    taken = "mean" if where.zoom == "mean" else "largest |x|"
    return [(0, [Segment(f"   area: {taken}")]), (1, [Segment(f" {taken}")]), (9, [])]


def _scales(limits: Limits, ink: Ink, where: GridPlan) -> Ways:
    """The numbers at the two ends of a scale, and what lies between them."""
    low, high = significant(limits.low), significant(limits.high)
    ends = f"±{high}" if limits.signed else f"{low}–{high}"  # ± says what the other end is
    short: Line = [Segment(ends, ink.muted)]
    if ink.colour:
        ramps = (_ramp(limits, ink, steps + limits.signed) for steps in (12, 6))
        full, brief = (
            [Segment(f"{low} ", ink.muted), *ramp, Segment(f" {high}", ink.muted)] for ramp in ramps
        )
        return [(0, full), (1, brief), (4, short)]
    if where.zoom == "numbers":
        return [(0, [Segment(f"{low} … {high}", ink.muted)]), (4, short)]
    signs = ink.signs[1:]
    each = words = "1…9" if ink.signs == DIGITS else signs
    if limits.signed and ink.signs == DIGITS:
        words = "+1…+9 and −1…−9"
    elif limits.signed and where.cell == 2:
        words = f"+{signs} and −{signs}"
    parts = {4: "quarters", 6: "sixths", 9: "ninths"}[len(signs)]
    plus = "±" if limits.signed and words == each else ""
    text = f"{words} in {parts} of {plus}{high}, {ink.signs[0]} near 0"
    sign = "±" if limits.signed else ""
    brief = [Segment(f"{each} in {parts} of {sign}{high}", ink.muted)]
    return [(0, [Segment(text, ink.muted)]), (1, brief), (4, short)]


def _ramp(limits: Limits, ink: Ink, steps: int) -> Line:
    """The colours of a scale from end to end."""
    ends = np.linspace(limits.low, limits.high, steps)
    return [
        Segment(" ", ink.cell(int(level), signed=limits.signed))
        for level in levels_of(ends, limits)
    ]
