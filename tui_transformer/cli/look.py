"""The options about the terminal, the config file, and what follows from both."""

from collections.abc import Callable, Collection
from contextvars import ContextVar
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from tui_transformer.terminal.look import Look

Color = Annotated[
    Literal["auto", "truecolor", "256", "16", "none"] | None,
    typer.Option("--color", help="How many colours; auto: what the terminal shows."),
]
Glyphs = Annotated[
    Literal["auto", "blocks", "ascii"] | None,
    typer.Option("--glyphs", help="Half blocks and lines, or ASCII only."),
]
NoMouse = Annotated[
    bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal, to select text.")
]
LowBandwidth = Annotated[
    bool,
    typer.Option(
        "--low-bandwidth", help="Fewer colours and pictures a second; by itself over SSH."
    ),
]
Theme = Annotated[
    Literal["dark", "light", "contrast"] | None,
    typer.Option("--theme", help="The colours of the screen."),
]
Cells = Annotated[
    Literal["digits", "shades"] | None,
    typer.Option("--cells", help="What a cell of a picture is where there is no colour."),
]

OPTIONS: dict[str, tuple[Any, object]] = {
    "color": (Color, None), "glyphs": (Glyphs, None), "no_mouse": (NoMouse, False),
    "low_bandwidth": (LowBandwidth, False), "theme": (Theme, None), "cells": (Cells, None),
}  # fmt: skip
"""The options about the terminal with their defaults, as the arguments of :func:`look_of`."""
_given: ContextVar[dict[str, Any]] = ContextVar("given", default={})  # noqa: B039 - never changed


def drawn(command: Callable[..., None], but: Collection[str] = ()) -> Callable[..., None]:
    """A command that opens the screen, with the options about the terminal after its own.

    What is given counts for :func:`look_given` while the command runs.

    Args:
        command: takes none of these options itself.
        but: those of :data:`OPTIONS` that it does not get.
    """
    options = {name: option for name, option in OPTIONS.items() if name not in but}

    @wraps(command)
    def with_options(*args: Any, **values: Any) -> None:
        token = _given.set({name: values.pop(name) for name in options})
        try:
            command(*args, **values)
        finally:
            _given.reset(token)

    own = signature(command)
    more = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in options.items()
    ]
    with_options.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[*own.parameters.values(), *more]
    )
    with_options.__annotations__ = command.__annotations__ | {p.name: p.annotation for p in more}
    return with_options


def given() -> dict[str, Any]:
    """The options about the terminal that the command that runs was given, by their names here."""
    return {name: value for name, value in _given.get().items() if value != OPTIONS[name][1]}


def look_given(**more: Any) -> "Look":
    """How the screen of the command that runs is to look, by the options that it was given.

    Args:
        more: those of :data:`OPTIONS` that the command takes itself.
    """
    return look_of(**_given.get(), **more)


def look_of(
    color: str | None = None,
    glyphs: str | None = None,
    no_mouse: bool = False,
    low_bandwidth: bool = False,
    theme: str | None = None,
    cells: str | None = None,
) -> "Look":
    """How the screen is to look: the options, then the config file, then what the terminal can do.

    What is wrong with the config file is said on the screen; for that the defaults are taken.
    """
    from dataclasses import replace

    from tui_transformer.terminal import choose, config_path, look_around, read_config
    from tui_transformer.terminal.config import told
    from tui_transformer.terminal.look import Look
    from tui_transformer.tokenizers import visible

    config = read_config(config_path())
    given: dict[str, Any] = {"color": color, "glyphs": glyphs, "theme": theme, "cells": cells}
    given = {name: value for name, value in given.items() if value is not None}
    if no_mouse:
        given["mouse"] = False
    if low_bandwidth:
        given["low_bandwidth"] = True
    settings = replace(config.settings, **given)
    chosen = choose(settings, look_around())
    said = told(config.troubles, config.path.name) or "; ".join(chosen.reasons)
    return Look(chosen, settings.keys, visible(said), config.lines, config.troubles)
