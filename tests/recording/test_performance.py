"""Tapes played on the real app: the same each time, and the picture that the app itself shows."""

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pyte
import pytest

from tui_transformer.errors import TuitfError
from tui_transformer.recording.cast import write
from tui_transformer.recording.clock import VirtualLoop
from tui_transformer.recording.performance import ExpectationError, Recording, perform
from tui_transformer.recording.reading import parse_cast
from tui_transformer.recording.reel import Reel
from tui_transformer.recording.statements import TapeError
from tui_transformer.recording.tape import parse_tape
from tui_transformer.recording.writing import rendered
from tui_transformer.terminal.look import FEW_FRAMES


def recorded(text: str) -> Recording:
    return perform(parse_tape(text, Path("t.tape")))


WALK = """
Model worked
Set Width 100
Set Height 32
Set TypingSpeed 100ms
Sleep 1s
Space 5
Marker "scores"
Expect /attention · scores/
Type "G"
Wait /sample/
Marker "the draw"
Sleep 2s
"""


@pytest.fixture(scope="module")
def walk() -> Recording:
    before = dict(os.environ)
    made = recorded(WALK)
    assert dict(os.environ) == before
    return made


def test_the_same_tape_makes_the_same_cast(walk: Recording) -> None:
    assert write(recorded(WALK).cast) == write(walk.cast)


def test_time_is_that_of_the_tape(walk: Recording) -> None:
    began = time.monotonic()
    slow = recorded("Model worked\nSleep 500s\nSpace\nSleep 100s")
    assert time.monotonic() - began < 120
    assert 600_000 <= slow.cast.duration < 600_200
    assert [label for _, label in walk.cast.markers] == ["scores", "the draw"]
    assert walk.cast.markers[0][0] == pytest.approx(1500, abs=150)


def test_the_player_shows_what_the_app_showed(walk: Recording) -> None:
    for version in (2, 3):
        reel = Reel(parse_cast(write(walk.cast, 3 if version == 3 else 2)))
        for frame in walk.frames:
            assert reel.at(frame.time) == frame.picture
        for frame, _ in walk.markers:
            assert reel.at(frame.time) == frame.picture


def test_another_emulator_shows_what_the_app_showed(walk: Recording) -> None:
    screen = pyte.Screen(walk.cast.width, walk.cast.height)
    stream = pyte.Stream(screen)
    checked = 0
    for event in walk.cast.events:
        if event.code == "o":
            stream.feed(event.data)
        elif event.code == "m":
            frame = next(frame for frame, label in walk.markers if label == event.data)
            assert [line.rstrip() for line in screen.display] == frame.picture.lines()
            checked += 1
    assert checked == 2


def test_hidden_time_is_left_out() -> None:
    shown = recorded("Model worked\nSleep 1s\nSpace\nSleep 1s")
    hidden = recorded("Model worked\nHide\nSleep 9s\nSpace 3\nShow\nSleep 1s\nSpace\nSleep 1s")
    assert hidden.cast.duration == pytest.approx(shown.cast.duration, abs=40)
    assert "norm" in hidden.frames[0].picture.text
    assert hidden.frames[0].time == 0


def test_what_is_expected_must_be_on_screen() -> None:
    with pytest.raises(
        ExpectationError, match=r"t\.tape:3: expected /no such/ on screen"
    ) as caught:
        recorded("Model worked\nSpace\nExpect /no such/")
    assert "pipeline" in caught.value.screen


def test_waiting_has_an_end() -> None:
    with pytest.raises(ExpectationError, match=r"t\.tape:2: expected /no/ .*|.*within 0\.5 s"):
        recorded("Model worked\nWait@500ms /no such thing/")


