"""Casts: what is written is read back, and what is not as the format says is refused."""

import json
import re
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_transformer.recording import reading
from tui_transformer.recording.cast import Cast, Colours, Event, write
from tui_transformer.recording.reading import CastError, parse_cast, read_cast

COLOURS = Colours("#cdd4e4", "#0d1017", tuple(f"#{n:02x}0000" for n in range(16)))
HEADER = '{"version": 2, "width": 80, "height": 24}'

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def casts(draw: st.DrawFn) -> Cast:
    times = sorted(draw(st.lists(st.integers(0, 10_000_000), max_size=8)))
    events = []
    for time in times:
        code: Literal["o", "m", "r"] = draw(st.sampled_from(["o", "m", "r"]))
        size = f"{draw(st.integers(1, 300))}x{draw(st.integers(1, 100))}"
        events.append(Event(time, code, size if code == "r" else draw(texts)))
    return Cast(
        width=draw(st.integers(1, 1000)),
        height=draw(st.integers(1, 500)),
        events=tuple(events),
        title=draw(texts),
        colours=draw(st.sampled_from([None, COLOURS])),
        timestamp=draw(st.sampled_from([None, 1_700_000_000])),
    )


@given(casts(), st.sampled_from([2, 3]))
def test_what_is_written_is_read_back(cast: Cast, version: Literal[2, 3]) -> None:
    assert parse_cast(write(cast, version)) == cast


def test_version_2_is_what_asciinema_documents() -> None:
    cast = Cast(80, 24, (Event(1500, "o", "\x1b[m é"), Event(2000, "m", "one")), "t", COLOURS)
    lines = write(cast).splitlines()
    header = json.loads(lines[0])
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    assert header["theme"]["palette"].count(":") == 15
    assert lines[1:] == ['[1.500, "o", "\\u001b[m é"]', '[2.000, "m", "one"]']


def test_version_3_counts_from_event_to_event() -> None:
    cast = Cast(80, 24, (Event(1500, "o", "a"), Event(2000, "m", "one"), Event(2001, "x", "0")))
    lines = write(cast, 3).splitlines()
    header = json.loads(lines[0])
    assert (header["version"], header["term"]["cols"], header["term"]["rows"]) == (3, 80, 24)
    assert lines[1:] == ['[1.500, "o", "a"]', '[0.500, "m", "one"]', '[0.001, "x", "0"]']


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1: the file is empty"),
        ("hello", "1: this is not JSON: hello"),
        ("[1, 2]", "1: an asciicast begins with a header"),
        ('{"version": 1, "width": 80}', "1: versions 2 and 3 can be read, not 1"),
        ('{"version": true}', "1: versions 2 and 3 can be read, not True"),
        ('{"version": 2, "width": 0, "height": 9}', "1: width is a whole number from 1 to 1000"),
        ('{"version": 2, "width": 9, "height": 1e9}', "1: height is a whole number from 1 to 500"),
        ('{"version": 3, "width": 80, "height": 24}', "1: the header of version 3 has a part"),
        (HEADER[:-1] + ', "title": 3}', "1: title is a text, not 3"),
        (HEADER[:-1] + ', "theme": {"fg": "red"}}', "1: fg of the theme is a colour as #rrggbb"),
        (HEADER[:-1] + ', "idle_time_limit": -1}', "1: idle_time_limit is a number of seconds"),
        (HEADER + "\n{}", "2: an event is [time, code, data], not {}"),
        (HEADER + '\n[1, "o"]', "2: an event is [time, code, data]"),
        (HEADER + '\n["1", "o", "x"]', "2: a time is a number of seconds, not '1'"),
        (HEADER + '\n[-1, "o", "x"]', "2: a time is a number of seconds, not -1"),
        (HEADER + '\n[NaN, "o", "x"]', "2: this is not JSON"),
        (HEADER + '\n[1e400, "o", "x"]', "2: a time is a number of seconds, not inf"),
        (HEADER + '\n[true, "o", "x"]', "2: a time is a number of seconds, not True"),
        (HEADER + '\n[1, "q", "x"]', "2: the codes of events are o, i, m, r, not 'q'"),
        (HEADER + '\n[1, "x", "0"]', "2: the codes of events are o, i, m, r, not 'x'"),
        (HEADER + '\n[1, "o", 5]', "2: the data of an event is a text, not 5"),
        (HEADER + '\n[2, "o", "x"]\n\n[1, "o", "x"]', "4: time runs back, from 2 to 1 s"),
        (HEADER + '\n[9e9, "o", "x"]', "more than a recording of a week"),
        (HEADER + '\n[1, "r", "80 x 24"]', "2: another size is given as 80x24"),
        (HEADER + '\n[1, "r", "0x24"]', "2: another size is given as 80x24"),
        (HEADER + "\n[1, \"\\u001b]0;x\\u0007\", 3]", "␛]0;x"),
    ],
)  # fmt: skip
def test_what_is_no_cast_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(CastError) as caught:
        parse_cast(text)
    assert says.replace("␛", "\\x1b") in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.cast"
    path.write_text(HEADER + "\nnonsense")
    with pytest.raises(CastError, match=r"x\.cast:2: this is not JSON: nonsense"):
        read_cast(path)
    with pytest.raises(CastError, match="cannot be read: No such file"):
        read_cast(tmp_path / "none.cast")


