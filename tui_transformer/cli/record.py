"""`tuitf record`: a tape played into a recording, or a session recorded as it is used."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from tui_transformer.sampling import SamplingSettings


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
    tape: Annotated[
        str | None,
        typer.Option("--tape", metavar="FILE", help="Live: write what was done as a tape, too."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Live: replace files that are there already.")
    ] = False,
    prompt: Annotated[
        str | None, typer.Option("-p", "--prompt", metavar="PROMPT", help="Live: the text.")
    ] = None,
    model: options.Model = None,
    temperature: options.Temperature = 1.0,
    top_k: options.TopK = 0,
    top_p: options.TopP = 1.0,
    min_p: options.MinP = 0.0,
    seed: options.Seed = 0,
) -> None:
    """Record the app as a script says, or as it is used.

    Without a script the app opens on this terminal and is recorded until it is left; --tape writes
    down what was done, as a script to edit.

    A script is a tape in the manner of VHS: Type, keys with counts, Sleep, Wait /…/, Expect /…/,
    Marker, Screenshot and more. It runs the real app without a terminal, on a clock that stands
    still while something is computed, so that the same tape makes the same file each time.

    Exit code 1: something that the tape expects is not on screen, or --check finds a difference.

    \b
    Examples:
      tuitf record demos/worked.tape -o worked.cast
      tuitf record demos/worked.tape -o worked.html -o worked.svg
      tuitf record demos/worked.tape --check
      tuitf record -m worked -o mine.cast --tape mine.tape
    """  # fmt: skip
    version = 3 if v3 else 2
    if script is None:
        from tui_transformer.sampling import SamplingSettings

        if check:
            raise typer.BadParameter("--check is for a script")
        sampling = SamplingSettings(temperature, top_k, top_p, min_p)
        _live(output or [], version, tape, force, (model, prompt, sampling, seed))
        return
    if (tape, prompt, model, temperature, top_k, top_p, min_p, seed) != (
        None, None, None, 1.0, 0, 1.0, 0.0, 0,
    ):  # fmt: skip
        raise typer.BadParameter("a script says itself what it opens; its options are for live use")
    from tui_transformer.recording import environment

    environment.fix_arithmetic()  # before NumPy is imported
    _tape(Path(script), [Path(path) for path in output or []], version, check)


def _live(
    outputs: list[str],
    version: int,
    tape: str | None,
    force: bool,
    opened: "tuple[str | None, str | None, SamplingSettings, int]",
) -> None:
    """Open the app on this terminal and write what happened there."""
    from tui_transformer.cli.look import look_of
    from tui_transformer.cli.opening import opening
    from tui_transformer.cli.present import why_plain
    from tui_transformer.errors import InputError
    from tui_transformer.recording.writing import check_output, rendered

    reason = why_plain()
    if reason is not None:
        raise InputError(f"{reason}: give a tape to record without one")
    paths = [Path(path) for path in outputs]
    for path in paths:
        check_output(path)
    if not paths and tape is None:
        raise InputError("where to? give a file with -o, such as mine.cast")
    for path in [*paths, *([Path(tape)] if tape is not None else [])]:
        if path.exists() and not force:
            raise InputError(f"{path} is there already: choose another name, or --force")
        if not path.parent.is_dir():
            raise InputError(f"{path} cannot be written: there is no folder {path.parent}")
    from tui_transformer.terminal.look import set_up

    model, prompt, sampling, seed = opened
    session, state = opening(model=model, prompt=prompt, sampling=sampling, seed=seed)
    how = look_of()
    set_up(how)  # before Textual is imported
    from tui_transformer.recording.live import record_live

    made = record_live(session, state, how)
    files = {Path(tape): made.tape} if tape is not None else {}
    files |= {path: rendered(made.recording, path, 3 if version == 3 else 2) for path in paths}
    _write(files, made.recording.cast.duration)
    if made.code:
        raise typer.Exit(made.code)


def _write(files: dict[Path, str], duration: int) -> None:
    """Write files and say so."""
    from tui_transformer.recording.writing import write_whole

    for path, content in files.items():
        write_whole(path, content)
    for path, content in files.items():
        size = len(content.encode("utf-8")) / 1000
        streams.write_lines([f"{_shown(path)}  {size:,.0f} kB  {duration / 1000:.1f} s"])


def _tape(script: Path, outputs: list[Path], version: int, check: bool) -> None:
    """Perform a tape and write what it makes."""
    from tui_transformer.errors import InputError
    from tui_transformer.recording.performance import ExpectationError, outputs_of, perform
    from tui_transformer.recording.tape import read_tape
    from tui_transformer.recording.writing import check_output, rendered, screenshots

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
    _write(files, recording.cast.duration)


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
