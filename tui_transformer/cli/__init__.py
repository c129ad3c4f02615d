"""The command line. Importing this imports nothing heavy; a command imports what it needs."""

from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> int:
    """Run `tuitf` and hand back the exit code.

    0 is success, 2 what the user can mend (one line on stderr says what), 130 an interruption by
    Ctrl+C, 141 a reader that went away. Some options (`--show-completion`) end in `SystemExit`.

    Args:
        args: without the program's name; those of the process where left out.
    """
    try:
        from tui_transformer.cli.app import run

        return run(args)
    except KeyboardInterrupt:
        return 130
