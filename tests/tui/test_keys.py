"""Every key of the table does what it says; everything can be done with the mouse as well."""

import asyncio
from typing import Any

import numpy as np
import pytest
from textual import events

from tests.tui.harness import Stage, count_passes, modern, opened
from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.sampling import SamplingSettings
from tui_transformer.session import Session
from tui_transformer.tui import actions
from tui_transformer.tui.panes import Ranking
from tui_transformer.tui.player import PACES
from tui_transformer.tui.screens.command import CommandScreen
from tui_transformer.tui.screens.help import HelpScreen
from tui_transformer.tui.screens.models import ModelsScreen
from tui_transformer.tui.screens.overview import OverviewScreen
from tui_transformer.tui.screens.walk import WalkScreen
from tui_transformer.tui.screens.why import WhyScreen
from tui_transformer.tui.widgets.finder import Finder
from tui_transformer.tui.widgets.grid import CYCLE, Grid
from tui_transformer.tui.widgets.heads import Heads
from tui_transformer.tui.widgets.inspector import Inspector
from tui_transformer.tui.widgets.pipeline_map import PipelineMap
from tui_transformer.tui.widgets.prompt import PromptEditor
from tui_transformer.tui.widgets.slider import Slider
from tui_transformer.tui.widgets.token_strip import TokenStrip
from tui_transformer.walkthrough import walk

CHECKED: set[str] = set()
"""What the tests of this file have tried; they run in one process, and the last one asks."""


def did(act: str) -> None:
    """Note that an action of the table has been tried."""
    assert act in {a.id for a in actions.ACTS}
    CHECKED.add(act)


def keys_of(act: str) -> tuple[str, ...]:
    """The keys of an action; they all do the same."""
    did(act)
    return tuple(next(a for a in actions.ACTS if a.id == act).keys.split(","))


async def test_moving_along_the_walk() -> None:
    async with opened(modern()) as stage:
        config = stage.session.model.config
        steps = [step.name for step in walk(config)]
        for key in keys_of("step.next"):
            await stage.press(key)
        assert stage.state.cursor.step == steps[2]
        for key in keys_of("step.back"):
            await stage.press(key)
        assert stage.state.cursor.step == steps[0]
        await stage.press(keys_of("step.last")[0])
        assert stage.state.cursor.step == steps[-1]
        await stage.press(*keys_of("step.first"))
        assert stage.state.cursor.step == steps[0]
        await stage.press(*keys_of("layer.next"))
        assert stage.session.step.layer == 0
        while stage.session.step.stage.key != "softmax":
            await stage.press("n")
        for key, step in (("layer.next", 1), ("layer.next", 1), ("layer.back", 0)):
            await stage.press(*keys_of(key))
            assert stage.state.cursor.step == f"blocks.{step}.softmax"
        for key, head in (("head.next", 1), ("head.next", 2), ("head.back", 1)):
            await stage.press(*keys_of(key))
            assert stage.state.cursor.head == head
            stage.check_grids()
        await stage.press(",", ",")
        assert stage.state.cursor.head == config.n_heads - 1
        for key, row in (("token.back", 4), ("token.back", 3), ("token.next", 4)):
            await stage.press(*keys_of(key))
            assert stage.session.row == row
        await stage.press("}", "}", "}")
        assert stage.state.cursor.token is None
        stage.check_grids()


async def test_looking_closer() -> None:
    async with opened("toy", at="blocks.0.softmax") as stage:
        for key, screen, act in (
            ("enter", WhyScreen, "cell.why"),
            ("o", OverviewScreen, "overview"),
            ("m", ModelsScreen, "models"),
            ("question_mark", HelpScreen, "help"),
            ("y", CommandScreen, "copy"),
        ):
            assert key in keys_of(act)
            await stage.press(key)
            assert isinstance(stage.app.screen, screen)
            before = stage.state
            await stage.press("escape")
            assert isinstance(stage.app.screen, WalkScreen)
            assert stage.state == before
        assert stage.app.copied == [stage.session.command()]
        await stage.press(*keys_of("palette"))
        assert type(stage.app.screen).__name__ == "CommandPalette"
        await stage.press("escape")
        inspector = stage.one(Inspector)
        assert inspector.display
        await stage.press(*keys_of("inspector"))
        assert not inspector.display
        await stage.press("i")
        assert inspector.display
        await stage.resize(80, 24)
        assert not inspector.display
        await stage.press("i")
        assert inspector.display
        await stage.press("i")
        assert not inspector.display


