"""Every stage as plain text: linear lines without colour or boxes, for pipes and screen readers.

Pure functions of a session. Numbers come from its trace, words from its stages; all text from
outside has been through `visible`, as labels of tokens or here.
"""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from tui_transformer.render.lines import fit, wrap
from tui_transformer.render.numbers import significant
from tui_transformer.render.plain_next import (
    probabilities_lines,
    sample_lines,
    tokens_lines,
)
from tui_transformer.render.plain_table import View, short, table
from tui_transformer.render.plain_tensor import tensor_heading, tensor_lines
from tui_transformer.session import Session
from tui_transformer.tokenizers import visible
from tui_transformer.trace import RecordedModel, read_cell, shape_of
from tui_transformer.walkthrough import NOT_HERE, Step, shape_text, stream_lengths, summary, walk

_LISTED = 24
"""Tokens that the line under the model's name lists."""

NO_VIEW = View()


def heading(step: Step, layers: int) -> str:
    """Where a step stands: `block 1 of 2 · attention · softmax`, `output · sample`."""
    stage = step.stage
    if step.layer is None:
        return f"{stage.place} · {stage.title}"
    parts = [f"block {step.layer + 1} of {layers}"]
    if not stage.title.startswith("MLP"):
        parts.append(step.part)
    return " · ".join((*parts, stage.title))


def title(session: Session, step: Step) -> str:
    """The heading of a step with the tensor that it makes and its shape."""
    config = session.model.config
    head = heading(step, config.n_layers)
    writes = step.writes(config)
    if not writes:
        return head
    others = [name.rsplit(".", 1)[-1] for name in writes[1:]]
    also = f" and {', '.join(others)}" if others else ""
    return f"{head}   {writes[0]} {_shape(session, writes[0])}{also}"


def _shape(session: Session, name: str) -> str:
    return shape_text(shape_of(name, session.model.config, session.trace.length))


def model_lines(session: Session, view: View = NO_VIEW) -> list[str]:
    """The model and the text: what every report begins with."""
    model, config = session.model, session.model.config
    facts = (
        visible(model.card.display_name),
        _count(config.n_layers, "layer"),
        _count(config.n_heads, "head"),
        f"d_model {config.d_model}",
        f"{model.parameters:,} parameters",
    )
    tokens = session.tokens
    listed = " ".join(short(token) for token in tokens[:_LISTED])
    more = f" … and {len(tokens) - _LISTED:,} more" if len(tokens) > _LISTED else ""
    text = f"{_count(len(tokens), 'token')}: {listed}{more}"
    lines = [" · ".join(facts), *wrap(text, view.width)]
    if isinstance(session.model, RecordedModel):
        origin = session.model.origin
        lines[1:1] = wrap(f"{origin.line}; it holds {origin.holds}", view.width)
    odd = session.ready.odd
    if odd is not None:
        value = significant(read_cell(session.trace, odd))
        lines += wrap(f"the first number that is not finite: {odd} = {value}", view.width)
    return lines


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def step_lines(
    session: Session, step: Step, view: View = NO_VIEW, known: Iterable[str] = ()
) -> list[str]:
    """One step: title, formula, explanation, what comes in, what goes out.

    Args:
        session: with a state in force.
        step: of its model.
        view: how much of it.
        known: tensors that have been written out before; what comes in is then only named.
    """
    config = session.model.config
    stage = step.stage
    lines = [title(session, step), "", f"  {stage.formula(config)}", ""]
    lines += [f"  {line}" for line in wrap(stage.explanation(config), view.width - 2)]
    if stage.key == "tokens":
        return [*lines, "", *tokens_lines(session, view)]
    if stage.key == "probabilities":
        return [*lines, "", *probabilities_lines(session, view)]
    if stage.key == "sample":
        return [*lines, "", *sample_lines(session, view)]
    known = set(known)
    for name in step.reads(config):
        if name in known:
            shape = _shape(session, name)
            lines += ["", f"  in: {name} {shape}   (see above)"]
            continue
        lines += ["", *_tensor(session, "in", name, view)]
    for name in step.writes(config):
        lines += ["", *_tensor(session, "out", name, view)]
    if not any(map(session.trace.holds, step.shows(config))):
        names, rows = stream_lengths(session.trace, step, session.tokens)
        cells = [["length of the stream", *names], *([short(r[0]), *r[1:]] for r in rows)]
        lines += ["", *table(cells, "l" + "r" * len(names))]
    return lines


def _tensor(session: Session, way: str, name: str, view: View) -> list[str]:
    """A tensor that comes in or goes out, or that a file does not hold it."""
    head = f"  {way}: {tensor_heading(session, name)}"
    if not session.trace.holds(name):
        return [f"{head}   {NOT_HERE}"]
    return [head, "", *tensor_lines(session, name, view)]


def walk_lines(session: Session, steps: Sequence[Step], view: View = NO_VIEW) -> list[str]:
    """Model, text and the steps one after another; a tensor is written out once."""
    config = session.model.config
    lines = model_lines(session, view)
    known: set[str] = set()
    for step in steps:
        lines += ["", "", *step_lines(session, step, view, known)]
        known |= {*step.reads(config), *step.writes(config)}
    return lines


def overview_lines(session: Session, view: View = NO_VIEW) -> list[str]:
    """The whole pass in a line a step, and what comes next."""
    config = session.model.config
    lines = model_lines(session, view)
    place = None
    width = max(cell_len(step.stage.title) for step in walk(config))
    for step in walk(config):
        if not step.writes(config):
            continue
        here = step.stage.place if step.layer is None else f"block {step.layer + 1}"
        if here != place:
            place = here
            lines += ["", here]
        what = summary(session.trace, step, session.cursor, session.tokens)
        lines += _hanging(fit(step.stage.title, width), what.split("   "), view.width)
    return [*lines, "", "next token", *probabilities_lines(session, view)]


def _hanging(name: str, parts: Sequence[str], width: int) -> list[str]:
    """Parts after a name on one line, and below each other from where they would not fit."""
    lines = [f"  {name}  {parts[0]}"]
    for part in parts[1:]:
        if cell_len(lines[-1]) + 3 + cell_len(part) > width:
            lines.append(" " * (cell_len(name) + 4) + part)
        else:
            lines[-1] += f"   {part}"
    return lines
