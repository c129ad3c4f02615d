"""The Textual app: screens, one pane for each pipeline stage, widgets. Holds no domain state."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_transformer.session import Session, SessionState
    from tui_transformer.terminal.look import Look
    from tui_transformer.watching import WatchedRun


def run_app(session: "Session", state: "SessionState", look: "Look | None" = None) -> int:
    """Open the app on a wanted state and stay until it is closed.

    Args:
        session: a session, nothing computed yet.
        state: what to show; the app computes it.
        look: what was chosen for this terminal.

    Returns:
        The exit code for the process.
    """
    from tui_transformer.terminal.look import plain_look, set_up

    look = look or plain_look()
    set_up(look)  # before Textual is imported
    from tui_transformer.tui.app import TuitfApp
    from tui_transformer.tui.remap import checked

    app = TuitfApp(session, state, checked(look))
    app.run(mouse=look.chosen.mouse)
    return app.return_code or 0


def run_training(watched: "WatchedRun", look: "Look | None" = None) -> int:
    """Open the training screen on a run and stay until it is left.

    Args:
        watched: the run.
        look: what was chosen for this terminal.

    Returns:
        The exit code: 0, or 2 where it could not be opened.
    """
    from tui_transformer.terminal.look import plain_look, set_up

    look = look or plain_look()
    set_up(look)
    from tui_transformer.tui.app import TrainingApp
    from tui_transformer.tui.remap import checked

    app = TrainingApp(watched, checked(look))
    app.run(mouse=look.chosen.mouse)
    return app.return_code or 0
