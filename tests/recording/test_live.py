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
from tui_transformer.terminal.choose import Chosen
from tui_transformer.terminal.look import Look
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.slider import Slider


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
    made.mouse_down((3, 4), 0.2)
    made.mouse_up((3, 4), 0.25)
    text = tape_text(made, state, (90, 30))
    settings = {t.name: t.value for t in parse_tape(text, Path("x")) if isinstance(t, s.Set)}
    assert settings == {
        "Width": 90, "Height": 30, "Seed": 4, "Model": "my model", "Prompt": 'say "hi"',
    }  # fmt: skip
    assert 'Paste "two lines"\nClick 3 4\n' in text


def mouse(*deeds: tuple[str, tuple[int, int], float]) -> list[str]:
    made = TapeLog()
    made.begin(0.0)
    for name, cell, now in deeds:
        match name:
            case "down":
                made.mouse_down(cell, now)
            case "move":
                made.mouse_move(cell, now)
            case "up":
                made.mouse_up(cell, now)
            case _:
                made.wheel(name, cell, now)
    made.end()
    lines = made.lines
    parse_tape("\n".join(lines), Path("x.tape"))  # what is written can be read
    return lines


def test_a_drag_is_where_it_turns() -> None:
    path = [(4, 2), (5, 2), (6, 2), (7, 3), (8, 4), (7, 4), (7, 4)]
    moves = [("move", cell, 0.1) for cell in path]
    assert mouse(("down", (3, 2), 0.1), *moves, ("up", (7, 4), 0.2)) == ["Drag 3 2 6 2 8 4 7 4"]
    assert mouse(("down", (3, 2), 0.1), ("up", (3, 2), 0.2)) == ["Click 3 2"]
    assert mouse(("down", (3, 2), 0.1), ("up", (9, 2), 0.2)) == ["Drag 3 2 9 2"]
    assert mouse(("up", (9, 2), 0.2)) == []
    there = [(3, 2), (4, 2), (5, 2), (9, 7)]
    drag = [("move", cell, 0.1) for cell in there[1:]]
    assert mouse(("down", (3, 2), 0.1), *drag, ("up", (9, 7), 0.2)) == ["Drag 3 2 5 2 9 7"]


def test_the_wheel_is_counted() -> None:
    turns = [("ScrollDown", (3, 2), 0.1 * n) for n in (1, 2, 3)]
    assert mouse(*turns, ("ScrollUp", (3, 2), 0.4)) == ["ScrollDown 3 2 3", "ScrollUp 3 2"]
    assert mouse(("ScrollDown", (3, 2), 0.1), ("ScrollDown", (3, 2), 2.0)) == [
        "ScrollDown 3 2", "Sleep 1.9s", "ScrollDown 3 2",
    ]  # fmt: skip
    assert mouse(("ScrollRight", (0, 0), 0.1)) == ["ScrollRight 0 0"]


def test_where_the_mouse_rests_is_written_and_the_way_is_not() -> None:
    moves = [("move", (x, 5), 0.1 + 0.01 * x) for x in range(10)]
    assert mouse(*moves) == ["Hover 9 5"]
    assert mouse(*moves, ("move", (20, 5), 3.0)) == ["Hover 9 5", "Sleep 2.8s", "Hover 20 5"]
    assert mouse(*moves, ("down", (9, 5), 0.3), ("up", (9, 5), 0.31)) == ["Sleep 0.3s", "Click 9 5"]
    clicked = [("down", (9, 5), 0.1), ("up", (9, 5), 0.15)]
    assert mouse(*clicked, ("move", (9, 5), 0.2)) == ["Click 9 5"]


def test_the_tape_says_how_the_screen_was_drawn() -> None:
    chosen = Chosen("16", "ascii", low_bandwidth=True, theme="light", cells="shades")
    text = tape_text(TapeLog(), SessionState(model="toy", prompt="a"), (80, 24), chosen, "embed")
    settings = {t.name: t.value for t in parse_tape(text, Path("x")) if isinstance(t, s.Set)}
    assert settings == {
        "Width": 80, "Height": 24, "Theme": "light", "Color": "16", "Glyphs": "ascii",
        "Cells": "shades", "LowBandwidth": "on", "At": "embed", "Model": "toy", "Prompt": "a",
    }  # fmt: skip


def test_a_prompt_that_no_quotes_hold_is_said() -> None:
    text = tape_text(TapeLog(), SessionState(model="toy", prompt="\"'`"), (80, 24))
    assert "# Prompt: a tape has no quotes for" in text
    assert not any(t.name == "Prompt" for t in parse_tape(text, Path("x")) if isinstance(t, s.Set))


async def test_the_mouse_is_recorded_and_does_the_same_again() -> None:
    """A click, a drag of a slider there and back, the wheel and a rest over a cell."""
    wall = iter(range(1000, 100_000))
    film = Film("live")
    wanted = start_state(load_model("worked"), at="blocks.0.scores")
    look = Look(Chosen(glyphs="ascii", theme="light", low_bandwidth=True))
    app = LiveApp(Session(), wanted, film, now=lambda: next(wall) / 10, look=look)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        slider = app.screen.query(Slider).first()
        grid = app.screen.query(Grid).last()
        x, y = slider.region.offset

        def post(kind: type[events.MouseEvent], at: tuple[int, int], button: int = 0) -> None:
            app.post_message(kind(None, *at, 0, 0, button, False, False, False, *at))

        knob = [(x + n, y) for n in (20, 26, 22, 14)]
        post(events.MouseMove, knob[0])
        post(events.MouseDown, knob[0], 1)
        for place in knob[1:]:
            post(events.MouseMove, place, 1)
        post(events.MouseUp, knob[-1], 1)
        await pilot.pause()
        heated = app.session.state.sampling.temperature
        cell = (grid.region.x + 14, grid.region.y + 3)
        for kind in (events.MouseMove, events.MouseDown, events.MouseUp):
            post(kind, cell, int(kind is not events.MouseMove))
        await pilot.pause()
        post(events.MouseScrollUp, cell)
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        app.shoot()
        shown, cursor = film.frames[-1].picture, app.session.state.cursor
        app.deeds.end()
    assert heated != 1.0
    assert shown.text.isascii()
    tape = tape_text(app.deeds, wanted, app.first_size, look.chosen, "blocks.0.scores")
    assert f"Drag {knob[0][0]} {y} {knob[1][0]} {y} {knob[3][0]} {y}\n" in tape
    assert f"Click {cell[0]} {cell[1]}\n" in tape
    assert f"ScrollUp {cell[0]} {cell[1]}\n" in tape
    done = parse_tape(
        f"{tape}Expect State sampling.temperature {heated:g}\n"
        f'Expect State cursor.step "{cursor.step}"\nExpect State cursor.token "{cursor.token}"\n',
        Path("live.tape"),
    )
    again = await asyncio.to_thread(perform, done)
    assert again.frames[-1].picture.text == shown.text
    assert again.frames[-1].picture.rows == shown.rows


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
