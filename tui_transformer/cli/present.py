"""The screen, or in plain text what it would have shown and why there is none."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from tui_transformer.cli import streams
from tui_transformer.cli.look import look_given

if TYPE_CHECKING:
    from tui_transformer.session import Session, SessionState
    from tui_transformer.terminal.look import Look


def why_plain() -> str | None:
    """Why there is no screen, where there is none."""
    if not streams.on_terminal():
        return "the output is not a terminal"
    if sys.stdin is None or not sys.stdin.isatty():
        return "the input is not a terminal"
    kind = os.environ.get("TERM", "")
    if kind == "dumb":
        return "TERM=dumb, a terminal that cannot move its cursor"
    if kind in {"", "unknown"} and os.name != "nt":
        return "TERM does not say what terminal this is"
    return None


def present(
    session: "Session",
    state: "SessionState",
    at: str | None,
    before: "Callable[[int], list[str]]" = lambda width: [],
    look: "Look | None" = None,
) -> None:
    """Open the screen on a state; without a terminal print it.

    Args:
        session: with the model at hand.
        state: what to open on.
        at: the place that was asked for, if one was.
        before: lines to print first where it is plain text, for a width.
        look: what was chosen for the terminal; what the config file says where left out.
    """
    reason = why_plain()
    if reason is None:
        from tui_transformer.tui import run_app

        raise typer.Exit(run_app(session, state, look or look_given()))
    from tui_transformer.render.plain import overview_lines, walk_lines
    from tui_transformer.render.plain_table import View

    session.open(state)
    view = View(width=streams.text_width())
    streams.write_lines(before(view.width))
    if at is None:
        streams.write_lines(overview_lines(session, view))
    else:
        streams.write_lines(walk_lines(session, [session.step], view))
    streams.write("", flush=True)
    streams.complain(f"{reason}, so this is plain text; 'tuitf explain' prints every stage")
