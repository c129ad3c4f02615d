"""The options that several commands share. No command knows a default twice."""

from enum import StrEnum
from typing import Annotated, Literal

import typer


class Format(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"


def _model_names(incomplete: str) -> list[str]:
    """For the shell: what can be opened and begins like this, folders too."""
    from pathlib import Path

    from tui_transformer.models import built_in_names
    from tui_transformer.models.hub import downloaded, hub_model

    names = [*built_in_names()]
    for model in downloaded():
        known = hub_model(model.repo_id)
        names += [model.repo_id] if known is None else [known.name, model.repo_id]
    if incomplete:
        typed = incomplete.rpartition("/")[0]
        lead = f"{typed}/" if "/" in incomplete else ""
        try:
            folders = sorted(path.name for path in Path(lead or ".").iterdir() if path.is_dir())
        except OSError:
            folders = []
        names += [f"{lead}{name}" for name in folders if not name.startswith(".")]
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _hub_names(incomplete: str) -> list[str]:
    """For the shell: the models that can be downloaded by a short name."""
    from tui_transformer.models.hub import HUB_MODELS

    return [model.name for model in HUB_MODELS if model.name.startswith(incomplete)]


def _any_names(incomplete: str) -> list[str]:
    """For the shell: every name that there is a card for."""
    return list(dict.fromkeys((*_model_names(incomplete), *_hub_names(incomplete))))


def _stage_keys(incomplete: str) -> list[str]:
    """For the shell: the stages of the pipeline whose name begins like this."""
    from tui_transformer.walkthrough import stages

    found = (
        stages.TOKENS, stages.EMBED, stages.POSITION, *stages.BLOCK, stages.FINAL_NORM,
        stages.UNEMBED, stages.PROBABILITIES, stages.SAMPLE,
    )  # fmt: skip
    return [stage.key for stage in found if stage.key.startswith(incomplete)]


def number(text: str | float) -> float:
    """Read a number; what range it may have is for its owner to say.

    Raises:
        BadParameter: it is none.
    """
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number") from None


def whole(text: str | int) -> int:
    """Read a whole number.

    Raises:
        BadParameter: it is none.
    """
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a whole number") from None


def from_zero(text: str | int) -> int:
    """Read a whole number of at least 0.

    Raises:
        BadParameter: it is none.
    """
    value = whole(text)
    if value < 0:
        raise typer.BadParameter(f"{value} is below 0")
    return value


def from_one(text: str | int) -> int:
    """Read a whole number of at least 1.

    Raises:
        BadParameter: it is none.
    """
    value = whole(text)
    if value < 1:
        raise typer.BadParameter(f"{value} is below 1")
    return value


Model = Annotated[
    str | None,
    typer.Option(
        "-m", "--model", metavar="NAME", autocompletion=_model_names,
        help="A name of `tuitf models`, a folder, or a repository that was pulled.",
    ),
]  # fmt: skip
ModelName = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", autocompletion=_any_names, help="Show this one's card."),
]
HubName = Annotated[
    str,
    typer.Argument(
        metavar="NAME", autocompletion=_hub_names,
        help="A short name of `tuitf models`, or a repository as owner/name.",
    ),
]  # fmt: skip
PastContext = Annotated[
    Literal["stop", "slide"],
    typer.Option(
        "--past-context", help="A text that outgrows the context: stop, or slide the window."
    ),
]
Append = Annotated[
    str, typer.Option("--append", metavar="IDS", help="Tokens after the prompt, as 3,17.")
]
At = Annotated[
    str | None, typer.Option("--at", metavar="STEP", help="A stage or a cell to open at.")
]
Prompt = Annotated[str, typer.Argument(metavar="PROMPT", help="The text to begin with.")]
Temperature = Annotated[
    float,
    typer.Option(
        "--temperature", metavar="T", parser=number, help="0 is greedy, 1 leaves the logits."
    ),
]
TopK = Annotated[
    int,
    typer.Option("--top-k", metavar="K", parser=whole, help="Keep the K likeliest; 0 is off."),
]
TopP = Annotated[
    float,
    typer.Option(
        "--top-p", metavar="P", parser=number, help="Keep the likeliest up to mass P; 1 is off."
    ),
]
MinP = Annotated[
    float,
    typer.Option(
        "--min-p", metavar="P", parser=number, help="Cut below P times the largest; 0 is off."
    ),
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="N", parser=from_zero, help="Same seed, same tokens."),
]
Form = Annotated[Format, typer.Option("--format", help="Plain text or JSON.")]
Stage = Annotated[
    str | None,
    typer.Option(
        "--stage", metavar="S", autocompletion=_stage_keys, help="One stage only, such as softmax."
    ),
]
