"""Reading safetensors: a header of JSON, then raw numbers that are mapped, not copied.

A file is eight bytes (the length of the header, little-endian), the header (for every tensor its
type, shape and place) and the numbers. Pickled checkpoints are never read: unpickling runs code.
"""

import json
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from tui_transformer.engine import Array
from tui_transformer.errors import TuitfError
from tui_transformer.tokenizers import visible

SINGLE_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")

_HEADER_LIMIT = 100_000_000  # bytes; the limit of the safetensors library
_ITEM_SIZES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1,
    "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4,
    "F64": 8, "I64": 8, "U64": 8, "C64": 8,
}  # fmt: skip
READABLE = ("F32", "F16", "BF16")


class CheckpointError(TuitfError):
    """Files that cannot be a model. Names the file, or the tensor and what was found."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where one tensor lies: its type as safetensors writes it, shape and bytes in the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    buffer: memoryview

    @property
    def converted(self) -> bool:
        """Whether reading it makes a float32 copy."""
        return self.dtype != "F32"


class Checkpoint:
    """The tensors of a folder or a file by name; opening it reads headers only."""

    def __init__(self, tensors: dict[str, Stored]) -> None:
        self._tensors = tensors

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __getitem__(self, name: str) -> Stored:
        return self._tensors[name]

    def identical(self, first: str, second: str) -> bool:
        """Whether two tensors hold the same bytes; nothing is converted."""
        a, b = self._tensors[first], self._tensors[second]
        if (a.dtype, a.shape) != (b.dtype, b.shape) or a.dtype not in _ITEM_SIZES:
            return False
        size, step = prod(a.shape) * _ITEM_SIZES[a.dtype], 1 << 20
        return all(
            np.array_equal(
                np.frombuffer(a.buffer, np.uint8, min(step, size - i), a.start + i),
                np.frombuffer(b.buffer, np.uint8, min(step, size - i), b.start + i),
            )
            for i in range(0, size, step)
        )

    def read(self, name: str) -> Array:
        """One tensor in float32, in its stored shape.

        float32 is a read-only view of the mapped file, so that processes share its memory;
        bfloat16 and float16 are converted, every value exactly.

        Raises:
            CheckpointError: it holds something else.
        """
        stored = self._tensors[name]
        if stored.dtype not in READABLE:
            raise CheckpointError(
                f"{visible(name)} holds {stored.dtype} numbers, which are not supported: use a "
                f"checkpoint with {', '.join(READABLE[:-1])} or {READABLE[-1]} weights"
            )
        count = prod(stored.shape)
        if not count:
            return np.zeros(stored.shape, dtype=np.float32)
        kind = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}[stored.dtype]
        raw = np.frombuffer(stored.buffer, dtype=kind, count=count, offset=stored.start)
        if stored.dtype == "BF16":  # the upper half of a float32
            values = np.left_shift(raw, 16, dtype="<u4").view("<f4")
        elif stored.dtype == "F16":
            values = raw.astype(np.float32)
        else:
            values = raw if raw.flags.aligned else raw.copy()
        return values.reshape(stored.shape)


def open_checkpoint(folder: Path) -> Checkpoint:
    """Map the weights of a folder: `model.safetensors`, or the shards that its index names.

    Raises:
        CheckpointError: there are none, or a file is unreadable, truncated or corrupt.
    """
    index = folder / INDEX_FILE
    single = folder / SINGLE_FILE
    if single.is_file() or not index.is_file():
        if not single.exists():
            raise CheckpointError(_no_weights(folder))
        return Checkpoint(read_header(single))
    tensors: dict[str, Stored] = {}
    for shard, names in shard_names(index).items():
        path = folder / shard
        if not path.exists():
            raise CheckpointError(
                f"{visible(str(path))} is missing: {INDEX_FILE} names it; download the model again"
            )
        found = read_header(path)
        for name in names:
            if name not in found:
                raise CheckpointError(
                    f"{visible(shard)} lacks {visible(name)}, which {INDEX_FILE} places there: "
                    "download the model again"
                )
            tensors[name] = found[name]
    return Checkpoint(tensors)


def shard_names(index: Path) -> dict[str, list[str]]:
    """The shards of an index file, each with the tensors that it holds.

    Raises:
        CheckpointError: it is not an index, or it names a file outside its folder.
    """
    content = read_json(index)
    weight_map = content.get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointError(f"{visible(str(index))} has no weight_map: download the model again")
    shards: dict[str, list[str]] = {}
    for name, shard in weight_map.items():
        plain = isinstance(shard, str) and shard.endswith(".safetensors")
        if not plain or "/" in shard or "\\" in shard or "\x00" in shard:
            raise CheckpointError(
                f"{visible(str(index))} places {visible(name)} in {visible(str(shard))!r}, which "
                "is not a safetensors file of its folder"
            )
        shards.setdefault(shard, []).append(name)
    return shards


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        CheckpointError: unreadable, not JSON, or not an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(_unreadable(path, error)) from None
    except (ValueError, RecursionError):
        raise CheckpointError(
            f"{visible(str(path))} is not valid JSON: download the model again"
        ) from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{visible(str(path))} is not a JSON object: download it again")
    return content


def read_header(path: Path) -> dict[str, Stored]:
    """Map a safetensors file and find its tensors; no number is read.

    Raises:
        CheckpointError: the file is unreadable, truncated or corrupt.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    except OSError as error:
        raise CheckpointError(_unreadable(path, error)) from None
    buffer = memoryview(mapped)
    if size < 8:
        raise _corrupt(path, f"it has {size} bytes, too few for a header")
    length = int.from_bytes(buffer[:8], "little")
    if length > min(_HEADER_LIMIT, size - 8):
        raise _corrupt(path, f"its header claims {length:,} bytes, the file has {size:,}")
    try:
        header = json.loads(bytes(buffer[8 : 8 + length]))
    except (ValueError, RecursionError):
        raise _corrupt(path, "its header is not JSON") from None
    if not isinstance(header, dict):
        raise _corrupt(path, "its header is not a JSON object")
    header.pop("__metadata__", None)
    return {name: _place(path, name, header[name], 8 + length, size, buffer) for name in header}


