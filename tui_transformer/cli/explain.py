"""`tuitf explain`: the stages and numbers of a pass as plain text or JSON."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from tui_transformer.engine import ModelConfig
    from tui_transformer.engine.names import TensorRef
    from tui_transformer.render.plain_table import View
    from tui_transformer.session import Session
    from tui_transformer.walkthrough import Step


def explain(
    prompt: options.Prompt,
    model: options.Model = None,
    stage: options.Stage = None,
    layer: Annotated[
        int | None,
        typer.Option("--layer", metavar="L", parser=options.whole, help="One block only, from 0."),
    ] = None,
    head: Annotated[
        int | None,
        typer.Option("--head", metavar="H", parser=options.whole, help="One head only, from 0."),
    ] = None,
    token: Annotated[
        int | None,
        typer.Option(
            "--token",
            metavar="I",
            parser=options.whole,
            help="The row in focus, from 0: in full, and what comes after it.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="PLACE", help="One cell, taken apart into what made it."),
    ] = None,
    temperature: options.Temperature = 1.0,
    top_k: options.TopK = 0,
    top_p: options.TopP = 1.0,
    min_p: options.MinP = 0.0,
    seed: options.Seed = 0,
    past_context: options.PastContext = "stop",
    form: options.Form = options.Format.TEXT,
) -> None:
    """Print the forward pass: each stage with its formula and its numbers.

    Layers, heads, tokens and cells count from 0, as in the names of tensors.
    JSON holds every number at full precision, NaN and infinities as strings.

    \b
    Examples:
      tuitf explain "the cat sat on" -m worked
      tuitf explain "the cat sat on" -m worked --stage softmax
      tuitf explain "the cat sat on" --at "blocks.0.attn.pattern[head=1,3,0]"
      tuitf explain "the cat sat on" --format json
    """  # fmt: skip
    from tui_transformer.cli.opening import opening, place_of
    from tui_transformer.render.plain_table import View
    from tui_transformer.sampling import SamplingSettings
    from tui_transformer.walkthrough import cursor_at

    sampling = SamplingSettings(temperature, top_k, top_p, min_p)
    session, state = opening(
        model=model, prompt=prompt, sampling=sampling, seed=seed, past_context=past_context
    )
    session.open(state)
    config = session.model.config
    cell = None
    cursor = session.cursor
    if at is None:
        steps = steps_for(config, stage, layer)
    else:
        _alone(at, stage, layer)
        cell = place_of(at, session.model, session.trace.length)
        if cell is None:
            cursor = cursor_at(at, config)
            head = cursor.head if "[" in at and head is None else head
            steps = steps_for(config, cursor.step, None)
        else:
            steps = _steps_of(cell, at, config)
    _check("head", head, config.n_heads)
    _check("token", token, session.trace.length)
    session.point(replace(cursor, token=cursor.token if token is None else token))
    _print(session, steps, View(head, streams.text_width()), cell, form)


def steps_for(config: "ModelConfig", stage: str | None, layer: int | None) -> "list[Step]":
    """The steps that are asked for: all, those of a block, a stage in every block or in one.

    Raises:
        InputError: there is no such stage or block, or the two do not go together.
    """
    from tui_transformer.engine.names import canonical, join_layer, split_layer
    from tui_transformer.errors import InputError
    from tui_transformer.walkthrough import step_named, walk

    _check("layer", layer, config.n_layers)
    if stage is None:
        return [step for step in walk(config) if layer is None or step.layer == layer]
    named, key = split_layer(canonical(stage))
    if named is not None and layer is not None and named != layer:
        raise InputError(f"--stage {stage} is not in layer {layer}: leave --layer out")
    at = layer if named is None else named
    known = [step for step in walk(config) if step.stage.key == key]
    if at is None and known:
        return known
    if known and known[0].layer is None:
        raise InputError(f"{key} is outside the blocks: leave --layer out")
    return [step_named(join_layer(at, key), config)]


def _check(what: str, index: int | None, count: int) -> None:
    """Refuse an index outside 0 to `count - 1`."""
    from tui_transformer.errors import InputError

    if index is not None and not 0 <= index < count:
        raise InputError(f"--{what} goes from 0 to {count - 1} here, not {index}")


def _alone(at: str, stage: str | None, layer: int | None) -> None:
    """`--at` says where; a second answer may be another one."""
    from tui_transformer.errors import InputError

    for option, value in (("--stage", stage), ("--layer", layer)):
        if value is not None:
            raise InputError(f"--at {at} says the place already: leave {option} out")


def _steps_of(cell: "TensorRef", at: str, config: "ModelConfig") -> "list[Step]":
    """The step that a cell is seen from; none for a tensor that no stage shows."""
    from tui_transformer.errors import InputError
    from tui_transformer.walkthrough import cursor_at

    try:
        return steps_for(config, cursor_at(at, config).step, None)
    except InputError:
        if cell.name.endswith("attn.result"):
            return []
        raise


def _print(
    session: "Session",
    steps: "list[Step]",
    view: "View",
    cell: "TensorRef | None",
    form: options.Format,
) -> None:
    if form is options.Format.JSON:
        from tui_transformer.render.plain_json import walk_json

        streams.write_json(walk_json(session, steps, view.head, cell))
        return
    from tui_transformer.render.plain import model_lines, title, walk_lines
    from tui_transformer.render.plain_why import why_lines

    if cell is None:
        streams.write_lines(walk_lines(session, steps, view))
        return
    lines = model_lines(session, view)
    lines += ["", *(title(session, step) for step in steps)]
    streams.write_lines([*lines, "", *why_lines(session, cell, view)])
