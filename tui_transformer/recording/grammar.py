"""What a line of a tape may be: one function a command."""

import re
from collections.abc import Callable
from pathlib import Path

from tui_transformer.recording.keys import key_named, key_names
from tui_transformer.recording.statements import (
    Expect,
    ExpectState,
    Marker,
    Mouse,
    Output,
    Paste,
    Place,
    Press,
    Screenshot,
    Set,
    Sleep,
    Statement,
    TapeError,
    Value,
    Visible,
    Wait,
)
from tui_transformer.recording.tape_words import Token, Words, choice, duration, real, whole
from tui_transformer.render.palettes import THEMES
from tui_transformer.tokenizers import visible

MOST_PRESSES = 1000
OUTPUTS = (".cast", ".svg", ".txt", ".html")
STILLS = (".svg", ".txt")

SETTINGS: dict[str, Callable[[str], Value]] = {
    "Width": whole(20, 500),
    "Height": whole(5, 200),
    "Theme": choice(*THEMES),
    "Color": choice("truecolor", "256", "16", "none"),
    "Glyphs": choice("blocks", "ascii"),
    "Cells": choice("digits", "shades"),
    "LowBandwidth": choice("on", "off"),
    "TypingSpeed": duration,
    "WaitTimeout": duration,
    "Title": str,
    "Seed": whole(0, 999_999_999),
    "Temperature": real(0, 1000),
    "TopK": whole(0, 999_999_999),
    "TopP": real(0, 1),
    "MinP": real(0, 1),
    "At": str,
}
ANYWHERE = {"TypingSpeed", "WaitTimeout"}
"""The settings that may change while the app runs."""


def statement(words: Words, folder: Path) -> Statement:
    """The statement that a line of words makes; paths are taken from `folder`.

    Raises:
        TapeError: it makes none; the message says what was expected.
    """
    name, pace = _head(words)
    if pace is not None and name not in {"Type", "Wait"} and key_named(name) is None:
        raise TapeError(f"{words.place}: only Type, keys and Wait take a time after @, not {name}")
    key = key_named(name)
    if key is not None:
        count = int(words.read(whole(1, MOST_PRESSES), "how many times")) if words.tokens else 1
        made: Statement = Press(words.place, (key,) * count, pace)
    elif name == "Type":
        made = Press(words.place, _typed(words), pace)
    elif name == "Wait":
        made = Wait(words.place, _pattern(words), pace)
    elif name in COMMANDS:
        made = COMMANDS[name](words, folder)
    else:
        raise TapeError(f"{words.place}: {_unknown(name)}")
    words.end()
    return made


def _head(words: Words) -> tuple[str, float | None]:
    """The command of a line and the time that stands after its `@`."""
    if words.tokens[0].kind != "word":
        raise TapeError(f"{words.place}: a line begins with a command, not with {words.tokens[0]}")
    name, at, pace = words.take("a command", "word").partition("@")
    name = "Wait" if name == "Wait+Screen" else name
    words.what = name
    try:
        return name, duration(pace) if at else None
    except ValueError as error:
        place = words.place
        raise TapeError(f"{place}: after @ stands {error}, not {visible(pace)!r}") from None


def _set(words: Words, folder: Path) -> Statement:
    name = words.take(f"a setting: {', '.join(SETTINGS)}", "word")
    if name not in SETTINGS:
        there = ", ".join(SETTINGS)
        raise TapeError(f"{words.place}: there is no setting {visible(name)!r}; there are {there}")
    words.what = f"Set {name}"
    return Set(words.place, name, words.read(SETTINGS[name], "a value"))


def _model(words: Words, folder: Path) -> Statement:
    return Set(words.place, "Model", words.take("the name of a model", "word", "text"))


def _prompt(words: Words, folder: Path) -> Statement:
    return Set(words.place, "Prompt", words.take("a text in quotes", "text"))


def _paste(words: Words, folder: Path) -> Statement:
    return Paste(words.place, words.take("a text in quotes", "text"))


def _mouse(words: Words, folder: Path) -> Statement:
    return Mouse(words.place, words.what, (_cell(words),))


def _wheel(words: Words, folder: Path) -> Statement:
    name, cell = words.what, _cell(words)
    count = int(words.read(whole(1, MOST_PRESSES), "how many times")) if words.tokens else 1
    return Mouse(words.place, name, (cell,), count)