def test_comments_stand_in_version_3_only() -> None:
    header = '{"version": 3, "term": {"cols": 80, "rows": 24}}'
    assert parse_cast(f'{header}\n# a word\n[1, "o", "x"]\n').duration == 1000
    with pytest.raises(CastError, match="2: this is not JSON"):
        parse_cast(f"{HEADER}\n# a word\n")


@given(st.text(max_size=200))
def test_nothing_but_a_cast_error_comes_of_any_text(text: str) -> None:
    read: Callable[[str], object] = parse_cast
    for whole in (text, f"{HEADER}\n{text}"):
        with suppress(CastError):
            read(whole)


# files that mean no good

DEMO = Path(__file__).parents[2] / "demos" / "worked.cast"


def refused_or_read(path: Path) -> str:
    """The one clear line that a file is refused with, or nothing where it is a cast."""
    try:
        read_cast(path)
    except CastError as error:
        message = str(error)
        assert message.startswith(str(path))
        assert "\n" not in message
        assert len(message) < len(str(path)) + 200
        return message
    return ""


@pytest.mark.parametrize("part", range(50))
def test_cut_off_at_every_fiftieth(tmp_path: Path, part: int) -> None:
    whole = DEMO.read_bytes()
    path = tmp_path / "cut.cast"
    path.write_bytes(whole[: len(whole) * part // 50])
    message = refused_or_read(path)
    if message:  # between two lines a cut cannot be seen
        assert re.search(r"cut\.cast:\d+: (this is not JSON|the file is empty)|not UTF-8", message)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"version": 2, "width": 1000000000, "height": 24}', "width is a whole number from 1 to"),
        (b'{"version": 2, "width": ' + b"9" * 6000 + b', "height": 24}', "1: this is not JSON"),
        (HEADER.encode() + b'\n[1, "r", "1000000000x1"]', "2: another size is given as 80x24"),
        (HEADER.encode() + b'\n[1, "r", "9999x9999"]', "2: another size is given as 80x24"),
        (HEADER.encode() + b"\n" + b"[" * 200_000, "2: this is not JSON"),
        (HEADER.encode() + b'\n[1, "o", "\xff"]', "is not UTF-8"),
        (b"\x1f\x8b\x08" + bytes(40), "is not UTF-8"),
        (b"PK\x03\x04" + b"\x14" * 40, "this is not JSON"),
        (HEADER.encode() + b"\n[1" + b"0" * 4000 + b', "o", "x"]', "2: "),
    ],
)
def test_hostile_files_are_refused_in_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "bad.cast"
    path.write_bytes(data)
    assert says in refused_or_read(path)


def test_no_more_is_read_than_a_cast_can_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1_000_000)
    path = tmp_path / "bad.cast"
    path.write_bytes(b" " * 1_000_001)
    assert "is larger than 1 MB" in refused_or_read(path)
    if Path("/dev/zero").exists():  # what has no size and no end
        assert "is larger than 1 MB" in refused_or_read(Path("/dev/zero"))


def test_many_empty_lines_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "empty.cast"
    path.write_bytes(HEADER.encode() + b"\n" * 3_000_000)
    tracemalloc.start()
    try:
        assert read_cast(path).events == ()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 16_000_000
