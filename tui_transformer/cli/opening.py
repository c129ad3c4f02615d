"""From what was typed to a session: everything is checked before anything is shown."""

import re

from tui_transformer.engine.forward import check_ids
from tui_transformer.engine.names import TensorRef, axes_of, parse_place
from tui_transformer.errors import InputError
from tui_transformer.models import DEFAULT_MODEL, LoadedModel
from tui_transformer.sampling import SamplingSettings
from tui_transformer.session import Session
from tui_transformer.state import (
    PastContext,
    SessionState,
    fit_context,
    prompt_ids,
    start_state,
)
from tui_transformer.tokenizers import visible
from tui_transformer.trace import open_model
from tui_transformer.walkthrough import cursor_at, step_named


def token_ids(text: str) -> tuple[int, ...]:
    """Read `3,17`.

    Raises:
        InputError: a part of it is not an id.
    """
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    for part in parts:
        if not re.fullmatch("[0-9]{1,9}", part):
            raise InputError(
                f"--append takes token ids with commas between them, such as 3,17; "
                f"{visible(part)!r} is not one"
            )
    return tuple(map(int, parts))


def opening(
    *,
    model: LoadedModel | str | None,
    prompt: str | None,
    sampling: SamplingSettings,
    seed: int,
    append: str = "",
    at: str | None = None,
    past_context: PastContext = "stop",
) -> tuple[Session, SessionState]:
    """A session that has the model at hand, and the state to open; no pass has been run.

    Raises:
        TuitfError: no such model, a text or tokens that it cannot read, a place that it lacks.
    """
    loaded = model if isinstance(model, LoadedModel) else open_model(model or DEFAULT_MODEL)
    state = start_state(
        loaded, prompt=prompt, sampling=sampling, seed=seed, generated=token_ids(append), at=at,
        past_context=past_context,
    )  # fmt: skip
    ids = (*prompt_ids(loaded, state.prompt, past_context), *state.generated)
    window = fit_context(ids, loaded, past_context)
    check_ids(window.ids, loaded.config)
    if at is not None:
        place_of(at, loaded, len(window.ids))

    def loader(name: str) -> LoadedModel:
        return loaded if name == loaded.card.name else open_model(name)

    return Session(loader), state


def place_of(text: str, model: LoadedModel, length: int) -> TensorRef | None:
    """The cell of a place, `None` for a stage or a whole tensor.

    Raises:
        InputError: there is no such tensor or stage, or the cell lies outside this text.
    """
    stage, colon, tensor = text.rpartition(":")
    if colon:
        step_named(stage, model.config)
    elif "[" not in text:
        cursor_at(text, model.config)
        return None
    ref = parse_place(tensor, model.config)
    axes = axes_of(ref.name)
    for axis, index in zip(axes, ref.index, strict=False):
        if axis in {"pos", "query_pos", "key_pos"} and index >= length:
            raise InputError(
                f"{text}: {axis} goes from 0 to {length - 1}, as this text has {length} tokens"
            )
    return ref if len(ref.index) == len(axes) else None
