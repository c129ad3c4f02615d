"""The grammar of tapes: what is read, and how what cannot be is named."""

import re
from pathlib import Path

import pytest

from tui_transformer.cli.record import record
from tui_transformer.recording import statements as s
from tui_transformer.recording import tape as tape_module
from tui_transformer.recording.grammar import COMMANDS, SETTINGS
from tui_transformer.recording.keys import key_named, tape_key
from tui_transformer.recording.tape import parse_tape, read_tape

HERE = Path("demo.tape")
GRAMMAR = {"README": tape_module.__doc__, "--help": record.__doc__}
"""Where the grammar is told."""


def one(line: str) -> s.Statement:
    (statement,) = parse_tape(line, HERE)
    return statement


def wrong(text: str) -> str:
    with pytest.raises(s.TapeError) as caught:
        parse_tape(text, HERE)
    return str(caught.value)


def test_a_tape_is_read_line_by_line() -> None:
    tape = parse_tape(
        "# a demo\n\nSet Width 100  # columns\nModel worked\nSpace 3\nType@20ms 'a \"b\" #'\n", HERE
    )
    assert [statement.place.line for statement in tape] == [3, 4, 5, 6]
    assert tape[0] == s.Set(s.Place("demo.tape", 3), "Width", 100)
    assert tape[2] == s.Press(s.Place("demo.tape", 5), ("space",) * 3)
    assert tape[3] == s.Press(s.Place("demo.tape", 6), tuple('a "b" #'), 0.02)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Sleep 250ms", 0.25),
        ("Sleep 1.5s", 1.5),
        ("Sleep 2", 2.0),
        ("Sleep .5", 0.5),
    ],
)
def test_durations(line: str, expected: float) -> None:
    found = one(line)
    assert isinstance(found, s.Sleep)
    assert found.seconds == expected


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Space", "space"), ("Ctrl+P", "ctrl+p"), ("Shift+Tab", "shift+tab"), ("F5", "f5"),
        ("PageUp", "pageup"), ("Alt+Ctrl+X", "alt+ctrl+x"), ("Ctrl+Alt+Left", "alt+ctrl+left"),
    ],
)  # fmt: skip
def test_keys_have_names(name: str, key: str) -> None:
    assert key_named(name) == key
    found = one(f"{name}@1s 2")
    assert isinstance(found, s.Press)
    assert (found.keys, found.speed) == ((key, key), 1.0)


@pytest.mark.parametrize("name", ["Spce", "Ctrl+", "Ctrl+Ctrl+P", "F99", "space", "Ctrl+word"])
def test_what_is_no_key(name: str) -> None:
    assert key_named(name) is None


@pytest.mark.parametrize("key", ["space", "enter", "ctrl+p", "shift+tab", "f5", "pageup"])
def test_the_name_of_a_key_goes_both_ways(key: str) -> None:
    name = tape_key(key)
    assert name is not None
    assert key_named(name) == key


def test_a_character_has_no_name() -> None:
    assert tape_key("a") is None
    assert tape_key("left_square_bracket") is None


def test_patterns() -> None:
    waits, expects = parse_tape(r"Wait+Screen@5s /a\/b$/" + "\nExpect /^c \\d/", HERE)
    assert isinstance(waits, s.Wait)
    assert waits.limit == 5
    assert waits.pattern.search("x\na/b\ny")
    assert isinstance(expects, s.Expect)
    assert expects.pattern.search("b\nc 4")


