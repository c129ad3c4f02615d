"""`tuitf train`: train a model on a corpus, watch it, stop it, go on with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from tui_transformer.cli import options, streams
from tui_transformer.cli.train_explain import print_step, stage_keys, which_step

_WHERE = "say where the model goes, or where the run is: -o DIR"


def train(
    folder: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where the model goes.")
    ] = None,
    corpus: Annotated[
        str | None,
        typer.Option(
            "--corpus", metavar="C", help="A text file of your own, or story, or toy (generated)."
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            metavar="R",
            help="toy, story, story-llama, for a file text, text-llama, or a .toml file.",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps", metavar="N", parser=options.from_one, help="How many; else the recipe's."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="N", parser=options.from_zero, help="Same seed, same model; else 0."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that DIR holds.")
    ] = False,
    every: Annotated[
        int | None,
        typer.Option(
            "--every",
            metavar="N",
            parser=options.from_one,
            help="Measure, sample and save every N steps; else 50 times.",
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads", metavar="N", parser=options.from_one, help="How many; else every core."
        ),
    ] = None,
    watching: Annotated[
        bool,
        typer.Option("--watch", help="Open the training screen; leaving it saves, as Ctrl+C does."),
    ] = False,
    explain: Annotated[
        int | None,
        typer.Option(
            "--explain",
            metavar="STEP",
            parser=which_step,
            help="Print a step instead, by its number or next; saves nothing, needs no DIR.",
        ),
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option(
            "--stage",
            metavar="S",
            autocompletion=stage_keys,
            help="With --explain: one stage only, such as loss or update.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="PLACE",
            help="With --explain: a tensor, or a weight such as W_E[0,3].",
        ),
    ] = None,
    row: Annotated[
        int | None,
        typer.Option(
            "--row",
            metavar="N",
            parser=options.whole,
            help="With --explain: the row of the batch, from 0; else the first.",
        ),
    ] = None,
    form: Annotated[
        options.Format | None,
        typer.Option("--format", help="With --explain: plain text or JSON; else text."),
    ] = None,
) -> None:
    """Train a model: progress, loss curve and samples as it learns.

    DIR gets the model in the Hugging Face layout, which `tuitf -m DIR` opens, and what is needed to
    go on. Ctrl+C saves and says how. The numbers depend on corpus, recipe, seed and steps alone.
    With --explain a step is made in memory and printed, of a new run or of the one that DIR holds:
    batch, loss, gradients, and the update of a weight as arithmetic.

    \b
    Examples:
      tuitf train --corpus toy -o my-toy
      tuitf train --corpus toy --watch -o my-toy
      tuitf train --corpus my.txt --steps 2000 -o my-model
      tuitf train --resume -o my-model
      tuitf train --corpus toy --explain 3
      tuitf train -o my-model --explain next --at "blocks.0.W_Q[2,3]"
    """  # fmt: skip
    from tui_transformer.cli.training_run import Asked, check_new, fresh, going_on, holds_run, shown
    from tui_transformer.training.memory import keep_freed_memory
    from tui_transformer.watching.attended import cores

    keep_freed_memory()
    asked = Asked(corpus, recipe, steps, seed, threads or cores())
    if explain is not None:
        if watching:
            raise typer.BadParameter("--explain prints and --watch opens a screen: leave one out")
        held = resume or holds_run(folder)
        if held and folder is None:
            raise typer.BadParameter(_WHERE)
        run = going_on(folder, asked) if held and folder is not None else fresh(asked)
        try:
            print_step(run, explain, stage, at, row or 0, form or options.Format.TEXT)
        finally:
            run.close()
        return
    _refuse_alone({"--stage": stage, "--at": at, "--row": row, "--format": form})
    if folder is None:
        raise typer.BadParameter(_WHERE)
    from tui_transformer.cli.training_loop import follow, watch

    if resume:
        run = going_on(folder, asked)
        if run.done and not watching:
            run.close()
            streams.write(f"the run in {shown(folder)} is complete\n", flush=True)
            return
    else:
        check_new(folder)
        run = fresh(asked)
    code = watch(run, folder, every) if watching else follow(run, folder, every)
    if code:
        raise typer.Exit(code)


def _refuse_alone(given: Mapping[str, object]) -> None:
    """What says how a step is printed says nothing where none is."""
    for option, value in given.items():
        if value is not None:
            raise typer.BadParameter(f"{option} goes with --explain STEP")
