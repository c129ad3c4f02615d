"""The config file: `tuitf/config.toml` where XDG says that config files are.

A file that cannot be used never stops the program: what is wrong is told with its line, and the
defaults are taken.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tui_transformer.errors import InputError, TuitfError
from tui_transformer.terminal.settings import Settings, parsed

LARGEST = 100_000
"""Bytes above which a file is not one of ours."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a config file says; `trouble` is one line on what is wrong with it, or empty."""

    path: Path
    settings: Settings
    exists: bool = False
    trouble: str = ""


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the config file is; `XDG_CONFIG_HOME` counts where it is an absolute path."""
    base = environ.get("XDG_CONFIG_HOME", "")
    home = Path(base) if Path(base).is_absolute() else Path(environ.get("HOME") or "~") / ".config"
    return home.expanduser() / "tuitf" / "config.toml"


def read_config(path: Path) -> Config:
    """Read a config file; none is the same as an empty one."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Config(path, Settings())
    except OSError as error:
        return Config(path, Settings(), True, f"{path}: {error.strerror}; the defaults are used")
    try:
        return Config(path, settings_in(raw), True)
    except BadLineError as error:
        where = f"{path}, line {error.line}" if error.line else str(path)
        return Config(path, Settings(), True, f"{where}: {error}; the defaults are used")


class BadLineError(Exception):
    """What is wrong, and in which line (from 1, 0 where that is not known)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


def settings_in(raw: bytes) -> Settings:
    """The settings that the text of a config file holds.

    Raises:
        BadLineError: it cannot be used.
    """
    if len(raw) > LARGEST:
        raise BadLineError(f"more than {LARGEST:,} bytes are no config file")
    try:
        text = raw.decode("utf-8")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise BadLineError("it is not UTF-8", raw[: error.start].count(b"\n") + 1) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        reason = str(error).split(" (at ")[0]
        line = int(found[1]) if found else text.count("\n") + 1
        raise BadLineError(reason[:1].lower() + reason[1:], line) from None
    except RecursionError:
        raise BadLineError("it is nested too deeply") from None
    fields: dict[str, Any] = {}
    for name, value in data.items():
        if name == "keys":
            fields["keys"] = _keys(value, text)
            continue
        try:
            fields[name.replace("-", "_")] = parsed(name, value)
        except InputError as error:
            raise BadLineError(str(error), _line_of(name, text)) from None
    return replace(Settings(), **fields)


def _keys(table: object, text: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise BadLineError("keys is a table: [keys]", _line_of("keys", text))
    for name, keys in table.items():
        if not isinstance(keys, str) or not keys.strip():
            reason = f'the keys of {name} are text, such as "n" or "space,n"'
            raise BadLineError(reason, _line_of(name, text))
    return dict(table)


def _line_of(name: str, text: str) -> int:
    """The line in which a name is set."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"""\s*\[?\s*["']?{re.escape(name)}["']?\s*[\]=.]""", line):
            return number
    return 0


def written(settings: Settings) -> str:
    """The settings as a config file; only what differs from the defaults."""
    lines = ["# Settings of tuitf. `tuitf config` shows what can be set."]
    default = Settings()
    for name in ("color", "glyphs", "mouse", "low-bandwidth", "theme"):
        value = settings.value(name)
        if value != default.value(name):
            text = value if value in {"true", "false"} else json.dumps(value)
            lines.append(f"{name} = {text}")
    if settings.keys:
        lines += ["", "[keys]"]
        lines += [
            f"{_quoted(name)} = {_quoted(keys)}" for name, keys in sorted(settings.keys.items())
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Text as TOML has it: as JSON does, which leaves one control character as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


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
    """Change one setting in the config file; comments in it are not kept.

    Raises:
        TuitfError: the file that is there cannot be used, or cannot be written.
    """
    config = read_config(path)
    if config.trouble:
        raise TuitfError(f"{config.trouble.removesuffix('; the defaults are used')}; mend it first")
    changed = with_setting(config.settings, name, value)
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(written(changed), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise TuitfError(f"{path} cannot be written: {error.strerror}") from None
    return changed
