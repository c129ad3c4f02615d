"""What a person can set about the terminal, and how each setting is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from tui_transformer.errors import InputError

ColorSetting = Literal["auto", "truecolor", "256", "16", "none"]
GlyphSetting = Literal["auto", "blocks", "ascii"]
ThemeSetting = Literal["dark", "light", "contrast"]
CellSetting = Literal["digits", "shades"]

CHOICES: dict[str, tuple[str, ...]] = {
    "color": get_args(ColorSetting),
    "glyphs": get_args(GlyphSetting),
    "mouse": ("true", "false"),
    "low-bandwidth": ("auto", "true", "false"),
    "theme": get_args(ThemeSetting),
    "cells": get_args(CellSetting),
}
"""Every setting with the values that it takes, as they are typed."""

MEANINGS = {
    "color": "how many colours are drawn",
    "glyphs": "half blocks and lines, or ASCII only",
    "mouse": "whether clicks come here or select text in the terminal",
    "low-bandwidth": "no animation, fewer colours and pictures; auto: over SSH",
    "theme": "the colours of the screen",
    "cells": "what a cell of a picture is where there is no colour",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Preferences; `auto` and `None` leave the choice to what the terminal can do.

    `keys` holds other keys for actions, by the action's id: `{"step.next": "space,n"}`.
    """

    color: ColorSetting = "auto"
    glyphs: GlyphSetting = "auto"
    mouse: bool = True
    low_bandwidth: bool | None = None
    theme: ThemeSetting = "dark"
    cells: CellSetting = "digits"
    keys: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """A setting as it is typed."""
        found = getattr(self, name.replace("-", "_"))
        if found is None:
            return "auto"
        return str(found).lower() if isinstance(found, bool) else str(found)


def parsed(name: str, value: object) -> object:
    """The value of a setting out of what was typed or read.

    Raises:
        InputError: there is no such setting, or it does not take this; the message says which are.
    """
    if name not in CHOICES:
        raise InputError(f"there is no setting {name!r}; there are {', '.join(CHOICES)}, keys.ID")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if text not in CHOICES[name]:
        raise InputError(f"{name} is one of {', '.join(CHOICES[name])}, not {text!r}")
    if name in {"mouse", "low-bandwidth"}:
        return cast("dict[str, bool | None]", {"true": True, "false": False, "auto": None})[text]
    return text
