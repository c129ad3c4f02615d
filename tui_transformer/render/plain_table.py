"""Tables of plain text: columns that line up; long rows are cut and say what is left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len

from tui_transformer.render.lines import fit, wrap
from tui_transformer.render.numbers import CELL_DIGITS, are_whole, decimals_for, fixed, significant

WIDTH = 80
LABEL_MAX = 14
ROWS_MAX = 12
"""The longest table that is written out in full; of longer ones the first 8 and last 2 rows."""

_FIRST_ROWS = 8
_LAST = 2
GAP = "…"


@dataclass(frozen=True, slots=True)
class View:
    """How much of a stage is written out, and how wide.

    `head` is the one query head to show, `None` for all of them; `width` is in terminal cells.
    """

    head: int | None = None
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class Format:
    """How the numbers of one column, or of one tensor, are written: all of them alike.

    `decimals` is `None` where the numbers are so large or so small that they need an exponent.
    """

    decimals: int | None

    def __call__(self, value: float) -> str:
        """The number with a column for its sign."""
        if self.decimals is not None:
            return fixed(value, self.decimals)
        text = significant(value)
        return text if text.startswith("−") else f" {text}"


def format_for(values: npt.ArrayLike, digits: int = CELL_DIGITS) -> Format:
    """A format that shows about `digits` significant digits.

    Where no number reaches 2, most begin with a 0 that tells nothing: they get one digit more.
    """
    array = np.abs(np.asarray(values, dtype=np.float64))
    finite = array[np.isfinite(array)]
    top = float(finite.max()) if finite.size else 0.0
    if finite.size and top < 1e7 and are_whole(finite):
        return Format(0)
    if top and not 1e-4 <= top < 1e7:
        return Format(None)
    return Format(decimals_for(top, digits))


def short(text: str, width: int = LABEL_MAX) -> str:
    """A label, cut with `…` where it is too wide."""
    return fit(text, width) if cell_len(text) > width else text


def columns_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column, in terminal cells."""
    return [max(map(cell_len, column)) for column in zip(*rows, strict=True)]


def table(rows: Sequence[Sequence[str]], align: str, indent: int = 2, gap: int = 2) -> list[str]:
    """Rows of cells as lines.

    Args:
        rows: all of one length, the line of headings first.
        align: a letter a column, `l` or `r`.
        indent: spaces before each line.
        gap: spaces between columns.
    """
    widths = columns_of(rows)
    lines = []
    for row in rows:
        cells = [
            fit(cell, width, right=side == "r")
            for cell, width, side in zip(row, widths, align, strict=True)
        ]
        lines.append((" " * indent + (" " * gap).join(cells)).rstrip())
    return lines


def beside(lead: str, text: str, width: int = WIDTH) -> list[str]:
    """Words beside a lead, in as many lines as they take, all of them behind it."""
    lines = wrap(text, max(20, width - cell_len(lead))) or [""]
    rest = " " * cell_len(lead)
    return [f"{lead if n == 0 else rest}{line}".rstrip() for n, line in enumerate(lines)]


def rows_shown(count: int, focus: int | None) -> list[int | None]:
    """Which rows of a table are written out; `None` stands for those left out in between.

    The row in focus is always among them.
    """
    if count <= ROWS_MAX:
        return list(range(count))
    kept = {*range(_FIRST_ROWS), *range(count - _LAST, count)}
    if focus is not None:
        kept.add(focus)
    return _with_gaps(sorted(kept))


def columns_shown(count: int, fits: int) -> list[int | None]:
    """Which columns are written out where `fits` have room; `None` stands for those left out."""
    if count <= fits:
        return list(range(count))
    first = max(1, fits - _LAST - 1)
    return _with_gaps([*range(min(first, count)), *range(max(first, count - _LAST), count)])


def _with_gaps(kept: Sequence[int]) -> list[int | None]:
    out: list[int | None] = []
    for at in kept:
        if out and out[-1] is not None and at > out[-1] + 1:
            out.append(None)
        out.append(at)
    return out


def left_out(shown: Sequence[int | None], count: int, what: str) -> str:
    """What a table does not show: `6 of 16 columns (6 to 11)`; empty where it shows all."""
    kept = [at for at in shown if at is not None]
    if len(kept) == count:
        return ""
    missing = sorted(set(range(count)) - set(kept))
    runs: list[list[int]] = []
    for at in missing:
        if runs and at == runs[-1][-1] + 1:
            runs[-1][-1] = at
        else:
            runs.append([at, at])
    spans = ", ".join(f"{a:,} to {b:,}" if b > a else f"{a:,}" for a, b in runs)
    return f"{len(missing):,} of {count:,} {what} ({spans})"


def share(value: float) -> str:
    """A probability with four decimals; one too small for them is `<0.0001`, none at all `0`."""
    if value == 0:
        return "0"
    if 0 < value < 0.00005:
        return "<0.0001"
    return f"{value:.4f}" if isfinite(value) else fixed(value, 4).strip()
