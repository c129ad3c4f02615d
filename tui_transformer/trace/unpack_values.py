"""The values of a recording's description, each taken as what it must be or refused."""

from typing import Any

_SIZE_MOST, _LINE_MOST = 10_000_000, 2_000


class Wrong(Exception):  # noqa: N818 - becomes a RecordingError with the file's name
    """What is wrong, to follow the file's name."""


def of_type(kind: type | tuple[type, ...], value: object, what: str) -> Any:
    """`value`, if it is of that type.

    Args:
        kind: the type or types; true and false are no numbers.
        value: as the JSON has it.
        what: its name, for the message.

    Raises:
        Wrong: it is of another.
    """
    wanted = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise Wrong(f"is damaged: {what} is missing or of the wrong type")
    return value


def text(value: object, what: str, most: int = _LINE_MOST) -> str:
    """A text of at most so many characters.

    Raises:
        Wrong: it is none, or a longer one.
    """
    found = str(of_type(str, value, what))
    if len(found) > most:
        raise Wrong(f"is damaged: {what} has {len(found):,} characters")
    return found


def whole(value: object, what: str, most: int = _SIZE_MOST) -> int:
    """A whole number from 0 to `most`.

    Raises:
        Wrong: it is none, or outside.
    """
    number = int(of_type(int, value, what))
    if not 0 <= number <= most:
        raise Wrong(f"is damaged: {what} is {number:.6g}")
    return number
