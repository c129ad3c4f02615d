"""The options that several commands share. No command knows a default twice."""

from typing import Annotated

import typer


def _model_names(incomplete: str) -> list[str]:
    """For the shell: the models whose name begins like this."""
    from tui_transformer.models import entries

    names = (entry.card.name for entry in entries())
    return [name for name in names if name.startswith(incomplete)]


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
        help="The model; `tuitf models` lists them.",
    ),
]  # fmt: skip
ModelName = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", autocompletion=_model_names, help="Show this one's card."),
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
Stage = Annotated[
    str | None,
    typer.Option(
        "--stage", metavar="S", autocompletion=_stage_keys, help="One stage only, such as softmax."
    ),
]
