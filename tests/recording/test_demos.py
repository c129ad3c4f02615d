"""The demos: made again in a process of their own, they are what is kept, to the last byte."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tui_transformer.recording.reading import read_cast
from tui_transformer.recording.reel import Reel
from tui_transformer.recording.statements import Expect, Marker, Output, Screenshot
from tui_transformer.recording.tape import read_tape

ROOT = Path(__file__).parents[2]
DEMOS = ROOT / "demos"
TAPES = sorted(DEMOS.glob("*.tape"))
README = (ROOT / "README.md").read_text(encoding="utf-8")

MADE_WITH = {"textual": "8.2.8", "rich": "15.0.0", "numpy": "2.4.6"}
"""What draws and computes; with other versions a demo may differ by a cell or a digit."""
OTHERS = {name: version(name) for name, made in MADE_WITH.items() if version(name) != made}


def shots(tape: Path) -> list[Path]:
    """Where the pictures of a tape go."""
    return [s.path for s in read_tape(tape) if isinstance(s, Screenshot)]


@pytest.mark.skipif(bool(OTHERS), reason=f"made with {MADE_WITH}, here are {OTHERS}")
@pytest.mark.parametrize("tape", TAPES, ids=lambda path: path.stem)
def test_a_demo_is_made_again(tape: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui_transformer", "record", str(tape), "--check"],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr}"
    assert done.stdout.count("the same") == 1 + len(shots(tape))


@pytest.mark.parametrize("tape", TAPES, ids=lambda path: path.stem)
def test_a_demo_is_short_and_has_chapters(tape: Path) -> None:
    statements = read_tape(tape)
    (output,) = [s.path for s in statements if isinstance(s, Output)]
    assert output == tape.with_suffix(".cast")
    cast = read_cast(output)
    assert 20_000 <= cast.duration <= 120_000
    assert output.stat().st_size < 1_000_000
    chapters = [s.label for s in statements if isinstance(s, Marker)]
    assert [label for _, label in cast.markers] == chapters
    assert len(chapters) >= 5
    assert any(isinstance(s, Expect) for s in statements)
    reel = Reel(cast)
    pictures = [reel.at(time) for time, _ in reel.markers]
    assert len({picture.text for picture in pictures}) == len(pictures)


@pytest.mark.parametrize("tape", TAPES, ids=lambda path: path.stem)
def test_a_demo_is_in_the_readme(tape: Path) -> None:
    assert tape.with_suffix(".svg") in shots(tape)
    for shot in shots(tape):
        assert f"](demos/{shot.name})" in README
    assert f"demos/{tape.stem}.tape" in README


def test_every_file_of_the_demos_has_a_tape() -> None:
    assert len(TAPES) >= 3
    stems = {tape.stem for tape in TAPES}
    assert {path.stem for path in DEMOS.glob("*.cast")} == stems
    drawn = {shot for tape in TAPES for shot in shots(tape)}
    assert {path.name for path in DEMOS.glob("*.svg")} == {shot.name for shot in drawn}