async def test_scales_stay_until_they_are_asked_to_follow() -> None:
    async with opened("toy", at="blocks.0.scores") as stage:
        name = "blocks.0.attn.attn_scores"
        view = stage.walk.view
        assert view is not None
        held = view.shown(name).limits
        for _ in range(6):
            await stage.press("s")
        view = stage.walk.view
        assert view is not None
        assert view.shown(name).limits == held
        top = float(np.abs(stage.session.trace.tensor(name)).max())
        assert top != pytest.approx(held.high)
        await stage.press(keys_of("rescale")[0])
        view = stage.walk.view
        assert view is not None
        assert view.shown(name).limits.high == pytest.approx(top)
        await stage.press("e", "ctrl+u")
        await stage.write("a dog")
        await stage.press("enter")  # another prompt takes its scales anew
        view = stage.walk.view
        assert view is not None
        top = float(np.abs(stage.session.trace.tensor(name)).max())
        assert view.shown(name).limits.high == pytest.approx(top)


async def test_sampling_by_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = count_passes(monkeypatch)
    async with opened("toy", prompt="the cat sat on") as stage:
        assert rows == [4]
        expected = Session()
        expected.open(stage.state)
        for n in range(3):
            expected.open(expected.with_sample())
            await stage.press(*keys_of("sample"))
            assert stage.state.generated == expected.state.generated
            assert len(stage.state.generated) == n + 1
            assert stage.session.prompt_length == 4
        strip = stage.words_of(stage.one(TokenStrip))
        assert strip.count("+") >= 2
        token = stage.state.generated[-1]
        await stage.press(*keys_of("take_back"))
        assert len(stage.state.generated) == 2
        await stage.press("s")
        assert stage.state.generated[-1] == token
        del rows[:]
        await stage.press(*keys_of("seed.next"))
        assert stage.state.seed == 1
        for key in keys_of("temperature.more"):
            await stage.press(key)
        assert stage.state.sampling.temperature == pytest.approx(1.2)
        await stage.press(*keys_of("temperature.less"))
        assert stage.state.sampling.temperature == pytest.approx(1.1)
        assert rows == []
        for temperature, seed in ((1.2, 1), (1.1, 1), (1.0, 1), (1.0, 0)):
            await stage.press(*keys_of("undo"))
            assert stage.state.sampling.temperature == pytest.approx(temperature)
            assert stage.state.seed == seed
        assert rows == []
        await stage.press("u", "u", "u", "u")
        assert not stage.state.generated
        assert stage.message
        await stage.press("-", *["-"] * 12)
        assert stage.state.sampling.temperature == 0
        await stage.press("s", "n")
        greedy = int(stage.session.distribution_at(-2).order[0])
        assert list(stage.state.generated) == [greedy]


async def test_playing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened("toy") as stage:
        assert keys_of("slower") == ("left_parenthesis",)
        await stage.press("(")
        assert stage.walk.player.pace == PACES[0]
        await stage.press("(", *[key for _ in range(6) for key in keys_of("faster")])
        assert stage.walk.player.pace == PACES[-1]
        more = asyncio.Event()
        commit = Session.commit

        def watched(session: Session, ready: Any, **kwargs: Any) -> None:
            commit(session, ready, **kwargs)
            if len(ready.state.generated) >= 3:
                more.set()

        monkeypatch.setattr(Session, "commit", watched)
        await stage.press(*keys_of("play"))
        assert stage.walk.player.is_on
        await asyncio.wait_for(more.wait(), 30)
        assert stage.walk.player.is_on
        await stage.press("a")
        assert not stage.walk.player.is_on
        count = len(stage.state.generated)
        assert count >= 3
        await stage.settle()
        assert len(stage.state.generated) == count
        await stage.press("a", "u")
        assert not stage.walk.player.is_on  # taking back stops it


