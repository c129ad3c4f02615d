"""The player: where it is, what it shows, and that it passes nothing on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from tests.recording.test_terminal import outputs
from tests.tui.textual_inside import a_second, picture
from tui_transformer.recording import reel as module
from tui_transformer.recording.cast import Cast, Event
from tui_transformer.recording.cells import BLANK, PLAIN
from tui_transformer.recording.pace import Pace, chapter_at
from tui_transformer.recording.player import PlayerApp
from tui_transformer.recording.reel import Reel
from tui_transformer.recording.screening import Bar, Screening
from tui_transformer.recording.terminal import Terminal
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


sizes = st.builds("{}x{}".format, st.integers(1, 30), st.integers(1, 9))
modes = st.sampled_from(
    ["\x1b[?1049h", "\x1b[?1049l", "\x1bc", "\x1b[41m\x1b[2J", "\x1b[2J", "字" * 20]
)
events = st.lists(
    st.one_of(
        outputs.map(lambda parts: ("o", "".join(parts))),
        modes.map(lambda mode: ("o", mode)),
        sizes.map(lambda size: ("r", size)),
    ),
    min_size=1,
    max_size=20,
)


@given(events, st.lists(st.integers(0, 20), max_size=8), st.integers(20, 400))
def test_going_anywhere_shows_what_playing_shows(
    parts: list[tuple[Literal["o", "r"], str]], places: list[int], piece: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STRETCH", 3 * piece)
        patch.setattr(module, "PIECE", piece)
        reel = Reel(Cast(12, 5, tuple(Event(n, *part) for n, part in enumerate(parts))))
        played, terminal = [], Terminal(12, 5)
        for code, data in parts:
            if code == "o":
                terminal.feed(data)
            else:
                terminal.resize(*map(int, data.split("x")))
            played.append(terminal.picture())
        for place in places:
            reel.explore()
            while place % 2 and reel.approach(place) < 1:
                pass
            assert reel.at(place) == played[min(place, len(parts) - 1)]


def test_a_long_way_is_gone_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 3000)
    cast = long_cast()
    long = Event(9000, "o", "".join(event.data for event in cast.events if event.code == "o"))
    reel = Reel(replace(cast, events=(*cast.events, long)))
    shares = [0.0]
    while shares[-1] < 1:
        before = reel.worked
        shares.append(reel.approach(9000))
        assert reel.worked - before <= 2 * 3000 + module.EACH
    assert shares == sorted(shares)
    assert len(shares) > 15
    assert reel.at(9000) == Reel(replace(cast, events=(*cast.events, long))).at(9000)


def test_sizes_that_come_and_go_cost_next_to_nothing() -> None:
    """Else a small file could keep a machine busy for hours."""
    terminal = Terminal(1000, 500)
    terminal.feed("x" * 500_000)
    terminal.resize(999, 500)
    narrow = terminal.picture()
    terminal.resize(1000, 500)
    assert terminal.picture().rows[0][-2:] == (("x", PLAIN), BLANK)
    terminal.resize(999, 500)
    rows = zip(terminal.picture().rows, narrow.rows, strict=True)
    assert all(row is before for row, before in rows)  # nothing was copied
    twin = terminal.copy()
    assert all(a is b for a, b in zip(twin.picture().rows, narrow.rows, strict=True))
    terminal.feed("\x1b[41m\x1b[2J")
    assert len({id(row) for row in terminal.picture().rows}) == 1
    terminal.resize(998, 500)
    assert len({id(row) for row in terminal.picture().rows}) == 1
    terminal.feed("\x1b[m\x1b[2J")
    assert terminal.cells < 1000
    sizes = [Event(n, "r", ("1000x500", "1x1", "999x500")[n % 3]) for n in range(3000)]
    reel = Reel(Cast(80, 24, (Event(0, "o", "a"), *sizes)))
    assert reel.at(3000).width == 999
    assert reel.kept_cells < 100_000


async def test_keys_are_taken_while_a_long_way_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 500)
    wall = Wall()
    app = PlayerApp(Reel(long_cast()), now=wall)
    later: list[Callable[[], None]] = []
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(app, "set_timer", lambda delay, callback: later.append(callback))
        await pressed(pilot, "9")
        assert "going there, " in shown(app)
        there = app.pace.time
        wall.now += 100
        app._tick()
        assert app.pace.time == there  # it does not run away from what is to be shown
        app._explore()
        await pressed(pilot, "space", "end")
        assert app.pace.at_end
        assert len(later) == 1
        pieces = 0
        while later:
            later.pop()()
            pieces += 1
        await pilot.pause()
        assert pieces > 10
        assert "going there" not in shown(app)
        picture = app.query_one(Screening).picture
        assert picture == Reel(long_cast()).at(8000)


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
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
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
