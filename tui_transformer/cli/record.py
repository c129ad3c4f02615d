"""`tuitf record`: a tape played into a recording, or a session recorded as it is used."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_transformer.cli import look, options, streams

if TYPE_CHECKING:
    from tui_transformer.session import Session, SessionState
    from tui_transformer.terminal.look import Look

_SETTINGS = {
    "color": "Color", "glyphs": "Glyphs", "cells": "Cells", "theme": "Theme",
    "low_bandwidth": "LowBandwidth",
}  # fmt: skip
"""What a tape calls the options about the terminal."""

_OF_SCRIPTS = {"context", "script", "output", "v3", "check", *_SETTINGS}


def record(
    context: typer.Context,
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
    at: options.At = None,
) -> None:
    """Record the app as a script says, or as it is used.

    Without a script the app opens on this terminal, with the options that tuitf itself has, and is
    recorded until it is left; --tape writes down what was done with keys and mouse, as a script to
    edit.

    A script is a tape in the manner of VHS. It runs the real app without a terminal, on a clock
    that stands still while something is computed, so that the same tape makes the same file each
    time. One statement a line, # begins a comment:

    \b
      Model toy   Prompt "the cat sat on"
      Set Width 120   and Height, Theme, Color, Glyphs blocks|ascii,
            Cells digits|shades, LowBandwidth on|off, TypingSpeed,
            WaitTimeout, Title, Seed, Temperature, TopK, TopP, MinP, At
      Type "ee"   Type@20ms "…"   Space 3   Space@1s 3   Ctrl+P   Paste "…"
      Click 10 4   Hover 10 4   Drag 10 4 20 4
      ScrollDown 10 4 3   and ScrollUp, ScrollLeft, ScrollRight
      Sleep 2s   Wait /re/   Wait@5s /re/   Expect /re/
      Expect State cursor.step "sample"   Marker "…"   Hide   Show
      Screenshot x.svg   Output x.cast   Source other.tape

    Without -o the files are those that the tape names with Output and Screenshot, taken from its
    folder. With -o they are those of -o and no others, and the tape's own stay as they are; so it
    is with --check.

    --color, --glyphs, --cells, --theme and --low-bandwidth count more than what the tape sets;
    auto leaves it to the tape. What this terminal can do and the config file do not count.

    Exit code 1: something that the tape expects is not on screen, or --check finds a difference.

    \b
    Examples:
      tuitf record demos/worked.tape -o worked.cast
      tuitf record demos/worked.tape -o worked.html -o worked.svg
      tuitf record demos/worked.tape --check
      tuitf record demos/worked.tape --theme light -o light.cast
      tuitf record -m worked -o mine.cast --tape mine.tape
      tuitf record --theme light --at blocks.0.softmax -o mine.cast
    """  # fmt: skip
    version = 3 if v3 else 2
    if script is None:
        from tui_transformer.cli.opening import opening
        from tui_transformer.sampling import SamplingSettings

        if check:
            raise typer.BadParameter("--check is for a script")
        outputs, log = [Path(path) for path in output or []], Path(tape) if tape else None
        _check_live(outputs, log, force)
        sampling = SamplingSettings(temperature, top_k, top_p, min_p)
        opened = opening(model=model, prompt=prompt, sampling=sampling, seed=seed, at=at)
        _live(opened, look.look_given(), at, outputs, log, version)
        return
    _refuse_live_options(context)
    from tui_transformer.recording import environment

    environment.fix_arithmetic()  # before NumPy is imported
    _tape(Path(script), [Path(path) for path in output or []], version, check)


def _refuse_live_options(context: typer.Context) -> None:
    """What a script says itself."""
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE" or name in _OF_SCRIPTS:
            continue
        why = (
            "a script is a tape already" if name == "tape" else "a script says itself what it opens"
        )
        if name == "force":
            why = "a script always replaces its files"
        if name == "no_mouse":
            why = "a script needs no terminal"
        raise typer.BadParameter(f"{parameter.opts[-1]} is for live use: {why}")


def _instead() -> dict[str, str]:
    """The settings of a tape that options were given for, with their values."""
    given = {_SETTINGS[name]: value for name, value in look.given().items() if value != "auto"}
    return {name: "on" if value is True else value for name, value in given.items()}


def _check_live(outputs: list[Path], tape: Path | None, force: bool) -> None:
    """See that there is a terminal and that the files can be written, before anything is done.

    Raises:
        TuitfError: one of them is not so.
    """
    from tui_transformer.cli.present import why_plain
    from tui_transformer.errors import InputError
    from tui_transformer.recording.writing import check_output

    reason = why_plain()
    if reason is not None:
        raise InputError(f"{reason}: give a tape to record without one")
    for path in outputs:
        check_output(path)
    if not outputs and tape is None:
        raise InputError("where to? give a file with -o, such as mine.cast")
    for path in [*outputs, *([tape] if tape is not None else [])]:
        if path.exists() and not force:
            raise InputError(f"{path} is there already: choose another name, or --force")
        if not path.parent.is_dir():
            raise InputError(f"{path} cannot be written: there is no folder {path.parent}")


def _live(
    opened: "tuple[Session, SessionState]",
    how: "Look",
    at: str | None,
    outputs: list[Path],
    tape: Path | None,
    version: int,
) -> None:
    """Open the app on this terminal and write what happened there."""
    from tui_transformer.recording.writing import rendered
    from tui_transformer.terminal.look import set_up

    set_up(how)  # before Textual is imported
    from tui_transformer.recording.live import record_live

    made = record_live(*opened, how, at)
    files = {tape: made.tape} if tape is not None else {}
    files |= {path: rendered(made.recording, path, 3 if version == 3 else 2) for path in outputs}
    _write(files, made.recording.cast.duration)
    if made.code:
        raise typer.Exit(made.code)


def _write(files: dict[Path, str], duration: int) -> None:
    """Write files and say so."""
    from tui_transformer.recording.writing import write_whole
    from tui_transformer.render.numbers import byte_size

    for path, content in files.items():
        write_whole(path, content)
    for path, content in files.items():
        size = byte_size(len(content.encode("utf-8")))
        streams.write_lines([f"{_shown(path)}  {size}  {duration / 1000:.1f} s"])


def _tape(script: Path, outputs: list[Path], version: int, check: bool) -> None:
    """Perform a tape and write what it makes."""
    from tui_transformer.errors import InputError
    from tui_transformer.recording.performance import ExpectationError, outputs_of, perform
    from tui_transformer.recording.statements import Screenshot
    from tui_transformer.recording.tape import read_tape
    from tui_transformer.recording.writing import check_output, rendered, screenshots

    tape = read_tape(script)
    shots = any(isinstance(statement, Screenshot) for statement in tape)
    own = not outputs
    outputs = outputs or outputs_of(tape)
    for path in outputs:
        check_output(path)
    if not outputs and not shots and not check:
        raise InputError(
            f"where to? give a file with -o, such as {script.with_suffix('.cast').name}, "
            "or an Output line in the tape"
        )
    try:
        recording = perform(tape, _instead())
    except ExpectationError as error:
        streams.write(f"{error.screen}\n", flush=True)
        streams.complain(str(error))
        raise typer.Exit(1) from None
    files = {path: rendered(recording, path, 3 if version == 3 else 2) for path in outputs}
    if own:
        files |= screenshots(recording)
    elif shots:
        done = "compared" if check else "written"
        streams.complain(f"-o names all that is {done}, so not the tape's screenshots")
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
