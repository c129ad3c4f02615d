"""One number and everything about it: where it stands, where it came from, what the stage does."""

from collections.abc import Callable
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment

from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, columns, fit, width_of, wrap
from tui_transformer.render.numbers import INSPECTOR_DIGITS, fixed, significant
from tui_transformer.trace import Explanation, Term, explain
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.view import View
from tui_transformer.walkthrough import Exhibit, place_of, source_of


class Inspector(Painted):
    """Reads the cell under the cursor, or under the mouse while it is over one.

    Args:
        id: of the widget.
        why: the action that shows every term.
    """

    def __init__(self, *, id: str | None = None, why: str = "cell.why") -> None:
        super().__init__(id=id)
        self._why_action = why
        self._hover: tuple[Exhibit, int, int] | None = None

    def hover(self, exhibit: Exhibit | None, row: int, column: int) -> None:
        """Show the cell under the mouse in place of the cursor's."""
        self._hover = None if exhibit is None else (exhibit, row, column)
        self.repaint()

    def show(self, view: View) -> None:
        """Draw another look; what the mouse was over may be gone."""
        if self._hover is not None and self._hover[0].name not in view.step.shows(
            view.model.config
        ):
            self._hover = None
        super().show(view)

    def paint(self, width: int, height: int) -> list[Line]:
        """The number, its origin, the stage's explanation and the code that ran."""
        view = self.view
        if view is None:
            return []
        room = width - 2
        stage = view.step.stage
        about = about_lines(stage.explanation(view.model.config), room, self.ink)
        lines: list[Line] = []
        shown = self._hover or (
            (view.focus, *view.cell(view.focus)) if view.focus is not None else None
        )
        code: list[Line] = []
        ran = stage.ran(view.model.config)
        if ran is not None:
            code = code_lines(ran, room, self.ink)
        if shown is None:
            lines = [*about, *code]
        else:
            number = self._number(*shown, room)
            rest = height - len(number)
            free = max(rest - len(about) - min(len(code), 6), min(10, rest))
            lines = [*number, *self._why(shown, room, free), *about, *code]
        return [[Segment(" "), *line] for line in lines]

    def _number(self, shown: Exhibit, row: int, column: int, room: int) -> list[Line]:
        ink = self.ink
        value = float(shown.values[row, column])
        ref = shown.ref(row, column)
        index = ",".join(str(at) for at in ref.index)
        text = significant(value, INSPECTOR_DIGITS)
        lines: list[Line] = [
            columns(
                [Segment(fit(shown.short_name, min(room, cell_len(shown.short_name))),
                         ink.role(shown.role, bold=True)),
                 Segment(f"[{index}]", ink.muted)],
                [Segment(text, ink.bright)],
                room,
            )
        ]  # fmt: skip
        words = cell_words(shown, row, column)
        lines += [[Segment(line, ink.text)] for line in wrap(words, room)]
        lines += self._rank(shown, row, column)
        lines.append([Segment(fit(shown.name, room), ink.faint)])
        return lines

    def _rank(self, shown: Exhibit, row: int, column: int) -> list[Line]:
        """Where a logit stands among all of its row."""
        view = self.view
        if shown.column_axis != "d_vocab" or view is None or view.at_row is None:
            return []
        if row + shown.first != view.row:
            return []
        rank, count = view.at_row.rank(column), view.model.config.d_vocab
        return [[Segment(f"rank {rank:,} of {count:,}", self.ink.text)]]

    def _why(self, shown: tuple[Exhibit, int, int], room: int, free: int) -> list[Line]:
        exhibit, row, column = shown
        assert self.view is not None
        made = explain(self.view.trace, exhibit.ref(row, column))
        return why_lines(made, self.view, room, free, self.ink, all_key=self.key(self._why_action))


def about_lines(words: str, room: int, ink: Ink) -> list[Line]:
    """What a stage does, under its title."""
    lines: list[Line] = [[], [Segment("what this stage does", ink.accent)]]
    return lines + [[Segment(text, ink.text)] for text in wrap(words, room)]


