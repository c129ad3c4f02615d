"""A folder in the Hugging Face layout, opened: `config.json`, safetensors, a tokenizer.

float32 weights stay where they are: every parameter is a read-only view of the mapped file, also
where GPT-2 stores q, k and v side by side and LLaMA stores matrices transposed.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tui_transformer.engine import Array, ModelConfig, Weights, make_weights
from tui_transformer.errors import WeightsError
from tui_transformer.models.card_file import CARD_FILE, with_card_file
from tui_transformer.models.checkpoint import (
    Checkpoint,
    CheckpointError,
    open_checkpoint,
    read_json,
)
from tui_transformer.models.families import Source, model_config, own_fields, sources
from tui_transformer.models.loaded import LoadedModel, ModelCard, assemble
from tui_transformer.tokenizers import Tokenizer, WordTokenizer, visible

CONFIG_FILE = "config.json"
GENERATION_FILE = "generation_config.json"
UNEMBEDDING = "lm_head.weight"

PREFIXES = {"gpt2": "transformer."}  # the others: "model."
_BUFFERS = (".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq")
"""Ends of names of tensors that older files hold and that are worked out from the configuration."""


def load_folder(folder: Path, name: str | None = None) -> LoadedModel:
    """Open a model from its folder.

    Args:
        folder: where `config.json`, the weights and the tokenizer are.
        name: what opens it again; the path of the folder if left out.

    Raises:
        TuitfError: a file is missing, unreadable, corrupt, does not fit the others or asks for
            what is not supported. Nothing is written anywhere.
    """
    fields = read_config(folder)
    config, weights, notes = read_weights(folder, fields)
    generation = _optional_json(folder / GENERATION_FILE)
    stops = _token_ids(generation, "eos_token_id") or _token_ids(fields, "eos_token_id")
    tokenizer = _tokenizer(folder, fields, generation)
    card, trouble = _card(folder, fields, config, name or str(folder))
    return assemble(card, config, weights, tokenizer, (*notes, *trouble), frozenset(stops))


def folder_card(folder: Path, name: str | None = None) -> tuple[ModelCard, ModelConfig]:
    """What is known about the model of a folder before its weights are read.

    Raises:
        TuitfError: `config.json` is missing, unreadable or asks for what is not supported.
    """
    fields = read_config(folder)
    config = model_config(fields)
    return _card(folder, fields, config, name or str(folder))[0], config


def _card(
    folder: Path, fields: dict[str, Any], config: ModelConfig, name: str
) -> tuple[ModelCard, tuple[str, ...]]:
    """The card, with what the folder's own `card.json` says; and a note where that is no card."""
    card = ModelCard(
        name=name,
        summary=f"{visible(str(fields['model_type']))}, {config.n_layers} blocks",
        description=_describe(config, str(fields["model_type"])),
        weights="trained",
        prompt=str(own_fields(fields).get("prompt") or "The quick brown fox"),
        source=visible(str(folder)),
    )
    path = folder / CARD_FILE
    if not path.exists():
        return card, ()
    try:
        return with_card_file(card, read_json(path)), ()
    except CheckpointError as error:
        return card, (f"{error}; the rest of the model is as it should be",)


def folder_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model's folder.

    Raises:
        TuitfError: a file is missing, unreadable or corrupt.
    """
    return _tokenizer(folder, read_config(folder), _optional_json(folder / GENERATION_FILE))


def _tokenizer(folder: Path, fields: dict[str, Any], generation: dict[str, Any]) -> Tokenizer:
    """Whole words where the model was saved with them, else what the tokenizer's files say."""
    from tui_transformer.tokenizers.bpe import WHOLE_FILE, load_tokenizer
    from tui_transformer.tokenizers.learn import words_of

    if own_fields(fields).get("tokenizer") == "words":
        words = words_of(read_json(folder / WHOLE_FILE))
        if words is not None:
            return WordTokenizer(words)
    bos = _token_ids(generation, "bos_token_id") or _token_ids(fields, "bos_token_id")
    byte_level = fields.get("model_type") == "gpt2"
    return load_tokenizer(folder, bos=bos[0] if bos else None, byte_level=byte_level)


def read_config(folder: Path) -> dict[str, Any]:
    """The fields of `config.json`.

    Raises:
        CheckpointError: there is no such folder or file, or it is not JSON.
    """
    path = folder / CONFIG_FILE
    if not path.exists():
        what = "has no config.json" if folder.is_dir() else "is not a folder"
        raise CheckpointError(
            f"{visible(str(folder))} {what}: give the folder of a downloaded model"
        )
    return read_json(path)


