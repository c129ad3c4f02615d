"""Settings that every test runs under."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "local", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Processes that share the tests tell each other a size, which every program would take for that of
# its terminal.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

# Tests that run in the background, or under nohup, are begun with these ignored, and so would be
# every program that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """An option to write the pictures anew that tests/tui/test_snapshots.py compares with."""
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        dest="write_snapshots",
        help="write tests/tui/snapshots",
    )
