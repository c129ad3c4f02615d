"""The base of everything that we draw ourselves: lines in, the changed part of the screen out."""

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, crop, merged, width_of
from tui_transformer.tui.view import View


class Painted(Widget):
    """A widget that is a list of lines.

    Subclasses say what the lines are in :meth:`paint`; :meth:`repaint` draws again only what
    differs from what is on the screen.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.view: View | None = None
        self._lines: list[Line] = []
        self._painted_size = (-1, -1)

    @property
    def ink(self) -> Ink:
        """How this terminal is drawn on."""
        ink: Ink = self.app.ink  # type: ignore[attr-defined]
        return ink

    def paint(self, width: int, height: int) -> list[Line]:
        """The lines that fill `width` × `height` cells; fewer or shorter ones are filled up."""
        raise AssertionError(f"{type(self).__name__} does not say what it looks like")

    def show(self, view: View) -> None:
        """Draw another look at the session."""
        self.view = view
        self.repaint()

    def repaint(self) -> None:
        """Paint again and send to the screen the parts of lines that changed."""
        width, height = self.size
        if not self.is_attached or width == 0 or height == 0:
            self._painted_size = (-1, -1)
            return
        before = self._lines if self._painted_size == (width, height) else None
        self._paint(width, height)
        if before is None:
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                left, right = _changed(old, new)
                self.refresh(Region(left, y, width - left - right, 1))

    def _paint(self, width: int, height: int) -> None:
        lines = [merged(crop(line, width)) for line in self.paint(width, height)[:height]]
        blank: Line = [Segment(" " * width)]
        self._lines = lines + [blank] * (height - len(lines))
        self._painted_size = (width, height)

    def render_line(self, y: int) -> Strip:
        """One line for the compositor."""
        width, height = self.size
        if self._painted_size != (width, height):
            self._paint(width, height)
        line = self._lines[y] if y < len(self._lines) else [Segment(" " * width)]
        return Strip(line, width).apply_style(self.rich_style)


def _changed(old: Line, new: Line) -> tuple[int, int]:
    """How many terminal cells at the left and at the right of two lines are the same."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return width_of(new[:start]), width_of(new[len(new) - end :])
