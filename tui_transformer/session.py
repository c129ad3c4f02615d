"""The only mutable state: what decides what is on screen, and how it changes.

Everything that decides it is one small frozen value, :class:`SessionState`. A change is made in
three parts, so that the heavy one can run on another thread: :meth:`Session.compute` turns a
wanted state into a :class:`Ready` one (it loads the model, runs the pass, touches nothing of the
session), and :meth:`Session.commit` puts that in force. Until then the old picture stays.
"""

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from tui_transformer.engine.names import axes_of
from tui_transformer.errors import InputError, TuitfError
from tui_transformer.models import DEFAULT_MODEL, LoadedModel, load_model
from tui_transformer.sampling import (
    Distribution,
    Draw,
    SamplingSettings,
    distribution,
    draw,
    generator_for,
)
from tui_transformer.trace import Trace, record
from tui_transformer.walkthrough import Cursor, Step, cursor_at, step_named, walk

HISTORY_KEPT = 200


@dataclass(frozen=True, slots=True)
class SessionState:
    """Everything that decides what is on screen.

    `prompt` is the text that was typed, `generated` the tokens that were sampled after it.
    """

    model: str = DEFAULT_MODEL
    prompt: str = ""
    generated: tuple[int, ...] = ()
    seed: int = 0
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    cursor: Cursor = field(default_factory=Cursor)

    def to_json(self) -> str:
        """The state as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "SessionState":
        """Read what :meth:`to_json` wrote.

        Raises:
            TuitfError: it is not a state; the message says what is wrong.
        """
        try:
            data = dict(json.loads(text))
            data["sampling"] = _read(SamplingSettings, data.get("sampling", {}))
            data["cursor"] = _read(Cursor, data.get("cursor", {}))
            data["generated"] = tuple(_of(int, token) for token in data.get("generated", ()))
            state = _read(cls, data)
        except TuitfError:
            raise
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise TuitfError(f"this is not a saved session: {error}") from None
        if state.seed < 0:
            raise TuitfError(f"this is not a saved session: its seed, {state.seed}, is below 0")
        return state


T = TypeVar("T")


def _read(kind: type[T], data: object) -> T:
    """A dataclass out of what JSON holds: each field of the type that it is declared with."""
    if not isinstance(data, dict):
        raise TypeError(f"{kind.__name__} is no object")
    declared = get_type_hints(kind)
    return kind(**{name: _of(declared.get(name), value) for name, value in data.items()})


def _of(kind: Any, value: object) -> Any:
    """`value`, if it is of that type."""
    allowed = (int, float) if kind is float else get_args(kind) or (kind,)
    if get_origin(kind) is tuple:
        allowed = (tuple,)
    if kind is not None and (not isinstance(value, allowed) or isinstance(value, bool)):
        raise TypeError(f"{value!r:.40} is of the wrong type")
    return value


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A state with everything that it needs computed."""

    state: SessionState
    model: LoadedModel
    trace: Trace


