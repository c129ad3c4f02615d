"""The player: where it is, what it shows, and that it passes nothing on."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.tui.textual_inside import a_second, picture
from tui_transformer.recording import reel as module
from tui_transformer.recording.cast import Cast, Event
from tui_transformer.recording.pace import Pace, chapter_at
from tui_transformer.recording.player import Bar, PlayerApp, Screening
from tui_transformer.recording.reel import Reel
from tui_transformer.terminal.choose import Chosen
from tui_transformer.terminal.look import Look

CAST = Cast(
    40, 10,
    (
        Event(0, "o", "zero"),
        Event(1000, "o", "\x1b]0;title\x07\x1b[2J\x1b[Hone"),
        Event(1500, "m", "first \x1b[31m"),
        Event(2000, "o", "\x1b[2J\x1b[H\x1b[1;31mtwo"),
        Event(4000, "m", "second"),
        Event(4000, "o", "\x1b[2J\x1b[Hthree"),
        Event(9000, "o", "\x1b[2J\x1b[Hfour"),
    ),
)  # fmt: skip


class Wall:
    """A clock on the wall that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_pace() -> None:
    pace = Pace(10_000)
    assert pace.passed(2).time == 2000
    assert pace.faster(1).passed(2).time == 3000
    assert pace.paused().passed(2).time == 0
    assert not pace.passed(11).playing
    assert pace.passed(11).time == 10_000
    assert pace.passed(11).toggled() == Pace(10_000)
    assert pace.faster(-1).faster(-1).faster(-1).speed == 0.25
    assert pace.to(-5).time == 0


def test_chapters() -> None:
    markers = [1500, 4000]
    pace = Pace(10_000, playing=False)
    on = [pace := pace.chapter(markers, 1) for _ in range(4)]
    assert [p.time for p in on] == [1500, 4000, 10_000, 10_000]
    back = [pace := pace.chapter(markers, -1) for _ in range(4)]
    assert [p.time for p in back] == [4000, 1500, 0, 0]
    playing = Pace(10_000, time=4500)
    assert playing.chapter(markers, -1).time == 1500
    assert replace(playing, playing=False).chapter(markers, -1).time == 4000
    assert chapter_at(((1500, "a"), (4000, "b")), 3999) == "a"
    assert chapter_at(((1500, "a"),), 10) == ""


def test_the_reel_goes_to_and_fro() -> None:
    reel = Reel(CAST)
    assert [reel.at(t).lines()[0] for t in (0, 999, 1000, 3000, 8999, 9000)] == [
        "zero", "zero", "one", "two", "three", "four",
    ]  # fmt: skip
    assert [reel.at(t).lines()[0] for t in (2500, 0, 20_000)] == ["two", "zero", "four"]
    assert (reel.next_change(1000), reel.next_change(9000)) == (2000, None)
    assert (reel.last_change(2500), reel.last_change(0)) == (1000, None)


def test_pauses_are_cut_short() -> None:
    reel = Reel(CAST, 0.5)
    assert reel.steps() == [0, 500, 1500, 2500, 3000] or reel.steps()[-1] < 4000
    assert reel.duration < 4000
    assert [label for _, label in reel.markers] == ["first \x1b[31m", "second"]


def long_cast(events: int = 800) -> Cast:
    """Every event draws a line somewhere; at two of them the screen takes another size."""
    made = []
    for n in range(events):
        line = f"\x1b[{1 + n % 5}H\x1b[{31 + n % 7}m{n} {'abc' * (n % 9)}"
        size = {200: "30x6", 500: "20x5"}.get(n)
        made.append(Event(10 * n, "r" if size else "o", size or line))
    return Cast(24, 5, tuple(made))


def test_going_back_takes_a_stretch_of_work_not_the_whole_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STRETCH", 2000)
    cast = long_cast()
    reel, longest = Reel(cast), max(len(e.data) + module.EACH for e in cast.events)
    reel.at(reel.duration)
    whole = reel.worked
    assert whole == sum(len(event.data) + module.EACH for event in cast.events) > 29 * 2000
    for place in (0, 799, 400, 201, 199, 640, 639, 1, 501, 499, 798):
        before = reel.worked
        picture = reel.at(10 * place)
        assert reel.worked - before <= 2000 + longest, place
        assert picture == Reel(replace(cast, events=cast.events[: place + 1])).at(10 * place)
    ahead = Reel(cast)
    ahead.at(3000)
    before = ahead.worked
    ahead.at(3010)
    assert ahead.worked - before <= longest  # on from where it is, not from a kept screen


