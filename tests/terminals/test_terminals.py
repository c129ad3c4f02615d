"""The real program in a pseudo-terminal: kinds of terminals, signals, sizes, pasting, the mouse."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminals.pty import PATIENCE, ROOT, Terminal, running


def walking(text: str) -> bool:
    """Whether the walk is on the screen."""
    return "pipeline" in text and "next token" in text and "step " in text


def waits_for(condition: Callable[[], bool], terminal: Terminal) -> None:
    """Read until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        terminal.read(0.1)


@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color", "linux", "vt100"])
def test_the_walk_in_every_kind_of_terminal(term: str) -> None:
    with running("-m", "worked", term=term) as terminal:
        terminal.until(walking)
        if term == "vt100":
            terminal.until(lambda text: "no colours: TERM=vt100; --color overrides" in text)
        terminal.send(" ")
        terminal.until(lambda text: "step 2 of" in text)
        terminal.rest()
        written = terminal.written.decode()
        if term.endswith("256color"):
            assert "38;5;" in written
            assert "38;2;" not in written
            assert "╭" in terminal.text
        elif term == "linux":
            assert not re.search("[34]8;[25];", written)
            assert re.search(r"\x1b\[[0-9;]*3[0-7]", written)
        else:
            assert not re.search(r"\x1b\[(?:[0-9;]*;)?[34][0-8][0-9;]*m", written)
            assert written.isascii()
        terminal.send("q")
        assert terminal.wait() == 0


def test_a_dumb_terminal_gets_plain_text_and_the_reason() -> None:
    with running("-m", "worked", term="dumb", size=(120, 200)) as terminal:
        assert terminal.wait() == 0
        assert "\x1b" not in terminal.written.decode()
        assert "TERM=dumb" in terminal.text
        assert "softmax" in terminal.text


@pytest.mark.parametrize(("name", "value"), [("LC_ALL", "C"), ("LANG", "de_DE.ISO-8859-1")])
def test_a_locale_that_is_not_utf8_gets_ascii_and_the_reason(name: str, value: str) -> None:
    environ = {"LANG": "", name: value}
    with running("-m", "worked", environ=environ) as terminal:
        terminal.until(walking)
        terminal.rest()
        assert terminal.written.isascii()
        terminal.until(lambda text: f"ASCII glyphs: {name}={value} is not UTF-8" in text)
        terminal.send(" ")
        terminal.until(lambda text: "step 2 of" in text)


def test_resizing_while_a_pass_runs() -> None:
    with running("-m", "toy", "-p", "the cat sat on") as terminal:
        terminal.until(walking)
        terminal.send("sss")
        for size in ((80, 24), (200, 60), (60, 20), (120, 40)):
            terminal.resize(*size)
            terminal.read(0.2)
        text = terminal.until(lambda text: walking(text) and "7 of 32 tokens" in text)
        assert len(text.splitlines()) == 40
        terminal.send("q")
        assert terminal.wait() == 0


def test_suspending_and_going_on() -> None:
    with running("-m", "worked") as terminal:
        terminal.until(walking)
        terminal.rest()
        os.kill(terminal.pid, signal.SIGTSTP)
        waits_for(lambda: terminal.state() == "T", terminal)
        terminal.rest(0.2)
        assert b"\x1b[?1049l" in terminal.written  # the shell has its screen back
        terminal.screen.reset()
        terminal.screen.resize(40, 120)
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until(walking)  # all of it is drawn again
        terminal.send(" ")
        terminal.until(lambda text: "step 2 of" in text)
        terminal.send("q")
        assert terminal.wait() == 0


def test_hanging_up_ends_the_program() -> None:
    with running("-m", "worked") as terminal:
        terminal.until(walking)
        terminal.hang_up()
        end = time.monotonic() + PATIENCE
        while not terminal.ended():
            assert time.monotonic() < end, "the program goes on without a terminal"
            time.sleep(0.05)


def test_a_burst_of_keys_is_taken_in_order_and_whole() -> None:
    """Everything in one write: steps, arrows that stop at an edge, a knob, a prompt, and on."""
    up, down, right, left = (f"\x1b[{letter}" for letter in "ABCD")
    with running("-m", "worked") as terminal:
        terminal.until(walking)
        steps = " " * 9 + "\x7f" * 4  # 1 + 9 - 4 = 6, the scores
        cell = up * 9 + down * 2 + left * 9 + right  # at the corner, then row 2, column 1
        knob = "=" * 7 + "-" * 2
        burst = (steps + cell + knob).encode()
        assert os.write(terminal.fd, burst) == len(burst)
        terminal.until(lambda text: "attn_scores[0,2,1]" in text and "1.50" in text)
        assert "step 6 of 19" in terminal.text
        prompt = f"e\x15the sat{left * 3}cat \x1b[Fx\x7f\r"  # typed, gone back in, a slip mended
        burst = (prompt + "  " + down * 3 + left * 9 + right * 2 + "=").encode()
        assert os.write(terminal.fd, burst) == len(burst)
        text = terminal.until(lambda text: "pattern[0,2,2]" in text and "1.60" in text)
        assert "step 8 of 19" in text
        assert re.search(r"the +cat +▌sat", text)
        long = (" " * 300 + "\x7f" * 120 + (right + left) * 30 + " " * 4).encode()  # 484 keys
        assert os.write(terminal.fd, long) == len(long)
        terminal.until(lambda text: "step 5 of 19" in text)
        terminal.send("q")
        assert terminal.wait() == 0