async def test_a_full_context_says_so() -> None:
    async with opened("worked") as stage:
        assert "full" in stage.text
        await stage.press("s")
        assert "full" in stage.message
        assert not stage.state.generated
        await stage.press("a")
        stage.walk.tick()
        await stage.settle()
        assert not stage.walk.player.is_on
        assert "full" in stage.message
        await stage.press("G")
        assert "full" in stage.words_of(stage.walk.query_one("#stage"))


def exact(stage: Stage) -> str:
    """What the inspector has to say about the cell under the cursor."""
    view = stage.walk.view
    assert view is not None
    assert view.focus is not None
    row, column = view.cell(view.focus)
    return significant(float(view.focus.values[row, column]), INSPECTOR_DIGITS)


async def test_the_cursor_in_a_grid_by_keys_and_mouse() -> None:
    async with opened("toy", at="blocks.0.attn.pattern[0,3,0]", prompt="the cat sat on") as stage:
        inspector = stage.one(Inspector)
        focused = stage.app.focused
        assert isinstance(focused, Grid)
        moves = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
        row, column = 3, 0
        for key in ("right", "up", "right", "down", "left", "up", "up", "left", "left", "up", "up"):
            row = max(0, min(row + moves[key][0], 3))
            column = max(0, min(column + moves[key][1], 3))
            await stage.press(key)
            assert (stage.session.row, stage.state.cursor.column) == (row, column)
            words = stage.words_of(inspector)
            value = float(stage.session.trace.tensor("blocks.0.attn.pattern")[0, row, column])
            assert significant(value, INSPECTOR_DIGITS) in words
            assert stage.session.tokens[row] in words
            assert stage.session.tokens[column] in words
        await stage.press("end")
        assert stage.state.cursor.column == 3
        await stage.press("home")
        assert stage.state.cursor.column == 0
        for zoom in (*CYCLE[1:], CYCLE[0]):
            await stage.press("z")
            assert focused.zoom == zoom
            stage.check_grids()
        grid = next(g for g in stage.grids() if g.exhibit and g.exhibit.short_name == "pattern")
        where = grid.where
        assert where is not None
        for y in range(grid.region.height):
            for x in range(0, grid.region.width, 5):
                cell = where.cell_at(x, y)
                if cell is None:
                    continue
                await stage.hover(grid.region.x + x, grid.region.y + y)
                value = float(stage.session.trace.tensor("blocks.0.attn.pattern")[0][cell])
                assert significant(value, INSPECTOR_DIGITS) in stage.words_of(inspector)
        at = stage.state.cursor
        await stage.hover(1, 1)
        assert stage.state.cursor == at
        assert exact(stage) in stage.words_of(inspector)
        place = next(
            (x, y)
            for y in range(grid.region.height)
            for x in range(grid.region.width)
            if where.cell_at(x, y) == (2, 1)
        )
        await stage.click(grid.region.x + place[0], grid.region.y + place[1])
        assert (stage.session.row, stage.state.cursor.column) == (2, 1)
        assert exact(stage) in stage.words_of(inspector)
        await stage.scroll(events.MouseScrollDown, grid.region.x + 9, grid.region.y + 3)
        assert stage.session.row == 3
        await stage.scroll(events.MouseScrollUp, grid.region.x + 9, grid.region.y + 3)
        assert stage.session.row == 2


async def test_a_page_of_a_large_grid() -> None:
    async with opened("toy", (80, 24), at="logits[0,0]", prompt="the cat " * 10) as stage:
        await stage.press("pagedown")
        seen = stage.session.row, stage.state.cursor.column
        assert seen != (0, 0)
        await stage.press("pageup")
        assert (stage.session.row, stage.state.cursor.column) == (0, 0)
        stage.check_grids()


