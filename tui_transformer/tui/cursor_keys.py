"""The keys of a cursor: the same in every widget that has one, whatever it moves there."""

from collections.abc import Mapping
from typing import Literal

from textual.binding import Binding, BindingType

Way = Literal["up", "down", "left", "right", "first", "last", "page_back", "page_on"]

_KEYS: Mapping[Way, str] = {
    "up": "up", "down": "down", "left": "left", "right": "right",
    "first": "home", "last": "end", "page_back": "pageup", "page_on": "pagedown",
}  # fmt: skip


def cursor_bindings(does: Mapping[Way, tuple[str, str]]) -> list[BindingType]:
    """What the keys of the cursor do in a widget, in the order in which the help names them.

    Args:
        does: for each way that the cursor can go, the action of the widget and what it is called.
            The key can be set by the id `cell.WAY`.
    """
    return [
        Binding(_KEYS[way], action, words, show=False, id=f"cell.{way}")
        for way, (action, words) in does.items()
    ]
