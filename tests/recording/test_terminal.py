"""The terminal for playback shows what another emulator, pyte, shows; it lets nothing through."""

import unicodedata

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_transformer.recording.cells import BOLD, PLAIN, REVERSE, Pen, Picture
from tui_transformer.recording.differences import ansi, runs_between
from tui_transformer.recording.terminal import Terminal

W, H = 12, 5

number = st.integers(0, 14).map(str)
moves = st.builds(
    lambda n, m, f: f"\x1b[{n};{m}{f}" if f in "Hf" else f"\x1b[{n}{f}",
    number, number, st.sampled_from("ABCDEFGHfd"),
)  # fmt: skip
erases = st.builds(lambda n, f: f"\x1b[{n}{f}", st.sampled_from("012"), st.sampled_from("JK"))
# without L and M: pyte 0.8.2 leaves lines where blank ones should move in; without @: it brings
# back what was pushed out
edits = st.builds(lambda n, f: f"\x1b[{n}{f}", number, st.sampled_from("XP"))
styles = st.lists(
    st.sampled_from(["0", "1", "4", "7", "22", "27", "31", "42", "39", "49", "93", "104",
                     "38;5;200", "48;5;17", "38;2;1;2;3"]), max_size=3,
).map(lambda codes: f"\x1b[{';'.join(codes)}m")  # fmt: skip
words = st.text("ab é■字", min_size=1, max_size=6)
# without ESC E: pyte stays in its column
controls = st.sampled_from(["\r", "\n", "\r\n", "\b", "\t", "\x1bM", "\x1bD"])
region = st.sampled_from(
    ["\x1b[2;4r", "\x1b[1;5r", "\x1b[1;3r"]
)  # pyte stays where it is at ESC [ r
outputs = st.lists(
    st.one_of(words, words, styles, moves, erases, edits, controls, region), max_size=30
)


class Reference(pyte.Screen):
    """pyte 0.8.2 moves a cursor that is outside of the scroll region into it; terminals do not."""

    def cursor_up(self, count: int | None = None) -> None:
        top = self.margins.top if self.margins else 0
        self.cursor.y = max(self.cursor.y - (count or 1), top if self.cursor.y >= top else 0)

    def cursor_down(self, count: int | None = None) -> None:
        bottom = self.margins.bottom if self.margins else H - 1
        limit = bottom if self.cursor.y <= bottom else H - 1
        self.cursor.y = min(self.cursor.y + (count or 1), limit)


def reference(parts: list[str]) -> pyte.Screen:
    """What pyte shows. Behind a full line it has a column more, in which terminals never are."""
    screen = Reference(W, H)
    stream = pyte.Stream(screen)
    for part in parts:
        if unicodedata.category(part[0]) == "Cc" and not part.endswith("m"):
            screen.cursor.x = min(screen.cursor.x, W - 1)
        stream.feed(part)
    return screen


def shown_by_pyte(screen: pyte.Screen) -> list[str]:
    return ["".join(screen.buffer[y][x].data for x in range(W)).rstrip() for y in range(H)]


def narrow(parts: list[str]) -> list[str]:
    """Without wide characters: pyte cuts those in two in another way."""
    return [part.replace("字", "z") for part in parts]


@given(outputs)
def test_the_text_is_where_pyte_has_it(parts: list[str]) -> None:
    parts = narrow(parts)
    terminal = Terminal(W, H)
    for part in parts:
        terminal.feed(part)
    assert terminal.picture().lines() == shown_by_pyte(reference(parts))


@given(outputs, outputs)
def test_a_copy_goes_on_by_itself(first: list[str], then: list[str]) -> None:
    terminal = Terminal(20, 6)
    for part in first:
        terminal.feed(part)
    twin, there = terminal.copy(), terminal.picture()
    for part in then:
        twin.feed(part)
    assert terminal.picture() == there
    for part in then:
        terminal.feed(part)
    assert terminal.picture() == twin.picture()


@given(outputs, st.integers(0, 200))
def test_it_does_not_matter_where_output_is_cut(parts: list[str], at: int) -> None:
    whole = "".join(parts)
    one, two = Terminal(W, H), Terminal(W, H)
    one.feed(whole)
    two.feed(whole[:at])
    two.feed(whole[at:])
    assert one.picture() == two.picture()