def read_weights(
    folder: Path, fields: dict[str, Any]
) -> tuple[ModelConfig, Weights, tuple[str, ...]]:
    """The configuration, the weights that fit it, and what there is to say about them.

    Raises:
        ConfigError: the configuration is not supported.
        CheckpointError: the files are unreadable, truncated or corrupt.
        WeightsError: a tensor is missing or has another shape than the configuration says.
    """
    config = model_config(fields)
    checkpoint = open_checkpoint(folder)
    model_type = str(fields["model_type"])
    prefix = PREFIXES.get(model_type, "model.")
    used: set[str] = set()
    embedding = ""  # the stored name of W_E
    notes: list[str] = []
    tensors: dict[str, Array] = {}
    read: dict[str, Array] = {}  # q, k and v of GPT-2 are one stored tensor
    for ours, source in sources(model_type, config):
        stored = _find(checkpoint, prefix, source.name)
        if ours == "W_E" and stored not in checkpoint and config.tie_embeddings:
            stored = UNEMBEDDING if UNEMBEDDING in checkpoint else stored
        embedding = stored if ours == "W_E" else embedding
        used.add(stored)
        if stored not in read:
            _check(checkpoint, stored, source)
            read[stored] = checkpoint.read(stored)
        tensors[ours] = view(read[stored], source)
    config = _unembedding(checkpoint, config, embedding, tensors, notes)
    used.add(UNEMBEDDING)
    weights = make_weights(config, tensors)
    return config, weights, (*notes, *_notes(checkpoint, used, config.positions == "learned"))


def _find(checkpoint: Checkpoint, prefix: str, name: str) -> str:
    """The stored name: with the family's prefix, or bare where the body was saved by itself."""
    return name if name in checkpoint and prefix + name not in checkpoint else prefix + name


def _check(checkpoint: Checkpoint, stored: str, source: Source) -> None:
    """Refuse a tensor that is missing or of another shape than `config.json` says."""
    if stored not in checkpoint:
        raise WeightsError(
            f"the checkpoint lacks {visible(stored)} {list(source.shape)}, which config.json "
            "calls for: download the model again, or check config.json"
        )
    found = checkpoint[stored].shape
    if found != source.shape:
        raise WeightsError(
            f"{visible(stored)} has the shape {list(found)}, config.json calls for "
            f"{list(source.shape)}: the two belong to different models"
        )


def view(stored: Array, source: Source) -> Array:
    """The part of a stored tensor that is meant, as row vectors want it; never a copy."""
    if source.columns is not None:
        stored = stored[..., slice(*source.columns)]
    return stored.T if source.transposed else stored


def _unembedding(
    checkpoint: Checkpoint,
    config: ModelConfig,
    embedding: str,
    tensors: dict[str, Array],
    notes: list[str],
) -> ModelConfig:
    """Add `W_U` where the model has its own; hand back the configuration that is true.

    A file that holds an unembedding which differs from the embedding is believed over a
    `tie_word_embeddings` that says otherwise, as the reference implementation does.
    """
    source = Source(UNEMBEDDING, (config.d_vocab, config.d_model), transposed=True)
    if config.tie_embeddings:
        if UNEMBEDDING not in checkpoint or checkpoint.identical(embedding, UNEMBEDDING):
            return config
        notes.append(
            f"config.json ties the unembedding to the embedding, but {UNEMBEDDING} differs from "
            "it: the file is believed"
        )
    _check(checkpoint, UNEMBEDDING, source)
    tensors["W_U"] = view(checkpoint.read(UNEMBEDDING), source)
    return replace(config, tie_embeddings=False)


def _notes(checkpoint: Checkpoint, used: set[str], learned: bool) -> list[str]:
    """What was converted and what was left out."""
    notes = []
    for dtype, name in (("BF16", "bfloat16"), ("F16", "float16")):
        if any(checkpoint[stored].dtype == dtype for stored in used if stored in checkpoint):
            notes.append(f"the {name} weights were converted to float32, every value exactly")
    computed = _BUFFERS if learned else (*_BUFFERS, "wpe.weight")
    surplus = sorted(n for n in checkpoint if n not in used and not n.endswith(computed))
    if surplus:
        listed = ", ".join(visible(name) for name in surplus[:3])
        more = f" and {len(surplus) - 3:,} more" if len(surplus) > 3 else ""
        notes.append(f"not part of this kind of model and left out: {listed}{more}")
    return notes


def _token_ids(fields: dict[str, Any], name: str) -> tuple[int, ...]:
    """One token id or a list of them; what is neither is passed over."""
    value = fields.get(name)
    listed = value if isinstance(value, list) else [value]
    return tuple(token for token in listed if type(token) is int and token >= 0)


def _optional_json(path: Path) -> dict[str, Any]:
    """The fields of a file that need not be there."""
    return read_json(path) if path.exists() else {}


def _describe(config: ModelConfig, model_type: str) -> str:
    """The shape of a model in a sentence."""
    shared = "" if config.group_size == 1 else f" on {config.n_kv_heads} key/value heads"
    return (
        f"A checkpoint of the {visible(model_type)} family: {config.n_layers} blocks, "
        f"{config.n_heads} heads{shared}, d_model {config.d_model:,}, {config.d_vocab:,} tokens, "
        f"at most {config.n_ctx:,} positions."
    )
