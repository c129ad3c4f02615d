"""Recordings: passes in a file that can be handed out and looked at without the model.

A recording is a zip of two members. `run.json` says what there is: the model's name and
configuration, when and with which version it was made, prompts, texts and the names of tokens.
`tensors.safetensors` holds the numbers. Both are deflated; neither can hold anything executable.

An attention pattern is kept in single precision, because that is as small as it gets. Of a weight's
32 bits 23 are as good as random, so no packing goes below 3.1 to 3.5 bytes a cell; deflate needs
3.7 to 4, and leaves every array one that any reader of safetensors opens. One byte a cell, as a
share of its row's largest, would change every other one of the numbers that a grid shows with four
decimals, and every weight below 1/510 of the largest would be 0.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from tui_transformer.engine import Array
from tui_transformer.engine.names import join_layer, tensor_names
from tui_transformer.models import LoadedModel, load_model
from tui_transformer.sampling import SamplingSettings
from tui_transformer.trace.candidates import TEMPERATURES, candidates_of
from tui_transformer.trace.output import read_tensor
from tui_transformer.trace.protocol import Trace
from tui_transformer.trace.recorded import Detail, Origin, Run
from tui_transformer.trace.save import check_free, whole_file

SUFFIX = ".tuitf"
FORMAT, VERSION = "tuitf-run", 1
JSON_NAME, NUMBERS_NAME = "run.json", "tensors.safetensors"
MAGIC = b"PK\x03\x04"
LARGEST_HALF = 65504.0
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of the members, so that the same recording is the same bytes; `run.json` has `made`."""


def is_recording(name: str) -> bool:
    """Whether a model's name is the path of a recording."""
    try:
        path = Path(name).expanduser()
        if not path.is_file():
            return False
        if path.suffix == SUFFIX:
            return True
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError, RuntimeError):
        return False


def open_model(name: str) -> LoadedModel:
    """Open a model, or what stands in for one: a recording, by its path.

    Raises:
        TuitfError: there is none of that name, or its files cannot be used.
    """
    if is_recording(name):
        from tui_transformer.trace.unpack import read_recording

        return read_recording(Path(name).expanduser(), name)
    return load_model(name)


def tensors_kept(detail: Detail, config: Any) -> tuple[str, ...]:
    """The tensors that a recording of this detail holds; what follows from others is left out."""
    if detail == "summary":
        return ()
    if detail == "attention":
        return tuple(join_layer(i, "attn.pattern") for i in range(config.n_layers))
    return tuple(n for n in tensor_names(config) if not n.endswith("attn.masked_scores"))


def take_run(
    trace: Trace,
    *,
    prompt: str,
    prompt_length: int,
    texts: Sequence[str],
    sampling: SamplingSettings,
    seed: int,
    detail: Detail,
    half: bool = False,
    target: int | None = None,
) -> Run:
    """What a recording keeps of a pass.

    Args:
        trace: the pass over the prompt and everything generated.
        prompt: the text that was typed.
        prompt_length: how many of the tokens are its.
        texts: what the tokens read as, for the prompt and after each further one.
        sampling: how the tokens were chosen.
        seed: of the draws.
        detail: how much is kept.
        half: whether tensors are rounded to half precision.
        target: the token that the model's card names as what comes after the prompt.
    """
    positions = range(trace.length)
    temperatures = temperatures_for(sampling)
    rows = []
    for at in positions:
        asked = [trace.ids[at + 1]] if prompt_length - 1 <= at < trace.length - 1 else []
        if at == prompt_length - 1 and target is not None:
            asked.append(target)
        rows.append(candidates_of(trace.logits_at(at), temperatures, asked))
    following = [(at, trace.ids[at + 1]) for at in positions[:-1]]
    tensors: dict[str, Array] = {}
    for name in tensors_kept(detail, trace.config):
        if name == "logits":
            tensors[name] = np.stack([trace.logits_at(at) for at in positions])
        else:
            tensors[name] = _rounded(read_tensor(trace, name)) if half else read_tensor(trace, name)
    return Run(
        prompt, prompt_length, trace.ids, tuple(texts), sampling, seed,
        norms=np.stack([trace.norms_at(at) for at in positions], axis=-1),
        rows=tuple(rows),
        next_loss=np.array([trace.loss_at(*each) for each in following], dtype=np.float64),
        next_rank=np.array([trace.rank_at(*each) for each in following], dtype=np.int32),
        tensors=tensors, target=target,
    )  # fmt: skip