class Session:
    """One person's walk: the state in force, its model and trace, and the way back."""

    def __init__(self, loader: Callable[[str], LoadedModel] = load_model) -> None:
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
        steps = walk(self.model.config)
        return steps.index(self.step) + 1, len(steps)

    @property
    def tokens(self) -> tuple[str, ...]:
        """A safe label for each token of the pass."""
        return tuple(self.model.labels[token] for token in self.trace.ids)

    @property
    def prompt_length(self) -> int:
        """How many of the tokens were typed; those after were sampled."""
        return self.trace.length - len(self.state.generated)

    @property
    def row(self) -> int:
        """The row of the token in focus."""
        return self.cursor.row(self.trace.length)

    @property
    def text(self) -> str:
        """Prompt and continuation, decoded together."""
        return self.model.tokenizer.decode(self.trace.ids)

    # making a state real

    def compute(self, wanted: SessionState, stopped: Callable[[], bool] | None = None) -> Ready:
        """Load the model and run the pass that a state asks for; the session stays as it is.

        What the trace in force has already run is not run again.

        Raises:
            TuitfError: no such model, a text that it cannot read, a place it does not have.
            Cancelled: `stopped()` turned true.
        """
        current = self._ready
        if current is not None and current.state.model == wanted.model:
            model = current.model
        else:
            model = self._loader(wanted.model)
            current = None
        ids = (*prompt_ids(model, wanted.prompt), *wanted.generated)
        trace = _run(model, ids, current.trace if current is not None else None, stopped)
        return Ready(replace(wanted, cursor=_fitting(wanted.cursor, model, len(ids))), model, trace)

    def commit(self, ready: Ready, *, remember: bool = True) -> None:
        """Put a computed state in force; the one before can be gone back to."""
        if remember and self._ready is not None:
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
        """The same with another prompt and nothing sampled yet."""
        cursor = replace(self.cursor, token=None)
        return replace(self.state, prompt=text, generated=(), cursor=cursor)

    def with_sample(self) -> SessionState:
        """The same with the next token drawn and appended.

        Raises:
            InputError: the context is full.
        """
        if self.context_full:
            raise InputError(
                f"the context is full: this model reads at most {self.model.config.n_ctx} tokens; "
                "take tokens back or shorten the prompt"
            )
        return replace(self.state, generated=(*self.state.generated, self.next_draw().token))

    def with_token(self, token: int) -> SessionState:
        """The same with a token of the person's own choice appended."""
        return replace(self.state, generated=(*self.state.generated, token))

    def without_last(self) -> SessionState:
        """The same with the last sampled token taken back.

        Raises:
            InputError: nothing was sampled.
        """
        if not self.state.generated:
            raise InputError("there is no sampled token to take back; e edits the prompt")
        return replace(self.state, generated=self.state.generated[:-1])

    def with_model(self, name: str, prompt: str | None = None) -> SessionState:
        """Another model, with the same prompt unless one is given, at the start of its walk."""
        kept = self.state.prompt if prompt is None else prompt
        return replace(self.state, model=name, prompt=kept, generated=(), cursor=Cursor())

    def before(self) -> SessionState | None:
        """The state before the last change, if there is one; it leaves the history."""
        return self._history.pop() if self._history else None

    # changes that need no pass

    def point(self, cursor: Cursor) -> None:
        """Move the cursor."""
        self._change(cursor=_fitting(cursor, self.model, self.trace.length))

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
        """Whether no further token fits."""
        return self.trace.length >= self.model.config.n_ctx

    def distribution_at(self, position: int = -1) -> Distribution:
        """What would be drawn from after a position, under the settings in force."""
        key = (position % self.trace.length, self.state.sampling)
        if key not in self._distributions:
            if len(self._distributions) > 32:
                self._distributions.clear()
            logits = self.trace.logits_at(position)
            self._distributions[key] = distribution(logits, self.state.sampling)
        return self._distributions[key]

    def next_draw(self) -> Draw:
        """The draw that sampling would make now."""
        return self.draw_at(len(self.state.generated))

    def draw_at(self, count: int) -> Draw:
        """The draw for the generated token number `count` (from 0) under the settings in force."""
        position = self.prompt_length + count - 1
        return draw(self.distribution_at(position), generator_for(self.state.seed, count))

    def command(self) -> str:
        """The command line that shows what is on screen.

        Tokens that were sampled are drawn again by `--generate`; it is left out where they were
        chosen in another way.
        """
        state, sampling = self.state, self.state.sampling
        parts = ["tuitf", "-m", state.model, "-p", state.prompt]
        for flag, value, default in (
            ("--temperature", sampling.temperature, 1.0),
            ("--top-k", sampling.top_k, 0),
            ("--top-p", sampling.top_p, 1.0),
            ("--min-p", sampling.min_p, 0.0),
            ("--seed", state.seed, 0),
        ):
            if value != default:
                parts += [flag, str(value).removesuffix(".0")]
        if state.generated:
            parts += ["--append", ",".join(str(token) for token in state.generated)]
        parts += ["--at", state.cursor.place(self.model.config, self.trace.length)]
        return shlex.join(parts)


def prompt_ids(model: LoadedModel, text: str) -> tuple[int, ...]:
    """The tokens that a prompt starts from; an empty one from the beginning-of-text token.

    Raises:
        InputError: words that the model does not know, nothing at all, more than fits.
    """
    ids = model.tokenizer.encode(text)
    if not ids:
        if model.tokenizer.bos is None:
            raise InputError(
                f"the prompt is empty and {model.card.name} has no beginning-of-text token: "
                "type at least one word"
            )
        ids = (model.tokenizer.bos,)
    if len(ids) > model.config.n_ctx:
        raise InputError(
            f"the prompt has {len(ids):,} tokens and {model.card.name} reads at most "
            f"{model.config.n_ctx:,}: shorten it"
        )
    return ids


def _run(
    model: LoadedModel,
    ids: Sequence[int],
    known: Trace | None,
    stopped: Callable[[], bool] | None,
) -> Trace:
    """The trace of `ids`, going on from the trace in force as far as that has the same tokens."""
    ids = tuple(ids)
    shared = 0
    if known is not None:
        for old, new in zip(known.ids, ids, strict=False):
            if old != new:
                break
            shared += 1
    if known is None or shared == 0:
        return record(ids, model.weights, model.config, stopped=stopped)
    if shared == len(ids):
        return known if known.length == shared else known.prefix(shared)
    if shared < known.length:
        known = known.prefix(shared)
    return known.extended(ids[shared:], stopped)


def _fitting(cursor: Cursor, model: LoadedModel, length: int) -> Cursor:
    """The cursor held inside what the model and the text have, written in one way only."""
    config = model.config
    step = step_named(cursor.step, config)
    head = max(0, min(cursor.head, config.n_heads - 1))
    token = None if cursor.token is None else max(0, cursor.token)
    if token is not None and token >= length - 1:
        token = None
    shows = step.shows(config)
    tensor = cursor.tensor if cursor.tensor in shows[1:] else ""
    axis = axes_of(tensor or shows[0])[-1] if shows else "one"
    columns = {"key_pos": length, "one": 1}.get(axis) or getattr(config, axis)
    column = max(0, min(cursor.column, columns - 1))
    return Cursor(step=step.name, head=head, token=token, column=column, tensor=tensor)


def start_state(
    model: LoadedModel,
    *,
    prompt: str | None = None,
    sampling: SamplingSettings | None = None,
    seed: int = 0,
    generated: Sequence[int] = (),
    at: str | None = None,
) -> SessionState:
    """The state that the command line asks for; what it leaves out is the model's own.

    Raises:
        InputError: `at` names no place of this model.
    """
    return SessionState(
        model=model.card.name,
        prompt=model.card.prompt if prompt is None else prompt,
        generated=tuple(generated),
        seed=seed,
        sampling=sampling or SamplingSettings(),
        cursor=cursor_at(at, model.config) if at else Cursor(),
    )
