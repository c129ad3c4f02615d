"""`tuitf config`, `tuitf doctor` and the options about the terminal."""

from pathlib import Path

import pytest

from tests.cli.support import safe
from tui_transformer.cli import main
from tui_transformer.cli.look import drawn, look_given, look_of
from tui_transformer.tui.remap import action_ids, bad_keys, checked, wrong_keys


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("NO_COLOR", "SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "tuitf" / "config.toml"


def test_config_shows_sets_and_brings_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 0
    said = capsys.readouterr().out
    assert str(home) in said
    assert "not there yet" in said
    for name in ("color", "glyphs", "mouse", "low-bandwidth", "theme"):
        assert name in said
    assert main(["config", "theme", "light"]) == 0
    assert main(["config", "keys.step.next", "n,space"]) == 0
    assert main(["config"]) == 0
    said = capsys.readouterr().out
    assert "light      set" in said
    assert "keys.step.next  n,space" in said
    assert main(["config", "theme"]) == 0
    assert capsys.readouterr().out == "light\n"
    assert main(["config", "--unset", "theme"]) == 0
    assert main(["config", "--path"]) == 0
    assert capsys.readouterr().out.endswith(f"{home}\n")
    assert 'theme = "light"' not in home.read_text()
    assert main(["config", "--actions"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in action_ids())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["theme", "pink"], "theme is one of dark, light, contrast"),
        (["colour", "16"], "no setting 'colour'"),
        (["colour"], "no setting 'colour'"),
        (["keys.step.nxt", "n"], "did you mean step.next?"),
        (["keys.step.next", "n,,"], "keys are written as"),
        (["keys.step.next", "two words"], "is not a key"),
        (["--unset"], "needs the name"),
        (["--edit"], "EDITOR is not set"),
    ],
)
def test_what_cannot_be_set_is_one_line(
    args: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    assert main(["config", *args]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_wrong_file_is_told_and_the_defaults_are_taken(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.parent.mkdir()
    home.write_text('color = "16"\ntheme = "\u202epink"\n', encoding="utf-8")
    look = look_of(None, None, False, False, None)
    assert "line 2: theme is one of" in look.said
    assert safe(look.said)
    assert (look.chosen.theme, look.keys) == ("dark", {})
    assert main(["config"]) == 0
    assert "line 2" in capsys.readouterr().err
    home.write_text('[keys]\n"step.nxt" = "n"\n', encoding="utf-8")
    look = checked(look_of(None, None, False, False, None))
    assert "no action 'step.nxt'; did you mean step.next?" in look.said
    assert look.keys == {}


def test_options_come_before_the_file_and_the_file_before_the_rest(home: Path) -> None:
    home.parent.mkdir()
    home.write_text('color = "16"\nglyphs = "ascii"\nmouse = false\n[keys]\nsample = "f5"\n')
    look = look_of("256", None, False, True, "contrast")
    assert (look.chosen.depth, look.chosen.glyphs) == ("256", "ascii")
    assert (look.chosen.mouse, look.chosen.low_bandwidth) == (False, True)
    assert look.chosen.theme == "contrast"
    assert look.keys == {"sample": "f5"}


def test_keys_that_are_none() -> None:
    for good in ("n", "space,n", "ctrl+n", "shift+f5", "left_square_bracket", "é"):
        assert not bad_keys(good)
    for bad in ("", "n,", "two words", ","):
        assert bad_keys(bad)
    assert not wrong_keys({"grid.zoom": "Z"})


def test_doctor_says_what_was_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("SSH_TTY", "/dev/pts/\x1b[31m")
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1\x1b]0;t\x07")
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert safe(said)
    for word in ("16 million", "TERM=xterm-256color", "not UTF-8", "ascii", "low-bandwidth on"):
        assert word in said
    assert "SSH            yes" in said
    assert "digits" in said
    assert "tuitf config theme light" in said


def test_options_after_a_command_count_while_it_runs(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def command(name: str, count: int = 1) -> None:
        seen.append((name, count, look_given().chosen))

    with_options = drawn(command)
    values = {"color": "16", "glyphs": "ascii", "no_mouse": True, "low_bandwidth": True,
              "theme": "light", "cells": "shades"}  # fmt: skip
    with_options("x", count=2, **values)
    ((name, count, chosen),) = seen
    assert (name, count) == ("x", 2)
    assert (chosen.depth, chosen.glyphs, chosen.theme) == ("16", "ascii", "light")
    assert (chosen.mouse, chosen.low_bandwidth, chosen.cells) == (False, True, "shades")
    assert look_given().chosen.theme == "dark"
    for words in (["open", "--help"], ["train", "--help"]):
        assert main(words) == 0
        said = capsys.readouterr().out
        assert all(o in said for o in ("--color", "--theme", "--no-mouse", "--cells"))
    assert main(["open", "nothing.tuitf", "--theme", "pink"]) == 2
    assert "pink" in capsys.readouterr().err
