"""Tokenizers that are made here: byte-level BPE learned from a text, and whole words."""

from collections.abc import Iterable, Mapping
from typing import Any

from tui_transformer.tokenizers.bpe import BPETokenizer
from tui_transformer.tokenizers.words import UNKNOWN, WordTokenizer

END_OF_TEXT = "<|endoftext|>"
_WORD_PATTERN = r"[^\W_]+(?:['’][^\W_]+)*|<unk>|[^\s]"  # as WordTokenizer cuts a text


def learn_bpe(texts: Iterable[str], size: int, space_before: bool = False) -> BPETokenizer:
    """Learn byte-pair merges from texts (Sennrich et al. 2016), over bytes as GPT-2 does.

    Any text can be written with the result. Its first token is the end of text, which
    :meth:`~BPETokenizer.encode` puts before a text, as in training. The `tokenizers` package does
    the work; the same texts give the same tokens.

    Args:
        texts: what to learn from.
        size: tokens at most, the 256 bytes and the end of text among them. Fewer come out where the
            texts have no more pairs that occur twice.
        space_before: whether a text that begins with no space is read as if it did, so that its
            first word is the same token as that word anywhere else. It makes no difference then
            whether a text begins with one or not.
    """
    from tokenizers import Tokenizer as Backend
    from tokenizers import decoders, models, pre_tokenizers, processors, trainers

    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=space_before)
    backend.decoder = decoders.ByteLevel()
    if space_before:
        backend.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Strip(" ", 1, 0)])
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, show_progress=False, special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )  # fmt: skip
    backend.train_from_iterator(texts, trainer)
    backend.post_processor = processors.TemplateProcessing(
        single=[END_OF_TEXT, "$A"], special_tokens=[(END_OF_TEXT, 0)]
    )
    return BPETokenizer(backend, bos=0)


def words_json(tokenizer: WordTokenizer) -> str:
    """A `tokenizer.json` that cuts a text as a :class:`WordTokenizer` does."""
    from tokenizers import Regex, models, normalizers, pre_tokenizers
    from tokenizers import Tokenizer as Backend

    ids = {word: token for token, word in enumerate(tokenizer.vocabulary)}
    unknown = UNKNOWN if UNKNOWN in ids else tokenizer.vocabulary[0]
    backend = Backend(models.WordLevel(ids, unk_token=unknown))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Split(
        Regex(_WORD_PATTERN), behavior="removed", invert=True
    )
    return str(backend.to_str(pretty=False))


def words_of(fields: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The vocabulary of a `tokenizer.json` that :func:`words_json` wrote; `None` for any other."""
    model, cut = fields.get("model"), fields.get("pre_tokenizer")
    if not isinstance(model, dict) or model.get("type") != "WordLevel":
        return None
    vocabulary = model.get("vocab")
    if not isinstance(cut, dict) or cut.get("pattern") != {"Regex": _WORD_PATTERN}:
        return None
    if not isinstance(vocabulary, dict) or set(vocabulary.values()) != set(range(len(vocabulary))):
        return None
    return tuple(sorted(vocabulary, key=vocabulary.__getitem__))
