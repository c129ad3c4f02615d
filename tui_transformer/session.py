"""The only mutable state: what decides what is on screen, and how it changes.

Everything that decides it is one small frozen value, :class:`SessionState`. A change is made in
three parts, so that the heavy one can run on another thread: :meth:`Session.compute` turns a
wanted state into a :class:`Ready` one (it loads the model, runs the pass, touches nothing of the
session), and :meth:`Session.commit` puts that in force. Until then the old picture stays.
"""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tui_transformer.errors import NotNowError
from tui_transformer.models import LoadedModel
from tui_transformer.ready import Ready, Report, fitting, make_ready
from tui_transformer.sampling import (
    Distribution,
    Draw,
    SamplingError,
    SamplingSettings,
    draw,
    generator_for,
)
from tui_transformer.state import PastContext, SessionState, prompt_ids, start_state
from tui_transformer.trace import RecordedModel, Trace, open_model
from tui_transformer.walkthrough import Cursor, Step, step_index, step_named, walk

__all__ = ["PastContext", "Ready", "Session", "SessionState", "Undo", "prompt_ids", "start_state"]

HISTORY_KEPT = 200


@dataclass(frozen=True, slots=True)
class Undo:
    """A state to go back to, and how many of those before it can be gone back to from there."""

    state: SessionState
    depth: int


