"""The other screens: overview, why, help, palette, models, command; and every size of terminal."""

import shlex

import numpy as np
import pytest
from textual.command import CommandPalette
from textual.containers import VerticalScroll
from textual.widgets import Collapsible, OptionList, Static

from tests.tui.harness import SIZES, Stage, modern, opened
from tui_transformer.models import entries
from tui_transformer.render.numbers import INSPECTOR_DIGITS, compact, fixed, percent, significant
from tui_transformer.render.plain_card import card_lines
from tui_transformer.trace import explain
from tui_transformer.tui.actions import ACTS
from tui_transformer.tui.screens.overview import OverviewScreen
from tui_transformer.tui.screens.walk import WalkScreen
from tui_transformer.tui.screens.why import WhyScreen
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.slider import Slider
from tui_transformer.walkthrough import summary, walk


async def test_outside_the_blocks_the_overview_lists_the_whole_pass() -> None:
    async with opened(modern(), at="embed") as stage:
        session = stage.session
        await stage.press("o")
        panes = [pane.id for pane in stage.app.screen.query(Collapsible)]
        outside = [s.name for s in walk(session.model.config) if s.layer is None]
        assert [name for name in panes if name in outside] == outside
        blocks = [name for name in panes if name not in outside]
        assert blocks == ["blocks--0--add2", "blocks--1--add2"]
        dist = session.distribution_at()
        likeliest = session.model.labels[dist.order[0]]
        assert f"{likeliest} {percent(float(dist.probs[dist.order[0]]))}" in stage.text
        assert f"draws {session.model.labels[session.next_draw().token]}" in stage.text
        while stage.app.focused is not stage.app.screen.query("CollapsibleTitle")[3]:
            await stage.press("down")
        await stage.press("enter")
        shown = [g.exhibit.name for g in stage.app.screen.query(Grid) if g.exhibit is not None]
        assert shown == ["blocks.1.resid_post"]
        assert stage.check_grids() == 1
        await stage.press("g")
        assert session.step.name == "blocks.1.add2"


async def test_the_overview_opens_stages_in_place_and_goes_there() -> None:
    async with opened(modern(), at="blocks.0.softmax") as stage:
        session = stage.session
        await stage.press("o")
        screen = stage.app.screen
        assert isinstance(screen, OverviewScreen)
        inside = [step for step in walk(session.model.config) if step.layer == 0]
        panes = list(screen.query(Collapsible))
        assert len(panes) == len(inside)
        for step in inside:
            line = summary(session.trace, step, session.cursor, session.tokens)
            assert step.stage.title in stage.text
            assert line[:30] in stage.text, step
        focused = stage.app.focused
        assert focused is not None
        assert isinstance(focused.parent, Collapsible)
        assert focused.parent.id == "blocks--0--softmax"
        await stage.press("enter")
        assert not focused.parent.collapsed
        shown = [g.exhibit.name for g in screen.query(Grid) if g.exhibit is not None]
        assert shown == ["blocks.0.attn.pattern"]
        assert stage.check_grids() == 1
        await stage.press("tab", "up", "right")
        grid = screen.query_one(Grid)
        assert stage.app.focused is grid
        before = stage.state.cursor
        await stage.press("right")
        assert grid.cell[1] > 0
        assert stage.state.cursor == before  # the cursor of the walk stays
        await stage.press("right_square_bracket")
        assert "block 2" in stage.lines()[0]
        assert next(p.id for p in screen.query(Collapsible)) == "blocks--1--norm1"
        for _ in range(5):
            await stage.press("down")
        focused = stage.app.focused
        assert focused is not None
        assert isinstance(focused.parent, Collapsible)
        wanted = str(focused.parent.id).replace("--", ".")
        await stage.press("g")
        assert isinstance(stage.app.screen, WalkScreen)
        assert stage.state.cursor.step == wanted
        await stage.press("o", "escape")
        assert stage.state.cursor.step == wanted


