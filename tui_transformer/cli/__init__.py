"""The command line. Importing this imports nothing heavy; a command imports what it needs."""

import gc
from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> int:
    """Run `tuitf` and hand back the exit code.

    0 is success, 2 what the user can mend (one line on stderr says what), 130 an interruption by
    Ctrl+C, 141 a reader that went away. Some options (`--show-completion`) end in `SystemExit`.

    Args:
        args: without the program's name; those of the process where left out.
    """
    # What a start makes stays: looking it through every 700 objects costs a fifth of the start.
    gc.set_threshold(100_000, 20, 50)
    try:
        from tui_transformer.cli.app import run

        return run(args)
    except KeyboardInterrupt:
        return 130
