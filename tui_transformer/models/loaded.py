"""A model that can be run: shape, weights, tokenizer and what is known about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, overload

from tui_transformer.engine import ModelConfig, Weights, count_parameters
from tui_transformer.errors import WeightsError
from tui_transformer.tokenizers import Tokenizer, visible


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that was measured of a model.

    `what` says it in words, `value` is what came out, of `n` cases where that has a meaning. `bar`
    is what it was to reach, written as `≤ 1.02`, empty where nothing was set; `holds` says whether
    it did.
    """

    what: str
    value: float
    bar: str = ""
    holds: bool | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a model was made, what was measured of it, and what it cannot do.

    A hand-made model has neither recipe nor seed; `parts` then says what its numbers do, a name
    and a sentence each. `corpus`, `recipe`, `seed` and `steps` are those of `tuitf train`.
    `command` makes the same weights again; `limits` are sentences.
    """

    corpus: str = ""
    recipe: str = ""
    seed: int | None = None
    steps: int | None = None
    tokens_seen: int | None = None
    command: str = ""
    licence: str = ""
    figures: tuple[Figure, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a person should know about a model before they trust its numbers.

    `name` is what opens it again: a name of the catalogue, a path, a repository; it comes from
    outside, `display_name` is safe to show. `weights` says where the numbers come from;
    `description` is a few sentences; `target` is the word that the source of a worked example
    names as the right continuation, for the loss; `prompt` is what it opens with; `provenance` is
    there where the model's folder tells it.
    """

    name: str
    summary: str
    description: str
    weights: Literal["trained", "hand-made", "random"]
    prompt: str
    source: str = ""
    target: str | None = None
    provenance: Provenance | None = None

    @property
    def file_name(self) -> str:
        """The name as it is safe to show, of a path the last part."""
        return visible(self.name.rstrip("/\\").replace("\\", "/").rpartition("/")[2])

    @property
    def display_name(self) -> str:
        """The name wherever it is shown: an untrained model says so."""
        return f"{self.file_name} (untrained)" if self.weights == "random" else self.file_name


class Labels(Sequence[str]):
    """A safe short name for every token of the vocabulary, made when it is first asked for.

    An embedding can have more rows than the tokenizer has tokens; those are `<unused 50300>`.
    """

    def __init__(self, tokenizer: Tokenizer, size: int) -> None:
        self._tokenizer = tokenizer
        self._made: list[str | None] = [None] * size

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, token: int) -> str: ...
    @overload
    def __getitem__(self, token: slice) -> tuple[str, ...]: ...
    def __getitem__(self, token: int | slice) -> str | tuple[str, ...]:
        if isinstance(token, slice):
            return tuple(self[i] for i in range(*token.indices(len(self))))
        made = self._made[token]
        if made is None:
            place = range(len(self))[token]
            known = place < self._tokenizer.size
            made = self._tokenizer.label(place) if known else f"<unused {place}>"
            self._made[place] = made
        return made


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """Everything that a pass needs, in one value."""

    card: ModelCard
    config: ModelConfig
    weights: Weights
    tokenizer: Tokenizer
    labels: Sequence[str] = field(repr=False)
    """A safe short name for every token of the vocabulary."""
    notes: tuple[str, ...] = ()
    """What a person should know about how the files were read, a sentence each."""
    stops: frozenset[int] = frozenset()
    """The tokens after which the model means to have ended."""

    @property
    def parameters(self) -> int:
        """How many numbers the model has, a tied unembedding counted once."""
        return count_parameters(self.config)

    def target_after(self, ids: Sequence[int]) -> int | None:
        """The token that the source of a worked example names as what comes after these tokens;
        `None` where they are not its text.
        """
        if self.card.target is None or tuple(ids) != self.tokenizer.encode(self.card.prompt):
            return None
        return self.tokenizer.encode(self.card.target)[0]


def assemble(
    card: ModelCard,
    config: ModelConfig,
    weights: Weights,
    tokenizer: Tokenizer,
    notes: tuple[str, ...] = (),
    stops: frozenset[int] = frozenset(),
) -> LoadedModel:
    """Put the parts of a model together.

    Raises:
        WeightsError: the tokenizer has tokens for which the embedding has no row.
    """
    if tokenizer.size > config.d_vocab:
        raise WeightsError(
            f"the tokenizer has {tokenizer.size:,} tokens but the embedding only "
            f"{config.d_vocab:,} rows: they belong to different models"
        )
    labels = Labels(tokenizer, config.d_vocab)
    return LoadedModel(card, config, weights, tokenizer, labels, notes, stops)
