"""What is used follows from what is found and what is asked for, and less comes with a reason."""

from dataclasses import replace

import pytest

from tui_transformer.terminal import Chosen, Found, Settings, choose, look_around
from tui_transformer.terminal.found import depth_of, is_utf8

FOUND = Found(
    term="xterm-256color", size=(120, 40), depth="truecolor", depth_from="COLORTERM=truecolor",
    no_color=False, encoding="utf-8", locale="LANG=C.UTF-8", utf8=True, tmux=False, ssh=False,
    on_terminal=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "screen-256color"}, "256"),
        ({"TERM": "tmux-256color", "COLORTERM": ""}, "256"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        ({}, "16"),
    ],
)
def test_how_many_colours(environ: dict[str, str], depth: str) -> None:
    assert depth_of(environ)[0] == depth


@pytest.mark.parametrize(
    ("locale", "encoding", "utf8"),
    [
        ("de_DE.UTF-8", "utf-8", True),
        ("C.utf8", "ascii", True),
        ("C", "utf-8", False),  # Python writes UTF-8 there, the terminal may not read it
        ("de_DE.ISO-8859-1", "iso8859-1", False),
        ("", "utf-8", True),
        ("", "ascii", False),
    ],
)
def test_whether_it_is_utf8(locale: str, encoding: str, utf8: bool) -> None:
    assert is_utf8(locale, encoding) is utf8


def test_the_first_locale_that_is_set_decides() -> None:
    found = look_around({"LANG": "C.UTF-8", "LC_ALL": "C", "SSH_TTY": "/dev/pts/1", "TMUX": "x"})
    assert (found.locale, found.utf8, found.ssh, found.tmux) == ("LC_ALL=C", False, True, True)
    assert look_around({"LC_ALL": "", "LANG": "C.UTF-8"}).utf8
    coerced = look_around({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.ISO-8859-1"})
    assert (coerced.locale, coerced.utf8) == ("LANG=de_DE.ISO-8859-1", False)
    assert look_around({"LC_CTYPE": "de_DE.UTF-8", "LANG": "C"}).utf8


def test_a_good_terminal_gets_all_and_no_reason() -> None:
    assert choose(Settings(), FOUND) == Chosen()


def test_less_comes_with_a_reason_that_names_the_cause() -> None:
    chosen = choose(Settings(), replace(FOUND, utf8=False, locale="LC_ALL=C"))
    assert chosen.glyphs == "ascii"
    assert "LC_ALL=C is not UTF-8" in chosen.reasons[0]
    chosen = choose(Settings(), replace(FOUND, ssh=True))
    assert chosen.low_bandwidth
    assert "SSH" in chosen.reasons[0]
    chosen = choose(Settings(), replace(FOUND, depth="none", depth_from="TERM=vt100", term="vt100"))
    assert (chosen.depth, chosen.glyphs) == ("none", "ascii")
    assert all("TERM=vt100" in reason for reason in chosen.reasons)


def test_what_is_asked_for_is_done() -> None:
    asked = Settings("16", "blocks", False, False, "light")
    poor = replace(FOUND, depth="none", utf8=False, ssh=True, no_color=True)
    assert choose(asked, poor) == Chosen("16", "blocks", False, False, "light")


def test_no_color_counts_unless_colours_are_asked_for() -> None:
    found = replace(FOUND, no_color=True)
    assert choose(Settings(), found).depth == "none"
    assert choose(Settings(), found).reasons == ()  # it was asked for
    assert choose(Settings(color="256"), found).depth == "256"