pens = st.builds(
    Pen,
    st.sampled_from([None, 1, 12, 200, (1, 2, 3)]),
    st.sampled_from([None, 4, 15, 99, (200, 0, 9)]),
    st.sampled_from([0, BOLD, REVERSE, BOLD | REVERSE]),
)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    rows = []
    for _ in range(H):
        row: list[tuple[str, Pen]] = []
        while len(row) < W:
            pen = draw(pens) if draw(st.booleans()) else PLAIN
            for char in draw(words):
                row.append((char, pen))
                if char == "字":
                    row.append(("", pen))
        row = row[:W]
        if row[-1][0] == "字":
            row[-1] = (" ", row[-1][1])
        rows.append(tuple(row))
    return Picture(W, H, tuple(rows))


@given(st.lists(pictures(), min_size=1, max_size=4))
def test_differences_draw_the_pictures(shown: list[Picture]) -> None:
    terminal, before = Terminal(W, H), None
    for picture in shown:
        terminal.feed(ansi(runs_between(before, picture)))
        assert terminal.picture() == picture
        before = picture


@given(st.lists(pictures(), min_size=1, max_size=3))
def test_pyte_draws_them_too(shown: list[Picture]) -> None:
    screen = pyte.Screen(W, H)
    stream = pyte.Stream(screen)
    before = None
    for picture in shown:
        stream.feed(ansi(runs_between(before, picture)))
        assert shown_by_pyte(screen) == picture.lines()
        before = picture


@pytest.mark.parametrize(
    "sent",
    [
        "\x1b]0;a title\x07",
        "\x1b]2;a title\x1b\\",
        "\x9d0;a title\x9c",
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1bP$qm\x1b\\",
        "\x1b_Ga=T;x\x1b\\",
        "\x1b^private\x1b\\",
        "\x1bXsos\x1b\\",
        "\x1b[c",
        "\x1b[>c",
        "\x1b[6n",
        "\x1b[?2026$p",
        "\x1b[18t",
        "\x1b[?1003h",
        "\x1b[?2004h",
        "\x1b[>1u",
        "\x1b[5i",
        "\x05",
        "\x07",
        "\x1b#8",
        "\x1b[" + "1;" * 200 + "n",
    ],
)
def test_what_asks_something_of_a_terminal_shows_nothing(sent: str) -> None:
    terminal = Terminal(20, 3)
    terminal.feed("a" + sent + "b")
    text = terminal.picture().text
    assert text.startswith("a")
    assert "title" not in text
    assert "aGVs" not in text
    assert all(unicodedata.category(c) != "Cc" for c in text.replace("\n", ""))


@given(st.text(max_size=60))
def test_no_control_character_is_ever_in_a_picture(text: str) -> None:
    terminal = Terminal(W, H)
    terminal.feed(text)
    for char in "".join(terminal.picture().lines()):
        assert unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"}
    assert all(len(row) == W for row in terminal.picture().rows)


def test_the_other_screen_comes_and_goes() -> None:
    terminal = Terminal(W, H)
    terminal.feed("main\x1b[?1049h\x1b[Hother")
    assert terminal.picture().lines()[0] == "other"
    terminal.feed("\x1b[?1049l!")
    assert terminal.picture().lines()[0] == "main!"


def test_the_letters_for_lines() -> None:
    terminal = Terminal(W, H)
    terminal.feed("\x1b(0lqk\x1b(Blqk")
    assert terminal.picture().lines()[0] == "┌─┐lqk"


def test_cells_are_put_in_and_taken_out() -> None:
    terminal = Terminal(W, H)
    terminal.feed("abc字defghi\x1b[3G\x1b[2@")
    assert terminal.picture().lines()[0] == "ab  c字defgh"
    terminal.feed("\x1b[7G\x1b[@")
    assert terminal.picture().lines()[0] == "ab  c   defg"  # in the middle of a wide one
    terminal.feed("\x1b[1G\x1b[4P")
    assert terminal.picture().lines()[0] == "c   defg"
    terminal.feed("\x1b[1G\x1b[4hxy\x1b[4lz")
    assert terminal.picture().lines()[0] == "xyz   defg"


def test_lines_are_put_in_and_taken_out() -> None:
    terminal = Terminal(W, H)
    terminal.feed("a\r\nb\r\nc\x1b[2H\x1b[L")
    assert terminal.picture().lines() == ["a", "", "b", "c", ""]
    terminal.feed("\x1b[1H\x1b[2M")
    assert terminal.picture().lines() == ["b", "c", "", "", ""]
