"""`tuitf train`: train a model on a corpus, watch it, stop it, go on with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from tui_transformer.tokenizers import Tokenizer
    from tui_transformer.training.run import Job, Run

DEFAULT_RECIPES = {"toy": "toy"}
"""The recipe of a corpus where none is given; for all others `story`."""


def train(
    folder: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where the model goes.")
    ],
    corpus: Annotated[
        str | None,
        typer.Option(
            "--corpus", metavar="C", help="A text file of your own, or story, or toy (generated)."
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option("--recipe", metavar="R", help="toy, story, story-llama or a .toml file."),
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
) -> None:
    """Train a model: progress, loss curve and samples as it learns.

    DIR gets the model in the Hugging Face layout, which `tuitf -m DIR` opens, and what is needed to
    go on. Ctrl+C saves and says how. The numbers depend on corpus, recipe, seed and steps alone.

    \b
    Examples:
      tuitf train --corpus toy -o my-toy
      tuitf train --corpus toy --watch -o my-toy
      tuitf train --corpus my.txt --recipe story --steps 2000 -o my-model
      tuitf train --resume -o my-model
    """  # fmt: skip
    from tui_transformer.cli.training_loop import follow, watch
    from tui_transformer.training.checkpoint import read_state
    from tui_transformer.training.memory import keep_freed_memory
    from tui_transformer.training.run import job_of
    from tui_transformer.watching.attended import cores

    keep_freed_memory()
    used = threads or cores()
    if resume:
        from tui_transformer.watching.opening import resumed

        _refuse_changes(job_of(read_state(folder).facts), corpus, recipe, steps, seed)
        run = resumed(folder, used, _tokenizer(folder))
        if run.done and not watching:
            run.close()
            streams.write(f"the run in {_shown(folder)} is complete\n", flush=True)
            return
    else:
        run = _begin(folder, corpus, recipe, steps, seed, used)
    code = watch(run, folder, every) if watching else follow(run, folder, every)
    if code:
        raise typer.Exit(code)


def _begin(
    folder: Path,
    corpus: str | None,
    recipe: str | None,
    steps: int | None,
    seed: int | None,
    threads: int,
) -> "Run":
    """A run from its beginning; everything is checked before a step is made."""
    from tui_transformer.training.checkpoint import STATE_FILE, SaveError
    from tui_transformer.training.corpora import GENERATED, CorpusName, read_text
    from tui_transformer.training.recipe import recipe_named
    from tui_transformer.training.run import Job, Run

    if folder.exists() and not folder.is_dir():
        raise SaveError(f"{_shown(folder)} is a file: give the name of a new folder with -o")
    if (folder / STATE_FILE).exists():
        raise SaveError(
            f"{_shown(folder)} holds a run already: add --resume to go on with it, or choose "
            "another folder with -o"
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise SaveError(f"{_shown(folder)} is not empty: choose another folder with -o")
    if corpus is None and recipe is None:
        raise typer.BadParameter("say what to learn from: --corpus FILE, story or toy")
    chosen = recipe_named(recipe or DEFAULT_RECIPES.get(corpus or "", "story"))
    source = corpus or chosen.corpus or "story"
    text, name = (None, CorpusName(source)) if source in GENERATED else read_text(source)
    job = Job(chosen, name, seed or 0, steps or chosen.steps)
    return Run(job, text, threads)


def _refuse_changes(
    job: "Job", corpus: str | None, recipe: str | None, steps: int | None, seed: int | None
) -> None:
    """A run that goes on cannot become another one."""
    from tui_transformer.tokenizers import visible
    from tui_transformer.training.checkpoint import ResumeError

    given = (
        ("--corpus", corpus, job.corpus.name), ("--seed", seed, job.seed),
        ("--steps", steps, job.steps),
        ("--recipe", recipe and Path(recipe).stem, job.recipe.name),
    )  # fmt: skip
    for option, asked, had in given:
        if asked is not None and asked != had:
            raise ResumeError(
                f"the run has {option} {visible(str(had))}, not {visible(str(asked))}: leave it "
                "out, or begin another run in another folder"
            )


def _tokenizer(folder: Path) -> "Tokenizer":
    from tui_transformer.models.huggingface import folder_tokenizer

    return folder_tokenizer(folder)


def _shown(folder: Path) -> str:
    from tui_transformer.tokenizers import visible

    return visible(str(folder))