@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]], ids=["80x24", "200x60"])
async def test_every_stage_of_the_overview_opens(size: tuple[int, int]) -> None:
    async with opened(modern(), size, at="tokens") as stage:
        for place in ("tokens", "blocks.1.norm1"):
            stage.walk.jump(place)
            await stage.press("o")
            for pane in stage.app.screen.query(Collapsible):
                pane.collapsed = False
            await stage.settle()
            for grid in stage.app.screen.query(Grid):
                assert grid.exhibit is not None
                tensor = stage.session.trace.tensor(grid.exhibit.name)
                values = tensor if grid.exhibit.head is None else tensor[grid.exhibit.head]
                assert np.array_equal(grid.exhibit.values, values)
            await stage.press("tab", "tab", "tab", "escape")
            assert isinstance(stage.app.screen, WalkScreen)


async def test_why_shows_every_term_and_they_give_the_number() -> None:
    async with opened("worked", (120, 60), at="blocks.0.attn.attn_scores[0,3,1]") as stage:
        for place in ("blocks.0.scores", "blocks.0.softmax", "blocks.0.norm1", "unembed"):
            stage.walk.jump(place)
            await stage.settle()
            view = stage.walk.view
            assert view is not None
            assert view.ref is not None
            made = explain(stage.session.trace, view.ref)
            await stage.press("enter")
            assert isinstance(stage.app.screen, WhyScreen)
            text = stage.text
            assert str(made.ref) in text
            assert significant(made.value, INSPECTOR_DIGITS) in text
            assert significant(made.total, INSPECTOR_DIGITS) in text
            for term in made.terms:
                assert fixed(term.value, 4).strip() in text
                if len(term.factors) > 1:
                    assert " × ".join(significant(f, 4) for f in term.factors) in text
            for read in made.reads:
                assert read in text
            await stage.press("escape")


async def test_help_shows_the_keys_of_what_has_focus() -> None:
    async with opened("toy", (120, 60), at="blocks.0.softmax") as stage:
        await stage.press("question_mark")
        text = stage.text
        for act in ACTS:
            assert act.label in text
            assert act.shown in text
        assert "cell left" in text
        await stage.press("escape")
        stage.one(Slider, "#top-k").focus()
        await stage.press("question_mark")
        assert "much less" in stage.text
        assert "cell left" not in stage.text
        await stage.press("question_mark")
        assert isinstance(stage.app.screen, WalkScreen)
        await stage.resize(80, 24)
        await stage.press("question_mark", "pagedown", "end")
        assert ACTS[-1].label in stage.text