async def test_tab_goes_round_all_that_takes_keys() -> None:
    async with opened("toy", at="blocks.0.mix") as stage:
        seen = []
        for _ in range(12):
            focused = stage.app.focused
            assert focused is not None
            name = focused.exhibit.name if isinstance(focused, Grid) and focused.exhibit else ""
            seen.append(name or focused.id)
            if isinstance(focused, Grid):
                view = stage.walk.view
                assert view is not None
                assert view.focus is not None
                assert view.focus.name == name  # the number follows the focus
                assert exact(stage) in stage.words_of(stage.one(Inspector))
            for widget in (*stage.grids(), *stage.app.screen.query(Slider)):
                assert ("▸" in stage.words_of(widget)) == (widget is focused)
            await stage.press("tab")
        assert {
            "blocks.0.attn.z", "blocks.0.attn.pattern", "blocks.0.attn.v",
            "temperature", "top-k", "top-p", "min-p", "map",
        } <= set(seen)  # fmt: skip
        count = seen.index(seen[0], 1)
        assert seen[:count] == seen[count : 2 * count][: len(seen) - count] or count >= 8
        for _ in range(12):
            await stage.press("shift+tab")
        assert stage.app.focused is not None


async def test_the_map_the_strip_and_the_heads() -> None:
    async with opened(modern(), at="blocks.0.softmax") as stage:
        config = stage.session.model.config
        tracks = stage.one(PipelineMap)
        tracks.focus()
        await stage.press("down")
        assert stage.state.cursor.step == "blocks.0.mix"
        assert stage.app.focused is tracks
        await stage.press("up", "up")
        assert stage.state.cursor.step == "blocks.0.mask"
        for y, target in enumerate(list(tracks._targets)):
            await stage.click(tracks.region.x + 4, tracks.region.y + y)
            assert stage.state.cursor.step == target
            stage.walk.jump("blocks.0.mask")
            await stage.settle()
        stage.walk.jump("blocks.1.softmax")
        await stage.settle()
        heads = stage.one(Heads)
        for left, right, head in list(heads._spans):
            await stage.click(heads.region.x + (left + right) // 2, heads.region.y + 1)
            assert stage.state.cursor.head == head
        assert len(heads._spans) == config.n_heads
        strip = stage.one(TokenStrip)
        for left, _, token in list(strip._spans):
            await stage.click(strip.region.x + left, strip.region.y)
            assert stage.session.row == token
            assert exact(stage) in stage.words_of(stage.one(Inspector))


async def test_the_ranking_by_keys_and_mouse() -> None:
    async with opened("toy", at="unembed") as stage:
        await stage.press("space")
        ranking = stage.one(Ranking)
        assert stage.app.focused is ranking
        assert stage.words_of(ranking).startswith("▸")
        order = stage.session.distribution_at(-1).order
        assert stage.state.cursor.column == order[0]
        inspector = stage.one(Inspector)
        for keys, rank in (
            (["down"], 1), (["down"], 2), (["up"], 1), (["pagedown"], 11), (["end"], 31),
            (["pageup"], 21), (["home"], 0),
        ):  # fmt: skip
            await stage.press(*keys)
            assert stage.state.cursor.column == order[rank]
            words = stage.words_of(ranking)
            assert stage.session.model.labels[int(order[rank])] in words
            logit = float(stage.session.trace.tensor("logits")[-1, order[rank]])
            assert significant(logit, INSPECTOR_DIGITS) in stage.words_of(inspector)
        await stage.click(ranking.region.x + 6, ranking.region.y + 4)
        assert stage.state.cursor.column == order[2]


async def test_the_sliders_by_keys_and_mouse(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = count_passes(monkeypatch)
    async with opened("toy", at="probabilities") as stage:
        del rows[:]
        trace = stage.session.trace
        probs = stage.session.distribution_at(-1).probs.copy()
        for name, keys, wanted in (
            ("temperature", ["right", "up", "left"], {"temperature": 1.1}),
            ("temperature", ["home"], {"temperature": 0.0}),
            ("temperature", ["end"], {"temperature": 2.0}),
            ("top-k", ["home", "right", "right"], {"top_k": 3}),
            ("top-k", ["end"], {"top_k": 0}),
            ("top-p", ["left", "down"], {"top_p": 0.9}),
            ("top-p", ["pagedown"], {"top_p": 0.65}),
            ("min-p", ["right", "right", "pageup", "left"], {"min_p": 0.2}),
        ):
            slider = stage.one(Slider, f"#{name}")
            slider.focus()
            await stage.press(*keys)
            found = {key: getattr(stage.state.sampling, key) for key in wanted}
            assert found == pytest.approx(wanted), (name, keys)
            assert stage.app.focused is slider
        assert not np.array_equal(stage.session.distribution_at(-1).probs, probs)
        stage.session.set_sampling(SamplingSettings())
        stage.walk.show()
        await stage.settle()
        for name, field, low, high in (
            ("temperature", "temperature", 0.0, 2.0),
            ("top-k", "top_k", 1, 0),
            ("top-p", "top_p", 0.05, 1.0),
        ):
            slider = stage.one(Slider, f"#{name}")
            x, y, width, _ = slider.region
            await stage.click(x + 9, y)
            assert getattr(stage.state.sampling, field) == pytest.approx(low)
            await stage.drag(x + 9, y, x + width)
            assert getattr(stage.state.sampling, field) == pytest.approx(high)
            assert stage.app.mouse_captured is None
        assert rows == []
        assert stage.session.trace is trace


async def test_finding_a_token_by_keys() -> None:
    async with opened("toy", at="blocks.0.softmax") as stage:
        await stage.press(*keys_of("find"))
        assert stage.state.cursor.step == "probabilities"
        assert isinstance(stage.app.focused, Finder.Box)
        await stage.write("at")
        assert stage.text.count("at") > 2
        await stage.press("enter")
        labels, order = stage.session.model.labels, stage.session.distribution_at(-1).order
        fits = [int(token) for token in order if "at" in labels[int(token)]]
        assert len(fits) > 2
        found = []
        for key in ("down", "enter", *["down"] * (len(fits) - 2), "up"):
            found.append(stage.state.cursor.column)
            words = stage.words_of(stage.one(Finder))
            rank = stage.session.distribution_at(-1).rank(found[-1])
            assert f"rank {rank}" in words
            assert f"of {len(fits)}" in words
            await stage.press(key)
        assert found == [*fits, fits[0]][: len(found)]
        assert stage.state.cursor.column == found[-2]
        await stage.press("escape")
        assert isinstance(stage.app.focused, Ranking)
        assert not stage.app.screen.query(Finder)
        await stage.press("f", "7", "enter")
        assert stage.state.cursor.column == 7
        await stage.press("x", "y", "enter")
        assert "no token" in stage.words_of(stage.one(Finder))
        assert stage.state.cursor.column == 7
        await stage.press("escape", "backspace")
        assert "rank" in stage.words_of(stage.one(Inspector))


async def test_the_choice_past_the_context_by_key() -> None:
    async with opened("worked") as stage:
        assert "full" in stage.lines()[0]
        await stage.press(*keys_of("past_context"))
        assert "left out" in stage.message
        assert stage.state.past_context == "slide"
        assert "slides" in stage.lines()[0]
        before = stage.session.text
        await stage.press("s", "s")
        assert len(stage.state.generated) == 2
        assert stage.session.text.startswith(before)
        assert stage.session.trace.length == 4
        assert stage.session.left_out == 2
        assert "2 slid out" in stage.lines()[0]
        assert "2 older" in stage.text
        stage.check_grids()
        await stage.press("y")
        assert "--past-context slide" in stage.app.copied[0]
        await stage.press("escape", "w")
        assert "do not fit" in stage.message
        assert stage.state.past_context == "slide"
        await stage.press("u", "u", "w")
        assert "no token is added" in stage.message
        assert stage.session.state.to_json().endswith('"stop"}')
        assert stage.session.left_out == 0


async def test_editing_is_a_key_too() -> None:
    async with opened("toy") as stage:
        await stage.press(*keys_of("prompt.edit"))
        assert isinstance(stage.app.focused, PromptEditor.Box)


async def test_a_model_with_a_recipe_is_trained_by_key() -> None:
    async with opened("worked") as stage:
        await stage.press(*keys_of("train"))
        assert "no recipe is known for worked" in stage.message


async def test_q_quits() -> None:
    async with opened("toy") as stage:
        await stage.press(*keys_of("quit"), workers=False)
        assert stage.app.return_code == 0


def test_no_key_was_left_out() -> None:
    assert {act.id for act in actions.ACTS} == CHECKED
