"""Where a recording goes: a kind of file for each ending, written whole or not at all."""

import os
import tempfile
from pathlib import Path
from typing import Literal

from tui_transformer.errors import TuitfError
from tui_transformer.recording import cast as asciicast
from tui_transformer.recording.colours import DEFAULT
from tui_transformer.recording.grammar import OUTPUTS
from tui_transformer.recording.page import page
from tui_transformer.recording.performance import Recording
from tui_transformer.recording.sheet import sheet, text
from tui_transformer.recording.still import svg


def check_output(path: Path) -> None:
    """See that there is a way to write such a file.

    Raises:
        TuitfError: its name has an ending that stands for nothing.
    """
    if path.suffix not in OUTPUTS:
        kinds = "a cast, .svg a still, .txt the screens at the markers, .html a page"
        raise TuitfError(f"what is {path.name} to be? .cast is {kinds}")


def rendered(recording: Recording, path: Path, version: Literal[2, 3] = 2) -> str:
    """The recording as the kind of file that the ending of a path stands for."""
    check_output(path)
    colours = recording.cast.colours or DEFAULT
    if path.suffix == ".cast":
        return asciicast.write(recording.cast, version)
    if not recording.frames:
        raise TuitfError("nothing was recorded: all of it is hidden")
    if path.suffix == ".svg":
        return svg(recording.frames[-1].picture, colours, recording.title)
    if path.suffix == ".txt":
        return sheet(recording.markers, recording.frames[-1])
    return page(recording.cast, recording.frames, recording.title or "tuitf")


def screenshots(recording: Recording) -> dict[Path, str]:
    """What the screenshots of a tape hold, by path."""
    colours = recording.cast.colours or DEFAULT
    return {
        path: svg(picture, colours, recording.title) if path.suffix == ".svg" else text(picture)
        for path, picture in recording.screenshots
    }


def write_whole(path: Path, content: str) -> None:
    """Write a file beside its place, then put it there.

    Raises:
        TuitfError: that cannot be done.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(content)
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise TuitfError(f"{path} cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