async def test_the_palette_has_every_action_and_every_stage() -> None:
    async with opened("toy") as stage:
        app = stage.app
        commands = {c.title.lower(): c for c in app.get_system_commands(app.screen)}
        for act in ACTS:
            if act.id != "palette":
                assert act.label.lower() in commands
        steps = walk(stage.session.model.config)
        assert len([title for title in commands if title.startswith("go to")]) == len(steps)
        commands[f"go to {steps[7].heading(stage.session.model.config)}".lower()].callback()
        await stage.settle()
        assert stage.state.cursor.step == steps[7].name
        commands["next step"].callback()
        await stage.settle()
        assert stage.state.cursor.step == steps[8].name
        await stage.press("ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        await stage.write("sample one")
        for _ in range(200):
            if "sample one token" in stage.text.lower():
                break
            await stage.settle()
        assert "sample one token" in stage.text.lower()
        await stage.press("escape")


async def test_the_command_that_reproduces_the_screen() -> None:
    async with opened("toy", at="blocks.0.softmax", seed=3) as stage:
        await stage.press("s", "s", "-", "left", "up", "y")
        command = stage.session.command()
        assert stage.app.copied == [command]
        parts = shlex.split(command)
        shown = "".join(line.strip("│ ") for line in stage.lines() if "│" in line)
        assert parts[-1].replace(" ", "") in shown.replace(" ", "")
        for part in ("--seed 3", "--temperature 0.9", "--append"):
            assert part in command


async def test_another_model_opens_with_its_own_prompt() -> None:
    async with opened("toy", at="blocks.0.softmax") as stage:
        await stage.press("s", "m")
        text = stage.text
        for entry in entries():
            assert entry.card.display_name in text
            assert f"{compact(entry.parameters)} parameters" in text
        options = stage.one(OptionList)
        assert options.highlighted is not None
        assert "● toy" in str(options.get_option_at_index(options.highlighted).prompt)
        await stage.press("up", "up")
        assert "pencil" in stage.text
        await stage.press("enter")
        assert isinstance(stage.app.screen, WalkScreen)
        assert stage.state.model == "worked"
        assert stage.state.prompt == "the cat sat on"
        assert stage.state.generated == ()
        assert stage.state.cursor.step == "tokens"
        assert "worked" in stage.lines()[0]
        await stage.press("n", "n", "n", "n")
        stage.check_grids()
        await stage.press("ctrl+z")
        assert stage.state.model == "toy"
        assert len(stage.state.generated) == 1


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_the_card_of_the_model_under_the_cursor(size: tuple[int, int]) -> None:
    async with opened("toy", size) as stage:
        await stage.press("m")
        room = stage.app.screen.query_one("#card-room", VerticalScroll)
        card, config = next((e.card, e.config) for e in entries() if e.card.name == "toy")
        lines = card_lines(card, config, room.size.width - 2)
        assert max(map(len, lines)) <= room.size.width
        shown = str(stage.one(Static, "#card").render())
        assert shown == "\n".join(lines)
        assert lines[0] in stage.text
        assert room.scroll_y == 0
        seen = set(stage.lines())
        for _ in range(20):
            await stage.press("space")
            seen |= set(stage.lines())
        assert room.scroll_y == room.max_scroll_y > 0
        for line in lines:
            assert any(line in on_screen for on_screen in seen), line
        await stage.press("backspace")
        assert room.scroll_y < room.max_scroll_y
        await stage.press("up")
        assert room.scroll_y == 0
        shown = str(stage.one(Static, "#card").render())
        assert shown.startswith("copy · ")
        assert "what its numbers do" in shown
        for width in (120, 80, 200):
            await stage.resize(width, 40)
            lines = str(stage.one(Static, "#card").render()).splitlines()
            assert max(map(len, lines)) <= room.size.width
        await stage.press("enter")
        assert stage.state.model == "copy"


async def test_a_terminal_that_is_too_small_says_what_it_needs() -> None:
    async with opened("toy", (79, 24), at="blocks.0.softmax") as stage:
        assert "80×24" in stage.text
        assert "79×24" in stage.text
        assert "pattern" not in stage.text
        for width, height in ((40, 10), (20, 5), (8, 3), (1, 1), (300, 23)):
            await stage.resize(width, height)
            if width > 20:
                flat = " ".join(stage.text.split())
                assert f"{width}×{height}" in flat
        await stage.press("space", "right", "s")
        await stage.resize(80, 24)
        assert "80×24" not in stage.text
        assert stage.state.cursor.step == "blocks.0.mix"
        assert stage.check_grids()


async def every_pane(stage: Stage) -> None:
    """Look at what is in sight, at whatever size."""
    width, height = stage.app.size
    lines = stage.lines()
    assert len(lines) == height
    assert all(strip.cell_length == width for strip in stage.strips())
    stage.check_grids()


async def test_any_pane_at_any_size() -> None:
    sizes = [*SIZES, (103, 31), (250, 24), (81, 70), (160, 50)]
    kinds = ("tokens", "blocks.0.qkv", "blocks.0.mask", "probabilities", "sample")
    async with opened(modern()) as stage:
        for kind in kinds:
            stage.walk.jump(kind)
            await stage.settle()
            for width, height in sizes:
                await stage.resize(width, height)
                await every_pane(stage)
        await stage.press("o")
        for width, height in sizes:
            await stage.resize(width, height)
        await stage.press("escape", "e")
        for width, height in sizes:
            await stage.resize(width, height)
        await stage.press("escape", "question_mark")
        for width, height in sizes:
            await stage.resize(width, height)
        await stage.press("escape")
        await every_pane(stage)
