"""`tuitf train --explain`: one step of a run as plain text or JSON; nothing is saved."""

from typing import TYPE_CHECKING

import typer

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_transformer.training.run import Run
    from tui_transformer.watching import LoopStage
    from tui_transformer.watching.places import Place

NEXT = "next"
_TOLD = 100
"""Steps before the one that is explained from which on it is said that they are made."""
_ABOUT_TENSORS = ("forward", "backward", "update")


def which_step(text: str | int) -> int:
    """Read the number of a step, or `next`, which is 0.

    Raises:
        BadParameter: it is neither.
    """
    if isinstance(text, str) and text.strip().lower() == NEXT:
        return 0
    try:
        return options.from_one(text)
    except typer.BadParameter:
        raise typer.BadParameter(f"{text!r} is no step: a number from 1, or {NEXT}") from None


def stage_keys(incomplete: str) -> list[str]:
    """For the shell: the stages of a step of training whose name begins like this."""
    from tui_transformer.watching import STAGES

    return [stage.key for stage in STAGES if stage.key.startswith(incomplete)]


def print_step(
    run: "Run",
    number: int,
    stage: str | None,
    at: str | None,
    row: int,
    form: options.Format,
) -> None:
    """Make a step of a run in memory and print it.

    Args:
        run: the run; it stays where it is.
        number: of the step among all of the run; 0 for the one that follows.
        stage: the one stage to print; all of them if left out.
        at: the tensor or the weight that is looked at.
        row: the row of the batch.
        form: how it is written.

    Raises:
        InputError: there is no such step, stage, tensor or row.
        DivergedError: a step on the way has a loss that is no number.
    """
    from tui_transformer.errors import InputError
    from tui_transformer.watching.places import place_at
    from tui_transformer.watching.step_made import make_step

    place = None if at is None else place_at(at, run.config, run.job.recipe.batch.length)
    stages = _stages(stage, place)
    if not number and run.done:
        raise InputError(f"the run is complete: --explain takes a step from 1 to {run.steps:,}")
    made = make_step(run, number or run.step + 1, row, _tell)
    if form is options.Format.JSON:
        from tui_transformer.render.plain_step_json import step_json

        streams.write_json(step_json(made, stages, place))
        return
    from tui_transformer.render.plain_step import step_lines
    from tui_transformer.render.plain_table import View

    streams.write_lines(step_lines(made, stages, place, View(width=streams.text_width())))


def _tell(count: int) -> None:
    """Say why it takes a while."""
    if count >= _TOLD:
        streams.complain(f"making the {count:,} steps before it; nothing is saved")


def _stages(stage: str | None, place: "Place | None") -> "Sequence[LoopStage]":
    """The stages that are asked for: one, those that are about a place, or all.

    Raises:
        InputError: there is no such stage, or it is not about the place.
    """
    from tui_transformer.errors import InputError
    from tui_transformer.watching import STAGES, stage_named
    from tui_transformer.watching.tensors import is_weight

    weight = place is not None and is_weight(place[0])
    if stage is None:
        if place is None:
            return STAGES
        return [stage_named("backward"), *([stage_named("update")] if weight else [])]
    found = stage_named(stage)
    if place is not None and stage not in _ABOUT_TENSORS:
        raise InputError(f"the stage {stage} is about no tensor in particular: leave --at out")
    if place is not None and stage == "update" and not weight:
        raise InputError(f"{place[0]} is no weight: an update is --at one, as W_E[0,0]")
    return [found]
