"""What can be found out about the terminal without asking it anything."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Depth = Literal["truecolor", "256", "16", "none"]
"""How many colours a terminal can show."""

MONOCHROME = ("vt100", "vt102", "vt220", "vt52")
LOCALE_NAMES = ("LC_ALL", "LC_CTYPE", "LANG")
COERCED = ("C.UTF-8", "C.utf8", "UTF-8")


@dataclass(frozen=True, slots=True)
class Found:
    """A terminal as the environment describes it.

    `depth_from` says what told the colours; `locale` is the setting that decides (`LANG=C`), empty
    where none is set; `size` is (columns, lines).
    """

    term: str
    size: tuple[int, int]
    depth: Depth
    depth_from: str
    no_color: bool
    encoding: str
    locale: str
    utf8: bool
    tmux: bool
    ssh: bool
    on_terminal: bool


def look_around(environ: Mapping[str, str] = os.environ) -> Found:
    """Look at the environment and at stdout."""
    term = environ.get("TERM", "")
    depth, told = depth_of(environ)
    name = locale_name(environ)
    locale = f"{name}={environ[name]}" if name else ""
    encoding = getattr(sys.stdout, "encoding", None) or "none"
    size = shutil.get_terminal_size()
    return Found(
        term=term,
        size=(size.columns, size.lines),
        depth=depth,
        depth_from=told,
        no_color="NO_COLOR" in environ,
        encoding=encoding,
        locale=locale,
        utf8=is_utf8(environ.get(name, "") if name else "", encoding),
        tmux="TMUX" in environ or "STY" in environ or term.startswith(("tmux", "screen")),
        ssh=any(environ.get(n) for n in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")),
        on_terminal=sys.stdout is not None and sys.stdout.isatty(),
    )


def locale_name(environ: Mapping[str, str]) -> str:
    """Which variable decides about the encoding; empty where none is set.

    Where Python does not know the locale of LANG it sets LC_CTYPE itself (PEP 538): that says what
    Python writes, not what the terminal reads.
    """
    name = next((n for n in LOCALE_NAMES if environ.get(n)), "")
    coerced = name == "LC_CTYPE" and environ[name] in COERCED and environ.get("LANG")
    return "LANG" if coerced else name


def depth_of(environ: Mapping[str, str]) -> tuple[Depth, str]:
    """How many colours, and which variable says so."""
    colorterm = environ.get("COLORTERM", "").strip().lower()
    term = environ.get("TERM", "").strip().lower()
    if term in {"dumb", "unknown"} or term in MONOCHROME:
        return "none", f"TERM={term}"
    if colorterm in {"truecolor", "24bit"}:
        return "truecolor", f"COLORTERM={colorterm}"
    if term.endswith(("-direct", "-truecolor")):
        return "truecolor", f"TERM={term}"
    if "WT_SESSION" in environ:
        return "truecolor", "WT_SESSION"
    if "256" in term or term in {"xterm-kitty", "alacritty", "foot", "xterm-ghostty"}:
        return "256", f"TERM={term}"
    return "16", f"TERM={term}" if term else "TERM is not set"


def is_utf8(locale: str, encoding: str) -> bool:
    """Whether text may be written as UTF-8: the locale says so, or else what Python writes.

    Python writes UTF-8 in the C locale too, whether or not the terminal reads it; so a locale that
    is set has the last word.
    """
    if locale:
        return "utf8" in locale.lower().replace("-", "")
    return "utf8" in encoding.lower().replace("-", "")
