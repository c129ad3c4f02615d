"""The models at hand, by name."""

from collections.abc import Callable
from dataclasses import dataclass

from tui_transformer.engine import ModelConfig, count_parameters
from tui_transformer.errors import TuitfError
from tui_transformer.models import toy, worked
from tui_transformer.models.loaded import LoadedModel, ModelCard
from tui_transformer.tokenizers import visible

DEFAULT_MODEL = "toy"


class UnknownModelError(TuitfError):
    """No model of that name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the catalogue: what is known before it is loaded."""

    card: ModelCard
    config: ModelConfig
    load: Callable[[], LoadedModel]

    @property
    def parameters(self) -> int:
        """How many numbers the model has."""
        return count_parameters(self.config)


_BUILT_IN = (
    Entry(worked.CARD, worked.CONFIG, worked.load),
    Entry(toy.CARD, toy.CONFIG, toy.load),
)


def entries() -> tuple[Entry, ...]:
    """Every model that can be opened by name, the smallest first."""
    return _BUILT_IN


def entry_named(name: str) -> Entry:
    """What is known about a model.

    Raises:
        UnknownModelError: there is none of that name; the message lists those that there are.
    """
    for entry in entries():
        if entry.card.name == name:
            return entry
    known = ", ".join(entry.card.name for entry in entries())
    raise UnknownModelError(f"there is no model called {visible(name)!r}; there are: {known}")


def load_model(name: str) -> LoadedModel:
    """Open a model.

    Raises:
        UnknownModelError: there is none of that name; the message lists those that there are.
    """
    return entry_named(name).load()
