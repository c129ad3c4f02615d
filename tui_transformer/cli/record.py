"""`tuitf record`: a tape played into a recording, or a session recorded as it is used."""

from pathlib import Path
from typing import Annotated

import typer

from tui_transformer.cli import streams


def record(
    script: Annotated[
        str | None,
        typer.Argument(metavar="[SCRIPT]", help="A tape; without one, a live session."),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where to: .cast, .svg, .txt or .html; can be repeated.",
        ),
    ] = None,
    v3: Annotated[bool, typer.Option("--v3", help="Write asciicast version 3, not 2.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; see that the files are as they are.")
    ] = False,
) -> None:
    """Record the app as a script says, or as it is used.

    A script is a tape in the manner of VHS: Type, keys with counts, Sleep, Wait /…/, Expect /…/,
    Marker, Screenshot and more. It runs the real app without a terminal, on a clock that stands
    still while something is computed, so that the same tape makes the same file each time.

    Exit code 1: something that the tape expects is not on screen, or --check finds a difference.

    \b
    Examples:
      tuitf record demos/worked.tape -o worked.cast
      tuitf record demos/worked.tape -o worked.html -o worked.svg
      tuitf record demos/worked.tape --check
    """  # fmt: skip
    from tui_transformer.recording import environment

    environment.fix_arithmetic()  # before NumPy is imported
    from tui_transformer.errors import InputError

    if script is None:
        raise InputError("there is no script to record: give the path of a tape")
    _tape(Path(script), [Path(path) for path in output or []], 3 if v3 else 2, check)


def _tape(script: Path, outputs: list[Path], version: int, check: bool) -> None:
    """Perform a tape and write what it makes."""
    from tui_transformer.errors import InputError
    from tui_transformer.recording.performance import ExpectationError, outputs_of, perform
    from tui_transformer.recording.tape import read_tape
    from tui_transformer.recording.writing import check_output, rendered, screenshots, write_whole

    tape = read_tape(script)
    outputs = outputs or outputs_of(tape)
    for path in outputs:
        check_output(path)
    if not outputs and not check:
        raise InputError(
            f"where to? give a file with -o, such as {script.with_suffix('.cast').name}, "
            "or an Output line in the tape"
        )
    try:
        recording = perform(tape)
    except ExpectationError as error:
        streams.write(f"{error.screen}\n", flush=True)
        streams.complain(str(error))
        raise typer.Exit(1) from None
    files = {path: rendered(recording, path, 3 if version == 3 else 2) for path in outputs}
    files |= screenshots(recording)
    if check:
        _compare(files)
        return
    for path, content in files.items():
        write_whole(path, content)
    seconds = recording.cast.duration / 1000
    for path, content in files.items():
        size = len(content.encode("utf-8")) / 1000
        streams.write_lines([f"{_shown(path)}  {size:,.0f} kB  {seconds:.1f} s"])


def _compare(files: dict[Path, str]) -> None:
    """Hold what was made now to what is there.

    Raises:
        Exit: they differ; each file that does has been named.
    """
    differ = 0
    for path, content in files.items():
        try:
            there = path.read_bytes()
        except OSError as error:
            streams.complain(f"{path} cannot be read: {error.strerror}")
            differ += 1
            continue
        if there == content.encode("utf-8"):
            streams.write_lines([f"{_shown(path)}  the same"])
            continue
        differ += 1
        lines = zip(there.decode("utf-8", "replace").split("\n"), content.split("\n"), strict=False)
        at = next((n for n, (old, new) in enumerate(lines, 1) if old != new), 1)
        streams.complain(f"{path} differs from line {at} on; record it again without --check")
    if differ:
        raise typer.Exit(1)


def _shown(path: Path) -> str:
    from tui_transformer.tokenizers import visible

    return visible(str(path))
