"""The screen of the walk: the map, the stage, the number, the next token."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import get_current_worker

from tui_transformer.engine import Array
from tui_transformer.engine.names import join_layer, split_layer
from tui_transformer.errors import Cancelled, TuitfError
from tui_transformer.models import LoadedModel, opens_at_once
from tui_transformer.render.numbers import INSPECTOR_DIGITS, compact, significant
from tui_transformer.sampling import MAX_TEMPERATURE
from tui_transformer.session import Ready, Session, SessionState
from tui_transformer.tokenizers import visible
from tui_transformer.trace import Trace, compute_inside, fits_ahead, is_quick, keep_inside, missing
from tui_transformer.tui import actions
from tui_transformer.tui.panes import DistributionPane, Pane, Ranking, StageFrame
from tui_transformer.tui.titles import retitle
from tui_transformer.tui.view import Given, Scales, View, look
from tui_transformer.tui.widgets.breadcrumb import Breadcrumb
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.header import Header
from tui_transformer.tui.widgets.heads import Heads
from tui_transformer.tui.widgets.hint import Hint
from tui_transformer.tui.widgets.inspector import Inspector, cell_words
from tui_transformer.tui.widgets.next_token import NextToken
from tui_transformer.tui.widgets.pipeline_map import PipelineMap
from tui_transformer.tui.widgets.token_strip import TokenStrip
from tui_transformer.tui.widgets.too_small import TooSmall
from tui_transformer.walkthrough import Cursor, Step, cursor_at, in_layer, moved, walk

if TYPE_CHECKING:
    from tui_transformer.tui.widgets.prompt import PromptEditor

PACES = (0.5, 1.0, 2.0, 4.0, 8.0)
SMALLEST = (80, 24)


class WalkScreen(Screen[None]):
    """Where a person spends their time. Turns keys into changes of the session."""

    BINDINGS = [*actions.BINDINGS]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (104, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall"), (50, "-high")]
    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # what it touches is enough

    class Computed(Message):
        """A pass that a worker ran is through."""

        def __init__(self, ready: Ready, generation: int, remember: bool) -> None:
            super().__init__()
            self.ready = ready
            self.generation = generation
            self.remember = remember

    class Looked(Message):
        """The inside of a block that was looked at is computed."""

        def __init__(self, trace: Trace, names: tuple[str, ...], tensors: dict[str, Array]) -> None:
            super().__init__()
            self.trace = trace
            self.names = names
            self.tensors = tensors

    class Doing(Message):
        """What a worker is at."""

        def __init__(self, what: str, generation: int) -> None:
            super().__init__()
            self.what = what
            self.generation = generation

    class Failed(Message):
        """A pass could not be run."""

        def __init__(self, reason: str, generation: int) -> None:
            super().__init__()
            self.reason = reason
            self.generation = generation

    def __init__(self, session: Session, wanted: SessionState) -> None:
        super().__init__()
        self.session = session
        self.scales = Scales()
        self._wanted = wanted
        self._generation = 0
        self._computing = False
        self._queued = 0
        self._asked_from: SessionState | None = None
        self._playing: Timer | None = None
        self._pace = 1
        self._doing = "computing"
        self._finding = False
        self._wants_focus = False
        self._inside: tuple[Trace, tuple[str, ...]] | None = None
        self._said_next = ""
        self._opened: dict[str, Given] = {}
        self._editor: PromptEditor | None = None
        self.view: View | None = None

    def compose(self) -> ComposeResult:
        """Put the parts together; they are empty until the first pass is through."""
        yield Header(id="header")
        with Container(id="text"):
            yield TokenStrip(id="strip")
        yield Breadcrumb(id="breadcrumb")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield PipelineMap(id="map")
            with Vertical(id="right"):
                with Horizontal(id="upper"):
                    yield StageFrame(id="stage")
                    yield Inspector(id="inspector")
                yield NextToken(id="next")
        yield Hint(id="hint")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        """Titles, and the first pass."""
        retitle(self.query_one("#left"), "pipeline")
        retitle(self.query_one(Inspector), "this number")
        if opens_at_once(self._wanted.model):  # so that the first frame shows the real thing
            self._generation += 1
            message = self._run(self._wanted, self._generation, False, lambda: False)
            if isinstance(message, self.Computed):
                self.on_walk_screen_computed(message)
            elif message is not None:
                self.on_walk_screen_failed(message)
        else:
            self.want(self._wanted, remember=False)

    # the pass

    def want(self, state: SessionState, *, remember: bool = True) -> None:
        """Ask for a state; the picture stays until it is ready."""
        self._generation += 1
        self._computing = True
        self._doing = "computing"
        self._asked_from = self.session.state if self.session.is_open else None
        self.set_timer(0.05, self._mark_busy)
        self._compute(state, self._generation, remember)

    def _mark_busy(self) -> None:
        if self._computing:
            self.query_one(Header).busy(f"{self._doing} · any change cancels")

    def on_walk_screen_doing(self, message: Doing) -> None:
        """Say what the worker is at, where that is already being said."""
        if message.generation == self._generation and self._computing:
            self._doing = message.what
            if self.query_one(Header).is_busy:
                self._mark_busy()

    # without a description Textual writes out the arguments, here whole models
    @work(thread=True, exclusive=True, group="pass", description="a pass", exit_on_error=False)
    def _compute(self, state: SessionState, generation: int, remember: bool) -> None:
        worker = get_current_worker()
        message = self._run(
            state,
            generation,
            remember,
            lambda: worker.is_cancelled or generation != self._generation,
        )
        if message is not None:
            self.post_message(message)

    def _run(
        self, state: SessionState, generation: int, remember: bool, stopped: Callable[[], bool]
    ) -> Computed | Failed | None:
        """Compute a state; whatever happens comes back as a message, nothing if it was stopped."""

        def report(what: str) -> None:
            self.post_message(self.Doing(what, generation))

        try:
            ready = self.session.compute(state, stopped, report)
        except Cancelled:
            return None
        except TuitfError as error:
            return self.Failed(str(error), generation)
        except Exception as error:  # a defect of ours must not cost the person their screen
            reason = f"a fault inside tuitf ({type(error).__name__}: {error}); nothing was changed"
            return self.Failed(reason, generation)
        return self.Computed(ready, generation, remember)

    def on_walk_screen_computed(self, message: Computed) -> None:
        """Put what was computed in force, unless something else was asked for since."""
        if message.generation != self._generation:
            return
        fresh = not self.session.is_open or (
            message.ready.state.model != self.session.state.model
            or message.ready.state.prompt != self.session.state.prompt
        )
        another = not self.session.is_open or (message.ready.model is not self.session.model)
        self._computing = False
        self.query_one(Header).busy("")
        ready = self._meanwhile(message.ready)
        cursor = ready.state.cursor if fresh else self.session.cursor
        if fresh:
            self.scales.clear()
        self.session.commit(ready, remember=message.remember)
        self.session.point(cursor)
        if fresh:
            self._close_editor()
            self._remember_model(ready.model)
        self.show(move_focus=fresh)
        self._tell(ready, another)
        if self._queued:
            self._queued -= 1
            self.action_sample()

    def _remember_model(self, model: LoadedModel) -> None:
        """For the list of models: what was opened from a folder or a repository."""
        size = f"{compact(model.parameters)} parameters"
        self._opened[model.card.name] = Given(model.card.name, size, model.card.description)

    def _tell(self, ready: Ready, another: bool) -> None:
        """What is worth a line: notes about a model's files, numbers that are none, the end."""
        model, state = ready.model, ready.state
        if ready.odd is not None:
            self.say(f"the first number that is not finite is {ready.odd}", bad=True)
        elif self._said_next:
            self.say(self._said_next)
        elif another and model.notes:
            self.say(visible("; ".join(model.notes)))
        elif self._playing is not None and state.generated and state.generated[-1] in model.stops:
            self._stop_playing()
            self.say(f"the model ended its text with {model.labels[state.generated[-1]]}")
        self._said_next = ""

    def _meanwhile(self, ready: Ready) -> Ready:
        """What was computed, with the settings that the person has changed since they asked."""
        asked = self._asked_from
        if asked is None or not self.session.is_open:
            return ready
        now, state = self.session.state, ready.state
        if now.sampling != asked.sampling:
            state = replace(state, sampling=now.sampling)
        if now.seed != asked.seed:
            state = replace(state, seed=now.seed)
        return replace(ready, state=state)

    def on_walk_screen_failed(self, message: Failed) -> None:
        """Say what is wrong in one line; everything stays as it was."""
        if message.generation != self._generation:
            return
        self._computing = False
        self._queued = 0
        self._said_next = ""
        self._stop_playing()
        self.query_one(Header).busy("")
        reason = visible(message.reason)
        if not self.session.is_open:
            self.app.exit(return_code=2, message=f"tuitf: {reason}")
            return
        if self._editor is not None and self._editor.display:
            self._editor.complain(reason)
        else:
            self.say(reason, bad=True)

    # drawing

    def show(self, *, move_focus: bool = False) -> None:
        """Draw the session as it is, as soon as the blocks that are looked at are computed."""
        if not self.session.is_open:
            return
        trace, step = self.session.trace, self.session.step
        self._wants_focus = self._wants_focus or move_focus
        absent = () if is_quick(trace) else missing(trace, self._needed(step))
        if absent:
            layer, _ = split_layer(absent[0])
            self.query_one(Header).busy(f"computing block {(layer or 0) + 1}")
            self._compute_inside(trace, absent)
            return
        self._draw()
        if not is_quick(trace):
            self._look_ahead(trace, step)

    def _needed(self, step: Step) -> tuple[str, ...]:
        """The tensors that are read when a step is drawn."""
        config = self.session.model.config
        inside = () if step.layer is None else (join_layer(step.layer, "attn.pattern"),)
        return (*step.shows(config), *inside)

    def _look_ahead(self, trace: Trace, step: Step) -> None:
        """Compute the block that comes next before it is asked for."""
        config = self.session.model.config
        layer = 0 if step.stage.place == "input" else (step.layer or 0) + 1
        if step.stage.place == "output" or layer >= config.n_layers or not fits_ahead(trace):
            return
        absent = missing(trace, (join_layer(layer, "attn.pattern"),))
        if absent:
            self._compute_inside(trace, absent)

    def _compute_inside(self, trace: Trace, names: tuple[str, ...]) -> None:
        """Have tensors of a block computed, unless that is being done."""
        if self._inside != (trace, names):
            self._inside = (trace, names)
            self._ahead(trace, names)

    @work(thread=True, group="ahead", description="a block", exit_on_error=False)
    def _ahead(self, trace: Trace, names: tuple[str, ...]) -> None:
        worker = get_current_worker()
        try:  # one that nobody waits for any more ends at its next tensor
            tensors = compute_inside(
                trace, names, lambda: worker.is_cancelled or self._inside != (trace, names)
            )
        except Cancelled:
            return
        self.post_message(self.Looked(trace, names, tensors))

    def on_walk_screen_looked(self, message: Looked) -> None:
        """A block is computed: draw what waited for it."""
        keep_inside(message.trace, message.tensors)
        if self._inside == (message.trace, message.names):
            self._inside = None
        if self.session.is_open and message.trace is self.session.trace and self._waits:
            if not self._computing:
                self.query_one(Header).busy("")
            self.show()

    @property
    def _waits(self) -> bool:
        """Whether the picture is not that of the session."""
        view, session = self.view, self.session
        return view is None or view.trace is not session.trace or view.state != session.state

    def _draw(self) -> None:
        move_focus, self._wants_focus = self._wants_focus, False
        before = self.view
        self.view = view = look(self.session, self.scales)
        self.query_one(StageFrame).show(view, self._subtitle(view))
        for part in (Header, TokenStrip, Breadcrumb, PipelineMap, Inspector, Hint):
            self.query_one(part).show(view)
        self.query_one(NextToken).show(view)
        if move_focus or before is None or before.step != view.step:
            self.call_after_refresh(self._focus_pane)

    def _subtitle(self, view: View) -> str:
        """Head and step; the number under the cursor too, where there is no inspector for it."""
        parts = []
        if view.focus is not None and not self.query_one(Inspector).display:
            row, column = view.cell(view.focus)
            value = significant(float(view.focus.values[row, column]), INSPECTOR_DIGITS)
            parts.append(f"{cell_words(view.focus, row, column)}: {value}")
        elif view.focus is not None and view.focus.head is not None:
            parts.append(f"head {view.state.cursor.head + 1} of {view.model.config.n_heads}")
        parts.append(f"step {view.number} of {view.total}")
        return " · ".join(parts)

    def _focus_pane(self) -> None:
        """Give the keys to what the stage is about, unless a knob or the prompt has them."""
        if self.view is None or (self._editor is not None and self._editor.display):
            return
        pane = self.query_one(StageFrame).pane
        if self._finding and isinstance(pane, DistributionPane):
            self._finding = not pane.find()
            return
        if self.focused is not None and self.focused.id in {
            "temperature", "top-k", "top-p", "min-p", "map",
        }:  # fmt: skip
            return
        target = pane.first_focus() if pane is not None else None
        self.set_focus(target)

    def say(self, message: str, *, bad: bool = False) -> None:
        """One line at the bottom until the next key."""
        self.query_one(Hint).say(message, bad=bad)

    def on_key(self) -> None:
        """A message has been read by the time of the next key."""
        hint = self.query_one(Hint)
        if hint.message:
            hint.say("")

    def point(self, cursor: Cursor) -> None:
        """Move the cursor and draw what that changes."""
        if self.session.is_open:
            if cursor.step != self.session.cursor.step:
                self.query_one(Hint).taken += 1
                if cursor.step in {"unembed", "probabilities"} and cursor.column == 0:
                    logits = self.session.trace.logits_at(cursor.row(self.session.trace.length))
                    cursor = replace(cursor, column=int(logits.argmax()))
            self.session.point(cursor)
            self.show()

    # keys

    def action_step(self, by: int) -> None:
        """A step on, or back."""
        if self.session.is_open:
            self.point(moved(self.session.cursor, self.session.model.config, by))

    def action_ends(self, last: int) -> None:
        """To the first step, or the last."""
        if self.session.is_open:
            steps = walk(self.session.model.config)
            self.jump(steps[-1 if last else 0].name)

    def jump(self, step: str) -> None:
        """To a step by its name."""
        if self.session.is_open:
            self.point(replace(self.session.cursor, step=step, tensor="", column=0))

    def action_layer(self, by: int) -> None:
        """The same stage in another block."""
        if self.session.is_open:
            self.point(in_layer(self.session.cursor, self.session.model.config, by))

    def action_head(self, by: int) -> None:
        """Another head."""
        if self.session.is_open:
            count = self.session.model.config.n_heads
            self.point(replace(self.session.cursor, head=(self.session.cursor.head + by) % count))

    def action_token(self, by: int) -> None:
        """Focus another token."""
        if self.session.is_open:
            self._focus_token(self.session.row + by)

    def _focus_token(self, token: int) -> None:
        last = self.session.trace.length - 1
        token = max(0, min(token, last))
        self.point(replace(self.session.cursor, token=None if token == last else token))

    def action_sample(self) -> None:
        """Draw the next token and append it."""
        if self._computing:
            self._queued = min(self._queued + 1, 8)
            return
        self._change(self.session.with_sample)

    def action_take_back(self) -> None:
        """Take the last sampled token back, and those that wait to be sampled."""
        self._stop_playing()
        self._queued = 0
        self._change(self.session.without_last)

    def _change(self, wanted: Callable[[], SessionState]) -> None:
        if not self.session.is_open:
            return
        try:
            state = wanted()
        except TuitfError as error:
            self._stop_playing()
            self.say(visible(str(error)), bad=True)
        else:
            self.want(state)

    def action_undo(self) -> None:
        """Back to the state before the last change."""
        self._stop_playing()
        self._queued = 0
        before = self.session.before() if self.session.is_open else None
        if before is None:
            self.say("there is nothing to undo", bad=True)
        else:
            self.want(before, remember=False)

    def action_seed(self) -> None:
        """The next seed: other draws."""
        if self.session.is_open:
            self.session.set_seed(self.session.state.seed + 1)
            self.show()
            self.say(f"seed {self.session.state.seed}: the next draws are others")

    def action_temperature(self, by: int) -> None:
        """A tenth more or less."""
        if self.session.is_open:
            settings = self.session.state.sampling
            value = round(max(0.0, min(settings.temperature + by / 10, MAX_TEMPERATURE)), 2)
            self.session.set_sampling(replace(settings, temperature=value))
            self.show()

    def action_play(self) -> None:
        """Sample on and on, or stop."""
        if self._playing is not None:
            self._stop_playing()
        elif self.session.is_open:
            self._play()

    def _play(self) -> None:
        pace = PACES[self._pace]
        self._playing = self.set_interval(1 / pace, self._tick)
        self.query_one(NextToken).playing(f"stop ({pace:g}/s)")

    def _tick(self) -> None:
        if not self._computing:
            self.action_sample()

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None
            self.query_one(NextToken).playing("")

    def action_pace(self, by: int) -> None:
        """Faster or slower."""
        self._pace = max(0, min(self._pace + by, len(PACES) - 1))
        if self._playing is not None:
            self._playing.stop()
            self._play()
        else:
            self.say(f"plays {PACES[self._pace]:g} tokens a second; a starts")

    def action_rescale(self) -> None:
        """Take every scale anew."""
        self.scales.clear()
        self.show()
        self.say("the colours fit what is shown now")

    def action_inspector(self) -> None:
        """Show or hide the inspector."""
        narrow = self.has_class("-narrow")
        self.toggle_class("-inspect" if narrow else "-plain")

    def action_why(self) -> None:
        """Every term of the number under the cursor."""
        if self.view is not None and self.view.ref is not None:
            from tui_transformer.tui.screens.why import WhyScreen

            self.app.push_screen(WhyScreen(self.view, self.view.ref))

    def action_overview(self) -> None:
        """All stages of the block."""
        if self.session.is_open:
            from tui_transformer.tui.screens.overview import OverviewScreen

            self.app.push_screen(OverviewScreen(self.session, self.scales), self._from_overview)

    def _from_overview(self, step: str | None) -> None:
        if step:
            self.jump(step)

    def action_models(self) -> None:
        """Choose another model."""
        from tui_transformer.tui.screens.models import ModelsScreen

        name = self.session.state.model if self.session.is_open else ""
        notes = self.session.model.notes if self.session.is_open else ()
        self.app.push_screen(
            ModelsScreen(name, tuple(self._opened.values()), notes), self._from_models
        )

    def _from_models(self, name: str | None) -> None:
        if name and (not self.session.is_open or name != self.session.state.model):
            from tui_transformer.models import entries

            self._stop_playing()
            prompt = next((e.card.prompt for e in entries() if e.card.name == name), None)
            self.want(self.session.with_model(name, prompt))

    def action_find(self) -> None:
        """Find a token in the distribution."""
        if self.session.is_open:
            self._finding = True
            if self.session.cursor.step != "probabilities":
                self.jump("probabilities")
            else:
                self._focus_pane()

    def action_past_context(self) -> None:
        """What happens when the text outgrows the context: stop, or slide the window."""
        if self.session.is_open:
            slides = self.session.state.past_context == "stop"
            self._said_next = (
                "past the context the oldest tokens are left out"
                if slides
                else "past the context no token is added"
            )
            self._change(lambda: self.session.with_past_context("slide" if slides else "stop"))

    def action_odd(self) -> None:
        """To the first number that is NaN or infinite."""
        if self.session.is_open and self.session.ready.odd is not None:
            self.point(cursor_at(str(self.session.ready.odd), self.session.model.config))

    def action_copy(self) -> None:
        """Copy the command line that shows this."""
        if self.session.is_open:
            from tui_transformer.tui.screens.command import CommandScreen

            command = self.session.command()
            safe = (c if c.isprintable() or c in "\n\t" else visible(c) for c in command)
            self.app.copy_to_clipboard("".join(safe))
            self.app.push_screen(CommandScreen(command))

    def action_help(self) -> None:
        """The keys of what has focus."""
        from tui_transformer.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.focused))

    # the prompt

    async def action_edit(self) -> None:
        """Edit the prompt in place."""
        if not self.session.is_open:
            return
        self._stop_playing()
        if self._editor is None:
            from tui_transformer.tui.widgets.prompt import PromptEditor

            self._editor = PromptEditor(id="prompt")
            await self.query_one("#text").mount(self._editor)
        self.query_one(TokenStrip).display = False
        self._editor.display = True
        state = self.session.state
        self._editor.open(self.session.model, state.prompt, state.past_context)

    def _close_editor(self) -> None:
        if self._editor is not None and self._editor.display:
            self._editor.display = False
            self.query_one(TokenStrip).display = True
            self.set_focus(None)
            self.call_after_refresh(self._focus_pane)

    def on_prompt_editor_entered(self, message: "PromptEditor.Entered") -> None:
        """Run what was typed."""
        if message.text == self.session.state.prompt and not self.session.state.generated:
            self._close_editor()
        else:
            self.want(self.session.with_prompt(message.text))

    def on_prompt_editor_left(self) -> None:
        """The prompt stays as it was."""
        self._close_editor()

    # messages from the parts

    @on(Pane.Drawn)
    def _pane_drawn(self) -> None:
        if self.focused is None or not self.focused.display:
            self.call_after_refresh(self._focus_pane)

    @on(Grid.Moved)
    def _cell_moved(self, message: Grid.Moved) -> None:
        if self.view is None or isinstance(self.app.screen, ModalScreen):
            return
        if self.view.step != self.session.step:  # its picture is still to come
            return
        config, shown = self.session.model.config, message.exhibit
        names = self.view.step.shows(config)
        if shown.name not in names:  # its pane is on the way out
            return
        last = self.session.trace.length - 1
        head = self.session.cursor.head
        if shown.head is not None and shown.axes[0] == "head":
            head = shown.head
        cursor = replace(
            self.session.cursor,
            tensor="" if shown.name == names[0] else shown.name,
            head=head,
            token=None if message.row == last else message.row,
            column=message.column,
        )
        if cursor != self.session.cursor:
            self.point(cursor)

    @on(Grid.Hovered)
    def _cell_hovered(self, message: Grid.Hovered) -> None:
        self.query_one(Inspector).hover(message.exhibit, message.row, message.column)

    @on(Heads.Picked)
    def _head_picked(self, message: Heads.Picked) -> None:
        self.point(replace(self.session.cursor, head=message.head))

    @on(Ranking.Picked)
    def _candidate_picked(self, message: Ranking.Picked) -> None:
        self.point(replace(self.session.cursor, column=message.token))

    @on(TokenStrip.Picked)
    def _token_picked(self, message: TokenStrip.Picked) -> None:
        self._focus_token(message.token)

    @on(PipelineMap.Jumped)
    def _jumped(self, message: PipelineMap.Jumped) -> None:
        self.jump(message.step)

    @on(NextToken.Changed)
    def _sampling_changed(self, message: NextToken.Changed) -> None:
        if self.session.is_open:
            self.session.set_sampling(message.settings)
            self.show()

    def on_resize(self) -> None:
        """Say what is needed where the terminal is too small."""
        width, height = self.app.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "-tiny")
