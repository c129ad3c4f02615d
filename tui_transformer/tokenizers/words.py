"""A tokenizer for hand-sized models: one token a word."""

import re
from collections.abc import Sequence

from tui_transformer.errors import InputError
from tui_transformer.tokenizers.visible import visible

UNKNOWN = "<unk>"
_PIECES = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|<unk>|[^\s]")


class WordTokenizer:
    """Whole words, upper case or lower; punctuation marks are words of their own.

    A word outside the vocabulary becomes `<unk>` where the vocabulary has one, and is refused by
    name where it has none. Nothing is dropped.

    Args:
        vocabulary: every word once.
        bos: the one of them that goes before every text, where there is one.
    """

    def __init__(self, vocabulary: Sequence[str], bos: str | None = None) -> None:
        self.vocabulary = tuple(vocabulary)
        self._ids = {word.lower(): token for token, word in enumerate(self.vocabulary)}
        if len(self._ids) != len(self.vocabulary):
            raise ValueError("a vocabulary holds each word once")
        self._bos = None if bos is None else self.vocabulary.index(bos)

    @property
    def size(self) -> int:
        """How many words the vocabulary has."""
        return len(self.vocabulary)

    @property
    def bos(self) -> int | None:
        """The word that goes before every text, where there is one."""
        return self._bos

    def pieces(self, text: str) -> tuple[str, ...]:
        """The words and marks of a text, as they stand in it."""
        return tuple(match.group() for match in _PIECES.finditer(text))

    def encode(self, text: str) -> tuple[int, ...]:
        """One id a word, after that of the beginning of the text where there is one.

        Raises:
            InputError: a word is not in the vocabulary and there is no `<unk>`.
        """
        ids = [] if self._bos is None else [self._bos]
        for piece in self.pieces(text):
            token = self._ids.get(piece.lower(), self._ids.get(UNKNOWN))
            if token is None:
                words = (known for known in range(self.size) if known != self._bos)
                known = " ".join(map(self.label, words))
                raise InputError(
                    f"this model does not know the word {visible(piece)!r}; it knows: {known}"
                )
            ids.append(token)
        return tuple(ids)

    def decode(self, ids: Sequence[int]) -> str:
        """The words with a space between them, without the beginning of the text."""
        return " ".join(self.vocabulary[token] for token in ids if token != self._bos)

    def label(self, token: int) -> str:
        """The word itself."""
        return visible(self.vocabulary[token])

    def unknown(self, text: str) -> tuple[str, ...]:
        """The words of a text that the vocabulary does not have, each once, in order."""
        missing = (p for p in self.pieces(text) if p.lower() not in self._ids)
        return tuple(dict.fromkeys(missing))
