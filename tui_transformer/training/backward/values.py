"""What the forward pass computed, by name, for one part of the model at a time."""

from collections.abc import Mapping

from tui_transformer.engine import Array


class Values:
    """The tensors under a prefix: `values["pattern"]` is `blocks.3.attn.pattern`."""

    def __init__(self, tensors: Mapping[str, Array], prefix: str = "") -> None:
        self._tensors = tensors
        self._prefix = prefix

    def __getitem__(self, name: str) -> Array:
        return self._tensors[f"{self._prefix}{name}"]

    def under(self, prefix: str) -> "Values":
        """The tensors of a smaller part."""
        return Values(self._tensors, f"{self._prefix}{prefix}.")
