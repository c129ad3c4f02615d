"""A setting on a line: a knob that keys and the mouse move from stop to stop."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual import events
from textual.message import Message

from tui_transformer.render.lines import Line, fit
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.painted import Painted


class Slider(Painted, can_focus=True):
    """One value out of a row of stops, in ascending order."""

    BINDINGS = cursor_bindings(
        {
            "left": ("shift(-1)", "less"),
            "right": ("shift(1)", "more"),
            "down": ("shift(-1)", "less"),
            "up": ("shift(1)", "more"),
            "page_on": ("shift(-5)", "much less"),
            "page_back": ("shift(5)", "much more"),
            "first": ("end(0)", "least"),
            "last": ("end(1)", "most"),
        }
    )

    class Changed(Message):
        """The knob was moved."""

        def __init__(self, slider: "Slider", value: float) -> None:
            super().__init__()
            self.slider = slider
            self.value = value

        @property
        def control(self) -> "Slider":
            """The slider."""
            return self.slider

    def __init__(
        self,
        label: str,
        shown: Callable[[float], str],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.label = label
        self._shown = shown
        self.stops: tuple[float, ...] = (0.0,)
        self.value = 0.0
        self._track = (0, 1)

    def set(self, value: float, stops: Sequence[float]) -> None:
        """Put the knob somewhere without telling anyone; a value between stops gets its own."""
        self.stops = tuple(sorted({*stops, value}))
        self.value = value
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """`label ───●─── value`."""
        ink = self.ink
        name, value = fit(self.label, 7), fit(self._shown(self.value), 6, right=True)
        track = max(3, width - 7 - 6 - 4)
        at = self._index() / max(1, len(self.stops) - 1)
        knob = round(at * (track - 1))
        self._track = (9, track)
        focus = self.has_focus
        return [
            [
                Segment("▸" if focus else " ", ink.accent),
                Segment(name, ink.accent if focus else ink.text),
                Segment(" "),
                Segment("━" * knob, ink.role("probability")),
                Segment("●", ink.accent if focus else ink.bright),
                Segment("─" * (track - knob - 1), ink.faint),
                Segment(f" {value} ", ink.bright),
            ]
        ]

    def _index(self) -> int:
        return min(bisect_left(self.stops, self.value), len(self.stops) - 1)

    def action_shift(self, by: int) -> None:
        """Move the knob by some stops."""
        self._to(self._index() + by)

    def action_end(self, most: int) -> None:
        """Move the knob to an end."""
        self._to((len(self.stops) - 1) * most)

    def _to(self, index: int) -> None:
        value = self.stops[max(0, min(index, len(self.stops) - 1))]
        if value != self.value:
            self.value = value
            self.repaint()
            self.post_message(self.Changed(self, value))

    def _at_mouse(self, x: int) -> None:
        start, track = self._track
        share = max(0.0, min((x - start) / max(1, track - 1), 1.0))
        self._to(round(share * (len(self.stops) - 1)))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The knob comes to the mouse."""
        self.capture_mouse()
        self._at_mouse(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """And follows it while the button is held."""
        if self.app.mouse_captured is self:
            self._at_mouse(event.x)

    def on_mouse_up(self) -> None:
        """Until it is let go."""
        self.release_mouse()
