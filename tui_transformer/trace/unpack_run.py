"""One run of a recording that somebody else made, checked array by array."""

from collections.abc import Mapping
from math import log
from typing import Any

import numpy as np

from tui_transformer.engine import Array, ModelConfig
from tui_transformer.sampling import SamplingSettings
from tui_transformer.tokenizers import visible
from tui_transformer.trace.candidates import Candidates
from tui_transformer.trace.output import shape_of
from tui_transformer.trace.pack import temperatures_for, tensors_kept
from tui_transformer.trace.recorded import Origin, Run
from tui_transformer.trace.unpack_values import Wrong, of_type, text, whole

_TEXT_MOST = 10_000_000


def read_run(
    entry: Mapping[str, Any],
    numbers: dict[str, Array],
    prefix: str,
    config: ModelConfig,
    origin: Origin,
) -> Run:
    """A run of a file.

    Args:
        entry: its part of the description.
        numbers: the arrays by name; those of this run are taken out.
        prefix: what their names start with.
        config: of the model.
        origin: which tensors there must be, and of which precision.

    Raises:
        Wrong: an array is missing, of another shape or type, or holds what it cannot.
    """
    return _Reader(entry, numbers, prefix, config, origin).run()


class _Reader:
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
        """The run."""
        entry, config = self._entry, self._config
        ids = self._ids()
        length = len(ids)
        prompt_length = whole(entry.get("prompt_length"), "prompt_length", length)
        texts = [text(t, "a text", _TEXT_MOST) for t in of_type(list, entry.get("texts"), "texts")]
        if prompt_length < 1 or len(texts) != length - prompt_length + 1:
            raise Wrong("is damaged: its texts do not fit its tokens")
        sampling = self._sampling()
        norms = self._array("norms", "float32", (config.n_layers + 1, length))
        loss = self._array("next.loss", "float64", (length - 1,))
        rank = self._array("next.rank", "int32", (length - 1,))
        if rank.size and (rank.min() < 1 or rank.max() > config.d_vocab):
            raise Wrong("is damaged: a token has a rank that there is not")
        tensors = {}
        for name in tensors_kept(self._origin.detail, config):
            kinds = ("float32",) if name == "logits" or not self._origin.half else (
                "float16", "float32",
            )  # fmt: skip
            values = self._array(name, kinds, shape_of(name, config, length))
            tensors[name] = values.astype(np.float32, copy=False)
            tensors[name].flags.writeable = False
        return Run(
            text(entry.get("prompt"), "a prompt", _TEXT_MOST), prompt_length, ids, tuple(texts),
            sampling, whole(entry.get("seed"), "seed", 2**63), norms, self._rows(length, sampling),
            loss, rank, tensors, self._target(),
        )  # fmt: skip

    def _array(self, name: str, kinds: str | tuple[str, ...], shape: tuple[int, ...]) -> Any:
        found = self._numbers.pop(self._prefix + name, None)
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        if found is None:
            raise Wrong(f"is damaged: it lacks the numbers of {name}")
        if str(found.dtype) not in allowed or found.shape != shape:
            raise Wrong(
                f"is damaged: {name} is {found.dtype} {list(found.shape)}, expected "
                f"{' or '.join(allowed)} {list(shape)}"
            )
        return found

    def _ids(self) -> tuple[int, ...]:
        found = self._numbers.get(f"{self._prefix}ids")
        length = 0 if found is None or found.ndim != 1 else len(found)
        if not 1 <= length <= self._config.n_ctx:
            raise Wrong(f"is damaged: a run has {length:,} tokens")
        ids = self._array("ids", "int32", (length,))
        if ids.min() < 0 or ids.max() >= self._config.d_vocab:
            raise Wrong("is damaged: a token is outside the vocabulary")
        return tuple(ids.tolist())

    def _target(self) -> int | None:
        found = self._entry.get("target")
        return None if found is None else whole(found, "a target", self._config.d_vocab - 1)

    def _sampling(self) -> SamplingSettings:
        data = of_type(dict, self._entry.get("sampling"), "sampling")
        try:
            for key in ("temperature", "top_p", "min_p"):
                of_type((int, float), data.get(key), key)
            whole(data.get("top_k"), "top_k")
            return SamplingSettings(**data)
        except (TypeError, ValueError, OverflowError) as error:
            raise Wrong(f"is damaged: {visible(str(error))}") from None

    def _rows(self, length: int, sampling: SamplingSettings) -> tuple[Candidates | None, ...]:
        """The candidates after each position."""
        d_vocab, temperatures = self._config.d_vocab, temperatures_for(sampling)
        counts = self._array("candidates.counts", "int32", (length,))
        if counts.min() < 0 or counts.max() > d_vocab:
            raise Wrong("is damaged: a position has more candidates than there are tokens")
        total = int(counts.sum(dtype=np.int64))
        ids = self._array("candidates.ids", "int32", (total,))
        logits = self._array("candidates.logits", "float32", (total,))
        shape = (length, len(temperatures))
        sums = self._array("candidates.log_sums", "float32", shape)
        means = self._array("candidates.means", "float32", shape)
        if not all(np.isfinite(part).all() for part in (logits, sums, means)):
            raise Wrong("is damaged: a candidate is NaN or infinite")
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
        Wrong: it cannot.
    """
    if (
        row.ids.min() < 0
        or row.ids.max() >= row.d_vocab
        or len(set(row.ids.tolist())) < len(row.ids)
    ):
        raise Wrong("is damaged: a candidate is no token of the vocabulary, or is there twice")
    if (np.diff(row.logits) > 0).any():
        raise Wrong("is damaged: candidates are out of order")
    below = row.logits.astype(np.float64) - float(row.logits[0])
    most = log(row.d_vocab) + 1e-3
    for temperature, log_sum in zip(row.temperatures, row.log_sums.tolist(), strict=True):
        with np.errstate(over="ignore"):
            mass = float(np.exp(below / temperature - log_sum).sum())
        if not (-1e-3 <= log_sum <= most and mass <= 1 + 1e-3):
            raise Wrong("is damaged: the sums do not fit the candidates")
    if (row.means > 0).any():
        raise Wrong("is damaged: the sums do not fit the candidates")
    return row
