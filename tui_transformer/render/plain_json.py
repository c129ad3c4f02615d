"""Every stage as data for JSON: the numbers of the plain text, all of them, at full precision.

A float32 is written as the double that is exactly it, so that reading it back gives the same bits.
JSON has no NaN and no infinity: such a number is the string `"NaN"`, `"Infinity"` or `"-Infinity"`
(masked scores hold many), which `float()` reads in Python and `Number()` in JavaScript.
"""

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite, isnan
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_transformer.engine.names import TensorRef, axes_of, split_layer
from tui_transformer.render.plain import heading
from tui_transformer.render.plain_next import draw_after, target_at
from tui_transformer.sampling import Cut, SamplingError
from tui_transformer.session import Session
from tui_transformer.tokenizers import visible
from tui_transformer.trace import RecordedModel, explain
from tui_transformer.walkthrough import NOT_HERE, Step

Json = dict[str, Any]


def number(value: float) -> float | str:
    """A number as JSON can hold it."""
    if isfinite(value):
        return value
    return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"


def numbers(values: npt.NDArray[Any]) -> list[Any]:
    """An array as nested lists, each number as :func:`number` gives it."""
    if np.isfinite(values).all():
        return list(values.tolist())
    if values.ndim > 1:
        return [numbers(row) for row in values]
    return [number(value) for value in values.tolist()]


def walk_json(
    session: Session,
    steps: Sequence[Step],
    head: int | None = None,
    cell: TensorRef | None = None,
) -> Json:
    """The model, the text, the steps and what comes next, as one object.

    `tensors` of a step are those that it makes, and before them those that it reads and that no
    step before it in the object has given; so every name in `reads` is found at or above the step
    that reads it. With `head`, tensors with heads hold that one only, and say so.

    Args:
        session: with a state in force; its cursor's token is what the distribution comes after.
        steps: of its model.
        head: the one query head to give; `None` for all.
        cell: a number to take apart as well.

    Raises:
        InputError: there is no such cell.
    """
    model, trace = session.model, session.trace
    position = session.row
    out: Json = {
        "model": {
            "name": visible(model.card.name),
            "weights": model.card.weights,
            "summary": visible(model.card.summary),
            "parameters": model.parameters,
        },
        "config": asdict(model.config),
        "text": session.text,
        "tokens": list(session.tokens),
        "ids": list(trace.ids),
        "prompt_length": session.prompt_length,
        "left_out": session.left_out,
        "stages": [],
    }
    if isinstance(model, RecordedModel):
        out["recording"] = asdict(model.origin)
    known: set[str] = set()
    for step in steps:
        out["stages"].append(_step(session, step, head, known))
    if session.ready.odd is not None:
        out["first_not_finite"] = str(session.ready.odd)
    if cell is not None:
        out["cell"] = _cell(session, cell)
    try:
        out["distribution"] = _distribution(session, position)
        out["draw"] = _draw(session, position)
    except SamplingError as error:
        out |= {"distribution": None, "draw": None, "trouble": str(error)}
    return out


def _step(session: Session, step: Step, head: int | None, known: set[str]) -> Json:
    config = session.model.config
    reads, writes = step.reads(config), step.writes(config)
    names = [*(name for name in reads if name not in known), *writes]
    if not writes:  # probabilities read the logits, of which the distribution holds the row
        names = []
    known |= set(names)
    return {
        "stage": step.stage.key,
        "layer": step.layer,
        "title": heading(step, config.n_layers),
        "formula": step.stage.formula(config),
        "explanation": step.stage.explanation(config),
        "reads": list(reads),
        "writes": list(writes),
        "tensors": [_tensor(session, name, head) for name in names],
    }


def _tensor(session: Session, name: str, head: int | None) -> Json:
    axes = axes_of(name)
    out: Json = {"name": name}
    if not session.trace.holds(name):
        return out | {"axes": list(axes), "values": None, "lacks": NOT_HERE}
    values = session.trace.tensor(name)
    if head is not None and values.ndim == 3:
        at = head // session.model.config.group_size if axes[0] == "kv_head" else head
        out[axes[0]] = at
        axes, values = axes[1:], values[at]
    return out | {"axes": list(axes), "shape": list(values.shape), "values": numbers(values)}


def _cell(session: Session, ref: TensorRef) -> Json:
    found = explain(session.trace, ref)
    if found.lacks:
        return {"place": str(ref), "value": number(found.value), "lacks": found.lacks}
    return {
        "place": str(ref),
        "tensor": ref.name,
        "index": list(ref.index),
        "layer": split_layer(ref.name)[0],
        "value": number(found.value),
        "formula": found.formula,
        "reads": list(found.reads),
        "combine": found.combine,
        "scale": found.scale,
        "chosen": found.chosen,
        "terms": [
            {
                "axis": term.axis,
                "index": term.index,
                "factors": [number(factor) for factor in term.factors],
                "value": number(term.value),
            }
            for term in found.terms
        ],
        "total": number(found.total),
    }


def _distribution(session: Session, position: int) -> Json:
    """The columns from logit to probability over the whole vocabulary, largest logit first."""
    dist = session.distribution_at(position)
    order = dist.order
    target = target_at(session, position)
    return {
        "after": position,
        "settings": asdict(session.state.sampling),
        "kept": dist.kept,
        "kept_mass": dist.kept_mass,
        "entropy_bits": abs(dist.entropy),
        "ids": order.tolist(),
        "tokens": [session.model.labels[token] for token in order],
        "logits": numbers(dist.logits[order]),
        "scaled": numbers(dist.scaled[order]),
        "softmax": numbers(dist.full[order]),
        "cut_by": [Cut(dist.cut[token]).label or None for token in order],
        "p": numbers(dist.probs[order]),
        "cumulative": numbers(dist.cumulative[order]),
        "target": None if target is None else asdict(target),
    }


def _draw(session: Session, position: int) -> Json | None:
    drawn = draw_after(session, position)
    if drawn is None:
        return None
    return {
        "seed": session.state.seed,
        "number": position + 1 - (session.trace.length - len(session.state.generated)),
        "u": drawn.u,
        "low": drawn.low,
        "high": drawn.high,
        "id": drawn.token,
        "token": session.model.labels[drawn.token],
    }
