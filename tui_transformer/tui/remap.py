"""Other keys for actions, by the action's id."""

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from textual.binding import Binding

from tui_transformer.terminal import config_path
from tui_transformer.terminal.look import Look
from tui_transformer.tokenizers import visible
from tui_transformer.tui.actions import ACTS, Act
from tui_transformer.tui.training_actions import TRAINING_ACTS
from tui_transformer.tui.widgets.grid import Grid

GRID = tuple(binding for binding in Grid.BINDINGS if isinstance(binding, Binding))
ACTION_IDS = tuple(
    dict.fromkeys(
        [*(act.id for act in (*ACTS, *TRAINING_ACTS)), *(str(binding.id) for binding in GRID)]
    )
)
"""Every action whose keys can be set."""

_KEY = re.compile(r"(?:(?:ctrl|shift|alt|super|meta|hyper)\+)*(?:[a-z0-9_]{2,}|\S)")


def bad_keys(keys: str) -> str:
    """Why a list of keys cannot be used, empty where it can."""
    parts = [part.strip() for part in keys.split(",")]
    if not all(parts):
        return "keys are written as n or space,n; a comma itself is called comma"
    for part in parts:
        if not _KEY.fullmatch(part):
            return f"{part!r} is not a key; keys are written as n, ctrl+n, f5, space or left"
    return ""


def wrong_keys(keys: Mapping[str, str]) -> str:
    """What is wrong with remapped keys, in one line; empty where nothing is."""
    for name, wanted in keys.items():
        if name not in ACTION_IDS:
            near = get_close_matches(name, ACTION_IDS, 1)
            return f"there is no action {name!r}" + (f"; did you mean {near[0]}?" if near else "")
        wrong = bad_keys(wanted)
        if wrong:
            return f"{name}: {wrong}"
    return ""


def checked(look: Look) -> Look:
    """The look with the keys that can be used: all of them, or none and what is wrong."""
    wrong = wrong_keys(look.keys)
    if not wrong:
        return look
    said = f"{config_path()}: {wrong}; the default keys are used"
    return replace(look, keys={}, said=visible(said))


def shown(act: Act, keys: Mapping[str, str]) -> str:
    """The key of an action as the help shows it, the person's own where they set one."""
    return keys[act.id].split(",")[0].strip() if act.id in keys else act.shown