def test_paths_are_taken_from_the_folder_of_the_tape() -> None:
    (shot, output) = parse_tape('Screenshot a/b.svg\nOutput "/x y/z.cast"', Path("demos/d.tape"))
    assert isinstance(shot, s.Screenshot)
    assert shot.path == Path("demos/a/b.svg")
    assert isinstance(output, s.Output)
    assert output.path == Path("/x y/z.cast")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "Set Width wide",
            "demo.tape:1: Set Width takes a whole number from 20 to 500, not 'wide'",
        ),
        ("\nSpce 3", "demo.tape:2: there is no command 'Spce'; did you mean Space?"),
        ("space", "demo.tape:1: there is no command 'space'; did you mean Space?"),
        ("Set Colour 256", "there is no setting 'Colour'; there are Width, Height"),
        ("Set Color 8", "Set Color takes one of truecolor, 256, 16, none, not '8'"),
        ("Sleep soon", "Sleep takes a time of at most 600s, such as 250ms, 1.5s or 2, not 'soon'"),
        ("Sleep", "demo.tape:1: Sleep takes a time, such as 500ms or 2s"),
        ("Sleep 1s 2s", "demo.tape:1: nothing may follow Sleep, not '2s'"),
        ("Type hello", "Type takes a text in quotes, not 'hello'"),
        ('Type "hello', 'demo.tape:1: this quote is never closed: "hello'),
        ('Type "a\tb"', "⇥ cannot be typed; Paste takes any text"),
        ("Wait softmax", "Wait takes a pattern between slashes, such as /softmax/, not 'softmax'"),
        ("Wait /(/", "/(/ is no pattern: missing ), unterminated subpattern"),
        ("Space 0", "Space takes a whole number from 1 to 1,000, not '0'"),
        ("Marker@1s 'x'", "only Type, keys and Wait take a time after @, not Marker"),
        ("Space@x 2", "after @ stands a time of at most 600s, such as 250ms, 1.5s or 2, not 'x'"),
        ("Screenshot x.png", "Screenshot takes a path that ends in .svg or .txt, not 'x.png'"),
        ("Set Glyphs braille", "Set Glyphs takes one of blocks, ascii, not 'braille'"),
        ("Set Cells dots", "demo.tape:1: Set Cells takes one of digits, shades, not 'dots'"),
        ("Set LowBandwidth", "demo.tape:1: Set LowBandwidth takes a value"),
        (
            "\n\nSet LowBandwidth yes",
            "demo.tape:3: Set LowBandwidth takes one of on, off, not 'yes'",
        ),
        ("Drag 3 4", "Drag takes a column and a line, both from 0, and so on"),
        ("Drag 3 4 5 6 7", "Drag takes a column and a line, both from 0, and so on"),
        ("ScrollDown 3 4 0", "ScrollDown takes a whole number from 1 to 1,000, not '0'"),
        ("Hover 3 4 5", "nothing may follow Hover, not '5'"),
        ("Click 3", "Click takes a column and a line, both from 0"),
        ('"Space"', "a line begins with a command, not with 'Space'"),
        ("Require vhs", "there is no Require: no program is needed to record"),
        ("Source other", "other cannot be read: No such file or directory"),
        ("Type '\x1b[31m'", "␛ cannot be typed"),
    ],
)
def test_errors_name_file_and_line_and_what_was_expected(text: str, says: str) -> None:
    message = wrong(text)
    assert message.startswith("demo.tape:")
    assert says in message
    assert "\x1b" not in message


@pytest.mark.parametrize("text", GRAMMAR.values(), ids=GRAMMAR)
def test_the_grammar_is_told_whole(text: str) -> None:
    words = set(re.findall(r"[A-Za-z]+", text))
    told = words | {f"Scroll{way}" for way in words}
    assert not {*SETTINGS, *COMMANDS, "Type", "Wait", "Source", "digits", "shades"} - told


def test_a_tape_sources_another(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "inner.tape").write_text("Space\nScreenshot x.svg\n")
    (tmp_path / "outer.tape").write_text('Source part/inner.tape\nType "q"\n')
    tape = read_tape(tmp_path / "outer.tape")
    assert [Path(t.place.file).name for t in tape] == ["inner.tape", "inner.tape", "outer.tape"]
    shot = tape[1]
    assert isinstance(shot, s.Screenshot)
    assert shot.path == tmp_path / "part" / "x.svg"


def test_tapes_that_source_one_another_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tape").write_text("Source b.tape\n")
    (tmp_path / "b.tape").write_text("Space\nSource a.tape\n")
    with pytest.raises(s.TapeError, match=r"b\.tape:2: .*a\.tape sources itself"):
        read_tape(tmp_path / "a.tape")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tape").write_bytes(b"\xff\xfe")
    with pytest.raises(s.TapeError, match="is not UTF-8 text"):
        read_tape(tmp_path / "a.tape")