def test_what_was_explored_is_quick_to_go_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STRETCH", 2000)
    cast = long_cast()
    reel = Reel(cast)
    reel.at(100)
    pieces = 0
    while not reel.explore(3000):
        pieces += 1
    assert 15 < pieces < 25
    whole, longest = reel.worked, max(len(e.data) + module.EACH for e in cast.events)
    reel.at(reel.duration)
    assert reel.worked - whole <= 2000 + longest
    assert reel.at(reel.duration) == Reel(cast).at(reel.duration)
    assert reel.explore()


async def test_the_player_explores_and_then_rests() -> None:
    app = PlayerApp(Reel(CAST), now=Wall())
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        app._explore()
        worked = app.reel.worked
        app._explore()
        assert app.reel.worked == worked
        await pressed(pilot, "end")
        assert "four" in shown(app)


def test_what_is_kept_for_going_back_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STRETCH", 300)
    monkeypatch.setattr(module, "MOST_CELLS", 16 * 24 * 5)
    cast = long_cast()
    reel = Reel(cast)
    kept = []
    for n in range(0, 800, 10):
        reel.at(10 * n)
        kept.append(reel.kept_cells)
    assert max(kept) <= 16 * 24 * 5
    reel.at(reel.duration)
    stretch = reel.worked / 4  # sixteen screens, of which at least every other one is left
    for place in (0, 700, 350, 100, 799):
        before = reel.worked
        picture = reel.at(10 * place)
        assert reel.worked - before <= stretch
        assert picture == Reel(replace(cast, events=cast.events[: place + 1])).at(10 * place)


@pytest.mark.parametrize(("low", "most"), [(False, 30), (True, 10)])
async def test_low_bandwidth_is_fewer_pictures_a_second(low: bool, most: int) -> None:
    app = PlayerApp(Reel(CAST), now=Wall(), look=Look(Chosen(low_bandwidth=low)))
    async with app.run_test(size=(100, 12)):
        assert app._timer is not None
        assert round(a_second(app._timer)) == most


def shown(app: PlayerApp) -> str:
    return "\n".join(strip.text for strip in picture(app.screen))


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def test_keys() -> None:
    wall = Wall()
    app = PlayerApp(Reel(CAST), now=wall)
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        await pressed(pilot, "space")
        assert not app.pace.playing
        assert "zero" in shown(app)
        await pressed(pilot, "n")
        assert app.pace.time == 1500
        assert "one" in shown(app)
        assert "first ␛[31m" in shown(app)
        await pressed(pilot, "full_stop")
        assert "two" in shown(app)
        await pressed(pilot, "comma")
        assert app.pace.time == 1000
        await pressed(pilot, "end")
        assert "four" in shown(app)
        await pressed(pilot, "left")
        assert app.pace.time == 4000
        await pressed(pilot, "5", "plus", "plus")
        assert (app.pace.time, app.pace.speed) == (4500, 2.0)
        assert "2×" in shown(app)
        await pressed(pilot, "b")
        assert not app.query_one(Bar).display
        await pressed(pilot, "home")
        assert "zero" in shown(app)


async def test_it_plays_by_the_clock_on_the_wall_and_stops_at_the_end() -> None:
    wall = Wall()
    app = PlayerApp(Reel(CAST), now=wall)
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        wall.now += 2.5
        app._tick()
        await pilot.pause()
        assert app.pace.time == pytest.approx(2500)
        assert "two" in shown(app)
        wall.now += 60
        app._tick()
        await pilot.pause()
        assert app.pace.at_end
        assert not app.pace.playing
        assert "four" in shown(app)


async def test_it_stops_at_markers_where_that_is_asked_for() -> None:
    wall = Wall()
    app = PlayerApp(Reel(CAST), stops=True, now=wall)
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        wall.now += 3
        app._tick()
        assert (app.pace.time, app.pace.playing) == (1500, False)
        await pressed(pilot, "space")
        wall.now += 60
        app._tick()
        assert (app.pace.time, app.pace.playing) == (4000, False)


@pytest.mark.parametrize("plain", [False, True])
async def test_a_small_terminal_scrolls(plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if plain:
        monkeypatch.setenv("NO_COLOR", "1")
    wide = Cast(200, 60, (Event(0, "o", "\x1b[31m" + "x" * 150 + "\x1b[50;1Hbelow"),))
    app = PlayerApp(Reel(wide), now=Wall())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "below" not in shown(app)
        app.query_one(Screening).scroll_to(0, 36, animate=False)
        await pilot.pause()
        assert "below" in shown(app)
