"""Reading a recording that somebody else made: everything is checked before anything is used.

The file may be cut off, damaged or made to harm. Sizes are known before memory is asked for, every
array must have the type and shape that the rest of the file says, and every text goes through
`visible` where it is shown.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import fields
from math import log
from pathlib import Path
from typing import Any, get_args
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from tui_transformer.engine import Array, ModelConfig, RopeScaling
from tui_transformer.errors import TuitfError
from tui_transformer.models import ModelCard
from tui_transformer.models.loaded import Labels
from tui_transformer.sampling import SamplingSettings
from tui_transformer.tokenizers import visible
from tui_transformer.trace.candidates import Candidates
from tui_transformer.trace.output import shape_of
from tui_transformer.trace.pack import (
    FORMAT,
    JSON_NAME,
    NUMBERS_NAME,
    VERSION,
    temperatures_for,
    tensors_kept,
)
from tui_transformer.trace.recorded import (
    NO_WEIGHTS,
    Detail,
    Origin,
    RecordedModel,
    RecordedTokenizer,
    Run,
)

_JSON_MOST = 64 * 2**20
_NUMBERS_MOST = 4 * 2**30
_RATIO_MOST, _RATIO_FREE = 200, 2**20
"""Numbers of a pass deflate to a twentieth at the most; what grows further is no recording."""
_RUNS_MOST, _LAYERS_MOST, _VOCABULARY_MOST, _SIZE_MOST = 1_000, 1_000, 1_000_000, 10_000_000
_TEXT_MOST, _LABEL_MOST, _LINE_MOST = 10_000_000, 1_000, 2_000


_DAMAGED = (
    BadZipFile, zlib.error, EOFError, RuntimeError, struct.error, ValueError, OverflowError,
    LookupError,
)  # fmt: skip
"""What the zip library raises for one thing or another that is wrong."""


class RecordingError(TuitfError):
    """A file that is no recording, or a damaged one. Says what is wrong and what to do."""


def read_recording(path: Path, name: str) -> RecordedModel:
    """Open a recording.

    Args:
        path: of the file.
        name: what it is opened by.

    Raises:
        RecordingError: it cannot be read or is no recording; the message says why.
    """
    shown = visible(path.name)
    try:
        described, numbers = _members(path)
        return _model(described, numbers, name)
    except _Wrong as error:
        raise RecordingError(f"{shown} {error}: get the file again, or record it anew") from None
    except OSError as error:
        raise RecordingError(f"{shown} cannot be read ({error.strerror or error})") from None
    except (MemoryError, RecursionError):
        raise RecordingError(f"{shown} is too large to be read here") from None


class _Wrong(Exception):  # noqa: N818 - becomes a RecordingError with the file's name
    """What is wrong, to follow the file's name."""


def _members(path: Path) -> tuple[Mapping[str, Any], dict[str, Array]]:
    """The description and the arrays."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    size = path.stat().st_size
    try:
        with ZipFile(path) as archive:
            raw = _member(archive, JSON_NAME, _JSON_MOST, size)
            packed = _member(archive, NUMBERS_NAME, _NUMBERS_MOST, size)
            if len(archive.infolist()) != 2:
                raise _Wrong("holds more than a recording does")
    except _DAMAGED:
        raise _Wrong("is no recording, or was cut off or damaged on its way") from None
    try:
        described = json.loads(raw)
    except (ValueError, UnicodeDecodeError):
        raise _Wrong(f"is damaged: {JSON_NAME} is no JSON") from None
    try:
        numbers = load(packed)
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        raise _Wrong(f"is damaged: its numbers cannot be read ({visible(str(error))})") from None
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise _Wrong("is no recording of tuitf")
    if described.get("version") != VERSION:
        raise _Wrong("was made by another version of tuitf, in a form that this one does not know")
    return described, numbers


def _member(archive: ZipFile, name: str, most: int, size: int) -> bytes:
    """A member's bytes; never more than it says, nor more than a recording can have."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise _Wrong(f"is no recording: it lacks {name}") from None
    if info.flag_bits & 1 or info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise _Wrong(f"is no recording: {name} is packed in another way")
    if info.file_size > most or info.file_size > _RATIO_FREE + _RATIO_MOST * size:
        raise _Wrong(f"is no recording: {name} would grow to {info.file_size:,} bytes")
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise _Wrong("was cut off or damaged on its way")
    return data


def _of(kind: type | tuple[type, ...], value: object, what: str) -> Any:
    """`value`, if it is of that type."""
    wanted = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise _Wrong(f"is damaged: {what} is missing or of the wrong type")
    return value


def _text(value: object, what: str, most: int = _LINE_MOST) -> str:
    text = str(_of(str, value, what))
    if len(text) > most:
        raise _Wrong(f"is damaged: {what} has {len(text):,} characters")
    return text


def _whole(value: object, what: str, most: int = _SIZE_MOST) -> int:
    number = int(_of(int, value, what))
    if not 0 <= number <= most:
        raise _Wrong(f"is damaged: {what} is {number:.6g}")
    return number


