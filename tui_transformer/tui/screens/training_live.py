"""The picture kept up with the run: steps and looks are asked for, and shown when they are made."""

from dataclasses import replace

from textual import on

from tui_transformer.tokenizers import visible
from tui_transformer.tui.screens.training_picture import TrainingPicture
from tui_transformer.tui.steps import Steps
from tui_transformer.tui.widgets.loop_lines import LoopHeader
from tui_transformer.walkthrough import Cursor
from tui_transformer.watching import Wanted, WatchedRun
from tui_transformer.watching.cursor import WITH_ROW, LoopCursor
from tui_transformer.watching.watched import Place


class TrainingLive(TrainingPicture):
    """Has steps made and moments looked at; says in one line why one could not.

    Args:
        watched: the run.
        prompt: what the next-token panel is about; the recipe's own if left out.
    """

    def __init__(self, watched: WatchedRun, prompt: str | None = None) -> None:
        super().__init__(watched)
        start = replace(watched.start_state(prompt), cursor=Cursor(step="blocks.0.softmax"))
        self.steps = Steps(self, watched, Wanted(start))

    def on_mount(self) -> None:
        """The first look."""
        self.start(0)

    def start(self, count: int) -> None:
        """Have steps made, or with 0 only a look; what was being done ends after its step."""
        if count:
            self.scales.begin()
        self.left = count
        self.set_timer(0.15, self._mark_busy)
        self.steps.start(count)

    def _mark_busy(self) -> None:
        if self.steps.working and not self.steps.training:
            self.query_one(LoopHeader).busy("computing")

    @on(Steps.Looked)
    def _looked(self, message: Steps.Looked) -> None:
        """Show what was found, unless something else was asked for since."""
        if not self.steps.is_last(message):
            return
        self.steps.drawn()
        self.left = message.left
        ready = message.look.ready
        fresh = self.seen is None or ready.state.prompt != self.seen.ready.state.prompt
        cursor = ready.state.cursor if fresh else self.session.cursor
        self.seen = message.look
        self.session.commit(ready, remember=False)
        self.session.point(cursor)
        if message.last:
            if self.steps.training:
                self.scales.finish()
            self.steps.ended()
            self.query_one(LoopHeader).busy("")
        if fresh:
            self.close_editor()
        self.redraw()
        if message.last and not self.satisfied:
            self.start(0)

    @on(Steps.Failed)
    def _failed(self, message: Steps.Failed) -> None:
        """Say what is wrong in one line; what was there stays."""
        if not self.steps.is_last(message):
            return
        self.steps.ended()
        self.left = 0
        self.query_one(LoopHeader).busy("")
        reason = visible(message.reason)
        if self.seen is None:
            self.app.exit(return_code=2, message=f"tuitf: {reason}")
        elif self.text_box.is_edited:
            self.steps.wanted = replace(self.steps.wanted, state=self.seen.wanted.state)
            self.text_box.complain(reason)
        else:
            self.say(reason, bad=True)
            self.redraw()

    @property
    def awaits_text(self) -> bool:
        """Whether another text is on its way."""
        seen = self.seen
        return seen is not None and self.steps.wanted.state.prompt != seen.wanted.state.prompt

    @property
    def satisfied(self) -> bool:
        """Whether the look at hand shows all that is wanted."""
        seen = self.seen
        return seen is not None and seen.answers(self.steps.wanted, self.watched.run.job.steps)

    def look_anew(self) -> None:
        """Look at what is wanted, where that is neither at hand nor on its way with a step."""
        if not self.steps.training and not self.satisfied:
            self.start(0)

    def go(self, cursor: LoopCursor) -> None:
        """Move the cursor, have looked at what it asks for, and draw what that changes."""
        if cursor != self.cursor:
            self.wants_focus = self.wants_focus or cursor.stage != self.cursor.stage
            self.cursor = cursor
        inside = None if self.seen is None else self.seen.inside
        with_row = cursor.stage in WITH_ROW
        row = cursor.row if with_row or inside is None else inside.row
        self.steps.wanted = replace(self.steps.wanted, row=row, inside=not self.shows_forward)
        self.look_anew()
        self.redraw()

    def point(self, cursor: Cursor) -> None:
        """Move the cursor of the forward pass."""
        if self.session.is_open:
            self.wants_focus = self.wants_focus or cursor.step != self.session.cursor.step
            self.session.point(cursor)
            self.redraw()

    # moments

    @property
    def target(self) -> Place:
        """The moment in view, or the one on its way to be."""
        assert self.seen is not None
        if self.steps.training:
            return self.seen.place
        return self.steps.wanted.place or self.seen.latest

    def go_to_moment(self, at: int) -> None:
        """Look at a moment by its number among those that are kept. Training stops for it."""
        assert self.seen is not None
        place: Place | None = self.seen.kept[max(0, min(at, len(self.seen.kept) - 1))]
        if place == self.seen.latest and not self.steps.training:
            place = None
        self.steps.wanted = replace(self.steps.wanted, place=place)
        if self.steps.training or not self.satisfied:
            self.start(0)
