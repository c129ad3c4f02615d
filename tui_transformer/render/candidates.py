"""The way from logits to a token, in columns: logit, ÷ T, kept or struck out, probability."""

import numpy as np
from rich.segment import Segment

from tui_transformer.models import LoadedModel
from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, bar, fit
from tui_transformer.render.numbers import fixed, percent, significant
from tui_transformer.sampling import Cut, Distribution, Draw

TOKEN_WIDTH = 12


def heading(dist: Distribution, ink: Ink, width: int) -> Line:
    """The names of the columns; which there are depends on the width."""
    lead = " " * (rank_width(dist) + 2)
    line: Line = [Segment(lead + fit("token", TOKEN_WIDTH), ink.muted)]
    line.append(Segment(fit("logit", 8, right=True), ink.role("logit")))
    if width >= 52:
        line.append(Segment(fit(_divided(dist), 8, right=True), ink.role("logit")))
    line.append(Segment(fit("p", 8, right=True), ink.role("probability")))
    if width >= 72:
        line.append(Segment(fit("∑p", 8, right=True), ink.muted))
    return line


def rank_width(dist: Distribution) -> int:
    """How wide the column of ranks is."""
    return max(2, len(str(len(dist.order))))


def _divided(dist: Distribution) -> str:
    return "T = 0" if dist.settings.greedy else f"÷ {dist.settings.temperature:g}"


def rows(
    dist: Distribution,
    model: LoadedModel,
    ink: Ink,
    width: int,
    count: int,
    *,
    first: int = 0,
    drawn: Draw | None = None,
) -> list[Line]:
    """Candidates from rank `first` on, largest logit first.

    The one that a draw falls on is marked; one that a filter cut is struck out and says by which.
    """
    top = float(dist.probs[dist.order[0]])
    ranks = rank_width(dist)
    lines: list[Line] = []
    for rank in range(first, min(first + count, len(dist.order))):
        token = int(dist.order[rank])
        cut = Cut(int(dist.cut[token]))
        kept = cut == Cut.KEPT
        hit = drawn is not None and drawn.token == token
        name = ink.accent if hit else (ink.text if kept else ink.struck)
        number = ink.text if kept else ink.struck
        line: Line = [
            Segment("▸" if hit else " ", ink.accent),
            Segment(f"{rank + 1:>{ranks}} ", ink.faint),
            Segment(fit(model.labels[token], TOKEN_WIDTH), name),
            Segment(_score(float(dist.logits[token])), number),
        ]
        if width >= 52:
            line.append(Segment(_score(float(dist.scaled[token])), number))
        used = TOKEN_WIDTH + 2 + ranks + 8 + (8 if width >= 52 else 0) + 8
        if kept:
            p = float(dist.probs[token])
            line.append(Segment(fit(percent(p), 8, right=True), ink.bright))
            if width >= 72:
                used += 8
                line.append(
                    Segment(fit(percent(float(dist.cumulative[token])), 8, right=True), ink.muted)
                )
            room = max(0, width - used - 2)
            line.append(Segment(" " + bar(p / top, room), ink.role("probability")))
        else:
            line.append(Segment(f"  ✗ cut by {cut.label}", ink.struck))
        lines.append(line)
    return lines


def _score(value: float) -> str:
    """A logit in a column of its own, points lined up; large ones with fewer digits."""
    text = fixed(value, 3).strip()
    return fit(text if len(text) < 8 else significant(value), 8, right=True)


def outcome(dist: Distribution, total: int) -> str:
    """One line: how many tokens are kept, their mass, how uncertain the draw is."""
    if dist.settings.greedy:
        return "greedy: the largest logit is taken, nothing is drawn"
    mass = "" if dist.kept == total else f", {percent(dist.kept_mass)} of the mass"
    known = "" if len(dist.order) == total else f" · {len(dist.order):,} in the file"
    return f"kept {dist.kept:,} of {total:,}{mass}{known} · {dist.entropy:.2f} bits of uncertainty"


def number_line(dist: Distribution, model: LoadedModel, drawn: Draw, ink: Ink,
                width: int) -> list[Line]:  # fmt: skip
    """The line from 0 to 1: a piece a kept token, as wide as its probability, and where u falls."""
    room = max(10, width - 2)
    hues = [ink.role(role) for role in ("probability", "activation", "k", "v", "q", "weights")]
    top: Line = [Segment(" ")]
    names: Line = [Segment(" ")]
    x = 0
    piece_of_draw = (0, room)
    kept = dist.order[dist.probs[dist.order] > 0]
    edges = np.rint(np.cumsum(dist.probs[kept]) * room).astype(int)  # where each piece ends
    wide = np.flatnonzero(np.diff(edges, prepend=0) > 0)  # the others are too narrow to be drawn
    for n, at_rank in enumerate(wide.tolist()):
        token, to = int(kept[at_rank]), min(room, int(edges[at_rank]))
        hit = token == drawn.token
        style = ink.accent if hit else hues[n % len(hues)]
        if hit:
            piece_of_draw = (x, to)
        piece = ("█" if n % 2 == 0 else "▓") * (to - x)
        top.append(Segment(piece, style))
        label = model.labels[token]
        names.append(Segment(fit(label, to - x) if to - x > 2 else " " * (to - x), style))
        x = to
    mark: Line = [Segment(" ")]
    if drawn.u is not None:
        at = min(room - 1, int(drawn.u * room))
        at = max(piece_of_draw[0], min(at, piece_of_draw[1] - 1))  # the piece's ends are rounded
        text = f"▲ u = {drawn.u:.6f}"
        if at + len(text) > room:
            text = f"u = {drawn.u:.6f} ▲"
            at -= len(text) - 1
        mark.append(Segment(" " * max(0, at) + text, ink.accent))
    ends: Line = [
        Segment(" 0", ink.muted), Segment(" " * (room - 2)), Segment("1", ink.muted),
    ]  # fmt: skip
    return [names, top, mark, ends]
