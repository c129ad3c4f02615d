"""Tokenizers of real checkpoints: the `tokenizers` package does the work, the files say how.

`tokenizer.json` is taken as it is. Without one, GPT-2's pair `vocab.json` and `merges.txt`
(Radford et al. 2019, §2.2: byte-pair merges over bytes) is put together here.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_transformer.errors import InputError, TuitfError
from tui_transformer.tokenizers.visible import visible

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Backend

WHOLE_FILE = "tokenizer.json"
VOCABULARY_FILE = "vocab.json"
MERGES_FILE = "merges.txt"
SETTINGS_FILE = "tokenizer_config.json"
SPECIALS_FILE = "special_tokens_map.json"

SPACE_MARK = "▁"  # how SentencePiece writes a space
_NAMED_SPECIALS = ("bos_token", "eos_token", "unk_token", "pad_token")


class TokenizerError(TuitfError):
    """Files that cannot be a tokenizer. Names the file."""


class BPETokenizer:
    """A checkpoint's own tokenizer behind the protocol of :mod:`tui_transformer.tokenizers`.

    Args:
        backend: the tokenizer as the `tokenizers` package holds it.
        bos: the id of the beginning-of-text token, where there is one.
    """

    def __init__(self, backend: "Backend", bos: int | None = None) -> None:
        backend.no_truncation()  # a file can ask to cut every text short, or to pad it
        backend.no_padding()
        self._backend = backend
        self._bos = bos
        added = backend.get_added_tokens_decoder()
        self._literal = {token: str(entry.content) for token, entry in added.items()}
        self._size = max(backend.get_vocab_size(), 1 + max(added, default=-1))
        decoder = backend.decoder
        state = bytes(decoder.__getstate__()).decode() if decoder is not None else ""
        self._byte_level = '"ByteLevel"' in state
        self._space_mark = SPACE_MARK in state or '"Metaspace"' in state

    @property
    def size(self) -> int:
        """How many tokens the vocabulary has, added ones included."""
        return self._size

    @property
    def bos(self) -> int | None:
        """The beginning-of-text token that an empty prompt starts from, where there is one."""
        return self._bos

    def encode(self, text: str) -> tuple[int, ...]:
        """The tokens of a text, with those that the files say go before it.

        Raises:
            InputError: the text is not Unicode, or the vocabulary cannot express it.
        """
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            bad = visible(text[error.start : error.end])
            raise InputError(
                f"the text holds {bad}, which is no character: type or paste it as UTF-8"
            ) from None
        try:
            return tuple(self._backend.encode(text).ids)
        except Exception as error:
            raise InputError(
                f"this model's vocabulary cannot express the text: {visible(str(error))}"
            ) from None

    def encode_bare(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, without those that the files say go before it.

        For training, where documents follow each other in one row.
        """
        found = self._backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in found]

    def to_json(self) -> str:
        """What a `tokenizer.json` holds."""
        return str(self._backend.to_str(pretty=False))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of a run of tokens, special tokens left out.

        A character can be spread over several tokens, and what a token looks like can depend on
        the one before it: decode a prompt and its continuation together.
        """
        return str(self._backend.decode(list(ids), skip_special_tokens=True))

    def label(self, token: int) -> str:
        """A short safe name for one token.

        A leading space is `·`, a line break `↵`, a part of a character its bytes (`\\xE2`).
        """
        if token in self._literal:
            return visible(self._literal[token], leading_space=True)
        piece = self._backend.id_to_token(token)
        if piece is None:
            return f"<unused {token}>"
        return visible(self._plain(piece), leading_space=True)

    def _plain(self, piece: str) -> str | bytes:
        """What an entry of the vocabulary stands for: bytes and spaces as they are in a text."""
        if self._byte_level:
            try:
                return bytes(_BYTE_OF[char] for char in piece)
            except KeyError:  # not written as bytes
                return piece
        if len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">"):
            try:
                return bytes.fromhex(piece[3:5])
            except ValueError:
                return piece
        return piece.replace(SPACE_MARK, " ") if self._space_mark else piece


def load_tokenizer(folder: Path, bos: int | None = None, byte_level: bool = False) -> BPETokenizer:
    """The tokenizer of a folder.

    Args:
        folder: where `tokenizer.json` is, or `vocab.json` and `merges.txt`.
        bos: the beginning-of-text token if the tokenizer's own files name none.
        byte_level: whether `vocab.json` and `merges.txt` alone are enough, as for GPT-2; others
            cut text in ways that these two files do not hold.

    Raises:
        TokenizerError: a file is missing, unreadable or no tokenizer.
    """
    settings = _settings(folder / SPECIALS_FILE) | _settings(folder / SETTINGS_FILE)
    if (folder / WHOLE_FILE).exists():
        backend = _from_whole(folder / WHOLE_FILE)
    elif not byte_level:
        raise TokenizerError(
            f"{visible(str(folder))} has no {WHOLE_FILE}: download the model again, or make one "
            "with the tokenizers package"
        )
    else:
        backend = _from_pair(folder, settings)
    _mark_specials(backend, settings)
    named = _content(settings.get("bos_token"))
    own = backend.token_to_id(named) if named is not None else None
    return BPETokenizer(backend, bos if own is None else own)


def _from_whole(path: Path) -> "Backend":
    """The tokenizer that a `tokenizer.json` describes."""
    from tokenizers import Tokenizer as Backend

    text = _read(path)
    try:
        return Backend.from_str(text)
    except Exception as error:
        raise _not_a_tokenizer(path, error) from None


def _from_pair(folder: Path, settings: dict[str, Any]) -> "Backend":
    """GPT-2's byte-level tokenizer from its vocabulary and its merges."""
    from tokenizers import AddedToken, decoders, models, pre_tokenizers, processors
    from tokenizers import Tokenizer as Backend

    vocabulary, merges = folder / VOCABULARY_FILE, folder / MERGES_FILE
    for path in (vocabulary, merges):
        if not path.exists():
            raise TokenizerError(
                f"{visible(str(folder))} has neither {WHOLE_FILE} nor {path.name}: download the "
                "model again"
            )
        _read(path)
    try:
        backend = Backend(models.BPE.from_file(str(vocabulary), str(merges)))
    except Exception as error:
        raise _not_a_tokenizer(vocabulary, error) from None
    prefix_space = settings.get("add_prefix_space") is True
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    backend.decoder = decoders.ByteLevel()
    end_of_text = "<|endoftext|>"  # GPT-2's only special token, where nothing else is said
    for name in ("bos_token", "eos_token", "unk_token"):
        settings.setdefault(name, end_of_text)
    bos = _content(settings["bos_token"])
    if settings.get("add_bos_token") is True and bos is not None:
        token = backend.token_to_id(bos)
        if token is not None:
            backend.add_special_tokens([AddedToken(bos, special=True, normalized=False)])
            backend.post_processor = processors.TemplateProcessing(
                single=[bos, "$A"], special_tokens=[(bos, token)]
            )
    return backend


