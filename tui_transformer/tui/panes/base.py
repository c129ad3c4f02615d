"""What every pane can do."""

from typing import Generic, TypeVar

from rich.segment import Segment
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, wrap
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.view import View

V = TypeVar("V")
P = TypeVar("P", bound=Widget)


class AnyPane(Vertical, Generic[V]):
    """The picture of one stage. Subclasses say how they draw a view and what gets the keys."""

    view: V | None = None
    _caught_up = False
    is_drawn = False
    """Whether it has its parts and shows the view."""

    class Drawn(Message):
        """A pane has its parts and shows another step."""

    def show(self, view: V) -> None:
        """Draw another look, at once or when the pane has its parts."""
        self.view = view
        self.is_drawn = bool(self.is_mounted and self.size.width)
        if self.is_drawn:
            self.draw(view)

    def draw(self, view: V) -> None:
        """Hand the view to the parts."""
        raise AssertionError(f"{type(self).__name__} does not say how it draws")

    def on_mount(self) -> None:
        """Draw after the first layout: its resize event is lost where a map of the screen was
        made between mounting and layout.
        """
        self.call_after_refresh(self._catch_up)

    def _catch_up(self) -> None:
        if not self._caught_up:
            self.on_resize()

    def on_resize(self) -> None:
        """Draw what was asked for before there was room, and at another size anew."""
        if self.view is not None and self.size.width:
            self._caught_up = self.is_drawn = True
            self.draw(self.view)
            self.post_message(self.Drawn())

    def first_focus(self) -> Widget | None:
        """The widget that the arrow keys should reach when this pane comes up."""
        return None


class Pane(AnyPane[View]):
    """The picture of a stage of the forward pass."""

    def draw(self, view: View) -> None:
        """Hand the view to the parts."""
        for part in self.query(Painted):
            part.show(view)


class Formula(Painted):
    """The stage's formula with this model's sizes in it."""

    def paint(self, width: int, height: int) -> list[Line]:
        """One line, or two where it is long."""
        if self.view is None:
            return []
        text = self.view.step.stage.formula(self.view.model.config)
        return formula_lines(text, width, height, self.ink)


def formula_lines(text: str, width: int, height: int, ink: Ink) -> list[Line]:
    """A formula, and what stands after four spaces in it as its sizes, where there is room."""
    main, _, sizes = text.partition("    ")
    line: Line = [Segment(f" {main}", ink.bright)]
    if len(text) + 2 <= width:
        return [[*line, Segment(f"   {sizes}", ink.muted)]]
    lines: list[Line] = [[Segment(f" {part}", ink.bright)] for part in wrap(main, width - 2)]
    return lines if height <= len(lines) or not sizes else [
        *lines, [Segment(f" {sizes}", ink.muted)],
    ]  # fmt: skip


def only_pane(frame: Widget, kind: type[P]) -> P:
    """The pane of a kind in a frame, made when it is first needed; the others are put away."""
    found: P | None = None
    for pane in frame.query_children(AnyPane):
        wanted = type(pane) is kind
        if pane.display != wanted:  # setting it lays the screen out, the same value too
            pane.display = wanted
        if isinstance(pane, kind) and wanted:
            found = pane
    if found is None:
        found = kind()
        frame.mount(found)
    return found
