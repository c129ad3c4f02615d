"""The base of everything that we draw ourselves: lines in, the changed part of the screen out."""

from itertools import takewhile

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import Line, crop, merged
from tui_transformer.tui.keys import keys_of
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

    def key(self, *actions: str) -> str:
        """The keys of some actions by their ids, as they are bound now: `space`, `[ ]`."""
        return keys_of(self).shown(*actions)

    def paint(self, width: int, height: int) -> list[Line]:
        """The lines that fill `width` × `height` cells; fewer or shorter ones are filled up."""
        raise AssertionError(f"{type(self).__name__} does not say what it looks like")

    def show(self, view: View) -> None:
        """Draw another look at the session."""
        self.view = view
        self.repaint()

    def repaint(self, *, all_of_it: bool = False) -> None:
        """Paint again and send to the screen the parts of lines that changed, or all."""
        width, height = self.size
        if not self.is_attached or width == 0 or height == 0:
            self._painted_size = (-1, -1)
            return
        known = self._painted_size == (width, height) and not all_of_it
        before = self._lines if known else None
        self._paint(width, height)
        if before is None:
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                left, right = _changed(old, new)
                self.refresh(Region(left, y, max(1, width - left - right), 1))

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Draw again when the keys come here or leave: only then does `has_focus` tell it."""
        super().watch_has_focus(_has_focus)
        self.repaint()

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
    return _same(old, new, False), _same(old, new, True)


def _same(old: Line, new: Line, from_right: bool) -> int:
    """How many cells are the same from one end on; runs of one style may be cut otherwise."""
    one, other = (old[::-1], new[::-1]) if from_right else (old, new)
    count = 0
    for before, after in zip(one, other, strict=False):
        if before == after:
            count += before.cell_length
            continue
        if before.style == after.style:
            a, b = (s.text[::-1] if from_right else s.text for s in (before, after))
            same = sum(
                1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))
            )
            part = a[:same]
            # only where a character is a cell: half of a wide one cannot be left out
            count += same if cell_len(part) == same else 0
        break
    return count
