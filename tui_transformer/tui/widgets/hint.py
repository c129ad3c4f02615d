"""The last line: the next sensible key, and where the others are."""

from rich.segment import Segment

from tui_transformer.render.lines import Line, columns, width_of
from tui_transformer.tui.painted import Painted


class Hint(Painted):
    """A message while there is one, else what to press next."""

    always: tuple[tuple[str, str], ...] = (("o", "overview"), ("?", "keys"), ("q", "quit"))
    """The keys at the right end."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._message = ""
        self._bad = False
        self.taken = 0

    def say(self, message: str, *, bad: bool = False) -> None:
        """Show one line until the next key; the empty text brings the keys back."""
        self._message, self._bad = message, bad
        self.repaint()

    @property
    def message(self) -> str:
        """What is being said."""
        return self._message

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        ink = self.ink
        if self._message:
            mark = Segment(" ✗ " if self._bad else " ✓ ", ink.bad if self._bad else ink.good)
            return [[mark, Segment(self._message, ink.bright if self._bad else ink.text)]]
        right: Line = []
        for key, what in self.always:
            right += [Segment(key, ink.accent), Segment(f" {what}  ", ink.muted)]
        left: Line = [Segment(" ")]
        for key, what in self.next_keys():
            more: Line = [Segment(key, ink.accent), Segment(f" {what}   ", ink.muted)]
            if width_of([*left, *more, *right]) > width:
                break
            left += more
        return [columns(left, right, width)]

    def next_keys(self) -> list[tuple[str, str]]:
        """The keys that go on from here, the likeliest first."""
        if self.view is None:
            return []
        if self.taken == 0 and self.view.number == 1:
            return [("space", "takes the first step"), ("e", "types another prompt")]
        step = self.view.step
        keys = [("space", "next"), ("⌫", "back")]
        if self.view.number == self.view.total:
            keys = [("s", "samples this token"), ("a", "plays"), ("⌫", "back")]
        if self.view.model.config.n_layers > 1:
            keys.append(("[ ]", "block"))
        if step.part == "attention" and self.view.model.config.n_heads > 1:
            keys.append((", .", "head"))
        if self.view.focus is not None:
            keys += [("←↑↓→", "cell"), ("⏎", "why")]
        keys += [("{ }", "token"), ("Tab", "pane"), ("s", "sample"), ("e", "prompt")]
        return list(dict.fromkeys(keys))