class Session:
    """One person's walk: the state in force, its model and trace, and the way back."""

    def __init__(self, loader: Callable[[str], LoadedModel] = open_model) -> None:
        self._loader = loader
        self._ready: Ready | None = None
        self._history: list[SessionState] = []
        self._distributions: dict[tuple[int, SamplingSettings], Distribution] = {}

    # what is in force

    @property
    def ready(self) -> Ready:
        """What was committed last.

        Raises:
            RuntimeError: nothing has been yet.
        """
        if self._ready is None:
            raise RuntimeError("no state has been committed yet")
        return self._ready

    @property
    def is_open(self) -> bool:
        """Whether a state is in force."""
        return self._ready is not None

    @property
    def state(self) -> SessionState:
        """The state in force."""
        return self.ready.state

    @property
    def model(self) -> LoadedModel:
        """Its model."""
        return self.ready.model

    @property
    def trace(self) -> Trace:
        """Its forward pass."""
        return self.ready.trace

    @property
    def cursor(self) -> Cursor:
        """Where the person is."""
        return self.state.cursor

    @property
    def step(self) -> Step:
        """The step they are at."""
        return step_named(self.cursor.step, self.model.config)

    @property
    def step_number(self) -> tuple[int, int]:
        """Which step that is, from 1, and of how many."""
        config = self.model.config
        return step_index(self.step, config) + 1, len(walk(config))

    @property
    def tokens(self) -> tuple[str, ...]:
        """A safe label for each token of the pass."""
        return tuple(self.model.labels[token] for token in self.trace.ids)

    @property
    def prompt_length(self) -> int:
        """How many of the tokens of the pass were typed; those after were sampled."""
        return max(self.trace.length - len(self.state.generated), int(self.ready.window.kept_bos))

    @property
    def left_out(self) -> int:
        """How many tokens of the text fell out of the window."""
        return self.ready.window.left_out

    @property
    def row(self) -> int:
        """The row of the token in focus."""
        return self.cursor.row(self.trace.length)

    @property
    def text(self) -> str:
        """Prompt and continuation, decoded together, what fell out of the window too."""
        return self.model.tokenizer.decode(self.ready.ids)

    # making a state real

    def compute(
        self,
        wanted: SessionState,
        stopped: Callable[[], bool] | None = None,
        report: Report = lambda doing: None,
    ) -> Ready:
        """Load the model and run the pass that a state asks for; the session stays as it is.

        What the trace in force has already run is not run again. `report` is told what is done.

        Raises:
            TuitfError: no such model, a text that it cannot read, a place it does not have.
            Cancelled: `stopped()` turned true.
        """
        return make_ready(wanted, self._ready, self._loader, stopped, report)

    def commit(self, ready: Ready, *, remember: bool = True, undo: Undo | None = None) -> None:
        """Put a computed state in force; the one before can be gone back to.

        Of an `undo` the state that it goes back to leaves the history, and what came after it.
        """
        if undo is not None:
            del self._history[undo.depth :]
        elif remember and self._ready is not None:
            self._remember(self._ready.state)
        self._ready = ready
        self._distributions.clear()

    def _remember(self, state: SessionState) -> None:
        self._history.append(state)
        del self._history[:-HISTORY_KEPT]

    def open(self, wanted: SessionState) -> None:
        """Compute and commit at once, for front ends without another thread."""
        self.commit(self.compute(wanted))

    # wanted states; each is given to `compute`

    def with_prompt(self, text: str) -> SessionState:
        """The same with another prompt and nothing sampled yet; of a file, sampled as it was."""
        cursor = replace(self.cursor, token=None)
        state = replace(self.state, prompt=text, generated=(), cursor=cursor)
        runs = self.model.runs if isinstance(self.model, RecordedModel) else ()
        run = next((run for run in runs if run.prompt == text), None)
        return state if run is None else replace(state, sampling=run.sampling, seed=run.seed)

    def with_sample(self) -> SessionState:
        """The same with the next token drawn and appended.

        Raises:
            NotNowError: the context is full.
        """
        if self.context_full:
            raise NotNowError(
                f"the context is full ({self.model.config.n_ctx:,} tokens)",
                ("take_back", "takes tokens back"),
                ("past_context", "slides the window"),
            )
        return replace(self.state, generated=(*self.state.generated, self.next_draw().token))

    def with_token(self, token: int) -> SessionState:
        """The same with a token of the person's own choice appended."""
        return replace(self.state, generated=(*self.state.generated, token))

    def without_last(self) -> SessionState:
        """The same with the last sampled token taken back.

        Raises:
            NotNowError: nothing was sampled.
        """
        if not self.state.generated:
            raise NotNowError(
                "there is no sampled token to take back", ("prompt.edit", "edits the prompt")
            )
        return replace(self.state, generated=self.state.generated[:-1])

    def with_model(self, name: str, prompt: str | None = None) -> SessionState:
        """Another model, with the same prompt unless one is given, at the start of its walk."""
        kept = self.state.prompt if prompt is None else prompt
        return replace(self.state, model=name, prompt=kept, generated=(), cursor=Cursor())

    def with_past_context(self, choice: PastContext) -> SessionState:
        """The same with another choice for a text that outgrows the context."""
        return replace(self.state, past_context=choice)

    def before(self, later: Undo | None = None) -> Undo | None:
        """The state before the last change, or before another undo; none where there is none.

        The history stays as it is until that is committed.
        """
        depth = len(self._history) if later is None else later.depth
        return Undo(self._history[depth - 1], depth - 1) if depth else None

    # changes that need no pass

    def point(self, cursor: Cursor) -> None:
        """Move the cursor."""
        self._change(cursor=fitting(cursor, self.model, self.trace.length))

    def likeliest(self, cursor: Cursor) -> Cursor:
        """The cursor, moved to the likeliest token where a stage with one column a token begins."""
        if cursor.step not in {"unembed", "probabilities"} or cursor.column or cursor.tensor:
            return cursor
        return replace(cursor, column=self.likeliest_after(cursor))

    def set_sampling(self, settings: SamplingSettings) -> None:
        """Other sampling settings: another distribution from the same logits."""
        if settings != self.state.sampling:
            self._remember(self.state)
            self._change(sampling=settings)

    def set_seed(self, seed: int) -> None:
        """Another seed: other draws from the same distributions."""
        self._remember(self.state)
        self._change(seed=seed)

    def _change(self, **changes: Any) -> None:
        self._ready = replace(self.ready, state=replace(self.state, **changes))

    # what follows from the state

    @property
    def context_full(self) -> bool:
        """Whether no further token fits; a window that slides always has room."""
        stops = self.state.past_context == "stop"
        return stops and self.trace.length >= self.model.config.n_ctx

    def distribution_at(self, position: int = -1) -> Distribution:
        """What would be drawn from after a position, under the settings in force.

        Raises:
            SamplingError: its logits are not finite; the message says where that begins.
        """
        key = (position % self.trace.length, self.state.sampling)
        if key not in self._distributions:
            if len(self._distributions) > 32:
                self._distributions.clear()
            try:
                made = self.trace.distribution_at(position, self.state.sampling)
            except SamplingError:
                if self.ready.odd is None:
                    raise
                raise SamplingError(
                    "the logits hold NaN or infinity, so nothing can be drawn; the first such "
                    f"number of the pass is {self.ready.odd}"
                ) from None
            self._distributions[key] = made
        return self._distributions[key]

    def likeliest_after(self, cursor: Cursor) -> int:
        """The token with the largest logit after the token of a cursor; 0 where none is known."""
        try:
            dist = self.distribution_at(cursor.row(self.trace.length))
        except SamplingError:
            return 0
        return int(dist.order[0])

    def next_draw(self) -> Draw:
        """The draw that sampling would make now."""
        return self.draw_at(len(self.state.generated))

    def draw_at(self, count: int) -> Draw:
        """The draw for the generated token number `count` (from 0) under the settings in force."""
        position = self.trace.length - len(self.state.generated) + count - 1
        return draw(self.distribution_at(position), generator_for(self.state.seed, count))

    def command(self) -> str:
        """The command line that shows what is on screen.

        Tokens that were sampled are drawn again by `--generate`; it is left out where they were
        chosen in another way.
        """
        state, sampling = self.state, self.state.sampling
        parts = ["tuitf", "-m", state.model, "-p", state.prompt]
        usual, seed = SamplingSettings(), 0
        if isinstance(self.model, RecordedModel):
            parts = ["tuitf", "open", state.model, "-p", state.prompt]
            run = self.model.run_of(self.trace.ids)
            if run is not None:
                usual, seed = run.sampling, run.seed
        for flag, value, default in (
            ("--temperature", sampling.temperature, usual.temperature),
            ("--top-k", sampling.top_k, usual.top_k),
            ("--top-p", sampling.top_p, usual.top_p),
            ("--min-p", sampling.min_p, usual.min_p),
            ("--seed", state.seed, seed),
        ):
            if value != default:
                parts += [flag, str(value).removesuffix(".0")]
        if state.past_context != "stop":
            parts += ["--past-context", state.past_context]
        if state.generated:
            parts += ["--append", ",".join(str(token) for token in state.generated)]
        parts += ["--at", state.cursor.place(self.model.config, self.trace.length)]
        return shlex.join(parts)
