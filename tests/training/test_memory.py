"""Keeping freed memory changes no number."""

import platform
import subprocess
import sys

RUN = """
import resource, sys
from tests.training.small import small_run
from tui_transformer.training.memory import keep_freed_memory
kept = sys.argv[1] == "keep" and keep_freed_memory()
run = small_run(steps=8)
losses = [run.advance().loss for _ in range(8)]
print(kept, *losses, *run.trainer.parameters.flat[:50])
"""


def numbers(how: str) -> tuple[bool, list[float]]:
    done = subprocess.run(
        [sys.executable, "-c", RUN, how], capture_output=True, text=True, timeout=120, check=True
    )
    kept, *values = done.stdout.split()
    return kept == "True", [float(value) for value in values]


def test_no_number_changes() -> None:
    kept, values = numbers("keep")
    _, plain = numbers("plain")
    assert values == plain
    if platform.libc_ver()[0] == "glibc":
        assert kept
