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


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed here")


def played(html: str, folder: Path, wanted: list[float | str]) -> list[tuple[float, str]]:
    """The time and the text of the screen after each seek and key."""
    path = folder / "x.html"
    path.write_text(html, encoding="utf-8")
    script = Path(__file__).with_name("page_player.js")
    done = subprocess.run(
        ["node", str(script), str(path), json.dumps(wanted)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(time, text) for time, text in json.loads(done.stdout)]


@needs_node
def test_its_player_shows_the_pictures(made: tuple[Film, str], tmp_path: Path) -> None:
    film, html = made
    there = [(float(frame.time), frame.picture.text) for frame, _ in film.markers]
    there += reversed(there)
    assert played(html, tmp_path, [time for time, _ in there]) == there


@needs_node
def test_its_player_goes_to_and_fro_in_a_long_recording(tmp_path: Path) -> None:
    film = Film()
    for n in range(1000):
        size = 2 if n < 500 else 3
        film.shoot(picture(*[f"{n} line {y}" if n % (y + 2) == 0 else "" for y in range(size)]), n)
    html = page(film.cast(1000.0), film.frames, "long")
    places = [999, 3, 650, 449, 199, 200, 201, 998, 0, 777, 401, 399]
    shown = played(html, tmp_path, [1000.0 * n for n in places])
    assert [text for _, text in shown] == [film.frames[n].picture.text for n in places]


@needs_node
def test_its_keys_are_those_of_play(made: tuple[Film, str], tmp_path: Path) -> None:
    _, html = made
    keys: list[float | str] = [
        "n", "]", "n", "n", "p", "[", ".", ",", "End", "ArrowLeft", "l", "5", "g", "G", "x"
    ]  # fmt: skip
    times = [100, 1100, 2100, 5000, 2100, 1100, 2000, 1000, 5000, 0, 5000, 2500, 0, 5000, 5000]
    assert [time for time, _ in played(html, tmp_path, keys)] == times
