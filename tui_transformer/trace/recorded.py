"""A pass that comes from a file: the same questions, answered as far as the file goes.

A file holds texts with what was generated after each, and of every pass as much as its detail
says: `summary` the tokens, the lengths of the residual stream and the likeliest tokens after each
position; `attention` the attention patterns as well; `full` every tensor and all logits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from tui_transformer.engine import Array, ModelConfig, Weights
from tui_transformer.engine.attention import causal_mask
from tui_transformer.engine.names import TensorRef, axes_of, join_layer, split_layer, tensor_names
from tui_transformer.engine.ops import cross_entropy
from tui_transformer.errors import InputError
from tui_transformer.models import LoadedModel
from tui_transformer.sampling import Distribution, SamplingError, SamplingSettings, distribution
from tui_transformer.tokenizers import visible
from tui_transformer.trace.candidates import Candidates, rank_of
from tui_transformer.trace.protocol import NotHeldError, number_at

Detail = Literal["summary", "attention", "full"]

NO_WEIGHTS = Weights(np.empty((0, 0), np.float32), np.empty((0, 0), np.float32), ())
"""What a recording has in place of weights."""

_NAMED = 4
_SHOWN = 40


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One text with its continuation, and what is kept of the pass over both.

    `ids` are all tokens, the first `prompt_length` of them the prompt's; `texts` is what they read
    as, for the prompt and after each further token. `norms` is `[n_layers + 1, pos]`, `rows` the
    candidates after each position (`None` where the logits held no number to draw from);
    `next_loss` and `next_rank`, `[pos - 1]`, are about the token that follows in the text.
    `target` is the token that the model's card names as what comes after the prompt, if it does.
    """

    prompt: str
    prompt_length: int
    ids: tuple[int, ...]
    texts: tuple[str, ...]
    sampling: SamplingSettings
    seed: int
    norms: Array
    rows: tuple[Candidates | None, ...]
    next_loss: Array
    next_rank: Array
    tensors: Mapping[str, Array] = field(repr=False)
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recording comes from: the model, when (UTC) and with which version of tuitf.

    `half` says that its tensors were rounded to half precision; logits, lengths and candidates
    never are.
    """

    model: str
    made: str
    version: str
    detail: Detail
    half: bool = False

    @property
    def line(self) -> str:
        """That it is a recording, of what, when and by which version."""
        return f"recording of {self.model} · {self.made} · tuitf {self.version}"

    @property
    def rounding(self) -> tuple[str, ...]:
        """How its tensors were rounded, in words; nothing where they are those of the pass."""
        return ("half precision",) if self.half else ()

    @property
    def holds(self) -> str:
        """What is in the file, in words."""
        what = {
            "summary": "tokens, stream lengths and the likeliest tokens",
            "attention": "tokens, stream lengths, the likeliest tokens and attention patterns",
            "full": "every tensor",
        }[self.detail]
        return what + "".join(f", rounded to {how}" for how in self.rounding)

    def lacks(self, what: str) -> NotHeldError:
        """The error for something that is not in the file."""
        more = "" if self.detail == "full" else "saving it with --detail full, or "
        return NotHeldError(
            f"this file does not hold {what}: it was saved with --detail {self.detail}; "
            f"that takes {more}the model ({visible(self.model)})"
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecordedModel(LoadedModel):
    """What stands in for a model where there is only a file: it knows the texts of its runs.

    Its `weights` hold nothing.
    """

    origin: Origin
    runs: tuple[Run, ...] = field(repr=False)

    def run_of(self, ids: Sequence[int]) -> Run | None:
        """The run that begins with these tokens."""
        wanted = tuple(ids)
        return next((run for run in self.runs if run.ids[: len(wanted)] == wanted), None)

    def target_after(self, ids: Sequence[int]) -> int | None:
        """What the model's card named as what comes after a prompt of the file."""
        wanted = tuple(ids)
        prompts = (run for run in self.runs if run.ids[: run.prompt_length] == wanted)
        return next((run.target for run in prompts), None)

    def trace_of(self, ids: Sequence[int]) -> "RecordedTrace":
        """The pass over these tokens.

        Raises:
            NotHeldError: no run of the file begins with them; the message says how far it goes.
        """
        wanted = tuple(ids)
        run = self.run_of(wanted)
        if run is not None and wanted:
            return RecordedTrace(run, len(wanted), self.config, self.origin)
        before = self.run_of(wanted[:-1])
        model = visible(self.origin.model)
        if before is None:
            raise NotHeldError(f"this file holds no such text: another takes {model} itself")
        steps = len(before.ids) - before.prompt_length
        if len(before.ids) == len(wanted) - 1:
            raise NotHeldError(
                f"the file ends here, after {steps:,} generated "
                f"token{'s' * (steps != 1)}: another takes the model ({model})"
            )
        raise NotHeldError(
            f"the file goes on with {self.labels[before.ids[len(wanted) - 1]]}, not with "
            f"{self.labels[wanted[-1]]}: that takes the model ({model})"
        )