def _place(
    path: Path, name: str, entry: object, data: int, size: int, buffer: memoryview
) -> Stored:
    """Check one entry of a header; `data` is where the numbers begin, `size` the file's bytes."""
    if not isinstance(entry, dict):
        raise _corrupt(path, f"its header has no entry for {visible(name)}")
    dtype, shape, offsets = (entry.get(key) for key in ("dtype", "shape", "data_offsets"))
    if not _counts(shape) or not _counts(offsets) or len(offsets) != 2:
        raise _corrupt(path, f"the shape or place of {visible(name)} makes no sense")
    if not isinstance(dtype, str):
        raise _corrupt(path, f"{visible(name)} has no type")
    start, end = offsets
    if end > size - data:
        missing = end - (size - data)
        raise _corrupt(path, f"it ends {missing:,} bytes before {visible(name)} does")
    item = _ITEM_SIZES.get(dtype)
    if start > end or (item is not None and prod(shape) * item != end - start):
        raise _corrupt(
            path,
            f"{visible(name)} of shape {list(shape)} and type {visible(dtype)} "
            f"has {end - start:,} bytes",
        )
    return Stored(dtype, tuple(shape), data + start, buffer)


def _counts(value: object) -> TypeGuard[list[int]]:
    """Whether `value` is a list of whole numbers, none negative."""
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def _corrupt(path: Path, cause: str) -> CheckpointError:
    return CheckpointError(
        f"{visible(str(path))} is truncated or corrupt: {cause}; download it again"
    )


def _unreadable(path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{visible(str(path))} cannot be read: {visible(reason)}"


def _no_weights(folder: Path) -> str:
    """What to say about a folder without weights; it names what is there instead."""
    shown = visible(str(folder))
    for pattern in PICKLES:
        for path in sorted(folder.glob(pattern)):
            return (
                f"{shown} has no {SINGLE_FILE}, only {visible(path.name)}, which is never opened "
                "because pickled weights can run code: convert it to safetensors first"
            )
    gone = next((n for n in (SINGLE_FILE, INDEX_FILE) if (folder / n).is_symlink()), None)
    if gone is not None:  # a cache from which the file itself was cleared
        return f"{shown}/{gone} is a link to a file that is gone: download the model again"
    others = sorted(folder.glob("*.safetensors"))
    if others:
        return (
            f"{shown} has neither {SINGLE_FILE} nor {INDEX_FILE}: rename "
            f"{visible(others[0].name)} if it holds the whole model"
        )
    return f"{shown} has no {SINGLE_FILE}: give the folder of a downloaded model"
