"""Text to tokens and back, and the safe way for text to reach a terminal."""

from tui_transformer.tokenizers.protocol import Tokenizer
from tui_transformer.tokenizers.visible import visible
from tui_transformer.tokenizers.words import WordTokenizer

__all__ = ["Tokenizer", "WordTokenizer", "visible"]
