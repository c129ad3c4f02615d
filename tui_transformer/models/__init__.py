"""The models: those that ship with the package, and how to open one by name."""

from tui_transformer.models.catalogue import (
    DEFAULT_MODEL,
    UnknownModelError,
    built_in_names,
    entries,
    load_model,
    opens_at_once,
)
from tui_transformer.models.loaded import LoadedModel, ModelCard

__all__ = [
    "DEFAULT_MODEL",
    "LoadedModel",
    "ModelCard",
    "UnknownModelError",
    "built_in_names",
    "entries",
    "load_model",
    "opens_at_once",
]
