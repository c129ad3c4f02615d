"""The picture of a training run: its parts, and how they come to show a look at it."""

from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.session import Session
from tui_transformer.tui.loop_view import GrowingScales, LoopView
from tui_transformer.tui.panes import StageFrame
from tui_transformer.tui.panes.base import AnyPane
from tui_transformer.tui.panes.loop import LoopFrame
from tui_transformer.tui.screens.stage_screen import StageScreen
from tui_transformer.tui.titles import Titled
from tui_transformer.tui.view import look
from tui_transformer.tui.widgets.inspector import Inspector
from tui_transformer.tui.widgets.loop_inspector import LoopInspector, place_words
from tui_transformer.tui.widgets.loop_lines import LoopHeader, LoopHint, LossCurve
from tui_transformer.tui.widgets.loop_map import LoopCrumb, LoopMap
from tui_transformer.tui.widgets.next_token import Candidates
from tui_transformer.tui.widgets.slider import Slider
from tui_transformer.tui.widgets.text_box import TextBox
from tui_transformer.tui.widgets.token_strip import TokenStrip
from tui_transformer.tui.widgets.too_small import TooSmall
from tui_transformer.walkthrough import limits_of
from tui_transformer.watching import STAGES, Look, LoopStage, WatchedRun
from tui_transformer.watching.cursor import WITH_ROW, LoopCursor
from tui_transformer.watching.tensors import is_weight


class _NextToken(Horizontal, Titled):
    """Candidates beside the loss, what they come after on the border."""


class TrainingPicture(StageScreen):
    """The loop's map, its stage, the number, the next token, the loss. Draws, changes nothing.

    Args:
        watched: the run.
    """

    keeps_keys = frozenset({"map", "moment"})

    def __init__(self, watched: WatchedRun) -> None:
        super().__init__(Session())
        self.watched = watched
        self.scales: GrowingScales = GrowingScales()
        self.cursor = LoopCursor()
        self.seen: Look | None = None
        self.loop: LoopView | None = None
        self.left = 0
        """How many steps are still to be made; 0 at rest."""
        self.wants_focus = True
        """Whether the stage gets the keys with the next picture."""

    def compose(self) -> ComposeResult:
        """Put the parts together; they are empty until the first look is ready."""
        yield LoopHeader(id="header")
        yield TextBox(id="text")
        yield LoopCrumb(id="breadcrumb")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield LoopMap(id="map")
            with Vertical(id="right"):
                with Horizontal(id="upper"):
                    yield LoopFrame(id="loop-stage")
                    yield StageFrame(id="forward-stage")
                    yield LoopInspector(id="loop-inspector")
                    yield Inspector(id="inspector", why="weight.update")
                with _NextToken(id="next"):
                    yield Candidates(id="candidates")
                    yield LossCurve(id="loss")
        yield Slider("moment", self._moment_text, id="moment")
        yield LoopHint(id="hint")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        """Titles."""
        self.query_one("#left").border_title = "one step of training"
        self.query_one(LoopInspector).border_title = "this number"
        self.query_one(Inspector).border_title = "this number"

    def takes(self, key: str) -> bool:
        """Whether what a key is for is there: at first nothing is."""
        return self.seen is not None and super().takes(key)

    def _moment_text(self, value: float) -> str:
        if self.seen is None or not 0 <= int(value) < len(self.seen.kept):
            return ""
        return f"{self.seen.kept[int(value)][1]:,}"

    @property
    def shows_forward(self) -> bool:
        """Whether the stage in view is that of the panes that inference has."""
        return self.cursor.stage == "repeat"

    @property
    def pane(self) -> AnyPane[Any] | None:
        """The pane in the middle."""
        if self.shows_forward:
            return self.query_one("#forward-stage", StageFrame).pane
        return self.query_one(LoopFrame).pane

    def _view(self) -> LoopView | None:
        if self.seen is None or not self.session.is_open:
            return None
        trace, config = self.session.trace, self.session.model.config
        for name in self.session.step.shows(config):
            if name != "logits":
                self.scales.grow(name, limits_of(name, trace.tensor(name)))
        run = self.watched.run
        return LoopView(
            facts=self.watched.facts, look=self.seen, cursor=self.cursor,
            forward=look(self.session, self.scales), scales=self.scales, left=self.left,
            done=self.seen.latest == (run.candidates - 1, run.job.steps),
            steps=run.job.steps, candidates=run.candidates,
        )  # fmt: skip

    def redraw(self) -> None:
        """Draw the look at hand with the cursor where it is."""
        view = self._view()
        if view is None:
            return
        self.loop = view
        self.set_class(self.shows_forward, "-repeat")
        stage, number = view.stage, [s.key for s in STAGES].index(view.cursor.stage) + 1
        place = f"stage {number} of {len(STAGES)}"
        after = f"after {view.step:,} step{'s' * (view.step != 1)}"
        if self.shows_forward:
            self.query_one("#forward-stage", StageFrame).show(view.forward, f"{after} · {place}")
        else:
            self.query_one(LoopFrame).show(
                view, self._titles(view, stage), self._subtitle(view, place)
            )
        for part in (LoopHeader, LoopCrumb, LoopMap, LoopInspector, LossCurve):
            self.query_one(part).put(view)
        for other in (TokenStrip, Candidates, Inspector):
            self.query_one(other).show(view.forward)
        self.query_one(LoopHint).put(view)
        last = view.forward.tokens[-1]
        self.query_one(_NextToken).retitle(f"next token after {last} · {after}", "")
        kept = view.look.kept
        self.query_one("#moment", Slider).set(
            float(kept.index(view.look.place)) if view.look.place in kept else 0.0,
            tuple(map(float, range(len(kept)))),
        )  # fmt: skip
        if self.wants_focus:
            self.wants_focus = False
            self.bring_focus()

    def _titles(self, view: LoopView, stage: LoopStage) -> tuple[str, ...]:
        """What this is, and in fewer words where there is little room."""
        title = f"step {view.step + 1:,} · {stage.title}"
        if stage.key not in WITH_ROW or view.look.inside is None:
            return (title,)
        name = view.cursor.tensor
        what = f"{name} · " + ("a weight" if is_weight(name) else f"row {view.look.inside.row}")
        return f"{title} · {what}", f"{stage.title} · {what}", what, name

    def _subtitle(self, view: LoopView, place: str) -> str:
        """Where this is; the number under the cursor too, where there is no inspector for it."""
        if view.cursor.stage == "update" and view.update is not None and self.has_class("-short"):
            index = ",".join(map(str, view.update.index))
            rate = significant(view.update.rate)
            return f"{view.update.name}[{index}] · rate {rate} · {place}"
        shown = view.pictures if view.cursor.stage in {"forward", "backward"} else None
        if shown is None or self.query_one(LoopInspector).display:
            return place
        row, column = view.cell(shown[0])
        values = [significant(float(e.values[row, column]), INSPECTOR_DIGITS) for e in shown]
        text = values[0] if view.cursor.stage == "forward" else f"{values[0]}, ∂L {values[1]}"
        return f"{place_words(shown[0], row, column)}: {text} · {place}"
