"""The config file: `tuitf/config.toml` where XDG says that config files are.

A file that cannot be used never stops the program: what is wrong is told with its line, and the
defaults are taken.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tui_transformer.errors import InputError, TuitfError
from tui_transformer.terminal.edit import edited
from tui_transformer.terminal.settings import CHOICES, Settings, parsed

LARGEST = 100_000
"""Bytes above which a file is not one of ours."""
ITS_DEFAULT = "its default is used"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, in which line (from 1, 0 where that is not known), and what is done now."""

    reason: str
    line: int = 0
    instead: str = ITS_DEFAULT

    def at(self, file: str) -> str:
        """One line, with the name of the file."""
        where = f"{file}, line {self.line}" if self.line else file
        return f"{where}: {self.reason}; {self.instead}"


@dataclass(frozen=True, slots=True)
class Config:
    """What a config file says, and what of it cannot be used.

    `lines` holds the line of each key that is set, by the action's id. `readable` is false where
    nothing of the file could be used.
    """

    path: Path
    settings: Settings
    exists: bool = False
    troubles: tuple[Trouble, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    readable: bool = True

    @property
    def trouble(self) -> str:
        """What is wrong with it in one line; empty where nothing is."""
        return told(self.troubles, str(self.path))


def told(troubles: Sequence[Trouble], file: str) -> str:
    """The first trouble and how many more there are, in one line; empty where there is none."""
    if not troubles:
        return ""
    more = len(troubles) - 1
    return troubles[0].at(file) + (f" (and {more} more: tuitf config)" if more else "")


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the config file is; `XDG_CONFIG_HOME` counts where it is an absolute path."""
    base = environ.get("XDG_CONFIG_HOME", "")
    home = Path(base) if Path(base).is_absolute() else Path(environ.get("HOME") or "~") / ".config"
    return home.expanduser() / "tuitf" / "config.toml"


def read_config(path: Path) -> Config:
    """Read a config file; none is the same as an empty one."""
    defaults = "the defaults are used"
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Config(path, Settings())
    except OSError as error:
        wrong = Trouble(str(error.strerror), 0, defaults)
        return Config(path, Settings(), True, (wrong,), readable=False)
    try:
        text, data = parsed_file(raw)
    except BadLineError as error:
        wrong = Trouble(str(error), error.line, defaults)
        return Config(path, Settings(), True, (wrong,), readable=False)
    settings, troubles = settings_in(data, text)
    lines = {name: line_of(name, text) for name in settings.keys}
    return Config(path, settings, True, troubles, lines)


class BadLineError(Exception):
    """Why a file cannot be read, and in which line (from 1, 0 where that is not known)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


def parsed_file(raw: bytes) -> tuple[str, dict[str, Any]]:
    """The text of a config file, and what it sets.

    Raises:
        BadLineError: it is no TOML.
    """
    if len(raw) > LARGEST:
        raise BadLineError(f"more than {LARGEST:,} bytes are no config file")
    try:
        text = raw.decode("utf-8")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise BadLineError("it is not UTF-8", raw[: error.start].count(b"\n") + 1) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        reason = str(error).split(" (at ")[0]
        line = int(found[1]) if found else text.count("\n") + 1
        raise BadLineError(reason[:1].lower() + reason[1:], line) from None
    except RecursionError:
        raise BadLineError("it is nested too deeply") from None


def settings_in(data: Mapping[str, Any], text: str) -> tuple[Settings, tuple[Trouble, ...]]:
    """The settings that a config file holds; of one that is wrong, the default and why."""
    fields: dict[str, Any] = {}
    troubles: list[Trouble] = []
    for name, value in data.items():
        if name == "keys":
            fields["keys"] = _keys(value, text, troubles)
            continue
        try:
            fields[name.replace("-", "_")] = parsed(name, value)
        except InputError as error:
            instead = ITS_DEFAULT if name in CHOICES else "it is left out"
            troubles.append(Trouble(str(error), line_of(name, text), instead))
    return replace(Settings(), **fields), tuple(troubles)


def _keys(table: object, text: str, troubles: list[Trouble]) -> dict[str, str]:
    """The keys by action; `step.next = "n"` without quotes is a table in a table."""
    if not isinstance(table, dict):
        troubles.append(Trouble("keys is a table: [keys]", line_of("keys", text)))
        return {}
    found: dict[str, str] = {}
    todo = [(str(name), keys) for name, keys in reversed(table.items())]
    while todo:
        name, keys = todo.pop()
        if isinstance(keys, dict):
            todo += [(f"{name}.{inner}", value) for inner, value in reversed(keys.items())]
        elif isinstance(keys, str) and keys.strip():
            found[name] = keys
        else:
            reason = f'the keys of {name} are text, such as "n" or "space,n"'
            troubles.append(Trouble(reason, line_of(name, text)))
    return found


def line_of(name: str, text: str) -> int:
    """The line in which a name is set, 0 where it cannot be told."""
    dotted = r"""["']?\s*\.\s*["']?""".join(map(re.escape, name.split(".")))
    pattern = rf"""\s*\[?\s*(?:keys\s*\.\s*)?["']?{dotted}["']?\s*[\]=.]"""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(pattern, line):
            return number
    return 0


def with_setting(settings: Settings, name: str, value: str | None) -> Settings:
    """The settings with one changed; `None` brings its default back.

    Raises:
        InputError: there is no such setting, or it does not take this value.
    """
    if name.startswith("keys."):
        keys = dict(settings.keys)
        keys.pop(name.removeprefix("keys."), None)
        if value is not None:
            keys[name.removeprefix("keys.")] = value
        return replace(settings, keys=keys)
    found = parsed(name, Settings().value(name) if value is None and name else value)
    return replace(settings, **{name.replace("-", "_"): found})  # type: ignore[arg-type]


def write_setting(path: Path, name: str, value: str | None) -> Settings:
    """Change one setting in the config file; all else in it stays as it was written.

    Raises:
        TuitfError: the file that is there cannot be used, or cannot be written.
    """
    config = read_config(path)
    if not config.readable:
        raise TuitfError(replace(config.troubles[0], instead="mend it first").at(str(path)))
    changed = with_setting(config.settings, name, value)
    wanted: bool | str | None = value
    if value is not None and name in CHOICES:
        wanted = {"true": True, "false": False}.get(changed.value(name), changed.value(name))
    real = path.resolve()  # where the file is a link, what it leads to is changed
    partial = real.with_name(real.name + ".partial")
    try:
        before = real.read_bytes().decode("utf-8") if config.exists else ""
        after = edited(before, name, wanted)
        text, data = parsed_file(after.encode())
        if settings_in(data, text)[0] != changed:  # never write what says something else
            raise TuitfError("it cannot be changed here: tuitf config --edit")
        real.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(after.encode())
        partial.replace(real)
    except OSError as error:
        raise TuitfError(f"{path} cannot be written: {error.strerror}") from None
    except (TuitfError, BadLineError) as error:
        raise TuitfError(f"{path}: {error}") from None
    return changed
