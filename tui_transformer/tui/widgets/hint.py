"""The last line: the next sensible key, and where the others are."""

from rich.segment import Segment

from tui_transformer.render.lines import Line, columns, width_of
from tui_transformer.tui.painted import Painted


class Hint(Painted):
    """A message while there is one, else what to press next."""

    always: tuple[tuple[str, str], ...] = (
        ("overview", "overview"), ("help", "keys"), ("quit", "quit"),
    )  # fmt: skip
    """The actions whose keys are at the right end."""

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
        for action, what in self.always:
            right += [Segment(self.key(action), ink.accent), Segment(f" {what}  ", ink.muted)]
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
            return [
                (self.key("step.next"), "takes the first step"),
                (self.key("prompt.edit"), "types another prompt"),
            ]
        step, back = self.view.step, (self.key("step.back"), "back")
        sample, play = self.key("sample"), self.key("play")
        keys = [(self.key("step.next"), "next"), back]
        if self.view.number == self.view.total:
            keys = [(sample, "samples this token"), (play, "plays"), back]
        if self.view.model.config.n_layers > 1:
            keys.append((self.key("layer.back", "layer.next"), "block"))
        if step.part == "attention" and self.view.model.config.n_heads > 1:
            keys.append((self.key("head.back", "head.next"), "head"))
        if self.view.focus is not None:
            arrows = self.key("cell.left", "cell.up", "cell.down", "cell.right")
            keys += [(arrows, "cell"), (self.key("cell.why"), "why")]
        keys += [(self.key("token.back", "token.next"), "token"), ("Tab", "pane")]
        keys += [(sample, "sample"), (self.key("prompt.edit"), "prompt")]
        return list(dict.fromkeys(keys))
