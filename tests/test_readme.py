"""The README, the help and the code say the same."""

import re
import shlex
from pathlib import Path

import pytest

from tui_transformer.cli import main
from tui_transformer.models import entries
from tui_transformer.tui.actions import ACTS

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
COMMANDS = [line.split("#")[0].strip() for line in TEXT.splitlines() if line.startswith("tuitf ")]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_readme_works(
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "demos").symlink_to(README.parent / "demos")
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line)[1:]) == 0
    assert capsys.readouterr().out.strip()


def test_the_readme_has_commands_to_try() -> None:
    assert len(COMMANDS) >= 5


def test_every_key_that_the_readme_names_exists() -> None:
    table = TEXT.split("| key | | key | |")[1].split("Everything works")[0]
    keys = set(re.findall(r"`([^` ]{1,9})`", table))
    assert keys <= {act.shown for act in ACTS} | {"n", "p", "z", "Tab"}
    assert len(keys) > 15


def test_every_model_is_in_the_readme() -> None:
    for entry in entries():
        assert f"| `{entry.card.name}` |" in TEXT


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
    assert pictures
    for picture in pictures:
        assert (README.parent / picture).read_text(encoding="utf-8").startswith("<svg")


def test_parameters_in_the_readme_are_counted() -> None:
    for entry in entries():
        assert f"{entry.parameters:,}" in TEXT


def test_what_the_readme_says_of_story_was_measured() -> None:
    card = next(entry.card for entry in entries() if entry.card.name == "story")
    assert card.provenance is not None
    figures = {figure.what: figure for figure in card.provenance.figures}
    stories = figures["cross-entropy / entropy, story"].value
    assert f"at {stories:.3f} times the least possible cross-entropy" in TEXT
    whole = figures["continuations of unseen openings, grammatical and consistent"]
    assert whole.n is not None
    assert f"({whole.value * whole.n:.0f} of {whole.n} unseen openings)" in TEXT
    by_thing = figures["questions that name a thing or a place, among facts that are alike"].value
    assert f'("Who is in the park?") in {100 * by_thing:.0f} of 100 cases' in TEXT
