"""What a run keeps on the disk, and how it gets there in one piece."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from tui_transformer.engine import Array
from tui_transformer.errors import TuitfError
from tui_transformer.tokenizers import visible

STATE_FILE = "training.safetensors"
KEY = "tuitf-training-1"
"""Under which the facts stand; it changes when what they are does."""


class SaveError(TuitfError):
    """A folder or file that cannot be written; what was there before is still there."""


class ResumeError(TuitfError):
    """A folder that no run can go on from."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a run stands: its numbers, and everything else as plain JSON values."""

    arrays: dict[str, Array]
    facts: dict[str, Any]


def state_bytes(state: State) -> bytes:
    """A safetensors file with the facts in its metadata, under one key so that it has one order.

    The order of the facts is kept: that of a mix decides which document a random number draws.
    """
    return save(state.arrays, {KEY: json.dumps(state.facts)})


def read_state(folder: Path) -> State:
    """The state that a folder holds.

    Raises:
        ResumeError: there is none, or it cannot be read.
    """
    path = folder / STATE_FILE
    shown = visible(str(folder))
    if not path.is_file():
        raise ResumeError(
            f"{shown} has no {STATE_FILE} to go on from: leave out --resume to begin a run"
        )
    try:
        with safe_open(path, framework="numpy") as found:
            about = found.metadata() or {}
            if KEY not in about:
                raise ResumeError(
                    f"{visible(str(path))} is not of this version of tuitf: begin again in "
                    "another folder"
                )
            facts = json.loads(about[KEY])
            arrays = {name: found.get_tensor(name) for name in found.keys()}  # noqa: SIM118
    except OSError as error:
        reason = visible(error.strerror or str(error))
        raise ResumeError(f"{visible(str(path))} cannot be read: {reason}") from None
    except (SafetensorError, json.JSONDecodeError):
        raise ResumeError(
            f"{visible(str(path))} is truncated or corrupt: begin again in another folder"
        ) from None
    return State(arrays, facts)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a folder, all of them or none.

    Each is written beside its place under another name first, and they are renamed when all of them
    are on the disk, so that a full disk or a crash leaves the earlier ones as they were.

    Raises:
        SaveError: the folder or a file cannot be written.
    """
    partial = {name: folder / f".{name}.partial" for name in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with partial[name].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name, path in partial.items():
            path.replace(folder / name)
    except OSError as error:
        for path in partial.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)
        reason = visible(error.strerror or str(error))
        raise SaveError(
            f"{visible(str(folder))} cannot be written ({reason}): what it held before is kept; "
            "make room or choose another folder"
        ) from None