def test_the_state_can_be_expected() -> None:
    recorded(
        "Model worked\nSet Seed 4\nSpace 2\nExpect State cursor.step position\n"
        "Expect State seed 4\nExpect State sampling.temperature 1\nExpect State model worked"
    )
    with pytest.raises(ExpectationError, match="expected seed to be '5', it is '4'"):
        recorded("Model worked\nSet Seed 4\nExpect State seed 5")
    with pytest.raises(
        TapeError, match=r"the state has no 'sampling\.heat'; there are temperature"
    ):
        recorded("Model worked\nExpect State sampling.heat 5")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Sleep 0\nModel nosuch", "t.tape:2: Model must stand before the first thing"),
        ("Model nosuch", "t.tape:1: .*nosuch"),
        ('Model worked\nPrompt "zebra"', "t.tape:2: .*zebra"),
        ("Model worked\nSet At nowhere", "t.tape:2: .*nowhere"),
        (
            "Model worked\nSet Theme pink",
            "t.tape:2: Set Theme takes one of dark, light, contrast, not 'pink'",
        ),
        ("Model worked\nClick 400 3", "t.tape:2: 400 3 lies outside of the screen"),
        ('Model worked\nType "q"\nSpace', "t.tape:3: the app has been quit before this line"),
    ],
)
def test_what_cannot_be_done_names_its_line(text: str, says: str) -> None:
    with pytest.raises(TapeError, match=says):
        recorded(text)


def test_a_tape_may_quit() -> None:
    assert recorded('Model worked\nSpace\nType "q"').frames


@pytest.mark.parametrize("depth", ["truecolor", "256", "16", "none"])
def test_every_depth_of_colour(depth: str) -> None:
    made = recorded(f"Model worked\nSet Color {depth}\nSpace 6")
    sent = "".join(event.data for event in made.cast.events)
    assert ("38;2;" in sent) == (depth == "truecolor")
    assert ("38;5;" in sent) == (depth == "256")
    styles = set(re.findall(r"\x1b\[([0-9;]*)m", sent))
    if depth == "none":
        assert {code for style in styles for code in style.split(";")} <= set("0123479") | {""}
    assert styles
    reel = Reel(parse_cast(write(made.cast)))
    assert all(reel.at(frame.time) == frame.picture for frame in made.frames)


def test_themes_are_drawn_with_their_colours() -> None:
    backs = set()
    for theme in ("dark", "light", "contrast"):
        colours = recorded(f"Model worked\nSet Theme {theme}\nSpace").cast.colours
        assert colours is not None
        backs.add(colours.back)
    assert len(backs) == 3


def test_glyphs_and_low_bandwidth() -> None:
    plain = recorded("Model worked\nSet Glyphs ascii\nSpace 6")
    assert all(frame.picture.text.isascii() for frame in plain.frames)
    assert "".join(event.data for event in plain.cast.events).isascii()
    inks = []
    for low in ("off", "on"):
        made = recorded(f"Model worked\nSet LowBandwidth {low}\nSet At blocks.0.scores\nSleep 1")
        sent = "".join(event.data for event in made.cast.events)
        inks.append(len(set(re.findall(r"\x1b\[[0-9;]*m", sent))))
    assert inks[1] < inks[0]


PLAYS = """
Model toy
Prompt "the cat sat on the mat and the cat ran to"
Set At blocks.0.softmax
Set LowBandwidth LOW
Type@10ms "a))))"
Type@25ms ".,.,.,.,"
Up@30ms 15
Type@25ms ".,.,.,.,"
Down@30ms 15
Wait /32 of 32 tokens/
Sleep 500ms
"""
"""Eight tokens a second; head and cursor move thirty times a second meanwhile."""


def test_low_bandwidth_sends_few_pictures_and_fewer_bytes_while_it_generates() -> None:
    usual, low = (recorded(PLAYS.replace("LOW", on)) for on in ("off", "on"))

    def most_within(made: Recording, milliseconds: int) -> int:
        times = [event.time for event in made.cast.events if event.code == "o"]
        return max(sum(t <= u < t + milliseconds for u in times) for t in times)

    assert most_within(usual, 1000) > 25
    for seconds in (1, 2):  # one more where the first of them comes after a rest
        assert most_within(low, 1000 * seconds) <= FEW_FRAMES * seconds + 1
    sent = [
        sum(len(event.data.encode()) for event in made.cast.events if 0 < event.time < 2000)
        for made in (usual, low)
    ]
    assert sent[1] < 0.75 * sent[0], sent
    assert low.frames[-1].picture.text == usual.frames[-1].picture.text