def _origin(data: Mapping[str, Any]) -> Origin:
    detail: Any = data.get("detail")
    if detail not in get_args(Detail):
        raise _Wrong("is damaged: it does not say its detail")
    lines = {key: visible(_text(data.get(key), key, 200)) for key in ("model", "made", "version")}
    return Origin(detail=detail, half=_of(bool, data.get("half"), "half"), **lines)


def _config(data: Mapping[str, Any]) -> ModelConfig:
    known = {field.name for field in fields(ModelConfig)}
    values = {key: value for key, value in data.items() if key in known}
    sizes = ("d_model", "n_heads", "d_mlp", "n_ctx", "n_kv_heads", "d_head")
    for key in sizes:
        _whole(values.get(key), key)
    _whole(values.get("d_vocab"), "d_vocab", _VOCABULARY_MOST)
    _whole(values.get("n_layers"), "n_layers", _LAYERS_MOST)
    for key in ("eps", "rope_theta"):
        if key in values:
            _of((int, float), values[key], key)
    try:
        scaling = values.get("rope_scaling")
        if scaling is not None:
            values["rope_scaling"] = RopeScaling(**_of(dict, scaling, "rope_scaling"))
        return ModelConfig(**values)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Wrong(f"is damaged: its configuration is none ({visible(str(error))})") from None


def _labels(data: Mapping[str, Any], size: int) -> dict[int, str]:
    labels = {}
    for key, value in data.items():
        if not (key.isascii() and key.isdigit() and len(key) < 9 and int(key) < size):
            raise _Wrong("is damaged: it names a token that its model does not have")
        labels[int(key)] = visible(_text(value, "a token", _LABEL_MOST), leading_space=True)
    return labels


def _model(described: Mapping[str, Any], numbers: dict[str, Array], name: str) -> RecordedModel:
    origin = _origin(_of(dict, described.get("origin"), "origin"))
    config = _config(_of(dict, described.get("config"), "config"))
    labels = _labels(_of(dict, described.get("labels"), "labels"), config.d_vocab)
    listed = _of(list, described.get("runs"), "runs")
    if not 1 <= len(listed) <= _RUNS_MOST:
        raise _Wrong(f"is damaged: it has {len(listed):,} runs")
    runs = []
    for n, entry in enumerate(listed):
        read = _Run(_of(dict, entry, "a run"), numbers, f"runs.{n}.", config, origin)
        runs.append(read.run())
    if numbers:
        raise _Wrong("is damaged: it holds numbers that belong to nothing")
    about = _of(dict, described.get("model"), "model")
    weights = about.get("weights")
    if weights not in ("trained", "hand-made", "random"):
        raise _Wrong("is damaged: it does not say what the weights were")
    texts = {key: _text(about.get(key), key) for key in ("summary", "source")}
    bos = described.get("bos")
    bos = None if bos is None else _whole(bos, "bos", config.d_vocab - 1)
    stops = _of(list, described.get("stops"), "stops")
    card = ModelCard(
        name=name, summary=f"a recording of {origin.model}", weights=weights,
        description=(
            f"A recording of {origin.model}, made {origin.made} with tuitf {origin.version}. "
            f"It holds {origin.holds}; the weights are not in it. {texts['summary']}"
        ),
        prompt=runs[0].prompt, source=texts["source"],
    )  # fmt: skip
    tokenizer = RecordedTokenizer(runs, labels, config.d_vocab, bos, origin.model)
    return RecordedModel(
        card=card, config=config, weights=NO_WEIGHTS, tokenizer=tokenizer,
        labels=Labels(tokenizer, config.d_vocab), origin=origin, runs=tuple(runs),
        stops=frozenset(_whole(stop, "a stop") for stop in stops),
    )  # fmt: skip


