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
from pathlib import Path
from typing import Any, get_args
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from tui_transformer.engine import Array, ModelConfig, RopeScaling
from tui_transformer.errors import TuitfError
from tui_transformer.models import ModelCard
from tui_transformer.models.loaded import Labels
from tui_transformer.tokenizers import visible
from tui_transformer.trace.pack import FORMAT, JSON_NAME, NUMBERS_NAME, VERSION
from tui_transformer.trace.recorded import (
    NO_WEIGHTS,
    Detail,
    Origin,
    RecordedModel,
    RecordedTokenizer,
)
from tui_transformer.trace.unpack_run import read_run
from tui_transformer.trace.unpack_values import Wrong, of_type, text, whole

_JSON_MOST = 64 * 2**20
_NUMBERS_MOST = 4 * 2**30
_RATIO_MOST, _RATIO_FREE = 200, 2**20
"""Numbers of a pass deflate to a twentieth at the most; what grows further is no recording."""
_RUNS_MOST, _LAYERS_MOST, _VOCABULARY_MOST, _LABEL_MOST = 1_000, 1_000, 1_000_000, 1_000

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
    except Wrong as error:
        raise RecordingError(f"{shown} {error}: get the file again, or record it anew") from None
    except OSError as error:
        raise RecordingError(f"{shown} cannot be read ({error.strerror or error})") from None
    except (MemoryError, RecursionError):
        raise RecordingError(f"{shown} is too large to be read here") from None


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
                raise Wrong("holds more than a recording does")
    except _DAMAGED:
        raise Wrong("is no recording, or was cut off or damaged on its way") from None
    try:
        described = json.loads(raw)
    except (ValueError, UnicodeDecodeError):
        raise Wrong(f"is damaged: {JSON_NAME} is no JSON") from None
    try:
        numbers = load(packed)
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        raise Wrong(f"is damaged: its numbers cannot be read ({visible(str(error))})") from None
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise Wrong("is no recording of tuitf")
    if described.get("version") != VERSION:
        raise Wrong("was made by another version of tuitf, in a form that this one does not know")
    return described, numbers


def _member(archive: ZipFile, name: str, most: int, size: int) -> bytes:
    """A member's bytes; never more than it says, nor more than a recording can have."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise Wrong(f"is no recording: it lacks {name}") from None
    if info.flag_bits & 1 or info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise Wrong(f"is no recording: {name} is packed in another way")
    if info.file_size > most or info.file_size > _RATIO_FREE + _RATIO_MOST * size:
        raise Wrong(f"is no recording: {name} would grow to {info.file_size:,} bytes")
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise Wrong("was cut off or damaged on its way")
    return data


def _origin(data: Mapping[str, Any]) -> Origin:
    detail: Any = data.get("detail")
    if detail not in get_args(Detail):
        raise Wrong("is damaged: it does not say its detail")
    lines = {key: visible(text(data.get(key), key, 200)) for key in ("model", "made", "version")}
    return Origin(detail=detail, half=of_type(bool, data.get("half"), "half"), **lines)


def _config(data: Mapping[str, Any]) -> ModelConfig:
    known = {field.name for field in fields(ModelConfig)}
    values = {key: value for key, value in data.items() if key in known}
    sizes = ("d_model", "n_heads", "d_mlp", "n_ctx", "n_kv_heads", "d_head")
    for key in sizes:
        whole(values.get(key), key)
    whole(values.get("d_vocab"), "d_vocab", _VOCABULARY_MOST)
    whole(values.get("n_layers"), "n_layers", _LAYERS_MOST)
    for key in ("eps", "rope_theta"):
        if key in values:
            of_type((int, float), values[key], key)
    try:
        scaling = values.get("rope_scaling")
        if scaling is not None:
            values["rope_scaling"] = RopeScaling(**of_type(dict, scaling, "rope_scaling"))
        return ModelConfig(**values)
    except (TypeError, ValueError, OverflowError) as error:
        raise Wrong(f"is damaged: its configuration is none ({visible(str(error))})") from None


def _labels(data: Mapping[str, Any], size: int) -> dict[int, str]:
    labels = {}
    for key, value in data.items():
        if not (key.isascii() and key.isdigit() and len(key) < 9 and int(key) < size):
            raise Wrong("is damaged: it names a token that its model does not have")
        labels[int(key)] = visible(text(value, "a token", _LABEL_MOST), leading_space=True)
    return labels


def _model(described: Mapping[str, Any], numbers: dict[str, Array], name: str) -> RecordedModel:
    origin = _origin(of_type(dict, described.get("origin"), "origin"))
    config = _config(of_type(dict, described.get("config"), "config"))
    labels = _labels(of_type(dict, described.get("labels"), "labels"), config.d_vocab)
    listed = of_type(list, described.get("runs"), "runs")
    if not 1 <= len(listed) <= _RUNS_MOST:
        raise Wrong(f"is damaged: it has {len(listed):,} runs")
    runs = []
    for n, entry in enumerate(listed):
        of_run = of_type(dict, entry, "a run")
        runs.append(read_run(of_run, numbers, f"runs.{n}.", config, origin))
    if numbers:
        raise Wrong("is damaged: it holds numbers that belong to nothing")
    about = of_type(dict, described.get("model"), "model")
    weights = about.get("weights")
    if weights not in ("trained", "hand-made", "random"):
        raise Wrong("is damaged: it does not say what the weights were")
    texts = {key: text(about.get(key), key) for key in ("summary", "source")}
    bos = described.get("bos")
    bos = None if bos is None else whole(bos, "bos", config.d_vocab - 1)
    stops = of_type(list, described.get("stops"), "stops")
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
        stops=frozenset(whole(stop, "a stop") for stop in stops),
    )  # fmt: skip
