"""What writes to the terminal."""

import os

from textual.driver import Driver


def driver_for(ascii_only: bool) -> type[Driver] | None:
    """The driver that sends little; Textual's own, `None`, where the terminal is not a Unix one."""
    if os.name == "nt":
        return None
    from tui_transformer.tui.driver import AsciiDriver, ThriftyDriver

    return AsciiDriver if ascii_only else ThriftyDriver
