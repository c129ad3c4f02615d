"""`tuitf open`: a run that somebody handed out, without its model."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from tui_transformer.cli import options


def open_file(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What `tuitf trace` wrote.")],
    prompt: Annotated[
        str | None,
        typer.Option("-p", "--prompt", metavar="PROMPT", help="One of its texts; else the first."),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option("--temperature", metavar="T", parser=options.number, help="0 is greedy."),
    ] = None,
    top_k: Annotated[
        int | None,
        typer.Option("--top-k", metavar="K", parser=options.whole, help="Keep the K likeliest."),
    ] = None,
    top_p: Annotated[
        float | None,
        typer.Option("--top-p", metavar="P", parser=options.number, help="Keep up to mass P."),
    ] = None,
    min_p: Annotated[
        float | None,
        typer.Option("--min-p", metavar="P", parser=options.number, help="Cut below P × largest."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", parser=options.from_zero, help="Of the draws."),
    ] = None,
    append: options.Append = "",
    at: options.At = None,
) -> None:
    """Step through a run in a file, without its model.

    All that the file holds works as if the model were here, and numbers are shown as the file
    holds them. What it does not hold says what it would take. Sampling is as in the run unless an
    option says otherwise. Nothing in a file is ever executed.

    \b
    Examples:
      tuitf trace "the cat sat on" -n 8 -o run.tuitf
      tuitf open run.tuitf
      tuitf open run.tuitf | less
    """
    from tui_transformer.cli.opening import opening
    from tui_transformer.cli.present import present
    from tui_transformer.cli.run_file import list_runs
    from tui_transformer.errors import InputError
    from tui_transformer.tokenizers import visible
    from tui_transformer.trace.unpack import read_recording

    path = Path(file).expanduser()
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise InputError(f"{visible(file)} {what}: give the file that tuitf trace wrote")
    model = read_recording(path, file)
    run = model.run_of(model.tokenizer.encode(prompt)) if prompt is not None else model.runs[0]
    assert run is not None
    given = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "min_p": min_p}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    state = opening(
        model=model, prompt=run.prompt, sampling=replace(run.sampling, **changes),
        seed=run.seed if seed is None else seed, append=append, at=at,
    )  # fmt: skip
    present(*state, at, lambda width: ["texts", *list_runs(model.runs, width), ""])