def _drag(words: Words, folder: Path) -> Statement:
    cells = [_cell(words), _cell(words)]
    while words.tokens:
        cells.append(_cell(words))
    return Mouse(words.place, words.what, tuple(cells))


def _cell(words: Words) -> tuple[int, int]:
    more = ", and so on for each place on the way" if words.what == "Drag" else ""
    expected = f"a column and a line, both from 0{more}"
    x, y = (int(words.read(whole(0, 999), expected)) for _ in "xy")
    return x, y


def _sleep(words: Words, folder: Path) -> Statement:
    return Sleep(words.place, float(words.read(duration, "a time, such as 500ms or 2s")))


def _expect(words: Words, folder: Path) -> Statement:
    if not words.tokens or words.tokens[0] != Token("word", "State"):
        return Expect(words.place, _pattern(words))
    words.tokens.pop(0)
    words.what = "Expect State"
    name = words.take("the name of a part of the state, such as cursor.step", "word")
    return ExpectState(words.place, name, words.take("what it is to be", "word", "text"))


def _marker(words: Words, folder: Path) -> Statement:
    return Marker(words.place, words.take("a text in quotes", "text"))


def _visible(words: Words, folder: Path) -> Statement:
    return Visible(words.place, words.what == "Show")


def _screenshot(words: Words, folder: Path) -> Statement:
    return Screenshot(words.place, folder / _path(words, STILLS))


def _output(words: Words, folder: Path) -> Statement:
    return Output(words.place, folder / _path(words, OUTPUTS))


COMMANDS: dict[str, Callable[[Words, Path], Statement]] = {
    "Set": _set,
    "Model": _model,
    "Prompt": _prompt,
    "Paste": _paste,
    "Hover": _mouse,
    "Click": _mouse,
    "Drag": _drag,
    "ScrollUp": _wheel,
    "ScrollDown": _wheel,
    "ScrollLeft": _wheel,
    "ScrollRight": _wheel,
    "Sleep": _sleep,
    "Expect": _expect,
    "Marker": _marker,
    "Hide": _visible,
    "Show": _visible,
    "Screenshot": _screenshot,
    "Output": _output,
}
_NOT_HERE = {
    "Require": "no program is needed to record; Model names the model",
    "Env": "the environment is the same for every recording",
    "Copy": 'there is no clipboard; Paste "…" says what is pasted',
}


def _typed(words: Words) -> tuple[str, ...]:
    text = words.take("a text in quotes", "text")
    for char in text:
        if not char.isprintable():
            what = visible(char)
            raise TapeError(f"{words.place}: {what} cannot be typed; Paste takes any text")
    return tuple(text)


def _pattern(words: Words) -> "re.Pattern[str]":
    text = words.take("a pattern between slashes, such as /softmax/", "pattern")
    try:
        return re.compile(text.replace("\\/", "/"), re.MULTILINE)
    except re.error as error:
        raise TapeError(f"{words.place}: /{visible(text)}/ is no pattern: {error}") from None


def _path(words: Words, kinds: tuple[str, ...]) -> str:
    expected = f"a path that ends in {' or '.join(kinds)}"
    found = words.tokens[0] if words.tokens else None
    text = words.take(expected, "word", "text")
    if Path(text).suffix not in kinds:
        raise words.error(expected, found)
    return text


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    if name in _NOT_HERE:
        return f"there is no {name}: {_NOT_HERE[name]}"
    known = (*COMMANDS, "Type", "Wait", "Source", *key_names())
    close = get_close_matches(name, known, 1) or [w for w in known if w.lower() == name.lower()]
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return f"there is no command {visible(name)!r}; {hint}"


def source(words: Words) -> Path | None:
    """The path that a line `Source …` names; `None` for any other line."""
    if words.tokens[0] != Token("word", "Source"):
        return None
    words.tokens.pop(0)
    words.what = "Source"
    path = Path(words.take("the path of a tape", "word", "text"))
    words.end()
    return path


def words_of(place: Place, line: str) -> Words | None:
    """A line as words, `None` where nothing stands on it.

    Raises:
        TapeError: a quote is not closed.
    """
    words = Words.of(place, line)
    return words if words.tokens else None