class _Run:
    """One run, checked array by array; what has been read is taken out of `numbers`."""

    def __init__(
        self,
        entry: Mapping[str, Any],
        numbers: dict[str, Array],
        prefix: str,
        config: ModelConfig,
        origin: Origin,
    ) -> None:
        self._entry, self._numbers, self._prefix = entry, numbers, prefix
        self._config, self._origin = config, origin

    def run(self) -> Run:
        """The run.

        Raises:
            _Wrong: an array is missing, of another shape or type, or holds what it cannot.
        """
        entry, config = self._entry, self._config
        ids = self._ids()
        length = len(ids)
        prompt_length = _whole(entry.get("prompt_length"), "prompt_length", length)
        texts = [_text(t, "a text", _TEXT_MOST) for t in _of(list, entry.get("texts"), "texts")]
        if prompt_length < 1 or len(texts) != length - prompt_length + 1:
            raise _Wrong("is damaged: its texts do not fit its tokens")
        sampling = self._sampling()
        norms = self._array("norms", "float32", (config.n_layers + 1, length))
        loss = self._array("next.loss", "float64", (length - 1,))
        rank = self._array("next.rank", "int32", (length - 1,))
        if rank.size and (rank.min() < 1 or rank.max() > config.d_vocab):
            raise _Wrong("is damaged: a token has a rank that there is not")
        tensors = {}
        for name in tensors_kept(self._origin.detail, config):
            kinds = ("float32",) if name == "logits" or not self._origin.half else (
                "float16", "float32",
            )  # fmt: skip
            values = self._array(name, kinds, shape_of(name, config, length))
            tensors[name] = values.astype(np.float32, copy=False)
            tensors[name].flags.writeable = False
        return Run(
            _text(entry.get("prompt"), "a prompt", _TEXT_MOST), prompt_length, ids, tuple(texts),
            sampling, _whole(entry.get("seed"), "seed", 2**63), norms, self._rows(length, sampling),
            loss, rank, tensors, self._target(),
        )  # fmt: skip

    def _array(self, name: str, kinds: str | tuple[str, ...], shape: tuple[int, ...]) -> Any:
        found = self._numbers.pop(self._prefix + name, None)
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        if found is None:
            raise _Wrong(f"is damaged: it lacks the numbers of {name}")
        if str(found.dtype) not in allowed or found.shape != shape:
            raise _Wrong(
                f"is damaged: {name} is {found.dtype} {list(found.shape)}, expected "
                f"{' or '.join(allowed)} {list(shape)}"
            )
        return found

    def _ids(self) -> tuple[int, ...]:
        found = self._numbers.get(f"{self._prefix}ids")
        length = 0 if found is None or found.ndim != 1 else len(found)
        if not 1 <= length <= self._config.n_ctx:
            raise _Wrong(f"is damaged: a run has {length:,} tokens")
        ids = self._array("ids", "int32", (length,))
        if ids.min() < 0 or ids.max() >= self._config.d_vocab:
            raise _Wrong("is damaged: a token is outside the vocabulary")
        return tuple(ids.tolist())

    def _target(self) -> int | None:
        found = self._entry.get("target")
        return None if found is None else _whole(found, "a target", self._config.d_vocab - 1)

    def _sampling(self) -> SamplingSettings:
        data = _of(dict, self._entry.get("sampling"), "sampling")
        try:
            for key in ("temperature", "top_p", "min_p"):
                _of((int, float), data.get(key), key)
            _whole(data.get("top_k"), "top_k")
            return SamplingSettings(**data)
        except (TypeError, ValueError, OverflowError) as error:
            raise _Wrong(f"is damaged: {visible(str(error))}") from None

    def _rows(self, length: int, sampling: SamplingSettings) -> tuple[Candidates | None, ...]:
        """The candidates after each position."""
        d_vocab, temperatures = self._config.d_vocab, temperatures_for(sampling)
        counts = self._array("candidates.counts", "int32", (length,))
        if counts.min() < 0 or counts.max() > d_vocab:
            raise _Wrong("is damaged: a position has more candidates than there are tokens")
        total = int(counts.sum(dtype=np.int64))
        ids = self._array("candidates.ids", "int32", (total,))
        logits = self._array("candidates.logits", "float32", (total,))
        shape = (length, len(temperatures))
        sums = self._array("candidates.log_sums", "float32", shape)
        means = self._array("candidates.means", "float32", shape)
        if not all(np.isfinite(part).all() for part in (logits, sums, means)):
            raise _Wrong("is damaged: a candidate is NaN or infinite")
        rows: list[Candidates | None] = []
        end = np.cumsum(counts, dtype=np.int64)
        for at in range(length):
            part = slice(int(end[at] - counts[at]), int(end[at]))
            row = Candidates(ids[part], logits[part], temperatures, sums[at], means[at], d_vocab)
            rows.append(_checked(row) if counts[at] else None)
        return tuple(rows)


def _checked(row: Candidates) -> Candidates:
    """The row, if it can be what it says: tokens of the vocabulary, the largest first, shares of 1.

    Raises:
        _Wrong: it cannot.
    """
    if (
        row.ids.min() < 0
        or row.ids.max() >= row.d_vocab
        or len(set(row.ids.tolist())) < len(row.ids)
    ):
        raise _Wrong("is damaged: a candidate is no token of the vocabulary, or is there twice")
    if (np.diff(row.logits) > 0).any():
        raise _Wrong("is damaged: candidates are out of order")
    below = row.logits.astype(np.float64) - float(row.logits[0])
    most = log(row.d_vocab) + 1e-3
    for temperature, log_sum in zip(row.temperatures, row.log_sums.tolist(), strict=True):
        with np.errstate(over="ignore"):
            mass = float(np.exp(below / temperature - log_sum).sum())
        if not (-1e-3 <= log_sum <= most and mass <= 1 + 1e-3):
            raise _Wrong("is damaged: the sums do not fit the candidates")
    if (row.means > 0).any():
        raise _Wrong("is damaged: the sums do not fit the candidates")
    return row
