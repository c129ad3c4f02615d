"""A trace as a safetensors file, written block by block: never more than one block in memory.

The format is eight bytes (the length of the header, little-endian), a header of JSON (for every
tensor its type, shape and place, and `__metadata__`: text by name) and the numbers.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tui_transformer.engine import ModelConfig
from tui_transformer.engine.names import axes_of, canonical, tensor_names
from tui_transformer.errors import InputError, TuitfError
from tui_transformer.trace.output import read_tensor, shape_of
from tui_transformer.trace.protocol import Trace

_ITEM = 4  # bytes of a float32
_ALIGN = 8


class SaveError(TuitfError):
    """A file that could not be written. Says why and what to do."""


def chosen_names(config: ModelConfig, globs: Sequence[str]) -> tuple[str, ...]:
    """The tensors that are wanted, in the order of the pass.

    Per-head `attn.result`, the largest of all, is among them only where a pattern names it.

    Args:
        config: of the model.
        globs: patterns such as `blocks.*.attn.pattern`; none at all stands for every tensor. A
            `hook_` inside one is ignored.

    Raises:
        InputError: a pattern that no tensor fits.
    """
    if not globs:
        return tensor_names(config)
    wanted: set[str] = set()
    for glob in globs:
        pattern = canonical(glob)
        names = tensor_names(config, result="result" in pattern)
        found = {name for name in names if fnmatchcase(name, pattern)}
        if not found:
            raise InputError(
                f"no tensor of this model fits {glob!r}: `tuitf trace --list` names them all"
            )
        wanted |= found
    return tuple(name for name in tensor_names(config, result=True) if name in wanted)


def saved_bytes(names: Iterable[str], config: ModelConfig, length: int) -> int:
    """How many bytes the numbers of these tensors take."""
    return sum(_ITEM * prod(shape_of(name, config, length)) for name in names)


def check_free(path: Path, *, overwrite: bool = False) -> None:
    """Refuse a place where no file can be made.

    Raises:
        SaveError: there is a folder, or a file that is to stay, or no folder to put it in.
    """
    if path.is_dir():
        raise SaveError(f"{path} is a folder: give the name of a file in it")
    if path.exists() and not overwrite:
        raise SaveError(f"{path} is there already: choose another name, or give --force")
    if not path.parent.is_dir():
        raise SaveError(f"there is no folder {path.parent}: make it, or choose another place")


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write into that appears under its name when all went well, or not at all.

    Raises:
        SaveError: it cannot be written.
    """
    part = ""
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(part).chmod(0o666 & ~_umask())
        Path(part).replace(path)
    except OSError as error:
        raise SaveError(
            f"{path} cannot be written ({error.strerror or error}): choose another place"
        ) from None
    finally:
        if part:
            Path(part).unlink(missing_ok=True)


def save_trace(
    trace: Trace,
    path: Path,
    names: Sequence[str],
    metadata: dict[str, str],
    *,
    overwrite: bool = False,
) -> int:
    """Write tensors of a trace; the file appears when it is whole, or not at all.

    Args:
        trace: the pass.
        path: of the file.
        names: of the tensors, in the order of the pass.
        metadata: text by name; `names` and `axes`, as JSON, are added to it.
        overwrite: whether a file of that name may be replaced.

    Returns:
        The size of the file in bytes.

    Raises:
        SaveError: it is there already, or cannot be written.
    """
    check_free(path, overwrite=overwrite)
    header: dict[str, object] = {"__metadata__": metadata | _described(names)}
    place = 0
    for name in names:
        shape = shape_of(name, trace.config, trace.length)
        end = place + _ITEM * prod(shape)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [place, end]}
        place = end
    raw = json.dumps(header).encode("ascii")
    raw += b" " * (-len(raw) % _ALIGN)
    with whole_file(path) as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        for name in names:
            file.write(np.ascontiguousarray(read_tensor(trace, name), dtype="<f4").data)
        return file.tell()


def _described(names: Sequence[str]) -> dict[str, str]:
    axes = {name: list(axes_of(name)) for name in names}
    return {"names": json.dumps(list(names)), "axes": json.dumps(axes)}


def _umask() -> int:
    """The bits that new files do not get; a temporary file gets none but the owner's."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
