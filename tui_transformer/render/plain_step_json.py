"""A step of training as data for JSON: the numbers of the plain text, all of them, exactly.

Numbers are written as in :mod:`tui_transformer.render.plain_json`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from tui_transformer.errors import TuitfError
from tui_transformer.render.plain_json import Json, number, numbers
from tui_transformer.render.plain_step import weight_of
from tui_transformer.tokenizers import visible
from tui_transformer.training.recipe import fields_of
from tui_transformer.watching import LoopStage
from tui_transformer.watching.places import Place, place_text
from tui_transformer.watching.step_made import StepMade
from tui_transformer.watching.tensors import all_tensors, axes_in, is_weight, values_of


def step_json(made: StepMade, stages: Sequence[LoopStage], place: Place | None) -> Json:
    """The run and the stages that are asked for, as one object.

    Forward and backward give every tensor of the row and every parameter, or with a place only the
    one that it is in.

    Args:
        made: the step.
        stages: which ones, in their order.
        place: the tensor, and the weight of the update; the steepest weight if left out.
    """
    facts, inside = made.facts, made.inside
    return {
        "model": {"name": visible(made.before.card.name), "parameters": made.before.parameters},
        "config": asdict(made.config),
        "recipe": fields_of(facts.recipe),
        "corpus": facts.corpus,
        "seed": made.seed,
        "step": made.number,
        "steps": made.steps,
        "candidate": made.candidate,
        "candidates": made.candidates,
        "step_of_model": inside.step + 1,
        "row": inside.row,
        "stages": [_stage(made, stage, place) for stage in stages],
    }


def _stage(made: StepMade, stage: LoopStage, place: Place | None) -> Json:
    return {
        "stage": stage.key,
        "title": stage.title,
        "formula": stage.formula(made.facts),
        "explanation": stage.explanation(made.facts),
        "reads": list(stage.reads),
        "writes": list(stage.writes),
        **_DATA[stage.key](made, place),
    }


def _text(made: StepMade, place: Place | None) -> Json:
    labels = made.before.labels
    return {
        "text": made.before.tokenizer.decode(made.row_ids),
        "ids": made.row_ids,
        "tokens": [labels[token] for token in made.row_ids],
    }


def _batch(made: StepMade, place: Place | None) -> Json:
    batch = made.inside.batch
    return {
        "inputs": batch.inputs.tolist(),
        "targets": batch.targets.tolist(),
        "counted": None if batch.mask is None else batch.mask.tolist(),
    }


def _loss(made: StepMade, place: Place | None) -> Json:
    inside = made.inside
    nats = inside.nats.astype(np.float64)  # [batch, pos]
    total, count = float(nats.sum()), inside.batch.counted
    return {
        "nats": numbers(inside.nats),
        "counted": None if inside.batch.mask is None else inside.batch.mask.tolist(),
        "row_sums": numbers(nats.sum(axis=1)),
        "sum": number(total),
        "positions": count,
        "mean": number(total / max(count, 1)),
        "loss": number(inside.loss),
    }


def _tensors(made: StepMade, place: Place | None, *, gradient: bool) -> list[Json]:
    names = all_tensors(made.config) if place is None else (place[0],)
    out: list[Json] = []
    for name in names:
        if place is None and not gradient and is_weight(name):
            continue
        values, slopes = values_of(made.inside, made.config, name)
        given: dict[str, Any] = {
            "name": name,
            "axes": [axis for axis in axes_in(name) if axis != "one" or values.ndim > 1],
            "shape": list(values.shape),
            "values": numbers(values),
        }
        out.append(given | ({"gradient": numbers(slopes)} if gradient else {}))
    return out


def _forward(made: StepMade, place: Place | None) -> Json:
    return {"tensors": _tensors(made, place, gradient=False)}


def _backward(made: StepMade, place: Place | None) -> Json:
    return {"tensors": _tensors(made, place, gradient=True)}


def _clip(made: StepMade, place: Place | None) -> Json:
    found = made.lengths()
    return {
        "gradients": [
            {"name": name, "shape": list(shape), "sum_of_squares": number(square)}
            for name, shape, square in found
        ],
        "sum_of_squares": number(sum(square for *_, square in found)),
        "norm": number(made.inside.norm),
        "longest": made.facts.recipe.optimizer.clip or None,
        "factor": number(made.inside.factor),
    }


def _update(made: StepMade, place: Place | None) -> Json:
    name, index = weight_of(made, place)
    update = made.update(name, index)
    given = {
        key: number(value) if isinstance(value, float) else value
        for key, value in asdict(update).items()
    }
    return {
        "place": place_text((name, index)),
        **given,
        "mean_corrected": number(update.mean_corrected),
        "square_corrected": number(update.square_corrected),
        "below": number(update.below),
        "terms": [{"name": what, "value": number(value)} for what, value in update.terms],
        "total": number(update.total),
        "made": number(made.made(name, index)),
    }


def _repeat(made: StepMade, place: Place | None) -> Json:
    out: Json = {
        "loss_before": number(made.inside.loss),
        "loss_after": number(made.loss_after),
        "prompt": made.facts.recipe.prompt,
    }
    try:
        before, after = made.sessions()
    except TuitfError as error:
        return out | {"trouble": str(error)}
    return out | {
        "tokens": list(made.before.labels),
        "p_before": numbers(before.distribution_at(-1).full),
        "p_after": numbers(after.distribution_at(-1).full),
    }


_DATA: Mapping[str, Callable[[StepMade, Place | None], Json]] = {
    "text": _text,
    "batch": _batch,
    "forward": _forward,
    "loss": _loss,
    "backward": _backward,
    "clip": _clip,
    "update": _update,
    "repeat": _repeat,
}