def temperatures_for(sampling: SamplingSettings) -> tuple[float, ...]:
    """The temperatures for which sums are kept: a slider's stops, and the one that was used."""
    return tuple(sorted({*TEMPERATURES, *([] if sampling.greedy else [sampling.temperature])}))


def _rounded(values: Array) -> Array:
    """In half precision, or as it was where a number would become infinite."""
    finite = values[np.isfinite(values)]
    too_large = finite.size and float(np.abs(finite).max()) > LARGEST_HALF
    return values if too_large else values.astype(np.float16)


def save_run_file(
    path: Path,
    model: LoadedModel,
    runs: Sequence[Run],
    origin: Origin,
    *,
    overwrite: bool = False,
) -> int:
    """Write a run file; the file appears when it is whole, or not at all.

    Args:
        path: of the file.
        model: that was run.
        runs: its passes.
        origin: what is said about where they come from.
        overwrite: whether a file of that name may be replaced.

    Returns:
        The size of the file in bytes.

    Raises:
        SaveError: it is there already, or cannot be written.
    """
    from safetensors.numpy import save

    check_free(path, overwrite=overwrite)
    numbers: dict[str, Array] = {}
    for n, run in enumerate(runs):
        numbers |= {f"runs.{n}.{name}": array for name, array in _arrays(run).items()}
    contiguous = {name: np.ascontiguousarray(array) for name, array in numbers.items()}
    described = json.dumps(_described(model, runs, origin), sort_keys=True)
    with whole_file(path) as file:
        with ZipFile(file, "w") as archive:
            for name, data in ((JSON_NAME, described.encode("ascii")),
                               (NUMBERS_NAME, save(contiguous))):  # fmt: skip
                member = ZipInfo(name, _EPOCH)
                member.compress_type = ZIP_DEFLATED
                archive.writestr(member, data, compresslevel=9)
        return file.tell()


def _arrays(run: Run) -> dict[str, Array]:
    """The numbers of a run by name; candidates one row behind the other."""
    known = [row for row in run.rows if row is not None]
    width = len(temperatures_for(run.sampling))
    blank = np.zeros(width, dtype=np.float32)

    def joined(parts: list[Any], kind: type) -> Any:
        return np.concatenate([*parts, np.empty(0, dtype=kind)]).astype(kind)

    numbers: dict[str, Any] = {
        "ids": np.array(run.ids, dtype=np.int32),
        "norms": run.norms.astype(np.float32),
        "candidates.counts": np.array(
            [0 if row is None else len(row.ids) for row in run.rows], dtype=np.int32
        ),
        "candidates.ids": joined([row.ids for row in known], np.int32),
        "candidates.logits": joined([row.logits for row in known], np.float32),
        "candidates.log_sums": np.stack([blank if r is None else r.log_sums for r in run.rows]),
        "candidates.means": np.stack([blank if r is None else r.means for r in run.rows]),
        "next.loss": run.next_loss,
        "next.rank": run.next_rank,
    }
    return numbers | dict(run.tensors)


def _described(model: LoadedModel, runs: Sequence[Run], origin: Origin) -> dict[str, Any]:
    """What `run.json` says."""
    wanted = {token for run in runs for token in run.ids}
    wanted |= {run.target for run in runs if run.target is not None}
    wanted |= {int(t) for run in runs for row in run.rows if row is not None for t in row.ids}
    if origin.detail == "full":
        wanted = set(range(model.config.d_vocab))
    return {
        "format": FORMAT,
        "version": VERSION,
        "origin": asdict(origin),
        "model": {
            "weights": model.card.weights,
            "summary": model.card.summary,
            "source": model.card.source,
        },
        "config": asdict(model.config),
        "bos": model.tokenizer.bos,
        "stops": sorted(model.stops),
        "labels": {str(token): model.labels[token] for token in sorted(wanted)},
        "runs": [
            {
                "prompt": run.prompt,
                "prompt_length": run.prompt_length,
                "texts": list(run.texts),
                "sampling": asdict(run.sampling),
                "seed": run.seed,
            }
            | ({} if run.target is None else {"target": run.target})
            for run in runs
        ],
    }
