"""A live session: what is filmed, and the tape that does the same again."""

import asyncio
from pathlib import Path

from textual import events

from tui_transformer.models import load_model
from tui_transformer.recording import statements as s
from tui_transformer.recording.cast import write
from tui_transformer.recording.film import Film
from tui_transformer.recording.live import LiveApp
from tui_transformer.recording.performance import perform
from tui_transformer.recording.reading import parse_cast
from tui_transformer.recording.reel import Reel
from tui_transformer.recording.tape import parse_tape
from tui_transformer.recording.tape_writing import TapeLog, tape_text
from tui_transformer.session import Session, SessionState, start_state


def log(*deeds: tuple[float, str, str | None]) -> list[str]:
    made = TapeLog()
    made.begin(0.0)
    for now, key, character in deeds:
        made.key(key, character, now)
    made.end()
    return made.lines


def test_keys_become_lines() -> None:
    assert log((1.0, "space", " "), (1.1, "space", " "), (1.2, "space", " ")) == [
        "Sleep 1.0s", "Space@100ms 3",
    ]  # fmt: skip
    assert log((0.1, "a", "a"), (0.13, "full_stop", "."), (2.0, "b", "b")) == [
        'Type "a."', "Sleep 1.9s", 'Type "b"',
    ]  # fmt: skip
    assert log((0.1, "ctrl+p", None), (0.2, "shift+tab", None)) == ["Ctrl+P", "Shift+Tab"]
    assert log((0.1, "quotation_mark", '"'), (0.12, "apostrophe", "'")) == ["Type `\"'`"]
    assert log((0.1, "strange", None)) == ["# a key that tapes have no name for: strange"]


def test_every_kind_of_quote_at_once() -> None:
    keys = [(0.01 * n, char, char) for n, char in enumerate("\"'`")]
    lines = log(*keys)
    typed = parse_tape("\n".join(lines), Path("x.tape"))
    assert [k for t in typed if isinstance(t, s.Press) for k in t.keys] == list("\"'`")


def test_the_tape_begins_where_the_session_began() -> None:
    state = SessionState(model="my model", prompt='say "hi"', seed=4)
    made = TapeLog()
    made.paste("two\nlines", 0.1)
    made.mouse("Click", 3, 4, 0.2)
    text = tape_text(made, state, (90, 30))
    settings = {t.name: t.value for t in parse_tape(text, Path("x")) if isinstance(t, s.Set)}
    assert settings == {
        "Width": 90, "Height": 30, "Seed": 4, "Model": "my model", "Prompt": 'say "hi"',
    }  # fmt: skip
    assert 'Paste "two lines"\nClick 3 4\n' in text


async def test_a_session_is_filmed_and_can_be_done_again() -> None:
    clock = iter(range(1000, 100_000))
    film = Film("live")
    wanted = start_state(load_model("worked"))
    app = LiveApp(Session(), wanted, film, now=lambda: next(clock) / 10)
    async with app.run_test(size=(100, 32)) as pilot:
        await pilot.pause()
        app.shoot()
        for key in ("space", "space", "G"):
            app.post_message(events.Key(key, " " if key == "space" else key))
            await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        app.shoot()
        shown = film.frames[-1].picture
        app.deeds.end()
        lines = app.deeds.lines
    assert "sample" in shown.text
    cast = film.cast(next(clock) / 10)
    reel = Reel(parse_cast(write(cast)))
    assert reel.at(film.frames[-1].time) == shown
    assert sum("Space" in line for line in lines) in {1, 2}
    tape = parse_tape(tape_text(app.deeds, wanted, app.first_size), Path("live.tape"))
    again = await asyncio.to_thread(perform, tape)
    assert again.frames[-1].picture.text == shown.text
