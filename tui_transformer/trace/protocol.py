"""What every trace can be asked, whether its pass was run here or comes from a file."""

from typing import Protocol

from tui_transformer.engine import Array, ModelConfig, Weights
from tui_transformer.engine.names import TensorRef, axes_of
from tui_transformer.errors import InputError
from tui_transformer.sampling import Distribution, SamplingSettings


class NotHeldError(InputError):
    """A number that this trace cannot give. Says why, and what it would take."""


def number_at(values: Array, ref: TensorRef) -> float:
    """One number of a tensor whose axes are those of its name.

    Raises:
        InputError: the index lies outside the tensor.
    """
    axes = axes_of(ref.name)
    if len(ref.index) != values.ndim:
        raise InputError(f"{ref.name} has {values.ndim} axes: {', '.join(axes)}")
    for axis, at, size in zip(axes, ref.index, values.shape, strict=True):
        if not 0 <= at < size:
            raise InputError(f"{ref}: {axis} goes from 0 to {size - 1}")
    return float(values[ref.index])


class Trace(Protocol):
    """One forward pass over `ids`, to be looked at.

    One that was run here computes any tensor when it is asked for; one from a file has what was
    saved and raises :class:`NotHeldError` for everything else.
    """

    @property
    def config(self) -> ModelConfig:
        """Of the model."""
        ...

    @property
    def weights(self) -> Weights:
        """Of the model.

        Raises:
            NotHeldError: they are not here.
        """
        ...

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens that were run."""
        ...

    @property
    def length(self) -> int:
        """How many tokens were run."""
        ...

    @property
    def resid(self) -> Array:
        """The stream into each block and out of the last, `[n_layers + 1, pos, d_model]`.

        Raises:
            NotHeldError: it is not here.
        """
        ...

    def names(self) -> tuple[str, ...]:
        """The tensors of the pass, in the order in which it makes them."""
        ...

    def holds(self, name: str) -> bool:
        """Whether :meth:`tensor` has this one."""
        ...

    def keeps(self, name: str) -> bool:
        """Whether a tensor inside a block is at hand without computing anything."""
        ...

    def tensor(self, name: str) -> Array:
        """A tensor by its full name, with the axes that `engine.names.axes_of` tells.

        Raises:
            InputError: this model has no tensor of that name.
            NotHeldError: it is not here.
        """
        ...

    def cell(self, ref: TensorRef) -> float:
        """One number.

        Raises:
            InputError: the index lies outside the tensor.
            NotHeldError: it is not here.
        """
        ...

    def logits_at(self, position: int) -> Array:
        """The scores for what comes after one position, `[d_vocab]`.

        Raises:
            NotHeldError: they are not here.
        """
        ...

    def distribution_at(self, position: int, settings: SamplingSettings) -> Distribution:
        """What would be drawn from after a position.

        Raises:
            SamplingError: the logits are not finite, or those that are here do not tell.
        """
        ...

    def loss_at(self, position: int, token: int) -> float:
        """The cross-entropy against a token after a position, in nats, before any filter.

        Raises:
            NotHeldError: it is not here.
        """
        ...

    def rank_at(self, position: int, token: int) -> int:
        """Where a token stands among all after a position, 1 for the largest logit.

        Raises:
            NotHeldError: it is not here.
        """
        ...

    def norms_at(self, position: int) -> Array:
        """Length (L2 norm) of the stream at a position, into each block and out of the last:
        `[n_layers + 1]`.
        """
        ...