def code_lines(function: Callable[..., Any], room: int, ink: Ink) -> list[Line]:
    """The source of what ran, long lines folded; comments fainter than the code."""
    place = place_of(function)
    parts = [place] if cell_len(place) <= room else place.split(" · ")
    where = [[Segment(part, ink.faint)] for part in parts]
    lines: list[Line] = [[], [Segment("the code that ran", ink.accent)], *where]
    for line in source_of(function):
        main, mark, comment = line.partition("  # ")
        indent = len(main) - len(main.lstrip())
        for n, part in enumerate(wrap(main.strip(), room - indent - 2)):
            lead = " " * (indent + 2 * (n > 0))
            lines.append([Segment(f"{lead}{part}", ink.text)])
        if mark and width_of(lines[-1]) + len(comment) + 4 <= room:
            lines[-1].append(Segment(f"  # {comment}", ink.faint))
    return lines


def cell_words(shown: Exhibit, row: int, column: int) -> str:
    """Where a cell stands, in words: its tokens, its dimension, its head (counted from 1)."""
    row_name = shown.row_labels[row] if row < len(shown.row_labels) else str(row)
    column_name = shown.column_labels[column]
    if shown.column_axis == "key_pos":
        masked = shown.masked is not None and bool(shown.masked[row, column])
        words = f"{row_name} {'may not look' if masked else 'looks'} at {column_name}"
    elif shown.column_axis == "d_vocab":
        words = f"after {row_name}: {column_name}"
    elif shown.column_axis == "one":
        words = f"scale of {row_name}"
    else:
        words = f"{row_name} · {shown.column_axis} {column_name}"
    if shown.head is None:
        return words
    kind = "key/value head" if shown.axes[0] == "kv_head" else "head"
    return f"{words} · {kind} {shown.head + 1}"


def term_name(term: Term, view: View) -> str:
    """What a term stands for: a token for a position, an index for a dimension."""
    if term.index is None:
        return term.axis
    if term.axis in {"key_pos", "pos"}:
        return view.tokens[term.index]
    short = {"d_model": "d", "d_head": "d", "d_mlp": "n", "head": "head "}.get(term.axis, "")
    return f"{short}{term.index + (term.axis == 'head')}"


def why_lines(
    made: Explanation, view: View, room: int, free: int, ink: Ink, *, all_key: str = ""
) -> list[Line]:
    """The arithmetic behind a cell, as many of its largest terms as `free` lines hold.

    `all_key` is the key that shows all of them, where there is one.
    """
    title: Line = [Segment("where it came from", ink.accent)]
    if made.lacks:
        return [[], title, *([Segment(line, ink.muted)] for line in wrap(made.lacks, room))]
    if all_key:
        title.append(Segment(f"  {all_key} all", ink.faint))
    lines: list[Line] = [[], title]
    lines += [[Segment(line, ink.muted)] for line in wrap(made.formula, room)]
    budget = max(1, free - len(lines) - 2)
    terms, rest = made.largest(budget if len(made.terms) > budget else len(made.terms))
    left_out = len(made.terms) - len(terms)
    for term in terms:
        name = fit(term_name(term, view), 7)
        factors = (
            " × ".join(significant(f, 4) for f in term.factors) if len(term.factors) > 1 else ""
        )
        value = fixed(term.value, 4)
        space = room - 7 - cell_len(value) - 1
        lines.append(
            columns(
                [Segment(name, ink.text), Segment(fit(factors, max(0, space)), ink.muted)],
                [Segment(value, ink.text)],
                room,
            )
        )
    if left_out:
        lines.append(
            columns(
                [Segment(f"{left_out} more", ink.faint)], [Segment(fixed(rest, 4), ink.faint)], room
            )
        )
    if made.combine == "share":
        total = sum(term.value for term in made.terms)
        chosen = made.terms[made.chosen].value
        text = f"{significant(chosen)} / {significant(total)}"
    elif made.combine == "root":
        text = f"√{significant(sum(term.value for term in made.terms))}"
    elif made.scale != 1.0:
        text = f"{significant(sum(term.value for term in made.terms))} × {significant(made.scale)}"
    else:
        text = "sum"
    if len(made.terms) > 1 or made.combine != "sum":
        lines.append(
            columns(
                [Segment(text, ink.muted)],
                [Segment("= " + significant(made.total, INSPECTOR_DIGITS), ink.bright)],
                room,
            )
        )
    return lines
