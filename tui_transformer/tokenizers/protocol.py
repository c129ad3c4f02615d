"""What every tokenizer can do."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Tokenizer(Protocol):
    """Text to token ids and back."""

    @property
    def size(self) -> int:
        """How many tokens the vocabulary has."""
        ...

    @property
    def bos(self) -> int | None:
        """The beginning-of-text token that an empty prompt starts from, where there is one."""
        ...

    def encode(self, text: str) -> tuple[int, ...]:
        """The tokens of a text.

        Raises:
            InputError: the vocabulary cannot express it; the message names what and the way out.
        """
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """The text of a run of tokens."""
        ...

    def label(self, token: int) -> str:
        """A short safe name for one token, a leading space shown as `·`."""
        ...
