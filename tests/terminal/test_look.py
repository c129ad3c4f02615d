"""What Textual is told before it is imported."""

import subprocess
import sys

import pytest

SCRIPT = """
from tui_transformer.terminal.choose import Chosen
from tui_transformer.terminal.look import Look, set_up
set_up(Look(Chosen(low_bandwidth={low})))
from textual.screen import UPDATE_PERIOD
print(round(1 / UPDATE_PERIOD))
"""


@pytest.mark.parametrize(
    ("low", "own", "frames"), [(False, "", 60), (True, "", 10), (True, "4", 4)]
)
def test_low_bandwidth_draws_fewer_pictures_a_second(low: bool, own: str, frames: int) -> None:
    environ = {"PATH": "", "PYTHONPATH": ":".join(sys.path)} | ({"TEXTUAL_FPS": own} if own else {})
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(low=low)],
        env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(found.stdout) == frames
