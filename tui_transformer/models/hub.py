"""Models of the Hugging Face hub: short names for a few, and those that are on this disk already.

The cache is the one that other tools use (`HF_HOME`), so what they downloaded is found as well.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui_transformer.models.checkpoint import INDEX_FILE, SINGLE_FILE, CheckpointError, read_json
from tui_transformer.models.families import FAMILIES

_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model that can be downloaded; what to know before that.

    `megabytes` is about what the download takes (10⁶ bytes).
    """

    name: str
    repo_id: str
    megabytes: int
    licence: str
    summary: str


HUB_MODELS = (
    HubModel(
        "smollm2-135m", "HuggingFaceTB/SmolLM2-135M", 272, "Apache-2.0",
        "135 M parameters, LLaMA family, 30 blocks",
    ),
    HubModel(
        "distilgpt2", "distilbert/distilgpt2", 356, "Apache-2.0",
        "82 M parameters, half the blocks of GPT-2",
    ),
    HubModel(
        "smollm-135m", "HuggingFaceTB/SmolLM-135M", 541, "Apache-2.0",
        "135 M parameters, LLaMA family, 30 blocks",
    ),
    HubModel(
        "gpt2", "openai-community/gpt2", 551, "MIT",
        "124 M parameters, GPT-2 small",
    ),
    HubModel(
        "smollm2-360m", "HuggingFaceTB/SmolLM2-360M", 727, "Apache-2.0",
        "362 M parameters, LLaMA family, 32 blocks",
    ),
    HubModel(
        "qwen2.5-0.5b", "Qwen/Qwen2.5-0.5B", 1000, "Apache-2.0",
        "494 M parameters, biases on q, k and v",
    ),
    HubModel(
        "smollm-360m", "HuggingFaceTB/SmolLM-360M", 1450, "Apache-2.0",
        "362 M parameters, LLaMA family, 32 blocks",
    ),
    HubModel(
        "qwen3-0.6b", "Qwen/Qwen3-0.6B", 1520, "Apache-2.0",
        "596 M parameters, norms of q and k",
    ),
    HubModel(
        "gpt2-medium", "openai-community/gpt2-medium", 1523, "MIT",
        "355 M parameters, 24 blocks",
    ),
    HubModel(
        "tinyllama", "TinyLlama/TinyLlama-1.1B-Chat-v1.0", 2203, "Apache-2.0",
        "1.1 B parameters, LLaMA 2's shape, chat",
    ),
)  # fmt: skip
"""The models with short names, the smallest download first."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A model in the cache."""

    repo_id: str
    folder: Path
    bytes: int


def hub_model(name: str) -> HubModel | None:
    """The model with that short name or repository id."""
    return next((m for m in HUB_MODELS if name in (m.name, m.repo_id)), None)


def repo_id_of(name: str) -> str | None:
    """The repository that a short name stands for, or that `name` could be."""
    known = hub_model(name)
    if known is not None:
        return known.repo_id
    return name if _REPO_ID.fullmatch(name) and ".." not in name else None


def find_downloaded(repo_id: str) -> Path | None:
    """The folder of a model in the cache; `None` if it is not there or not whole."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(repo_id, "config.json")
    except (HFValidationError, OSError):
        return None
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    whole = (folder / SINGLE_FILE).exists() or (folder / INDEX_FILE).exists()
    return folder if whole else None


def downloaded() -> Iterator[Downloaded]:
    """The models in the cache that could be opened, by their `model_type`."""
    from huggingface_hub import constants

    for cached in sorted(Path(constants.HF_HUB_CACHE).glob("models--*")):
        repo_id = cached.name.removeprefix("models--").replace("--", "/")
        folder = find_downloaded(repo_id)
        if folder is None:
            continue
        try:
            supported = read_json(folder / "config.json").get("model_type") in FAMILIES
            size = sum(path.stat().st_size for path in folder.iterdir())
        except (CheckpointError, OSError):
            continue
        if supported:
            yield Downloaded(repo_id, folder, size)