class RecordedTokenizer:
    """The texts of a file and their tokens; it can cut no other text."""

    def __init__(
        self, runs: Sequence[Run], labels: Mapping[int, str], size: int, bos: int | None, model: str
    ) -> None:
        self.size = size
        self.bos = bos
        self._model = model
        self._prompts = {run.prompt: run.ids[: run.prompt_length] for run in runs}
        self._texts = {
            run.ids[: run.prompt_length + n]: text
            for run in runs
            for n, text in enumerate(run.texts)
        }
        self._labels = labels

    def encode(self, text: str) -> tuple[int, ...]:
        """The tokens of one of the texts.

        Raises:
            NotHeldError: it is none of them; the message names those that there are.
        """
        ids = self._prompts.get(text)
        if ids is None:
            known = [repr(visible(prompt)[:_SHOWN]) for prompt in self._prompts]
            more = f" and {len(known) - _NAMED} more" if known[_NAMED:] else ""
            raise NotHeldError(
                f"this file holds {', '.join(known[:_NAMED])}{more}; another text takes the "
                f"model ({visible(self._model)})"
            )
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of a run up to one of its tokens; of other tokens their names."""
        text = self._texts.get(tuple(ids))
        return " ".join(map(self.label, ids)) if text is None else text

    def label(self, token: int) -> str:
        """The name of a token, or its id where the file has no name for it."""
        return self._labels.get(token) or f"<id {token}>"


@dataclass(frozen=True, eq=False)
class RecordedTrace:
    """The pass over the first tokens of a run, as far as the file holds it."""

    run: Run
    length: int
    config: ModelConfig
    origin: Origin

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens."""
        return self.run.ids[: self.length]

    @property
    def weights(self) -> Weights:
        """They are in no file.

        Raises:
            NotHeldError: always.
        """
        raise NotHeldError(
            f"what this was made from takes the weights of {visible(self.origin.model)}, "
            "which no file holds"
        )

    @cached_property
    def resid(self) -> Array:
        """The stream into each block and out of the last, `[n_layers + 1, pos, d_model]`.

        Raises:
            NotHeldError: the file was not saved in full.
        """
        layers = self.config.n_layers
        names = [*(join_layer(i, "resid_pre") for i in range(layers)),
                 join_layer(layers - 1, "resid_post")]  # fmt: skip
        return np.stack([self.tensor(name) for name in names])

    def names(self) -> tuple[str, ...]:
        """The tensors of the pass, in the order in which it makes them."""
        return tensor_names(self.config)

    def holds(self, name: str) -> bool:
        """Whether the file has it, or what it follows from without a weight."""
        return name in self.run.tensors or (
            name.endswith(".attn.masked_scores") and _unmasked(name) in self.run.tensors
        )

    def keeps(self, name: str) -> bool:
        """Nothing of a file has to be computed."""
        return True

    def tensor(self, name: str) -> Array:
        """A tensor by its full name, as the file holds it.

        Raises:
            InputError: this model has no tensor of that name.
            NotHeldError: it is not in the file.
        """
        if name not in tensor_names(self.config, result=True):
            raise InputError(f"this model has no tensor called {name!r}")
        if not self.holds(name):
            raise self.origin.lacks(name)
        if name not in self.run.tensors:
            return causal_mask(self.tensor(_unmasked(name)), self.config.sliding_window)
        positions = {"pos", "query_pos", "key_pos"}
        cut = (slice(self.length) if axis in positions else slice(None) for axis in axes_of(name))
        return self.run.tensors[name][tuple(cut)]

    def cell(self, ref: TensorRef) -> float:
        """One number.

        Raises:
            InputError: the index lies outside the tensor.
            NotHeldError: it is not in the file.
        """
        return number_at(self.tensor(ref.name), ref)

    def logits_at(self, position: int) -> Array:
        """The scores for what comes after one position, `[d_vocab]`.

        Raises:
            NotHeldError: the file was not saved in full.
        """
        return self.tensor("logits")[position]

    def distribution_at(self, position: int, settings: SamplingSettings) -> Distribution:
        """What would be drawn from after a position; from the likeliest tokens where the file holds
        no others.

        Raises:
            SamplingError: the logits were not finite, or those that are here do not tell.
        """
        if self.holds("logits"):
            return distribution(self.logits_at(position), settings)
        row = self.run.rows[range(self.length)[position]]
        if row is None:
            raise SamplingError("the logits held NaN or infinity, so nothing can be drawn")
        return row.distribution(settings)

    def loss_at(self, position: int, token: int) -> float:
        """The cross-entropy against a token after a position, in nats, before any filter.

        Raises:
            NotHeldError: the token neither follows there nor is one of the likeliest.
        """
        at = range(self.length)[position]
        if self.holds("logits"):
            return cross_entropy(self.logits_at(at), token)
        if self._follows(at, token):
            return float(self.run.next_loss[at])
        row = self.run.rows[at]
        log_p = row.log_p(token) if row is not None else None
        if log_p is None:
            raise self.origin.lacks("the logit of that token")
        return -log_p

    def rank_at(self, position: int, token: int) -> int:
        """Where a token stands among all after a position, 1 for the largest logit.

        Raises:
            NotHeldError: the token neither follows there nor is one of the likeliest.
        """
        at = range(self.length)[position]
        if self.holds("logits"):
            return rank_of(self.logits_at(at), token)
        if self._follows(at, token):
            return int(self.run.next_rank[at])
        row = self.run.rows[at]
        found = np.flatnonzero(row.ids == token).tolist() if row is not None else []
        if not found:
            raise self.origin.lacks("the rank of that token")
        return int(found[0]) + 1

    def norms_at(self, position: int) -> Array:
        """Length of the stream at a position, into each block and out of the last: `[n + 1]`."""
        return self.run.norms[:, range(self.length)[position]]

    def _follows(self, position: int, token: int) -> bool:
        ids = self.run.ids
        return position + 1 < len(ids) and ids[position + 1] == token


def _unmasked(name: str) -> str:
    layer, _ = split_layer(name)
    return join_layer(layer, "attn.attn_scores")
