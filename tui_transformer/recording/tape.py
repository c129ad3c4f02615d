"""A tape: a demo as text. The grammar is that of VHS, less what a browser is needed for.

One statement a line, `#` begins a comment. Text stands in double, single or back quotes, as it is:
nothing in it is escaped. A duration is `250ms`, `1.5s` or `2` (seconds).

    Set Title "a first walk"      of the recording
    Set Width 120                 columns; Height lines
    Set Theme dark|light|contrast    Set Color truecolor|256|16|none
    Set Glyphs blocks|ascii          Set LowBandwidth on|off
                                  few colours, and 10 pictures a second at most
    Set Cells digits|shades       what a cell of a picture is with Set Color none
    Set TypingSpeed 50ms          the pause after each key; Set WaitTimeout 15s
    Set Seed 7                    Temperature, TopK, TopP, MinP, At: as the options of tuitf
    Model worked                  and Prompt "the cat sat on"
    Type "ee"                     keys one after another; Type@20ms "…" at another pace
    Space 3                       a key with a count; also Space@1s 3, Ctrl+P, Shift+Tab
    Paste "…"                     the clipboard
    Click 10 4    Hover 10 4      the mouse, by column and line, both from 0
    Drag 10 4 20 4                pressed at the first place, let go at the last
    ScrollDown 10 4 3             the wheel, with a count; also ScrollUp, Left, Right
    Sleep 2s
    Wait /re/                     until it is on screen; Wait@5s /re/ with a limit of its own
    Expect /re/                   it is on screen now, or the recording fails
    Expect State cursor.step "sample"    a part of the session's state
    Marker "the softmax"          a chapter
    Hide    Show                  leave out what happens in between
    Screenshot picture.svg        or .txt; not where -o says what is written
    Output demo.cast              where -o does not say it
    Source other.tape
"""

from collections.abc import Iterator
from pathlib import Path

from tui_transformer.recording.grammar import source, statement, words_of
from tui_transformer.recording.statements import Place, Statement, TapeError

LONGEST = 1_000_000
"""Characters of a tape at most."""

DEEPEST = 8
"""How deep tapes may source one another."""


def read_tape(path: Path) -> list[Statement]:
    """The statements of a tape, those of tapes that it sources in their place.

    Raises:
        TapeError: it cannot be read; the message names file, line and what was expected.
    """
    return list(_file(path, (), None))


def parse_tape(text: str, path: Path) -> list[Statement]:
    """The statements of a text, as if it stood in `path`.

    Raises:
        TapeError: as :func:`read_tape`.
    """
    return list(_statements(text, path, (path.resolve(),)))


def _file(path: Path, above: tuple[Path, ...], place: Place | None) -> Iterator[Statement]:
    at = f"{place}: " if place is not None else ""
    if path.resolve() in above:
        raise TapeError(f"{at}{path} sources itself")
    if len(above) >= DEEPEST:
        raise TapeError(f"{at}tapes source one another more than {DEEPEST} deep")
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST + 1)
    except UnicodeDecodeError:
        raise TapeError(f"{at}{path} is not UTF-8 text") from None
    except OSError as error:
        raise TapeError(f"{at}{path} cannot be read: {error.strerror}") from None
    if len(text) > LONGEST:
        raise TapeError(f"{at}{path} is longer than {LONGEST:,} characters")
    yield from _statements(text, path, (*above, path.resolve()))


def _statements(text: str, path: Path, above: tuple[Path, ...]) -> Iterator[Statement]:
    for number, line in enumerate(text.split("\n"), 1):
        place = Place(str(path), number)
        words = words_of(place, line.rstrip("\r"))
        if words is None:
            continue
        other = source(words)
        if other is not None:
            yield from _file(path.parent / other, above, place)
        else:
            yield statement(words, path.parent)
