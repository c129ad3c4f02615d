"""A recording as a web page that stands alone: its frames, and a small player for them."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import Any

from tui_transformer.recording.cast import Cast
from tui_transformer.recording.cells import BOLD, ITALIC, STRIKE, UNDERLINE, Pen, Picture
from tui_transformer.recording.colours import DEFAULT, inks
from tui_transformer.recording.differences import runs_between
from tui_transformer.recording.film import Frame
from tui_transformer.tokenizers import visible

_KEPT = BOLD | ITALIC | UNDERLINE | STRIKE


def page(cast: Cast, frames: Sequence[Frame], title: str) -> str:
    """The page as HTML.

    It needs nothing from the network, and its own rules (a content security policy) forbid it to
    ask for anything.
    """
    script = _part("player.js")
    style = _part("player.css")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"script-src '{_digest(script)}'; style-src '{_digest(style)}'"
    )
    parts = {
        "policy": policy, "title": escape(visible(title)), "style": style,
        "data": _data(cast, frames), "script": script,
    }  # fmt: skip
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _part("player.html"))


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(cast: Cast, frames: Sequence[Frame]) -> str:
    """Frames as differences: `[milliseconds, columns, lines, [[line, column, [[text, pen], …]]]]`.

    A text is a list of characters where one of them is more than one code point, or wide (then an
    empty one follows); `<` is spelled out, so that no text can end the element that this stands in.
    """
    colours = cast.colours or DEFAULT
    pens: dict[tuple[str, str, int], int] = {}

    def number(pen: Pen) -> int:
        look = (*inks(pen, colours), pen.attrs & _KEPT)
        return pens.setdefault(look, len(pens))

    told: list[Any] = []
    before: Picture | None = None
    for frame in frames:
        runs = []
        for run in runs_between(before, frame.picture):
            pieces: list[list[Any]] = []
            for text, pen in run.cells:
                if pieces and pieces[-1][1] == number(pen):
                    pieces[-1][0].append(text)
                else:
                    pieces.append([[text], number(pen)])
            packed = [[_packed(texts), pen] for texts, pen in pieces]
            runs.append([run.y, run.x, packed])
        told.append([frame.time, frame.picture.width, frame.picture.height, runs])
        before = frame.picture
    data = {
        "duration": cast.duration,
        "fore": colours.fore,
        "back": colours.back,
        "pens": list(pens),
        "markers": [[time, visible(label)] for time, label in cast.markers],
        "frames": told,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _packed(texts: list[str]) -> str | list[str]:
    return "".join(texts) if all(len(text) == 1 for text in texts) else texts
