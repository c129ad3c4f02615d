"""The models at hand, by name.

Two are written by hand and stand in the code, `worked` and `copy`. Every folder in `shipped/` is
another, in the layout of Hugging Face with a `card.json` beside it: a folder that is put there is a
built-in model, and nothing else has to be changed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tui_transformer.engine import ModelConfig, count_parameters
from tui_transformer.errors import TuitfError
from tui_transformer.models import induction, worked
from tui_transformer.models.loaded import LoadedModel, ModelCard
from tui_transformer.tokenizers import visible

DEFAULT_MODEL = "story"
"""The model of every command that is given none."""

SHIPPED = Path(__file__).parent / "shipped"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"

_LONGEST = 40
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_AT_ONCE = 1 << 16
"""Bytes of weights of a model that is opened and run before a frame is missed."""


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


_HAND_MADE = {
    model.CARD.name: Entry(model.CARD, model.CONFIG, model.load) for model in (worked, induction)
}


@cache
def entries() -> tuple[Entry, ...]:
    """The built-in models, the smallest first.

    Reads a few small files for each; to open one by its name, none but its own are read.
    """
    found = list(_HAND_MADE.values())
    if SHIPPED.is_dir():
        from tui_transformer.models.huggingface import folder_card, load_folder

        for path in sorted(SHIPPED.iterdir()):
            folder = shipped_folder(path.name)
            if folder is not None:
                card, config = folder_card(folder, path.name)
                found.append(Entry(card, config, partial(load_folder, folder, path.name)))
    return tuple(sorted(found, key=lambda entry: entry.parameters))


def built_in_names() -> tuple[str, ...]:
    """The names of the built-in models, in the order of the alphabet; no file is read."""
    listed = SHIPPED.iterdir() if SHIPPED.is_dir() else ()
    found = (path.name for path in listed if shipped_folder(path.name) is not None)
    return tuple(sorted((*_HAND_MADE, *found)))


def shipped_folder(name: str) -> Path | None:
    """The folder of a model that ships with the package, if there is one of that name."""
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        return None
    folder = SHIPPED / name
    return folder if (folder / CONFIG_FILE).is_file() else None


def built_in(name: str) -> Entry:
    """What is known about a built-in model, before its weights are read.

    Raises:
        UnknownModelError: there is none of that name; the message lists those that there are.
    """
    if name in built_in_names():
        return next(entry for entry in entries() if entry.card.name == name)
    known = ", ".join(built_in_names())
    raise UnknownModelError(f"there is no model called {visible(name)!r}; there are: {known}")


def opens_at_once(name: str) -> bool:
    """Whether a model is so small that opening and running it takes no time worth a thread."""
    folder = shipped_folder(name)
    if folder is None:
        return name in _HAND_MADE
    return (folder / WEIGHTS_FILE).stat().st_size <= _AT_ONCE


def load_model(name: str) -> LoadedModel:
    """Open a model.

    Args:
        name: one of :func:`built_in_names`; a folder with a `config.json`; the short name or the
            repository id of a model that is downloaded. They are tried in that order.

    Raises:
        UnknownModelError: there is none of that name; the message says what to do.
        TuitfError: its files cannot be used.
    """
    if name in _HAND_MADE:
        return _HAND_MADE[name].load()
    from tui_transformer.models.huggingface import load_folder

    shipped = shipped_folder(name)
    if shipped is not None:
        return load_folder(shipped, name)
    from tui_transformer.models.hub import find_downloaded, hub_model, repo_id_of

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
    return built_in(name).load()


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
