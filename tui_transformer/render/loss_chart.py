"""The loss curve as a small chart of characters."""

from collections.abc import Sequence
from math import isfinite

TRAIN, HELD_OUT, BOTH = "·", "●", "◉"
ASCII = (".", "o", "@")
"""The same three marks where a terminal has no others."""

_LABEL = 7


def loss_chart(
    steps: Sequence[int],
    train: Sequence[float],
    held_out: Sequence[float],
    width: int,
    height: int,
    last: int,
    *,
    unicode: bool = True,
    mark: int | None = None,
) -> list[str]:
    """Two curves over the steps of a run, a line of text a row.

    Args:
        steps: where the points are, from 0 to `last`.
        train: the loss there on what was learned from, in nats.
        held_out: the loss there on what was not.
        width: in terminal cells, the labels of the axis included.
        height: rows of the chart, without the line that names the marks.
        last: the step at the right edge.
        unicode: whether the marks can be other characters than ASCII.
        mark: a step at which a line stands from top to bottom.

    Returns:
        `height` lines and one that names the marks; none where there is no point yet.
    """
    marks = (TRAIN, HELD_OUT, BOTH) if unicode else ASCII
    finite = [loss for loss in (*train, *held_out) if isfinite(loss)]
    columns = width - _LABEL - 1
    if not finite or columns < 2 or height < 2:
        return []
    top, bottom = max(finite), min(finite)
    span = (top - bottom) or 1.0
    cells = [[0] * columns for _ in range(height)]
    for bit, losses in ((1, train), (2, held_out)):
        for step, loss in zip(steps, losses, strict=True):
            if isfinite(loss):
                column = min(columns - 1, round(step / max(last, 1) * (columns - 1)))
                row = round((top - loss) / span * (height - 1))
                cells[row][column] |= bit
    at = None if mark is None else min(columns - 1, round(mark / max(last, 1) * (columns - 1)))
    upright = "│" if unicode else "|"
    lines = []
    for row, line in enumerate(cells):
        label = f"{top - span * row / (height - 1):{_LABEL}.3f}" if row in (0, height - 1) else ""
        drawn = "".join(
            marks[cell - 1] if cell else (upright if column == at else " ")
            for column, cell in enumerate(line)
        )
        lines.append(f"{label:{_LABEL}} {drawn}".rstrip())
    return [*lines, f"{'':{_LABEL}} {marks[0]} train  {marks[1]} held out  {marks[2]} both"]
