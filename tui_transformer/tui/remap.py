"""Other keys for actions, by the action's id."""

import re
from collections.abc import Mapping

from textual.binding import Binding

from tui_transformer.tui.actions import ACTS, Act
from tui_transformer.tui.widgets.grid import Grid

GRID = tuple(binding for binding in Grid.BINDINGS if isinstance(binding, Binding))
ACTION_IDS = (*(act.id for act in ACTS), *(str(binding.id) for binding in GRID))
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


def shown(act: Act, keys: Mapping[str, str]) -> str:
    """The key of an action as the help shows it, the person's own where they set one."""
    return keys[act.id].split(",")[0].strip() if act.id in keys else act.shown
