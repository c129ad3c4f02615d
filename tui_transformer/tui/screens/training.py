"""The training screen: one step of the loop stage by stage, and the model as it changes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult, SystemCommand
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.worker import get_current_worker

from tui_transformer.errors import Cancelled, TuitfError
from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.session import Session
from tui_transformer.tokenizers import visible
from tui_transformer.tui.keys import keys_of
from tui_transformer.tui.loop_view import GrowingScales, LoopView
from tui_transformer.tui.panes import Pane, Ranking, StageFrame
from tui_transformer.tui.panes.base import AnyPane
from tui_transformer.tui.panes.loop import BatchMoved, LoopFrame
from tui_transformer.tui.panes.loop.clip import Lengths
from tui_transformer.tui.titles import retitle
from tui_transformer.tui.training_actions import (
    TRAINING_ACTS,
    TRAINING_BINDINGS,
    TRAINING_GROUPS,
)
from tui_transformer.tui.view import look
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.heads import Heads
from tui_transformer.tui.widgets.inspector import Inspector
from tui_transformer.tui.widgets.loop_inspector import LoopInspector, place_words
from tui_transformer.tui.widgets.loop_lines import LoopHeader, LoopHint, LossCurve
from tui_transformer.tui.widgets.loop_map import LoopCrumb, LoopMap
from tui_transformer.tui.widgets.next_token import Candidates
from tui_transformer.tui.widgets.slider import Slider
from tui_transformer.tui.widgets.token_strip import TokenStrip
from tui_transformer.tui.widgets.too_small import TooSmall
from tui_transformer.walkthrough import Cursor, in_layer, limits_of
from tui_transformer.walkthrough import moved as step_moved
from tui_transformer.watching import STAGES, Look, Wanted, WatchedRun
from tui_transformer.watching.cursor import (
    WITH_ROW,
    LoopCursor,
    at_stage,
    ends,
    in_block,
    moved,
    other_tensor,
    to_tensor,
)
from tui_transformer.watching.tensors import is_weight
from tui_transformer.watching.watched import Place

if TYPE_CHECKING:
    from tui_transformer.tui.app import TuitfApp
    from tui_transformer.tui.widgets.prompt import PromptEditor

SMALLEST = (80, 24)
FRAME = 0.1
"""Seconds between two looks while steps are made; a look that takes long makes it longer."""
Stopped = Callable[[], bool]


class TrainingScreen(Screen[None]):
    """Steps through training, makes steps, and goes back to moments that were kept.

    Args:
        watched: the run.
        prompt: what the next-token panel is about; the recipe's own if left out.
        alone: whether leaving the screen leaves the app.
    """

    BINDINGS = [*TRAINING_BINDINGS]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (104, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall"), (50, "-high")]
    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # what it touches is enough

    class Looked(Message):
        """A look is ready; the last one of a piece of work says so."""

        def __init__(self, look: Look, generation: int, left: int, last: bool) -> None:
            super().__init__()
            self.look = look
            self.generation = generation
            self.left = left
            self.last = last

    class Failed(Message):
        """A step or a look could not be made."""

        def __init__(self, reason: str, generation: int) -> None:
            super().__init__()
            self.reason = reason
            self.generation = generation

    def __init__(self, watched: WatchedRun, prompt: str | None = None, *, alone: bool) -> None:
        super().__init__()
        self.watched = watched
        self.alone = alone
        self.session = Session()
        self.scales = GrowingScales()
        self.cursor = LoopCursor()
        self.loop: LoopView | None = None
        self._look: Look | None = None
        self._wanted = Wanted(replace(
            watched.start_state(prompt), cursor=Cursor(step="blocks.0.softmax")
        ))  # fmt: skip
        self._generation = 0
        self._training = False
        self._working = False
        self._left = 0
        self._pending = False
        self._refocus = True
        self._editor: PromptEditor | None = None

    def compose(self) -> ComposeResult:
        """Put the parts together; they are empty until the first look is ready."""
        yield LoopHeader(id="header")
        with Container(id="text"):
            yield TokenStrip(id="strip")
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
                with Horizontal(id="next"):
                    yield Candidates(id="candidates")
                    yield LossCurve(id="loss")
        yield Slider("moment", self._moment_text, id="moment")
        yield LoopHint(id="hint")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        """Titles, and the first look."""
        retitle(self.query_one("#left"), "one step of training")
        retitle(self.query_one(LoopInspector), "this number")
        retitle(self.query_one(Inspector), "this number")
        self._start(0)

    def _moment_text(self, value: float) -> str:
        if self._look is None or not 0 <= int(value) < len(self._look.kept):
            return ""
        return f"{self._look.kept[int(value)][1]:,}"

    # work

    def _start(self, count: int) -> None:
        """Have steps made, or with 0 only a look; what was being done ends after its step."""
        self._generation += 1
        self._training = count > 0
        self._working = True
        self._left = count
        self._pending = False
        if count:
            self._wanted = replace(self._wanted, place=None)
            self.scales.begin()
        self.set_timer(0.15, self._mark_busy)
        self._work(count, self._generation)

    def _mark_busy(self) -> None:
        if self._working and not self._training:
            self.query_one(LoopHeader).busy("computing")

    # without a description Textual writes out the arguments
    @work(thread=True, exclusive=True, group="training", description="steps", exit_on_error=False)
    def _work(self, count: int, generation: int) -> None:
        worker = get_current_worker()

        def stopped() -> bool:
            return worker.is_cancelled or generation != self._generation

        try:
            with self.watched.lock:  # one that was stopped may still be at its last step
                self._make(count, generation, stopped)
        except Cancelled:
            return
        except TuitfError as error:
            self.post_message(self.Failed(str(error), generation))
        except Exception as error:  # a defect of ours must not cost the person their screen
            reason = f"a fault inside tuitf ({type(error).__name__}: {error})"
            self.post_message(self.Failed(reason, generation))

    def _make(self, count: int, generation: int, stopped: Stopped) -> None:
        """Steps, with a look every tenth of a second, and a look at the end."""
        watched, run = self.watched, self.watched.run
        if stopped():
            raise Cancelled
        watched.begin()
        left = min(count, run.steps - run.step)
        app: TuitfApp = self.app  # type: ignore[assignment]
        clock = app.clock
        drawn, pause = clock(), FRAME
        while left > 0 and not stopped():
            watched.advance()
            left -= 1
            now = clock()
            if left and now - drawn >= pause and not self._pending:
                self._pending = True
                seen = watched.look(self._wanted, stopped)
                self.post_message(self.Looked(seen, generation, left, False))
                drawn = clock()
                pause = max(FRAME, 2 * (drawn - now))  # looking takes a third of the time at most
        if stopped():
            raise Cancelled
        if self._wanted.place is None:
            watched.keep()
        seen = watched.look(self._wanted, stopped)
        self.post_message(self.Looked(seen, generation, 0, True))

    def on_training_screen_looked(self, message: Looked) -> None:
        """Show what was found, unless something else was asked for since."""
        if message.generation != self._generation:
            return
        self._pending = False
        self._left = message.left
        fresh = (
            self._look is None or message.look.ready.state.prompt != self._look.ready.state.prompt
        )
        cursor = message.look.ready.state.cursor if fresh else self.session.cursor
        self._look = message.look
        self.session.commit(message.look.ready, remember=False)
        self.session.point(cursor)
        if message.last:
            if self._training:
                self.scales.finish()
            self._training = self._working = False
            self.query_one(LoopHeader).busy("")
            if self._editor is not None and self._editor.display and fresh:
                self._close_editor()
        self._draw()
        if message.last and not self._satisfied():
            self._start(0)

    def on_training_screen_failed(self, message: Failed) -> None:
        """Say what is wrong in one line; what was there stays."""
        if message.generation != self._generation:
            return
        self._training = self._working = self._pending = False
        self._left = 0
        self.query_one(LoopHeader).busy("")
        reason = visible(message.reason)
        if self._look is None:
            self.app.exit(return_code=2, message=f"tuitf: {reason}")
        elif self._editor is not None and self._editor.display:
            self._wanted = replace(self._wanted, state=self._look.wanted.state)
            self._editor.complain(reason)
        else:
            self.say(reason, bad=True)
            self._draw()

    def _satisfied(self) -> bool:
        """Whether the look at hand shows all that is wanted."""
        seen, wanted = self._look, self._wanted
        if seen is None:
            return False
        has = seen.inside is not None or seen.place[1] >= self.watched.run.job.steps
        return (
            seen.wanted.state.prompt == wanted.state.prompt
            and (seen.is_latest if wanted.place is None else seen.place == wanted.place)
            and (has or not wanted.inside)
            and (seen.inside is None or wanted.row == seen.inside.row or not wanted.inside)
        )

    def _ask(self) -> None:
        """Look at what the cursor asks for, where that is not at hand; steps go on meanwhile."""
        inside = None if self._look is None else self._look.inside
        with_row = self.cursor.stage in WITH_ROW
        row = self.cursor.row if with_row or inside is None else inside.row
        self._wanted = replace(self._wanted, row=row, inside=self.cursor.stage != "repeat")
        if not self._training and not self._satisfied():
            self._start(0)

    # drawing

    def _view(self) -> LoopView | None:
        if self._look is None or not self.session.is_open:
            return None
        trace, config = self.session.trace, self.session.model.config
        for name in self.session.step.shows(config):
            if name != "logits":
                self.scales.grow(name, limits_of(name, trace.tensor(name)))
        run = self.watched.run
        return LoopView(
            facts=self.watched.facts, look=self._look, cursor=self.cursor,
            forward=look(self.session, self.scales), scales=self.scales, left=self._left,
            done=self._look.latest == (run.candidates - 1, run.job.steps),
            steps=run.job.steps, candidates=run.candidates,
        )  # fmt: skip

    def _draw(self) -> None:
        view = self._view()
        if view is None:
            return
        self.loop = view
        repeat = self.cursor.stage == "repeat"
        self.set_class(repeat, "-repeat")
        stage, number = view.stage, [s.key for s in STAGES].index(view.cursor.stage) + 1
        place = f"stage {number} of {len(STAGES)}"
        after = f"after {view.step:,} step{'s' * (view.step != 1)}"
        if repeat:
            self.query_one("#forward-stage", StageFrame).show(view.forward, f"{after} · {place}")
        else:
            title = f"step {view.step + 1:,} · {stage.title}"
            if stage.key in WITH_ROW and view.look.inside is not None:
                of = f"row {view.look.inside.row}"
                of = "a weight" if is_weight(view.cursor.tensor) else of
                title += f" · {view.cursor.tensor} · {of}"
            self.query_one(LoopFrame).show(view, title, self._subtitle(view, place))
        for part in (LoopHeader, LoopCrumb, LoopMap, LoopInspector, LossCurve):
            self.query_one(part).put(view)
        for other in (TokenStrip, Candidates, Inspector):
            self.query_one(other).show(view.forward)
        self.query_one(LoopHint).put(view)
        last = view.forward.tokens[-1]
        retitle(self.query_one("#next"), f"next token after {last} · {after}", "")
        kept = view.look.kept
        self.query_one("#moment", Slider).set(
            float(kept.index(view.look.place)) if view.look.place in kept else 0.0,
            tuple(map(float, range(len(kept)))),
        )  # fmt: skip
        if self._refocus:
            self._refocus = False
            self.call_after_refresh(self._focus_pane)

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

    def _pane(self) -> AnyPane[object] | None:
        frame = "#forward-stage" if self.cursor.stage == "repeat" else "#loop-stage"
        return getattr(self.query_one(frame), "pane", None)

    def _focus_pane(self) -> None:
        """Give the keys to what the stage is about, unless the slider or the prompt has them."""
        if self._editor is not None and self._editor.display:
            return
        if self.focused is not None and self.focused.id in {"moment", "map"}:
            return
        pane = self._pane()
        self.set_focus(pane.first_focus() if pane is not None else None)

    def say(self, message: str, *, bad: bool = False) -> None:
        """One line at the bottom until the next key."""
        self.query_one(LoopHint).say(message, bad=bad)

    def before_key(self) -> None:
        """A message has been read by the time of the next key."""
        hint = self.query_one(LoopHint)
        if hint.message:
            hint.say("")

    def _go(self, cursor: LoopCursor) -> None:
        """Move the cursor, and draw what that changes."""
        if cursor != self.cursor:
            self._refocus = self._refocus or cursor.stage != self.cursor.stage
            self.cursor = cursor
        self._ask()
        self._draw()

    # keys: one step

    def action_stage(self, by: int) -> None:
        """The next stage or the one before. The step is made on the way from update to repeat."""
        if self._look is None:
            return
        to = moved(self.cursor, self.watched.run.config, by)
        makes = by > 0 and self.cursor.stage == "update" and self._look.is_latest
        self._go(to)
        if makes and not self._training:
            self.action_train(1)

    def action_ends(self, last: int) -> None:
        """The first stage of the step, or the last."""
        self._go(ends(self.cursor, self.watched.run.config, bool(last)))

    def jump(self, stage: str) -> None:
        """To a stage by its key."""
        self._go(at_stage(self.cursor, self.watched.run.config, stage))

    # keys: training

    def action_train(self, count: int) -> None:
        """Make steps, from the latest moment on."""
        run = self.watched.run
        if self._look is None:
            return
        if not self._training and run.done:
            key = keys_of(self).shown("moment.back")
            self.say(f"the run is complete: {key} goes back to its moments", bad=True)
            return
        self._start(count)
        self._draw()

    def action_train_on(self) -> None:
        """Train on until it is stopped, or stop."""
        if self._training:
            self._start(0)
            self._draw()
        else:
            run = self.watched.run
            self.action_train(max(1, run.steps - run.step) if not run.done else 1)

    def action_moment(self, by: int) -> None:
        """The moment before, or the one after. Training stops for it."""
        if self._look is not None:
            kept = self._look.kept
            at = kept.index(self._target()) if self._target() in kept else len(kept) - 1
            self._go_to_moment(max(0, min(at + by, len(kept) - 1)))

    def _target(self) -> Place:
        """The moment in view, or the one on its way to be."""
        assert self._look is not None
        if self._training:
            return self._look.place
        return self._wanted.place or self._look.latest

    def _go_to_moment(self, at: int) -> None:
        assert self._look is not None
        place: Place | None = self._look.kept[at]
        if place == self._look.latest and not self._training:
            place = None
        self._wanted = replace(self._wanted, place=place)
        if self._training or not self._satisfied():
            self._start(0)

    def action_latest(self) -> None:
        """The moment that training goes on from."""
        self._wanted = replace(self._wanted, place=None)
        if not self._training and not self._satisfied():
            self._start(0)

    @on(Slider.Changed)
    def _slid(self, message: Slider.Changed) -> None:
        message.stop()
        if self._look is not None:
            self._go_to_moment(max(0, min(int(message.value), len(self._look.kept) - 1)))

    # keys: looking

    def action_tensor(self, by: int) -> None:
        """Another tensor; where the forward pass is shown, another of its stages."""
        if self._look is None:
            return
        config = self.watched.run.config
        if self.cursor.stage == "repeat":
            self._point(step_moved(self.session.cursor, config, by))
        elif self.cursor.stage in {"text", "batch", "loss"}:
            keys = keys_of(self)
            less, more = keys.shown("tensor.back"), keys.shown("tensor.next")
            self.say(f"{less} and {more} choose a tensor at forward, backward, clip and update")
        else:
            self._go(other_tensor(self.cursor, config, by))

    def action_block(self, by: int) -> None:
        """The same tensor, or stage of the forward pass, in another block."""
        if self._look is None:
            return
        config = self.watched.run.config
        if self.cursor.stage == "repeat":
            self._point(in_layer(self.session.cursor, config, by))
        elif self.cursor.stage not in {"text", "batch", "loss"}:
            self._go(in_block(self.cursor, config, by))

    def action_head(self, by: int) -> None:
        """Another head."""
        if self._look is None:
            return
        count = self.watched.run.config.n_heads
        if self.cursor.stage == "repeat":
            cursor = self.session.cursor
            self._point(replace(cursor, head=(cursor.head + by) % count))
        else:
            self._go(replace(self.cursor, head=(self.cursor.head + by) % count))

    def action_row(self, by: int) -> None:
        """Another row of the batch."""
        if self.loop is not None:
            last = self.watched.run.job.recipe.batch.rows - 1
            row = max(0, min(self.loop.row + by, last))
            self._go(replace(self.cursor, row=row))

    def action_find(self) -> None:
        """Choose a tensor by its name."""
        from tui_transformer.tui.screens.tensors import TensorsScreen

        if self._look is not None:
            stage = self.cursor.stage
            if stage not in {"forward", "backward", "clip", "update"}:
                stage = "backward"
            at = at_stage(self.cursor, self.watched.run.config, stage)
            self.app.push_screen(
                TensorsScreen(at, self.watched.run.config),
                lambda name: self._go(to_tensor(at, name)) if name else None,
            )

    def action_weight(self) -> None:
        """The update of the weight under the cursor; of a tensor, of a weight that made it."""
        if self._look is not None and self.cursor.stage in {"forward", "backward", "clip"}:
            self.jump("update")
        elif self.cursor.stage == "repeat" and self.loop is not None:
            from tui_transformer.tui.screens.why import WhyScreen

            forward = self.loop.forward
            if forward.ref is not None:
                self.app.push_screen(WhyScreen(forward, forward.ref))

    def action_rescale(self) -> None:
        """Take every scale anew."""
        self.scales.clear()
        self._draw()
        self.say("the colours fit what is shown now")

    def action_inspector(self) -> None:
        """Show or hide the inspector."""
        self.toggle_class("-inspect" if self.has_class("-narrow") else "-plain")
        self.call_after_refresh(self._draw)

    def _point(self, cursor: Cursor) -> None:
        """Move the cursor of the forward pass."""
        if self.session.is_open:
            self._refocus = self._refocus or cursor.step != self.session.cursor.step
            self.session.point(cursor)
            self._draw()

    # keys: the run

    def action_walk(self) -> None:
        """Walk through the model of this moment, as through any other."""
        if self._look is None:
            return
        from tui_transformer.tui.screens.moment import MomentWalk

        if self._training:
            self._start(0)
        ready = self._look.ready
        state = replace(self.session.state, cursor=Cursor(), model=ready.model.card.name)
        self.app.push_screen(MomentWalk(ready.model, state))

    def action_copy(self) -> None:
        """Copy the command line that trains this."""
        from tui_transformer.tui.screens.command import CommandScreen
        from tui_transformer.watching.opening import command_of

        command = command_of(self.watched.attended)
        self.app.copy_to_clipboard(visible(command))
        self.app.push_screen(CommandScreen(command))

    def action_help(self) -> None:
        """The keys of what has focus."""
        from tui_transformer.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.focused, TRAINING_ACTS, TRAINING_GROUPS))

    def action_leave(self) -> None:
        """Stop, and leave the screen; what was trained stays."""
        self._generation += 1
        self._training = self._working = False
        if self.alone:
            self.app.exit()
        else:
            self.dismiss()

    def palette(self) -> Iterator[SystemCommand]:
        """Every action and every stage, for the palette."""
        keys = keys_of(self)
        for act in TRAINING_ACTS:
            if act.id != "loop.palette":
                yield SystemCommand(
                    act.label.capitalize(), f"key {keys.shown(act.id)}",
                    lambda action=act.action: self.app.call_later(self.run_action, action),
                )  # fmt: skip
        for stage in STAGES:
            yield SystemCommand(
                f"Go to {stage.title}", "a stage of the step",
                lambda key=stage.key: self.jump(key),
            )  # fmt: skip

    # the prompt

    async def action_edit(self) -> None:
        """Edit the prompt in place."""
        if not self.session.is_open:
            return
        if self._editor is None:
            from tui_transformer.tui.widgets.prompt import PromptEditor

            self._editor = PromptEditor(id="prompt")
            await self.query_one("#text").mount(self._editor)
        self.query_one(TokenStrip).display = False
        self._editor.display = True
        self._editor.open(self.session.model, self.session.state.prompt)

    def _close_editor(self) -> None:
        if self._editor is not None and self._editor.display:
            self._editor.display = False
            self.query_one(TokenStrip).display = True
            self.set_focus(None)
            self.call_after_refresh(self._focus_pane)

    def on_prompt_editor_entered(self, message: "PromptEditor.Entered") -> None:
        """Run what was typed."""
        if message.text == self._wanted.state.prompt:
            self._close_editor()
            return
        cursor = replace(self.session.cursor, token=None)
        state = replace(self._wanted.state, prompt=message.text, cursor=cursor)
        self._wanted = replace(self._wanted, state=state)
        if not self._training:
            self._start(0)

    def on_prompt_editor_left(self) -> None:
        """The prompt stays as it was."""
        self._close_editor()

    # messages from the parts

    @on(Pane.Drawn)
    def _pane_drawn(self) -> None:
        if self.focused is None or not self.focused.display:
            self.call_after_refresh(self._focus_pane)

    @on(BatchMoved)
    def _batch_moved(self, message: BatchMoved) -> None:
        self._go(replace(self.cursor, row=message.row, position=message.position))

    @on(Grid.Moved)
    def _cell_moved(self, message: Grid.Moved) -> None:
        if self.loop is None or isinstance(self.app.screen, ModalScreen):
            return
        shown = message.exhibit
        if self.cursor.stage == "repeat":
            self._forward_cell(message)
        elif shown.name == "loss":
            self._go(replace(self.cursor, row=message.row, position=message.column))
        elif shown.name == self.cursor.tensor:
            self._go(replace(self.cursor, cell=(message.row, message.column)))

    def _forward_cell(self, message: Grid.Moved) -> None:
        """A cell of the forward pass, as in the walk."""
        shown = message.exhibit
        names = self.session.step.shows(self.session.model.config)
        if shown.name not in names:  # its pane is on the way out
            return
        last, head = self.session.trace.length - 1, self.session.cursor.head
        if shown.head is not None and shown.axes[0] == "head":
            head = shown.head
        cursor = replace(
            self.session.cursor, tensor="" if shown.name == names[0] else shown.name,
            head=head, token=None if message.row == last else message.row,
            column=message.column,
        )  # fmt: skip
        if cursor != self.session.cursor:
            self._point(cursor)

    @on(Grid.Hovered)
    def _cell_hovered(self, message: Grid.Hovered) -> None:
        if self.cursor.stage == "repeat":
            self.query_one(Inspector).hover(message.exhibit, message.row, message.column)

    @on(Heads.Picked)
    def _head_picked(self, message: Heads.Picked) -> None:
        self._point(replace(self.session.cursor, head=message.head))

    @on(Ranking.Picked)
    def _candidate_picked(self, message: Ranking.Picked) -> None:
        self._point(replace(self.session.cursor, column=message.token))

    @on(TokenStrip.Picked)
    def _token_picked(self, message: TokenStrip.Picked) -> None:
        last = self.session.trace.length - 1
        token = max(0, min(message.token, last))
        self._point(replace(self.session.cursor, token=None if token == last else token))

    @on(LoopMap.Jumped)
    def _jumped(self, message: LoopMap.Jumped) -> None:
        self.jump(message.stage)

    @on(LoopMap.Chosen)
    @on(Lengths.Chosen)
    def _chosen(self, message: LoopMap.Chosen | Lengths.Chosen) -> None:
        if self.cursor.stage == "repeat":
            step = replace(self.session.cursor, step=message.name, tensor="", column=0)
            self._point(step)
        else:
            self._go(to_tensor(self.cursor, message.name))

    def on_resize(self) -> None:
        """Say what is needed where the terminal is too small."""
        width, height = self.app.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "-tiny")
