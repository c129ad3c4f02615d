"""Changing one setting in the text of a config file: comments, order and layout stay."""

from typing import TYPE_CHECKING, Any

from tui_transformer.errors import TuitfError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

HEADER = "# Settings of tuitf. `tuitf config` shows what can be set.\n"
"""How a new file begins."""


def edited(text: str, name: str, value: bool | str | None) -> str:
    """The text with one setting changed; `None` takes it out.

    Args:
        text: a config file that can be read.
        name: a setting, or `keys.` and an action's id.
        value: what the file is to say.

    Raises:
        TuitfError: the file is written in a way that cannot be changed here.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        file = tomlkit.parse(text or HEADER)
        if name.startswith("keys."):
            _edit_key(file, name.removeprefix("keys."), value)
        elif value is None:
            file.pop(name, None)
        else:
            file[name] = value
        return tomlkit.dumps(file)
    except TOMLKitError as error:
        raise TuitfError(f"it cannot be changed here ({error}): tuitf config --edit") from None


def _edit_key(file: Any, action: str, value: bool | str | None) -> None:
    """Change the keys of an action where they stand, or add them to the table."""
    import tomlkit

    found = _place_of(file.get("keys", {}), action)
    if found is not None:
        table, key = found
        if value is None:
            del table[key]
        else:
            table[key] = value
    elif value is not None:
        if "keys" not in file:
            if file.as_string().strip():
                file.add(tomlkit.nl())
            file.add("keys", tomlkit.table())
        file["keys"][action] = value


def _place_of(
    table: "MutableMapping[str, Any]", action: str
) -> "tuple[MutableMapping[str, Any], str] | None":
    """The table that holds an action, and its name there: `"step.next"`, or `next` in `step`."""
    for key, value in table.items():
        if key == action:
            return table, key
        if isinstance(value, dict) and action.startswith(f"{key}."):
            found = _place_of(value, action[len(key) + 1 :])
            if found is not None:
                return found
    return None
