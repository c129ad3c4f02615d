"""The run that the options of `tuitf train` describe: a new one, or the one that a folder holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from tui_transformer.training.run import Job, Run

DEFAULT_RECIPES = {"toy": "toy", "story": "story"}
"""The recipe of a corpus where none is given; for a file `text`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed; `None` for what was left out.

    Attributes:
        corpus: a file, or a corpus that is generated.
        recipe: a name, or a file.
        steps: how many.
        seed: decides the first weights and every batch.
        threads: how many to use.
    """

    corpus: str | None
    recipe: str | None
    steps: int | None
    seed: int | None
    threads: int


def fresh(asked: Asked) -> "Run":
    """A run from its beginning; everything is checked before a step is made.

    Raises:
        TuitfError: a recipe or a text that nothing can be learned from.
        BadParameter: nothing says what to learn from.
    """
    from tui_transformer.training.corpora import GENERATED, CorpusName, read_text
    from tui_transformer.training.recipe import recipe_named
    from tui_transformer.training.run import Job, Run

    corpus, recipe = asked.corpus, asked.recipe
    if corpus is None and recipe is None:
        raise typer.BadParameter("say what to learn from: --corpus FILE, story or toy")
    chosen = recipe_named(recipe or DEFAULT_RECIPES.get(corpus or "", "text"))
    source = corpus or chosen.corpus
    if not source:
        raise typer.BadParameter("this recipe is for any text: say which with --corpus FILE")
    text, name = (None, CorpusName(source)) if source in GENERATED else read_text(source)
    job = Job(chosen, name, asked.seed or 0, asked.steps or chosen.steps)
    return Run(job, text, asked.threads)


def going_on(folder: Path, asked: Asked) -> "Run":
    """The run that a folder holds, where it stands.

    Raises:
        ResumeError: there is none, it cannot go on, or another one was asked for.
        DataError: its text cannot be read.
    """
    from tui_transformer.models.huggingface import folder_tokenizer
    from tui_transformer.training.checkpoint import read_state
    from tui_transformer.training.run import job_of
    from tui_transformer.watching.opening import resumed

    _refuse_changes(job_of(read_state(folder).facts), asked)
    return resumed(folder, asked.threads, folder_tokenizer(folder))


def holds_run(folder: Path | None) -> bool:
    """Whether a folder holds a run."""
    from tui_transformer.training.checkpoint import STATE_FILE

    return folder is not None and (folder / STATE_FILE).is_file()


def check_new(folder: Path) -> None:
    """Refuse a folder that a new run cannot have for itself.

    Raises:
        SaveError: it is a file, holds a run already, or something else.
    """
    from tui_transformer.training.checkpoint import STATE_FILE, SaveError

    if folder.exists() and not folder.is_dir():
        raise SaveError(f"{shown(folder)} is a file: give the name of a new folder with -o")
    if (folder / STATE_FILE).exists():
        raise SaveError(
            f"{shown(folder)} holds a run already: add --resume to go on with it, or choose "
            "another folder with -o"
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise SaveError(f"{shown(folder)} is not empty: choose another folder with -o")


def _refuse_changes(job: "Job", asked: Asked) -> None:
    """A run that goes on cannot become another one."""
    from tui_transformer.tokenizers import visible
    from tui_transformer.training.checkpoint import ResumeError

    recipe = asked.recipe
    given = (
        ("--corpus", asked.corpus, job.corpus.name), ("--seed", asked.seed, job.seed),
        ("--steps", asked.steps, job.steps),
        ("--recipe", recipe and Path(recipe).stem, job.recipe.name),
    )  # fmt: skip
    for option, wanted, had in given:
        if wanted is not None and wanted != had:
            raise ResumeError(
                f"the run has {option} {visible(str(had))}, not {visible(str(wanted))}: leave it "
                "out, or begin another run in another folder"
            )


def shown(folder: Path) -> str:
    """A folder's name, safe to print."""
    from tui_transformer.tokenizers import visible

    return visible(str(folder))
