"""From a model, or a folder, to the run that trains it."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tui_transformer.errors import NotNowError
from tui_transformer.models import LoadedModel
from tui_transformer.tokenizers import Tokenizer, visible
from tui_transformer.training.checkpoint import STATE_FILE, ResumeError, read_state
from tui_transformer.training.corpora import GENERATED, CorpusName, read_text
from tui_transformer.training.recipe import OF_MODELS, recipe_named
from tui_transformer.training.run import Job, Run, job_of
from tui_transformer.watching.attended import Attended

NO_RECIPE = "no recipe is known for"


class NoRecipeError(NotNowError):
    """A model of which nobody knows how it was trained."""


def text_again(job: Job) -> str | None:
    """The text of a run that goes on, `None` for a generated corpus; it must be the same one.

    Raises:
        ResumeError: the file holds something else by now.
        DataError: it cannot be read.
    """
    if job.corpus.name in GENERATED:
        return None
    text, name = read_text(job.corpus.name)
    if name.digest != job.corpus.digest:
        raise ResumeError(
            f"{visible(job.corpus.name)} is not what the run began with: put the old text back, "
            "or begin another run in another folder"
        )
    return text


def resumed(folder: Path, threads: int, tokenizer: Tokenizer) -> Run:
    """The run that a folder holds, where it stands.

    Raises:
        ResumeError: there is none, or it cannot go on.
        DataError: its text cannot be read.
    """
    state = read_state(folder)
    job = job_of(state.facts)
    run = Run(job, text_again(job), threads, tokenizer)
    run.restore(state)
    return run


def run_of(model: LoadedModel, threads: int, seed: int = 0) -> Run:
    """The run that trains a model like this: from fresh weights by the recipe of its name, or from
    where it stands where the model is a folder that `tuitf train` has written.

    Raises:
        NoRecipeError: no recipe is known.
        ResumeError: the folder's run cannot go on.
        DataError: its text cannot be read.
    """
    name = model.card.name
    if name in OF_MODELS:
        recipe = replace(recipe_named(name), candidates=1)
        # the vocabulary of a model is that of its corpus, learned once
        own = model.tokenizer if recipe.vocabulary.kind == "bytes" else None
        return Run(Job(recipe, CorpusName(recipe.corpus), seed, recipe.steps), None, threads, own)
    folder = Path(name).expanduser()
    if (folder / STATE_FILE).is_file():
        return resumed(folder, threads, model.tokenizer)
    trained = f"trains {', '.join(OF_MODELS)}, and what tuitf train has written"
    raise NoRecipeError(f"{NO_RECIPE} {visible(model.card.display_name)}", ("train", trained))


def command_of(attended: Attended) -> str:
    """The command line that trains what is watched."""
    job = attended.run.job
    folder = str(attended.folder) if attended.folder is not None else f"my-{job.recipe.name}"
    parts: Sequence[str] = (
        "tuitf", "train", "--watch", "--corpus", job.corpus.name, "--recipe", job.recipe.name,
    )  # fmt: skip
    if job.seed:
        parts = (*parts, "--seed", str(job.seed))
    if job.steps != job.recipe.steps:
        parts = (*parts, "--steps", str(job.steps))
    return shlex.join((*parts, "-o", folder))
