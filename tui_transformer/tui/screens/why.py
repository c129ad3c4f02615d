"""Every term of one number."""

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen

from tui_transformer.engine.names import TensorRef
from tui_transformer.render.lines import Line, wrap
from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.trace import explain
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.view import View
from tui_transformer.tui.widgets.inspector import why_lines

MOST_TERMS = 400


class WhyText(Painted):
    """The number, what was read, and the arithmetic, largest terms first."""

    def __init__(self, look: View, ref: TensorRef) -> None:
        super().__init__()
        self._look = look
        self._made = explain(look.trace, ref)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """All of it; the box scrolls."""
        return len(self.paint(width, 0))

    def paint(self, width: int, height: int) -> list[Line]:
        """The lines."""
        ink, made = self.ink, self._made
        room = width - 2
        lines: list[Line] = [
            [
                Segment(str(made.ref), ink.bright),
                Segment(" = ", ink.muted),
                Segment(significant(made.value, INSPECTOR_DIGITS), ink.bright),
            ]
        ]
        reads = "read from " + ", ".join(made.reads) if made.reads else ""
        lines += [[Segment(line, ink.muted)] for line in wrap(reads, room)]
        lines += why_lines(made, self._look, room, MOST_TERMS, ink)
        return [[Segment(" "), *line] for line in lines]


class WhyScreen(ModalScreen[None]):
    """A box with the whole arithmetic of a cell."""

    BINDINGS = [
        Binding("escape,q,space", "dismiss", "close", show=False),
        Binding("enter", "dismiss", "close", show=False, id="cell.why"),
        Binding("enter", "dismiss", "close", show=False, id="weight.update"),
    ]

    def __init__(self, look: View, ref: TensorRef) -> None:
        super().__init__()
        self._look = look
        self._ref = ref

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(classes="box") as box:
            box.border_title = "where this number came from"
            box.border_subtitle = "Esc closes"
            with VerticalScroll():
                yield WhyText(self._look, self._ref)
