"""What the terminal can do, what the person prefers, and what follows from both."""

from tui_transformer.terminal.choose import Chosen, choose
from tui_transformer.terminal.config import Config, config_path, read_config, write_setting
from tui_transformer.terminal.found import Found, look_around
from tui_transformer.terminal.settings import Settings

__all__ = [
    "Chosen",
    "Config",
    "Found",
    "Settings",
    "choose",
    "config_path",
    "look_around",
    "read_config",
    "write_setting",
]