def test_pasting_a_hundred_kilobytes() -> None:
    with running("-m", "toy") as terminal:
        terminal.until(walking)
        terminal.send("e")
        terminal.until(lambda text: "Enter runs" in text or "Esc" in text)
        terminal.send("\x1b[200~" + "the cat " * 12_800 + "\x1b[201~")
        terminal.until(lambda text: "102," in text)  # that many characters
        terminal.send("\r")
        terminal.until(lambda text: "reads at most 32" in text)
        terminal.send("\x1b")
        terminal.until(walking)


def test_the_mouse_reaches_a_step_and_can_be_left_out() -> None:
    with running("-m", "worked") as terminal:
        text = terminal.until(walking)
        y = next(n for n, line in enumerate(text.splitlines(), 1) if "embedding" in line)
        terminal.send(f"\x1b[<0;6;{y}M\x1b[<0;6;{y}m")
        terminal.until(lambda text: "step 2 of" in text)
        assert b"\x1b[?1000h" in terminal.written
    with running("-m", "worked", "--no-mouse") as terminal:
        terminal.until(walking)
        terminal.rest()
        assert b"\x1b[?1000h" not in terminal.written


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_the_walk_in_tmux() -> None:
    socket = f"tuitf-test-{os.getpid()}"
    tmux = ["tmux", "-L", socket, "-f", "/dev/null"]
    environ = os.environ | {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    environ.pop("TMUX", None)
    command = f"{sys.executable} -m tui_transformer -m worked; echo gone; sleep 60"
    subprocess.run([*tmux, "new-session", "-d", "-x", "120", "-y", "40", command],
                   env=environ, check=True)  # fmt: skip
    try:

        def shows(*wanted: str) -> None:
            end = time.monotonic() + PATIENCE
            while True:
                done = subprocess.run(
                    [*tmux, "capture-pane", "-p"], env=environ, capture_output=True, check=False
                )
                text = done.stdout.decode()
                if all(part in text for part in wanted):
                    return
                assert time.monotonic() < end, text
                time.sleep(0.2)

        shows("pipeline", "next token", "quit")
        subprocess.run([*tmux, "send-keys", "Space"], env=environ, check=True)
        shows("step 2 of")
        subprocess.run([*tmux, "resize-window", "-x", "90", "-y", "30"], env=environ, check=True)
        shows("step 2 of", "next token")
        subprocess.run([*tmux, "send-keys", "q"], env=environ, check=True)
        shows("gone")
    finally:
        subprocess.run([*tmux, "kill-server"], env=environ, check=False)


@pytest.fixture
def cast(tmp_path: Path) -> str:
    """A recording in colour, with a sign that is not ASCII, longer than any test."""
    path = tmp_path / "x.cast"
    header = {"version": 2, "width": 100, "height": 30}
    drawn = "\x1b[2J\x1b[H\x1b[38;2;200;30;40mthe red cat ─ sat\x1b[m"
    path.write_text("\n".join(map(json.dumps, [header, [0, "o", drawn], [9000, "o", "!"]])))
    return str(path)


def playing(text: str) -> bool:
    """Whether the recording is on the screen, and the line below it."""
    return "red cat" in text and "0:0" in text


def test_a_recording_is_drawn_as_the_terminal_can(cast: str) -> None:
    with running("play", cast, environ={"COLORTERM": "truecolor"}) as terminal:
        terminal.until(playing)
        assert b"38;2;200;30;40" in terminal.written
        assert b"\x1b[?1000h" in terminal.written
        assert "─ sat" in terminal.text
    options = ("--color", "16", "--glyphs", "ascii", "--no-mouse")
    with running("play", cast, *options, environ={"COLORTERM": "truecolor"}) as terminal:
        terminal.until(playing)
        terminal.send(" ")
        terminal.rest()
        assert terminal.written.isascii()
        assert not re.search(rb"[34]8;[25];", terminal.written)
        assert b"\x1b[?1000h" not in terminal.written
        assert "- sat" in terminal.text
    with running("play", cast, environ={"LANG": "C", "NO_COLOR": "1"}) as terminal:
        terminal.until(lambda text: playing(text) and "ASCII glyphs: LANG=C is not UTF-8" in text)
        assert terminal.written.isascii()
        assert not re.search(rb"\x1b\[(?:[0-9;]*;)?[34][0-8][0-9;]*m", terminal.written)
        terminal.send("q")
        assert terminal.wait() == 0


def test_a_recording_goes_on_after_a_stop_by_the_shell(cast: str) -> None:
    with running("play", cast) as terminal:
        terminal.until(playing)
        os.kill(terminal.pid, signal.SIGTSTP)
        waits_for(lambda: terminal.state() == "T", terminal)
        terminal.rest(0.2)
        terminal.screen.reset()
        terminal.screen.resize(40, 120)
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until(playing)
