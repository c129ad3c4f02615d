"""`tuitf play`: an asciicast, safely."""

from pathlib import Path
from typing import Annotated

import typer

from tui_transformer.cli import look, options, streams


def play(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An asciicast, version 2 or 3.")],
    speed: Annotated[
        float, typer.Option("--speed", metavar="X", parser=options.number, help="How fast.")
    ] = 1.0,
    idle_limit: Annotated[
        float | None,
        typer.Option(
            "--idle-limit", metavar="S", parser=options.number, help="Cut pauses to S seconds."
        ),
    ] = None,
    pause_on_markers: Annotated[
        bool, typer.Option("--pause-on-markers", help="Stop at each marker; space goes on.")
    ] = False,
    text: Annotated[
        bool, typer.Option("--text", help="Print the screens at the markers instead.")
    ] = False,
    low_bandwidth: Annotated[
        bool,
        typer.Option("--low-bandwidth", help="Fewer pictures a second; by itself over SSH."),
    ] = False,
) -> None:
    """Play a recording.

    The file is checked to the last line before anything is shown. Its pictures are drawn anew:
    titles, clipboards, queries and everything else that a file could ask of the terminal stay
    behind. Without a terminal the screens at the markers are printed as text.

    Colours are those of the recording, in as many as the terminal shows or --color says; with
    --glyphs ascii each character has a stand-in. The theme is that of the recording.

    Keys: space pauses, n and p go to the next marker and the one before, the arrows 5 seconds, the
    full stop and the comma a frame, + and - change the speed, q quits.

    \b
    Examples:
      tuitf play demos/worked.cast
      tuitf play demos/worked.cast --speed 2 --pause-on-markers
      tuitf play demos/worked.cast --color none --no-mouse
      tuitf play demos/worked.cast --text
    """  # fmt: skip
    from tui_transformer.cli.present import why_plain
    from tui_transformer.errors import InputError
    from tui_transformer.recording.reading import read_cast
    from tui_transformer.recording.reel import Reel

    if not 0.01 <= speed <= 100:
        raise InputError(f"--speed is a number from 0.01 to 100, not {speed:g}")
    if idle_limit is not None and not 0 < idle_limit <= 3600:
        raise InputError(f"--idle-limit is a number of seconds up to 3600, not {idle_limit:g}")
    reel = Reel(read_cast(Path(file)), idle_limit)
    reason = None if text else why_plain()
    if not text and reason is None:
        from tui_transformer.terminal.look import set_up

        how = look.look_given(low_bandwidth=low_bandwidth)
        set_up(how)  # before Textual is imported
        from tui_transformer.recording.player import play as run_player

        raise typer.Exit(run_player(reel, speed=speed, stops=pause_on_markers, look=how))
    from tui_transformer.recording.film import Frame
    from tui_transformer.recording.sheet import sheet

    markers = [(Frame(time, reel.at(time)), label) for time, label in reel.markers]
    streams.write(sheet(markers, Frame(reel.duration, reel.at(reel.duration))), flush=True)
    if reason is not None:
        streams.complain(f"{reason}, so this is the text at each marker")
