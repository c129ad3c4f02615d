"""The lines of the training screen: the one on top, the loss curve, the keys."""

from math import isfinite

from rich.segment import Segment

from tui_transformer.render.lines import Line, columns, width_of
from tui_transformer.render.loss_chart import BOTH, HELD_OUT, TRAIN, loss_chart
from tui_transformer.render.numbers import significant
from tui_transformer.tokenizers import visible
from tui_transformer.tui.loop_view import LoopPainted, LoopView
from tui_transformer.tui.widgets.hint import Hint
from tui_transformer.watching.tensors import has_heads


class LoopHeader(LoopPainted):
    """Which run this is, how far it is, and whether it is at work."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._busy = ""

    @property
    def is_busy(self) -> bool:
        """Whether something is said to be worked on."""
        return bool(self._busy)

    def busy(self, what: str) -> None:
        """Say what is being worked on; the empty text says nothing is."""
        if what != self._busy:
            self._busy = what
            self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        ink, loop = self.ink, self.loop
        left: Line = [Segment(" tuitf ", ink.accent)]
        right: Line = []
        if loop is not None:
            name = visible(loop.facts.recipe.name)
            left.append(Segment(f" training {name}", ink.bright))
            if width >= 100:
                left.append(Segment(f" on {loop.facts.corpus}", ink.muted))
            if loop.candidates > 1:
                which = f"  model {loop.look.place[0] + 1} of {loop.candidates}"
                left.append(Segment(which, ink.muted))
            left.append(Segment(f"   step {loop.step:,}", ink.bright))
            left.append(Segment(f" of {loop.steps:,}", ink.muted))
            if loop.left:
                stops = f"{self.key('train.on')} stops"
                right = [Segment(f"● {loop.left:,} to go · {stops} ", ink.accent)]
            elif not loop.look.is_latest:
                words = "an earlier moment" if width >= 100 else "earlier"
                goes = f"{self.key('moment.latest')} goes to the latest"
                right = [Segment(f"{words} · {goes} ", ink.accent)]
            elif loop.done:
                right = [Segment("complete ", ink.good)]
            else:
                right = [Segment("at rest ", ink.muted)]
        if self._busy:
            right = [Segment(f"● {self._busy} ", ink.accent)]
        return [columns(left, right, width)]


class LossCurve(LoopPainted):
    """The loss so far: on what is learned from, and on what is not; the moment in view marked."""

    def paint(self, width: int, height: int) -> list[Line]:
        """The chart and its legend, or the two numbers where there is no room for it."""
        loop, ink = self.loop, self.ink
        if loop is None:
            return []
        curve = loop.look.curve
        if not curve.steps:
            return []
        first, last = curve.steps[0], max(curve.steps[-1], 1)
        mark = None if loop.look.is_latest else loop.step - first
        lines = loss_chart(
            [step - first for step in curve.steps], curve.train, curve.held_out,
            width - 1, height - 1, max(last - first, 1), mark=mark,
        )  # fmt: skip
        legend = self._legend(loop, width)
        if not lines or len(curve.steps) < 2:
            return [legend, [Segment(" it begins with the first step", ink.muted)]]
        return [*(self._coloured(line) for line in lines[:-1]), legend]

    def _coloured(self, text: str) -> Line:
        ink = self.ink
        styles = {
            TRAIN: ink.role("score"), HELD_OUT: ink.role("probability"),
            BOTH: ink.role("probability"), "│": ink.accent,
        }  # fmt: skip
        return [Segment(" "), *(Segment(c, styles.get(c, ink.muted)) for c in text)]

    def _legend(self, loop: LoopView, width: int) -> Line:
        """What the marks stand for, with the last values up to the moment in view."""
        ink, curve = self.ink, loop.look.curve
        known = [n for n, step in enumerate(curve.steps) if step <= loop.step]

        def latest(losses: tuple[float, ...]) -> str:
            found = [losses[n] for n in known if isfinite(losses[n])]
            return significant(found[-1]) if found else "—"

        line: Line = []
        for mark, role, word, losses in (
            (TRAIN, "score", "train", curve.train),
            (HELD_OUT, "probability", "held out", curve.held_out),
        ):
            hue = ink.role(role)  # type: ignore[arg-type]
            line += [
                Segment(f" {mark} ", hue), Segment(f"{word} ", ink.muted),
                Segment(f"{latest(losses)} ", ink.bright),
            ]  # fmt: skip
        if width_of(line) + 12 <= width:
            line.append(Segment(" nats", ink.faint))
        return line


class LoopHint(Hint):
    """The last line: what to press next."""

    always: tuple[tuple[str, str], ...] = (("loop.help", "keys"), ("loop.leave", "leave"))
    loop: LoopView | None = None

    def put(self, loop: LoopView) -> None:
        """Draw another look."""
        self.loop = loop
        self.repaint()

    def next_keys(self) -> list[tuple[str, str]]:
        """The keys that go on from here, the likeliest first."""
        loop = self.loop
        if loop is None:
            return []
        space = self.key("loop.next")
        moments = (self.key("moment.back", "moment.next"), "moments")
        walks = (self.key("moment.walk"), "walks through this model")
        if loop.left:
            return [(self.key("train.on"), "stops"), (space, "next stage"), moments]
        key = loop.cursor.stage
        if not loop.look.is_latest:
            return [
                (self.key("moment.latest"), "latest"), moments, (space, "next stage"), walks,
            ]  # fmt: skip
        if loop.done:
            return [moments, walks, (space, "next")]
        first = {
            "update": (space, "makes the step"),
            "repeat": (space, "the next batch"),
        }.get(key, (space, "next stage"))
        counts = (("one", "1 step"), ("ten", "10"), ("hundred", "100"), ("thousand", "1000"))
        keys = [first, *((self.key(f"train.{name}"), what) for name, what in counts)]
        arrows = self.key("cell.left", "cell.up", "cell.down", "cell.right")
        tensors = self.key("tensor.back", "tensor.next")
        if key in {"forward", "backward", "clip", "update"}:
            keys = [
                first, (tensors, "tensor"), (arrows, "cell"), (self.key("tensor.find"), "finds"),
                *keys[1:],
            ]  # fmt: skip
            if key == "backward":
                keys.insert(2, (self.key("row.back", "row.next"), "row"))
            if has_heads(loop.cursor.tensor) and loop.facts.config.n_heads > 1:
                keys.insert(2, (self.key("loop.head_back", "loop.head_next"), "head"))
        elif key == "repeat":
            keys += [(tensors, "stage shown"), moments]
        else:
            keys = [first, (arrows, "position"), *keys[1:]]
        return keys
