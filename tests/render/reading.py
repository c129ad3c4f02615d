"""Reading back what was drawn: text by terminal cells, numbers as they were printed."""

import math
import re

import numpy as np
from rich.cells import cell_len, get_character_cell_size

from tui_transformer.render.grid import GridPlan
from tui_transformer.render.lines import Line, width_of
from tui_transformer.render.scale import Mark, marks_of
from tui_transformer.walkthrough import Exhibit


def text_of(line: Line) -> str:
    """The text of a line."""
    return "".join(segment.text for segment in line)


def between(line: Line, start: int, end: int) -> str:
    """The characters that begin in the terminal cells from `start` up to `end`."""
    out, x = "", 0
    for char in text_of(line):
        if start <= x < end:
            out += char
        x += get_character_cell_size(char)
    return out


def wide(line: Line) -> int:
    """Cells that a line takes, measured as a whole and by its parts."""
    assert width_of(line) == cell_len(text_of(line))
    return width_of(line)


def area(where: GridPlan) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """All places of a grid by the cell that is drawn there."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for y in range(where.bands * where.band_height + 4):
        for x in range(where.width + 2):
            cell = where.cell_at(x, y)
            if cell is not None:
                found.setdefault(cell, []).append((x, y))
    return found


def shown_number(text: str) -> tuple[float, float]:
    """A printed number, and half a unit of its last place."""
    text = text.strip().lstrip("▲▼").replace("−", "-").replace("∞", "inf")
    match = re.fullmatch(r"(-?\d+)(?:\.(\d*))?(?:e(-?\d+))?", text)
    if match is None:
        return float(text), 0.0
    exponent = int(match[3] or 0) - len(match[2] or "")
    return float(text), 0.5 * 10.0**exponent


def check_numbers(exhibit: Exhibit, where: GridPlan, lines: list[Line]) -> None:
    marks = marks_of(exhibit.values, exhibit.limits, exhibit.masked)
    for (row, column), places in area(where).items():
        x, y = min(places)
        text = between(lines[y], x, x + where.cell)
        value, mark = float(exhibit.values[row, column]), Mark(int(marks[row, column]))
        if mark == Mark.MASKED:
            assert text.strip() == "×"
        else:
            number, half = shown_number(text)
            if math.isfinite(value):
                assert abs(number - value) <= half * 1.001 + abs(value) * 1e-6, (text, value)
            else:
                assert np.array_equal(number, value, equal_nan=True), (text, value)
        assert ("▲" in text, "▼" in text) == (mark == Mark.ABOVE, mark == Mark.BELOW)
