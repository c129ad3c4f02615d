"""The page that stands alone: what is in it, and that its player shows what the app showed."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tui_transformer.recording.cells import Pen, Picture
from tui_transformer.recording.colours import DEFAULT
from tui_transformer.recording.film import Film
from tui_transformer.recording.page import page
from tui_transformer.recording.still import svg


def picture(*lines: str) -> Picture:
    rows = []
    for line in lines:
        cells: list[tuple[str, Pen]] = []
        for char in line.ljust(20):
            cells.append((char, Pen(fore=(9, 9, 9)) if char.isupper() else Pen()))
            if char == "字":
                cells.append(("", Pen()))
        rows.append(tuple(cells[:20]))
    return Picture(20, len(rows), tuple(rows))


HOSTILE = "</script><b>{{script}}"
SHOWN = [
    picture("one Two", "▀▄█"),
    picture("one two", HOSTILE[:19]),
    picture("字 e\u0301"[:3], "x"),
]


@pytest.fixture
def made() -> tuple[Film, str]:
    film = Film(HOSTILE)
    for n, shown in enumerate(SHOWN):
        film.shoot(shown, float(n))
        film.mark(f"{n} {HOSTILE}", n + 0.1)
    return film, page(film.cast(5.0), film.frames, HOSTILE)


def test_nothing_in_it_can_ask_the_network(made: tuple[Film, str]) -> None:
    _, html = made
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert not re.search(r"https?:|\bsrc=|@import|url\(", html)
    for element in ("script", "style"):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy[1]


def test_text_of_the_recording_stays_text(made: tuple[Film, str]) -> None:
    _, html = made
    assert html.count("</script>") == 2
    assert "<b>" not in html
    assert "&lt;/script&gt;" in html


def test_a_still_shows_text_as_text() -> None:
    image = svg(SHOWN[1], DEFAULT, HOSTILE)
    assert "<b>" not in image
    assert image.count("</text>") >= 3


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed here")
def test_its_player_shows_the_pictures(made: tuple[Film, str], tmp_path: Path) -> None:
    film, html = made
    path = tmp_path / "x.html"
    path.write_text(html, encoding="utf-8")
    script = Path(__file__).with_name("page_player.js")
    done = subprocess.run(
        ["node", str(script), str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    there = [[label, frame.picture.text] for frame, label in film.markers]
    assert json.loads(done.stdout) == [*there, *reversed(there)]
