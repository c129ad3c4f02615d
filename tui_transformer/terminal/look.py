"""How the app looks and listens on this terminal: handed in by whoever starts it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import environ

from tui_transformer.terminal.choose import Chosen
from tui_transformer.terminal.config import Trouble

COLOUR_SYSTEMS = {"truecolor": "truecolor", "256": "256", "16": "standard", "none": "auto"}
"""What Textual calls the numbers of colours, in its variable TEXTUAL_COLOR_SYSTEM."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was chosen for the terminal, other keys by action id, and what to say at the start.

    `lines` holds the lines of the config file in which the keys are set; `troubles` is what of that
    file cannot be used.
    """

    chosen: Chosen = field(default_factory=Chosen)
    keys: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()


def plain_look() -> Look:
    """All that Textual can do; no colours with `NO_COLOR`."""
    return Look(Chosen(depth="none" if "NO_COLOR" in environ else "truecolor"))


FEW_FRAMES = 10
"""Pictures a second at most where every byte has to travel; Textual's own limit is 60."""


def set_up(look: Look) -> None:
    """Tell Textual, before it is imported, how many colours and pictures a second to write.

    It reads that from the environment and nowhere else. A `TEXTUAL_FPS` that is set is kept.
    """
    environ["TEXTUAL_COLOR_SYSTEM"] = COLOUR_SYSTEMS[look.chosen.depth]
    if look.chosen.low_bandwidth:
        environ["TEXTUAL_ANIMATIONS"] = "none"
        environ.setdefault("TEXTUAL_FPS", str(FEW_FRAMES))
    if look.chosen.depth == "none":
        environ["NO_COLOR"] = "1"
    else:
        environ.pop("NO_COLOR", None)
