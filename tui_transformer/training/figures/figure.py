"""What is measured, of which model, and what it is held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_transformer.engine import ModelConfig, Weights
from tui_transformer.tokenizers import Tokenizer


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A model that has been trained."""

    config: ModelConfig
    weights: Weights
    tokenizer: Tokenizer


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must reach: at least, or at most."""

    limit: float
    at_most: bool = False

    def holds(self, value: float) -> bool:
        """Whether a figure reaches it."""
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured."""

    what: str
    value: float
    n: int
    """How many texts, questions or words it was measured on."""
    bar: Bar | None = None
    """`None` where nothing is asked of it."""
    head: str = ""
    """Which head does it, layer and number from 0, where one does."""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is reached; `None` without one."""
        return None if self.bar is None else self.bar.holds(self.value)

    def fields(self) -> Mapping[str, Any]:
        """What stands in a model's `card.json`."""
        return {
            "what": f"{self.what} ({self.head})" if self.head else self.what,
            "value": round(self.value, 4),
            "bar": "" if self.bar is None else str(self.bar),
            "holds": self.holds,
            "n": self.n,
        }
