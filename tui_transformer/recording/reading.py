"""Reading an asciicast, strictly: what is not as the format says is refused, with its line."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, cast

from tui_transformer.errors import TuitfError
from tui_transformer.recording.cast import Cast, Code, Colours, Event
from tui_transformer.tokenizers import visible

LARGEST = 200_000_000
"""Bytes of a file."""

PIECE = 2**20
"""Bytes that are read at a time."""

WIDEST, TALLEST = 1000, 500
LONGEST = 7 * 24 * 3600.0
"""Seconds of a recording."""

CODES = {2: "oimr", 3: "oimrx"}


class CastError(TuitfError):
    """A file that is no asciicast. The message names the line and what was expected."""


def read_cast(path: Path) -> Cast:
    """The recording in a file.

    Raises:
        CastError: it cannot be read, or is not an asciicast of version 2 or 3.
    """
    try:
        text = _bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise CastError(f"{path} is no asciicast: byte {error.start} is not UTF-8") from None
    except OSError as error:
        raise CastError(f"{path} cannot be read: {error.strerror}") from None
    try:
        return parse_cast(text)
    except CastError as error:
        raise CastError(f"{path}:{error}") from None


def _bytes(path: Path) -> bytes:
    """What is in a file; not more than a cast can have, whatever it says its size is."""
    data = bytearray()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            data += piece
            if len(data) > LARGEST:
                raise CastError(f"{path} is larger than {LARGEST / 1e6:,.0f} MB")
    return bytes(data)


def parse_cast(text: str) -> Cast:
    """The recording in a text.

    Raises:
        CastError: it is none; the message begins with the number of the line.
    """
    if not text.strip():
        raise CastError("1: the file is empty; an asciicast begins with a header")
    lines = StringIO(text, newline="\n")  # one at a time, as there may be many
    header = _json(lines.readline().rstrip("\n"), 1)
    if not isinstance(header, dict):
        raise CastError("1: an asciicast begins with a header, an object in JSON")
    version = header.get("version")
    if version not in CODES or isinstance(version, bool):
        raise CastError(f"1: versions 2 and 3 can be read, not {_shown(version)}")
    where = header if version == 2 else header.get("term")
    if not isinstance(where, dict):
        raise CastError("1: the header of version 3 has a part `term`, an object")
    names = ("width", "height") if version == 2 else ("cols", "rows")
    width = _whole(where, names[0], WIDEST)
    height = _whole(where, names[1], TALLEST)
    return Cast(
        width=width,
        height=height,
        events=tuple(_events(lines, version)),
        title=_text(header, "title"),
        colours=_colours(where.get("theme")),
        timestamp=_timestamp(header.get("timestamp")),
        idle_limit=_limit(header.get("idle_time_limit")),
    )


def _json(line: str, number: int) -> Any:
    try:
        return json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise CastError(f"{number}: this is not JSON: {visible(line[:40])}") from None


def _refuse(name: str) -> None:
    raise ValueError(name)


def _shown(value: object) -> str:
    return "nothing" if value is None else visible(repr(value))[:40]


def _whole(header: dict[str, Any], name: str, most: int) -> int:
    value = header.get(name)
    if type(value) is not int or not 1 <= value <= most:
        raise CastError(f"1: {name} is a whole number from 1 to {most}, not {_shown(value)}")
    return value


def _text(header: dict[str, Any], name: str) -> str:
    value = header.get(name)
    if value is not None and not isinstance(value, str):
        raise CastError(f"1: {name} is a text, not {_shown(value)}")
    return value or ""


def _timestamp(value: object) -> int | None:
    if value is None:
        return None
    if type(value) not in {int, float} or not 0 <= cast(float, value) < 1e12:
        raise CastError(f"1: timestamp is a number of seconds, not {_shown(value)}")
    return int(cast(float, value))


def _limit(value: object) -> float | None:
    if value is None:
        return None
    if type(value) not in {int, float} or not 0 < cast(float, value) <= LONGEST:
        raise CastError(f"1: idle_time_limit is a number of seconds, not {_shown(value)}")
    return float(cast(float, value))


def _colours(value: object) -> Colours | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise CastError(f"1: a theme is an object, not {_shown(value)}")
    colours = []
    for name in ("fg", "bg"):
        colour = value.get(name)
        if not isinstance(colour, str) or not re.fullmatch("#[0-9a-fA-F]{6}", colour):
            raise CastError(f"1: {name} of the theme is a colour as #rrggbb, not {_shown(colour)}")
        colours.append(colour)
    palette = value.get("palette")
    if not isinstance(palette, str) or not re.fullmatch(
        "(#[0-9a-fA-F]{6}:){7}((#[0-9a-fA-F]{6}:){8})?#[0-9a-fA-F]{6}", palette
    ):
        raise CastError("1: palette of the theme is 8 or 16 colours as #rrggbb with : between them")
    return Colours(colours[0], colours[1], tuple(palette.split(":")))


def _events(lines: Iterable[str], version: int) -> Iterator[Event]:
    before = 0.0
    ended = False
    for number, line in enumerate(lines, 2):
        if not line.strip() or (version == 3 and line.startswith("#")):
            continue
        event = _json(line.rstrip("\n"), number)
        if not isinstance(event, list) or len(event) != 3:
            raise CastError(f"{number}: an event is [time, code, data], not {_shown(event)}")
        time, code, data = event
        if type(time) not in {int, float} or not time >= 0 or time == math.inf:
            raise CastError(f"{number}: a time is a number of seconds, not {_shown(time)}")
        if code not in tuple(CODES[version]):
            known = ", ".join(CODES[version])
            raise CastError(f"{number}: the codes of events are {known}, not {_shown(code)}")
        if not isinstance(data, str):
            raise CastError(f"{number}: the data of an event is a text, not {_shown(data)}")
        if time > LONGEST:
            raise CastError(f"{number}: {_shown(time)} s is more than a recording of a week")
        at = time if version == 2 else before + time
        if at < before:
            raise CastError(f"{number}: time runs back, from {before:g} to {at:g} s")
        if at > LONGEST:
            raise CastError(f"{number}: {at:g} s is more than a recording of a week")
        if ended:
            raise CastError(f"{number}: nothing comes after the exit")
        _check_data(number, code, data)
        before, ended = at, code == "x"
        yield Event(round(at * 1000), cast(Code, code), data)


def _check_data(number: int, code: str, data: str) -> None:
    if code == "r":
        size = size_of(data)
        if size is None or not (1 <= size[0] <= WIDEST and 1 <= size[1] <= TALLEST):
            raise CastError(f"{number}: another size is given as 80x24, not {_shown(data)}")
    if code == "x" and not re.fullmatch("-?[0-9]{1,10}", data):
        raise CastError(f"{number}: the exit has a status, a number, not {_shown(data)}")


def size_of(data: str) -> tuple[int, int] | None:
    """Columns and lines of `80x24`."""
    found = re.fullmatch("([0-9]{1,4})x([0-9]{1,4})", data)
    return (int(found[1]), int(found[2])) if found else None
