"""From a state that is wanted to one with everything that it needs computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tui_transformer.engine.names import TensorRef, axes_of
from tui_transformer.models import LoadedModel
from tui_transformer.state import SessionState, Window, fit_context, prompt_ids
from tui_transformer.trace import (
    LiveTrace,
    RecordedModel,
    Trace,
    first_not_finite,
    is_finite,
    record,
)
from tui_transformer.walkthrough import Cursor, step_named

Report = Callable[[str], None]
"""Is told what is being done, in a few words, from the thread that does it."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A state with everything that it needs computed.

    `ids` are the tokens of the whole text, `window` those that were run; `odd` is the first number
    of the pass that is NaN or infinite, where one reaches the stream or the prediction.
    """

    state: SessionState
    model: LoadedModel
    trace: Trace
    ids: tuple[int, ...]
    window: Window
    odd: TensorRef | None = None


def make_ready(
    wanted: SessionState,
    current: Ready | None,
    loader: Callable[[str], LoadedModel],
    stopped: Callable[[], bool] | None,
    report: Report,
) -> Ready:
    """Load the model and run the pass that a state asks for.

    Args:
        wanted: the state.
        current: the one in force; what its trace has already run is not run again.
        loader: opens a model by its name.
        stopped: is asked between tensors whether to give up.
        report: is told what is done.

    Raises:
        TuitfError: no such model, a text that it cannot read, a place it does not have.
        Cancelled: `stopped()` turned true.
    """
    if current is not None and current.state.model == wanted.model:
        model = current.model
    else:
        report("opening the model")
        model = loader(wanted.model)
        current = None
    past = wanted.past_context
    ids = (*prompt_ids(model, wanted.prompt, past), *wanted.generated)
    window = fit_context(ids, model, past)
    report(f"computing {len(window.ids):,} token{'s' * (len(window.ids) != 1)}")
    known = current.trace if current is not None else None
    trace = _run(model, window.ids, known, stopped)
    odd = None
    checked = _shared(known, window.ids) if current is not None and current.odd is None else 0
    if not is_finite(trace, checked):
        report("looking for the first number that is none")
        odd = first_not_finite(trace)
    state = replace(wanted, cursor=fitting(wanted.cursor, model, trace.length))
    return Ready(state, model, trace, ids, window, odd)


def _shared(known: Trace | None, ids: Sequence[int]) -> int:
    """How many tokens a trace and a text have in common at their start."""
    pairs = enumerate(zip(known.ids, ids, strict=False)) if known is not None else iter(())
    at = -1
    for at, (old, new) in pairs:
        if old != new:
            return at
    return at + 1


def _run(
    model: LoadedModel,
    ids: Sequence[int],
    known: Trace | None,
    stopped: Callable[[], bool] | None,
) -> Trace:
    """The trace of `ids`, going on from the trace in force as far as that has the same tokens."""
    ids = tuple(ids)
    if isinstance(model, RecordedModel):
        return model.trace_of(ids)
    shared = _shared(known, ids)
    if not isinstance(known, LiveTrace) or shared == 0:
        return record(ids, model.weights, model.config, stopped=stopped)
    if shared == len(ids):
        return known if known.length == shared else known.prefix(shared)
    if shared < known.length:
        known = known.prefix(shared)
    return known.extended(ids[shared:], stopped)


def fitting(cursor: Cursor, model: LoadedModel, length: int) -> Cursor:
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
