"""What a session is, written down: one small frozen value with a JSON form."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from tui_transformer.errors import InputError, TuitfError
from tui_transformer.models import DEFAULT_MODEL, LoadedModel
from tui_transformer.sampling import SamplingSettings
from tui_transformer.walkthrough import Cursor, cursor_at

PastContext = Literal["stop", "slide"]
"""What happens when a text has more tokens than the model reads."""

SLIDE_HINT = "--past-context slide, w on the screen"
SLIDE_SHARE = 8
"""A window that slides moves on by an eighth of the context at a time: each move runs the whole
window again."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """Everything that decides what is on screen.

    `prompt` is the text that was typed, `generated` the tokens that were sampled after it.
    `past_context` says what happens when a text outgrows the model: `stop` refuses further tokens,
    `slide` leaves out the oldest ones (:func:`fit_context`).
    """

    model: str = DEFAULT_MODEL
    prompt: str = ""
    generated: tuple[int, ...] = ()
    seed: int = 0
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    cursor: Cursor = field(default_factory=Cursor)
    past_context: PastContext = "stop"

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
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise TypeError(f"{value!r:.40} is none of {', '.join(get_args(kind))}")
        return value
    allowed = (int, float) if kind is float else get_args(kind) or (kind,)
    if get_origin(kind) is tuple:
        allowed = (tuple,)
    if kind is not None and (not isinstance(value, allowed) or isinstance(value, bool)):
        raise TypeError(f"{value!r:.40} is of the wrong type")
    return value


def text_ids(model: LoadedModel, text: str) -> tuple[int, ...]:
    """The tokens of a text; of an empty one the beginning-of-text token.

    Raises:
        InputError: words that the model does not know, nothing at all.
    """
    ids = model.tokenizer.encode(text)
    if ids:
        return ids
    if model.tokenizer.bos is None:
        raise InputError(
            f"the prompt is empty and {model.card.display_name} has no beginning-of-text token: "
            "type at least one word"
        )
    return (model.tokenizer.bos,)


def prompt_ids(
    model: LoadedModel, text: str, past_context: PastContext = "stop"
) -> tuple[int, ...]:
    """The tokens that a prompt starts from; an empty one from the beginning-of-text token.

    Raises:
        InputError: words that the model does not know, nothing at all, more than fits and no
            window that slides.
    """
    ids = text_ids(model, text)
    if len(ids) > model.config.n_ctx and past_context == "stop":
        raise InputError(
            f"the prompt has {len(ids):,} tokens and {model.card.display_name} reads at most "
            f"{model.config.n_ctx:,}: shorten it, or slide the window ({SLIDE_HINT})"
        )
    return ids


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens of a text that a model is given: all, or the last ones.

    `left_out` counts those that fell out; `kept_bos` says that a beginning-of-text token stays in
    front of them.
    """

    ids: tuple[int, ...]
    left_out: int = 0
    kept_bos: bool = False


def fit_context(ids: Sequence[int], model: LoadedModel, past_context: PastContext) -> Window:
    """What of a text fits into the context.

    With `slide` the oldest tokens are left out, as few as can be in steps of an eighth of the
    context, so that which ones depends on the length of the text alone. A beginning-of-text token
    stays where it is.

    Raises:
        InputError: it does not fit, and the window does not slide.
    """
    n_ctx, ids = model.config.n_ctx, tuple(ids)
    excess = len(ids) - n_ctx
    if excess <= 0:
        return Window(ids)
    if past_context == "stop":
        raise InputError(
            f"{len(ids):,} tokens do not fit: {model.card.display_name} reads at most {n_ctx:,}; "
            f"shorten the text, or slide the window ({SLIDE_HINT})"
        )
    step = max(1, n_ctx // SLIDE_SHARE)
    kept_bos = n_ctx > 1 and ids[0] == model.tokenizer.bos
    left_out = min(-(-excess // step) * step, len(ids) - 1 - kept_bos)
    if kept_bos:
        return Window((ids[0], *ids[1 + left_out :]), left_out, True)
    return Window(ids[left_out:], left_out)


def start_state(
    model: LoadedModel,
    *,
    prompt: str | None = None,
    sampling: SamplingSettings | None = None,
    seed: int = 0,
    generated: Sequence[int] = (),
    at: str | None = None,
    past_context: PastContext = "stop",
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
        past_context=past_context,
    )
