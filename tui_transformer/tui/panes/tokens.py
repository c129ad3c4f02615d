"""The tokens stage: how the text was cut, and the number of each piece."""

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult

from tui_transformer.render.lines import Line, fit
from tui_transformer.tokenizers import visible
from tui_transformer.tokenizers.visible import leading_space_told
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.panes.base import Formula, Pane


class TokenTable(Painted):
    """A line a token: position, text, id, and whether it was typed or sampled."""

    def paint(self, width: int, height: int) -> list[Line]:
        """The text, then the table; it follows the token in focus."""
        view, ink = self.view, self.ink
        if view is None:
            return []
        lines: list[Line] = [
            [
                Segment(" text    ", ink.muted),
                Segment(fit(visible(view.state.prompt), width - 10), ink.text),
            ],
            [],
            [Segment("  pos  token" + " " * 11 + "id", ink.muted)],
        ]
        if told := leading_space_told(view.tokens):
            lines[-1].append(Segment("   " + told, ink.muted))
        room = max(1, height - len(lines) - 1)
        count = len(view.tokens)
        first = max(0, min(view.row - room // 2, count - room))
        for at in range(first, min(first + room, count)):
            focus = at == view.row
            sampled = at >= view.prompt_length
            style = ink.accent if focus else (ink.good if sampled else ink.text)
            label = view.tokens[at]
            lines.append(
                [
                    Segment("▌" if focus else " ", ink.accent),
                    Segment(f"{at:>4}  ", ink.muted),
                    Segment(fit(label, max(14, min(cell_len(label), width - 24))), style),
                    Segment(f"{view.trace.ids[at]:>6}", ink.bright if focus else ink.text),
                    Segment("   sampled" if sampled else "", ink.good),
                ]
            )
        if count > room:
            lines.append(
                [Segment(f"  {first + 1}–{min(first + room, count)} of {count}", ink.muted)]
            )
        else:
            words = f"  {count} tokens out of a vocabulary of {view.model.config.d_vocab:,}"
            lines.append([Segment(words, ink.muted)])
        if view.left_out:
            words = f" · {view.left_out:,} older ones fell out of the window"
            lines[-1].append(Segment(words, ink.accent))
        return lines


class TokensPane(Pane):
    """Text to ids."""

    def compose(self) -> ComposeResult:
        """Formula and table."""
        yield Formula(classes="formula")
        yield TokenTable(classes="fill")