def _mark_specials(backend: "Backend", settings: dict[str, Any]) -> None:
    """Make the named special tokens special where the vocabulary has them as plain entries.

    They are then found in a text as a whole, and left out when ids are turned into text.
    """
    from tokenizers import AddedToken

    known = {
        entry.content for entry in backend.get_added_tokens_decoder().values() if entry.special
    }
    named = {_content(settings.get(name)) for name in _NAMED_SPECIALS}
    for content in sorted(name for name in named if name is not None):
        if content not in known and backend.token_to_id(content) is not None:
            backend.add_special_tokens([AddedToken(content, special=True, normalized=False)])


def _content(entry: object) -> str | None:
    """The text of a special token, which files write plain or as an object."""
    if isinstance(entry, dict):
        entry = entry.get("content")
    return entry if isinstance(entry, str) and entry else None


def _settings(path: Path) -> dict[str, Any]:
    """The object in a JSON file that need not be there."""
    if not path.exists():
        return {}
    try:
        content = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, TuitfError):
            raise
        raise _not_a_tokenizer(path, error) from None
    return content if isinstance(content, dict) else {}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise TokenizerError(f"{visible(str(path))} cannot be read: {visible(reason)}") from None
    except UnicodeDecodeError as error:
        raise _not_a_tokenizer(path, error) from None


def _not_a_tokenizer(path: Path, error: BaseException) -> TokenizerError:
    reason = visible(str(error))
    reason = reason if len(reason) <= 120 else reason[:119] + "…"
    return TokenizerError(
        f"{visible(str(path))} is not a tokenizer ({reason}): download the model again"
    )


def _byte_of() -> dict[str, int]:
    """GPT-2's way of writing bytes as characters, turned round.

    Printable bytes of Latin-1 stand for themselves; the others, in order, for U+0100 on.
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    table = {chr(byte): byte for byte in plain}
    return table | {chr(0x100 + i): byte for i, byte in enumerate(others)}


_BYTE_OF = _byte_of()
