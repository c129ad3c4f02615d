"""Keys by the names that tapes have for them."""

import re
from functools import lru_cache

_NAMED = {
    "Space": "space", "Enter": "enter", "Tab": "tab", "Escape": "escape", "Backspace": "backspace",
    "Delete": "delete", "Insert": "insert", "Up": "up", "Down": "down", "Left": "left",
    "Right": "right", "Home": "home", "End": "end", "PageUp": "pageup", "PageDown": "pagedown",
}  # fmt: skip
_TAPE_NAMES = {key: name for name, key in _NAMED.items()}
_MODIFIED = re.compile(r"((?:Ctrl\+|Alt\+|Shift\+)+)(\w+|[^\w\s])")


def key_names() -> tuple[str, ...]:
    """The keys that have a name of their own."""
    return (*_NAMED, "F1", "Ctrl+P", "Shift+Tab")


@lru_cache(maxsize=256)
def key_named(name: str) -> str | None:
    """Textual's name of a key, `None` where a tape has no such key."""
    if name in _NAMED:
        return _NAMED[name]
    if re.fullmatch("F([1-9]|1[0-9]|2[0-4])", name):
        return name.lower()
    found = _MODIFIED.fullmatch(name)
    if found is None:
        return None
    modifiers = found[1].lower().split("+")[:-1]
    if len(set(modifiers)) < len(modifiers):
        return None
    inner = _NAMED.get(found[2]) or (found[2].lower() if re.fullmatch("F[0-9]+", found[2]) else "")
    if not inner:
        if len(found[2]) > 1:
            return None
        inner = found[2].lower()
    return "+".join([*(m for m in ("alt", "ctrl", "shift") if m in modifiers), inner])


def tape_key(key: str) -> str | None:
    """The name that a tape has for a key of Textual's, `None` for a character that is typed."""
    *modifiers, inner = key.split("+")
    name = _TAPE_NAMES.get(inner) or (inner.upper() if re.fullmatch("f[0-9]+", inner) else "")
    if modifiers:
        name = name or (inner.upper() if len(inner) == 1 else "")
    return "+".join([*(m.capitalize() for m in modifiers), name]) if name else None
