"""`tuitf record` and `tuitf play` from the command line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

TAPE = """Model worked
Set Width 90
Set Height 30
Space 3
Marker "three"
Sleep 1s
"""


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "demo.tape"
    path.write_text(TAPE)
    return path


def test_every_kind_of_file_is_written(run: Run, tape: Path) -> None:
    names = ("demo.cast", "demo.svg", "demo.txt", "demo.html")
    outs = [str(tape.with_name(name)) for name in names]
    done = run("record", str(tape), *(part for out in outs for part in ("-o", out)))
    assert (done.code, done.err) == (0, "")
    assert [line.split("  ")[0] for line in done.out.splitlines()] == outs
    header = json.loads(tape.with_name("demo.cast").read_text().splitlines()[0])
    assert (header["version"], header["width"], header["height"]) == (2, 90, 30)
    assert "timestamp" not in header
    assert tape.with_name("demo.svg").read_text().startswith("<svg")
    assert "── three ──" in tape.with_name("demo.txt").read_text()


def test_version_3(run: Run, tape: Path) -> None:
    out = tape.with_name("x.cast")
    assert run("record", str(tape), "-o", str(out), "--v3").code == 0
    assert json.loads(out.read_text().splitlines()[0])["version"] == 3
    assert run("play", str(out), "--text").out.startswith("── 0:0")


def test_check_compares(run: Run, tape: Path) -> None:
    out = tape.with_name("x.cast")
    with tape.open("a") as file:
        file.write("Output x.cast\n")
    missing = run("record", str(tape), "--check")
    assert missing.code == 1
    assert "x.cast cannot be read" in missing.err
    assert not out.exists()
    assert run("record", str(tape)).code == 0
    assert run("record", str(tape), "--check").code == 0
    lines = out.read_text().splitlines()
    out.write_text("\n".join([*lines[:2], *lines[3:]]) + "\n")
    differs = run("record", str(tape), "--check")
    assert differs.code == 1
    assert "x.cast differs from line 3 on" in differs.err


def test_with_an_output_given_the_files_of_the_tape_stay_as_they_are(
    run: Run, tape: Path, tmp_path: Path
) -> None:
    with tape.open("a") as file:
        file.write("Screenshot shot.svg\nScreenshot shot.txt\nOutput own.cast\n")
    own = [tape.with_name(name) for name in ("own.cast", "shot.svg", "shot.txt")]
    for path in own:
        path.write_text("kept")
    out = tmp_path / "elsewhere" / "x.cast"
    out.parent.mkdir()
    done = run("record", str(tape), "-o", str(out))
    assert (done.code, done.out.split("  ")[0]) == (0, str(out))
    assert done.err == "tuitf: -o names all that is written, so not the tape's screenshots\n"
    assert [path.read_text() for path in own] == ["kept"] * 3
    assert [path.name for path in out.parent.iterdir()] == ["x.cast"]
    compared = run("record", str(tape), "-o", str(out), "--check")
    assert (compared.code, compared.out) == (0, f"{out}  the same\n")
    assert run("record", str(tape), "--check").code == 1
    assert run("record", str(tape)).code == 0
    assert own[0].read_text() == out.read_text()
    assert own[1].read_text().startswith("<svg")


def test_a_tape_that_names_only_screenshots_says_where_to(run: Run, tape: Path) -> None:
    with tape.open("a") as file:
        file.write("Screenshot shot.txt\n")
    assert run("record", str(tape)).out.startswith(str(tape.with_name("shot.txt")))


def test_options_about_the_terminal_count_more_than_the_tape(
    run: Run, tape: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config" / "tuitf" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('theme = "contrast"\ncolor = "16"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def made(name: str, *args: str) -> str:
        out = tmp_path / name
        assert run("record", str(tape), "-o", str(out), *args).code == 0
        return out.read_text()

    plain = made("a.cast")
    assert made("b.cast", "--color", "auto", "--glyphs", "auto") == plain
    options = ["--theme", "light", "--color", "none", "--cells", "shades", "--glyphs", "ascii"]
    given = made("c.cast", *options, "--low-bandwidth")
    settings = ["Theme light", "Color none", "Cells shades", "Glyphs ascii", "LowBandwidth on"]
    tape.write_text("".join(f"Set {setting}\n" for setting in settings) + TAPE)
    assert made("d.cast") == given != plain
    assert made("e.cast", "--color", "256") != given


def test_a_failed_expectation_shows_the_screen(run: Run, tape: Path) -> None:
    with tape.open("a") as file:
        file.write("Expect /elephants/\n")
    done = run("record", str(tape), "-o", str(tape.with_name("x.cast")))
    assert done.code == 1
    assert "sat" in done.out
    assert done.err.startswith(f"tuitf: {tape}:7: expected /elephants/ on screen")
    assert not tape.with_name("x.cast").exists()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("record", "{tape}"), "where to? give a file with -o, such as demo.cast"),
        (("record", "{tape}", "-o", "x.gif"), "what is x.gif to be? .cast is a cast"),
        (("record", "nosuch.tape"), "nosuch.tape cannot be read: No such file"),
        (("record", "{tape}", "-o", "/nowhere/x.cast"), "/nowhere/x.cast cannot be written"),
        (("record", "{tape}", "--seed", "1"), "--seed is for live use: a script says itself"),
        (("record", "{tape}", "--no-mouse"), "--no-mouse is for live use: a script needs no term"),
        (("record", "{tape}", "--theme", "pink"), "'pink' is not one of 'dark', 'light'"),
        (("record", "{tape}", "--at", "embed"), "--at is for live use: a script says itself what"),
        (("record", "{tape}", "--tape", "x"), "--tape is for live use: a script is a tape already"),
        (("play", "{tape}"), "demo.tape:1: this is not JSON: Model worked"),
        (("play", "{tape}", "--speed", "0"), "--speed is a number from 0.01 to 100, not 0"),
        (("play", "{tape}", "--idle-limit", "-3"), "--idle-limit is a number of seconds"),
    ],
)
def test_what_can_be_mended_is_one_line(
    run: Run, tape: Path, args: tuple[str, ...], says: str
) -> None:
    assert says in run(*(arg.format(tape=tape) for arg in args)).complaint


def test_play_without_a_terminal_prints_the_chapters(run: Run, tape: Path) -> None:
    out = tape.with_name("x.cast")
    run("record", str(tape), "-o", str(out), "-o", str(out.with_suffix(".txt")))
    done = run("play", str(out))
    assert done.code == 0
    assert done.out == out.with_suffix(".txt").read_text()
    assert "the output is not a terminal, so this is the text at each marker" in done.err


def test_nothing_hostile_is_printed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.cast"
    header = {"version": 2, "width": 40, "height": 4, "title": "\x1b]0;t\x07"}
    events = [
        [0.1, "o", "\x1b]0;title\x07a\x1b]52;c;eA==\x07b\x1b[6n\x1b[c\x1bP+q544e\x1b\\c\u202ed"],
        [0.2, "m", "\x1b]0;label\x07"],
    ]
    path.write_text("\n".join(json.dumps(line) for line in [header, *events]))
    done = run("play", str(path), "--text")
    assert done.code == 0
    assert "abc<202E>d" in done.out
    assert "␛]0;label" in done.out
    assert not set(done.out) & {"\x1b", "\x07", "\u202e", "\x9d"}


@pytest.mark.skipif(
    shutil.which("asciinema", path=str(Path(sys.executable).parent)) is None,
    reason="asciinema is not installed here",
)
def test_asciinema_reads_it(run: Run, tape: Path) -> None:
    out = tape.with_name("x.cast")
    run("record", str(tape), "-o", str(out))
    program = str(Path(sys.executable).with_name("asciinema"))
    done = subprocess.run(
        [program, "cat", str(out)], capture_output=True, timeout=120, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in out.read_text().splitlines()[1:]]
    sent = "".join(data for _, code, data in events if code == "o")
    assert done.stdout.decode() == sent
    if sys.platform == "linux":  # on a terminal of its own it writes the same
        assert sent.replace("\n", "\r\n") in played(program, out)


def played(program: str, path: Path) -> str:
    """What `asciinema play` writes to a terminal of its own."""
    import pty

    sent: list[bytes] = []

    def read(handle: int) -> bytes:
        data = os.read(handle, 65536)
        sent.append(data)
        return data

    keep = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        code = pty.spawn([program, "play", "-s", "1000", str(path)], read)
    finally:
        os.dup2(keep, 1)
        os.close(keep)
        os.close(nowhere)
    assert os.waitstatus_to_exitcode(code) == 0
    return b"".join(sent).decode("utf-8", "replace")
