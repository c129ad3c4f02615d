"""The models at hand, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tui_transformer.engine import ModelConfig, count_parameters
from tui_transformer.errors import TuitfError
from tui_transformer.models import toy, worked
from tui_transformer.models.loaded import LoadedModel, ModelCard
from tui_transformer.tokenizers import visible

DEFAULT_MODEL = "toy"
CONFIG_FILE = "config.json"


class UnknownModelError(TuitfError):
    """No model of that name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the catalogue: what is known before it is loaded."""

    card: ModelCard
    config: ModelConfig
    load: Callable[[], LoadedModel]

    @property
    def parameters(self) -> int:
        """How many numbers the model has."""
        return count_parameters(self.config)


_BUILT_IN = (
    Entry(worked.CARD, worked.CONFIG, worked.load),
    Entry(toy.CARD, toy.CONFIG, toy.load),
)


def entries() -> tuple[Entry, ...]:
    """The built-in models, the smallest first."""
    return _BUILT_IN


def entry_named(name: str) -> Entry:
    """What is known about a built-in model.

    Raises:
        UnknownModelError: there is none of that name; the message lists those that there are.
    """
    for entry in entries():
        if entry.card.name == name:
            return entry
    known = ", ".join(entry.card.name for entry in entries())
    raise UnknownModelError(f"there is no model called {visible(name)!r}; there are: {known}")


def opens_at_once(name: str) -> bool:
    """Whether a model is so small that opening and running it takes no time worth a thread."""
    return any(entry.card.name == name for entry in _BUILT_IN)


def load_model(name: str) -> LoadedModel:
    """Open a model.

    Args:
        name: one of :func:`entries`; a folder with a `config.json`; the short name or the
            repository id of a model that is downloaded. They are tried in that order.

    Raises:
        UnknownModelError: there is none of that name; the message says what to do.
        TuitfError: its files cannot be used.
    """
    for entry in entries():
        if entry.card.name == name:
            return entry.load()
    from tui_transformer.models.hub import find_downloaded, hub_model, repo_id_of
    from tui_transformer.models.huggingface import load_folder

    folder = _folder(name)
    repo_id = repo_id_of(name)
    if folder is not None and ((folder / CONFIG_FILE).exists() or repo_id is None):
        return load_folder(folder, name=name)
    for candidate in (repo_id, name):  # gpt2 is an older name of openai-community/gpt2
        if candidate is not None and (found := find_downloaded(candidate)) is not None:
            return load_folder(found, name=name)
    known = hub_model(name)
    if known is not None:
        raise UnknownModelError(
            f"{known.name} is not downloaded: run tuitf pull {known.name} (about "
            f"{known.megabytes:,} MB, licence {known.licence})"
        )
    if repo_id is not None and "/" in repo_id:
        raise UnknownModelError(
            f"{visible(name)} is neither a folder here nor downloaded: check the path, or run "
            f"tuitf pull {visible(name)}"
        )
    if "/" in name:
        raise UnknownModelError(f"there is no folder {visible(name)}: check the path")
    return entry_named(name).load()


def _folder(name: str) -> Path | None:
    """The folder that `name` is the path of, if there is one.

    Raises:
        UnknownModelError: it is the path of a file.
    """
    try:
        path = Path(name).expanduser()
        is_file, is_folder = path.is_file(), path.is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, or of no user's home
        return None
    if is_file:
        raise UnknownModelError(
            f"{visible(name)} is a file: give the folder that holds it, config.json and a tokenizer"
        )
    return path if is_folder and name else None