def test_with_few_pictures_a_tape_still_sees_what_was_done() -> None:
    tape = (
        "Model worked\nSet LowBandwidth on\nSpace@20ms 3\nExpect /step 4 of/\nMarker 'four'\n"
        "Space@20ms\nExpect State cursor.step blocks.0.qkv\nScreenshot x.txt"
    )
    made = recorded(tape)
    assert made == recorded(tape)
    ((frame, _),) = made.markers
    assert "step 4 of" in frame.picture.text
    ((_, picture),) = made.screenshots
    assert "step 5 of" in picture.text


def test_cells_without_colour_are_digits_or_shades() -> None:
    tape = "Model toy\nSet Color none\nSet At blocks.0.softmax\nSleep 1"
    digits, shades = (
        recorded(f"{tape}\nSet Cells {cells}".replace("\nSleep 1", "") + "\nSleep 1").frames[-1]
        for cells in ("digits", "shades")
    )
    assert digits.picture.text != shades.picture.text
    assert sum(map(shades.picture.text.count, "░▒▓")) > sum(map(digits.picture.text.count, "░▒▓"))
    assert recorded(tape).frames[-1] == digits


def test_what_is_given_beside_a_tape_counts_more() -> None:
    tape = "Model worked\nSet Theme dark\nSet Color 256\nSpace 2"
    given = perform(parse_tape(tape, Path("t.tape")), {"Theme": "light", "Glyphs": "ascii"})
    said = recorded(tape.replace("dark", "light\nSet Glyphs ascii"))
    assert write(given.cast) == write(said.cast)
    assert write(given.cast) != write(recorded(tape).cast)


def test_mouse_and_paste() -> None:
    made = recorded(
        'Model toy\nType "e"\nPaste "the dog ran"\nWait /dog/\nClick 6 10\nScrollDown 6 10\nSleep 1'
    )
    assert len(made.frames) > 3


def test_machine_and_shell_leave_no_trace(tmp_path: Path) -> None:
    """Two processes in different surroundings write the same bytes."""
    tape = tmp_path / "t.tape"
    tape.write_text('Model toy\nSpace@300ms 8\nType "ss"\nMarker \'two\'\nType "m"\nSleep 1s\n')
    root = Path(__file__).parents[2]
    made: list[bytes] = []
    for env in (
        {"TERM": "dumb", "NO_COLOR": "1", "LC_ALL": "C", "TEXTUAL_THEME": "nord", "TZ": "UTC"},
        {"TERM": "linux", "COLORTERM": "", "LC_ALL": "C.UTF-8", "TEXTUAL_FPS": "7",
         "OPENBLAS_NUM_THREADS": "2", "COLUMNS": "40", "HF_HOME": str(tmp_path)},
    ):  # fmt: skip
        out = tmp_path / f"{len(made)}.cast"
        done = subprocess.run(
            [sys.executable, "-m", "tui_transformer", "record", str(tape), "-o", str(out)],
            cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(root)} | env,
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1]


def test_every_kind_of_file(walk: Recording) -> None:
    text = rendered(walk, Path("x.txt"))
    heads = re.findall(r"^── (\d:\d\d\.\d{3}) ── (.*?) ─+$", text, re.MULTILINE)
    assert [label for _, label in heads] == ["scores", "the draw"]
    page = rendered(walk, Path("x.html"))
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    picture = rendered(walk, Path("x.svg"))
    assert picture.startswith("<svg")
    assert "font-face" not in picture
    with pytest.raises(TuitfError, match=r"what is x\.gif to be\?"):
        rendered(walk, Path("x.gif"))


def test_the_loop_waits_for_threads_and_for_nothing_else() -> None:
    order: list[tuple[str, float]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def work() -> None:
            time.sleep(0.05)
            order.append(("worked", loop.time()))

        loop.call_later(0.01, lambda: order.append(("timer", loop.time())))
        loop.run_in_executor(None, work)
        await asyncio.sleep(3600)
        order.append(("slept", loop.time()))

    began = time.monotonic()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())
    assert time.monotonic() - began < 30
    assert [what for what, _ in order] == ["worked", "timer", "slept"]
    assert [at for _, at in order] == pytest.approx([0, 0.01, 3600])


def test_a_loop_in_which_nothing_can_happen_says_so() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with (
        pytest.raises(TuitfError, match="waits for something that never comes"),
        asyncio.Runner(loop_factory=VirtualLoop) as runner,
    ):
        runner.run(main())
