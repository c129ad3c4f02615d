"""A model that can be run: shape, weights, tokenizer and what is known about it."""

from dataclasses import dataclass, field
from typing import Literal

from tui_transformer.engine import ModelConfig, Weights, count_parameters
from tui_transformer.tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a person should know about a model before they trust its numbers.

    `weights` says where the numbers come from; `description` is a few sentences; `target` is the
    word that the source of a worked example names as the right continuation, for the loss;
    `prompt` is what it opens with.
    """

    name: str
    summary: str
    description: str
    weights: Literal["trained", "hand-made", "random"]
    prompt: str
    source: str = ""
    target: str | None = None

    @property
    def display_name(self) -> str:
        """The name wherever it is shown: an untrained model says so."""
        return f"{self.name} (untrained)" if self.weights == "random" else self.name


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """Everything that a pass needs, in one value."""

    card: ModelCard
    config: ModelConfig
    weights: Weights
    tokenizer: Tokenizer
    labels: tuple[str, ...] = field(repr=False)
    """A safe short name for every token of the vocabulary."""

    @property
    def parameters(self) -> int:
        """How many numbers the model has, a tied unembedding counted once."""
        return count_parameters(self.config)


def assemble(
    card: ModelCard, config: ModelConfig, weights: Weights, tokenizer: Tokenizer
) -> LoadedModel:
    """Put the parts of a model together."""
    labels = tuple(tokenizer.label(token) for token in range(tokenizer.size))
    return LoadedModel(card, config, weights, tokenizer, labels)
