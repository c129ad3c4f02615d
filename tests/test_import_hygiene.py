"""What is below knows nothing of what is above."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "tui_transformer"
FRONT_ENDS = {"__main__", "cli", "tui", "render", "recording", "classroom"}
SCREENS = ("textual", "rich", "typer")


def modules() -> dict[str, list[str]]:
    """Every module of the package, by room."""
    rooms: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = list(path.relative_to(PROJECT).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if len(parts) > 1:
            rooms.setdefault(parts[1], []).append(".".join(parts))
    return rooms


def loaded_after_importing(names: list[str]) -> set[str]:
    """The modules in memory after a fresh interpreter has imported `names`."""
    code = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
    code += "print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code, *names],
        cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_headless_rooms_load_no_screen() -> None:
    headless = [
        name for room, names in modules().items() if room not in FRONT_ENDS for name in names
    ]
    assert {
        "tui_transformer.engine.forward", "tui_transformer.sampling", "tui_transformer.errors",
        "tui_transformer.models.worked", "tui_transformer.tokenizers.visible",
    } <= set(headless)  # fmt: skip
    loaded = loaded_after_importing(headless)
    assert set(headless) <= loaded
    assert not loaded & set(SCREENS)


def test_the_engine_loads_numpy_and_nothing_else_from_outside() -> None:
    rooms = modules()
    loaded = loaded_after_importing(rooms["engine"])
    roots = {name.partition(".")[0] for name in loaded}
    bare = {name.partition(".")[0] for name in loaded_after_importing(["numpy.random"])}
    extra = roots - bare - set(sys.stdlib_module_names)
    assert extra == {"tui_transformer"}
    ours = {name.split(".")[1] for name in loaded if name.startswith("tui_transformer.")}
    assert ours == {"engine", "errors"}


def test_imports_run_one_way() -> None:
    pytest.importorskip("importlinter")
    done = subprocess.run(
        [
            sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()",
            "--config", str(PROJECT / "pyproject.toml"), "--no-cache", "--no-logo",
        ],
        cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
