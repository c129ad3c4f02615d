"""What the driver sends gives the same screen as what it was given, in fewer bytes."""

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_transformer.tui.ascii import ASCII, in_ascii
from tui_transformer.tui.driver import Thrift
from tui_transformer.tui.pen import PLAIN, change, pen_after

WIDTH, HEIGHT = 20, 5


def screen_of(*parts: str) -> list[list[tuple[object, ...]]]:
    """What an emulator shows after these writes."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    screen.reset_mode(7, private=True)  # no wrapping, as the app has it
    stream = pyte.Stream(screen)
    for part in parts:
        stream.feed(part)
    return [[seen(screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    """What an eye sees of a cell: of a blank no colour and no weight."""
    lines = (cell.underscore, cell.reverse, cell.strikethrough)
    if cell.data == " " and not any(lines):
        return " ", cell.bg
    return cell.data, cell.fg, cell.bg, cell.bold, cell.italics, *lines


@st.composite
def runs(draw: st.DrawFn) -> str:
    """A run of cells as Textual writes it: a place, a style, text, a reset."""
    x, y = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, HEIGHT - 1))
    codes = draw(
        st.sampled_from(
            [
                "",
                "1",
                "3",
                "4;7",
                "31",
                "1;38;5;208;48;5;17",
                "38;2;10;20;30;48;2;1;2;3",
                "92;104",
                "1;38;2;10;20;30;48;2;1;2;3",
                "9;48;5;17",
            ]
        )
    )
    text = draw(st.text("ab ▀▄·│é", max_size=WIDTH))
    cut = text[: WIDTH - x]
    styled = f"\x1b[{codes}m{cut}\x1b[0m" if codes else cut
    return f"\x1b[{y + 1};{x + 1}H{styled}"


FULL = "".join(f"\x1b[{y + 1};1H{'.' * WIDTH}" for y in range(HEIGHT))


@given(st.lists(st.lists(runs(), max_size=6).map("".join), max_size=8))
@settings(max_examples=200)
def test_the_screen_is_the_same(frames: list[str]) -> None:
    thrift = Thrift()
    sent = [thrift(frame) for frame in [FULL, *frames]]
    assert screen_of(*sent) == screen_of(FULL, *frames)
    assert thrift(frames[-1] if frames else FULL) == ""  # what is there is not sent again


def test_wide_characters_are_never_cut_in_two() -> None:
    thrift = Thrift()
    sent = [thrift("\x1b[1;1Ha漢字b....")]
    assert screen_of(*sent)[0][1][0] == "漢"
    sent.append(thrift("\x1b[1;1Ha漢宇b...."))
    assert sent[-1] == "\x1b[1;4H宇"
    sent.append(thrift("\x1b[1;1Hx"))
    assert sent[-1] == "\x1b[1Hx"
    thrift("\x1b[1;1H    ")
    assert "b" not in thrift("\x1b[1;1H    ")
    assert thrift("\x1b[1;1Ha漢") == "\x1b[1Ha漢"


def test_nothing_is_sent_twice_until_the_screen_is_not_known() -> None:
    thrift = Thrift()
    picture = "\x1b[1;1H\x1b[31mred\x1b[0m plain"
    first = thrift(picture)
    assert "red" in first
    assert thrift(picture) == ""
    assert thrift("\x1b[1;1H\x1b[31mrod\x1b[0m plain") == "\x1b[1;2H\x1b[31mo"
    for unknown in ("\x1b[2J", "\x1b[?1049h"):
        assert thrift(unknown).endswith(unknown)
        assert "plain" in thrift(picture)
    thrift.forget()
    assert "plain" in thrift(picture)


def test_other_sequences_go_out_whole_and_in_their_turn() -> None:
    thrift = Thrift()
    sent = thrift("\x1b[2;3Ha\x1b]0;title\x07b\x1b[?25l")
    assert sent.replace("\x1b[m", "") == "\x1b[2;3Ha\x1b]0;title\x07b\x1b[?25l"


@given(st.lists(st.sampled_from(["1", "4", "31", "38;5;3", "48;2;1;2;3", "0", "39", "49", ""])))
def test_pens(steps: list[str]) -> None:
    pen, shown = PLAIN, pyte.Screen(2, 1)
    stream = pyte.Stream(shown)
    for codes in steps:
        new = pen_after(codes, pen)
        stream.feed(change(pen, new))
        pen = new
    stream.feed("x")
    wanted = pyte.Screen(2, 1)
    pyte.Stream(wanted).feed("".join(f"\x1b[{codes}m" for codes in steps) + "x")
    assert shown.buffer[0][0] == wanted.buffer[0][0]


def test_ascii_keeps_the_width() -> None:
    assert all(len(sign) == len(shown) == 1 and shown.isascii() for sign, shown in ASCII.items())
    assert in_ascii("a·b │ 漢 é") == "a.b | ?? ?"
    assert Thrift(ascii_only=True)("\x1b[1;1H▀▄") == '\x1b[1H"_'
