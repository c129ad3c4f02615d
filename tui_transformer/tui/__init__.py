"""The Textual app: screens, one pane for each pipeline stage, widgets. Holds no domain state."""

from tui_transformer.session import Session, SessionState


def run_app(session: Session, state: SessionState) -> int:
    """Open the app on a wanted state and stay until it is closed.

    Args:
        session: a session, nothing computed yet.
        state: what to show; the app computes it.

    Returns:
        The exit code for the process.
    """
    from tui_transformer.tui.app import TuitfApp

    app = TuitfApp(session, state)
    app.run()
    return app.return_code or 0
