"""Every step of every kind of model can be walked, and shows the numbers of the pass."""

import pytest

from tests.tui.harness import SIZES, Stage, modern, opened
from tui_transformer.models import LoadedModel
from tui_transformer.render.numbers import percent, significant
from tui_transformer.tui.panes import Pane
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.inspector import Inspector
from tui_transformer.tui.widgets.next_token import Candidates
from tui_transformer.walkthrough import walk


def check_stage(stage: Stage) -> None:
    """The pane in sight shows what its stage is about."""
    session = stage.session
    step, config = session.step, session.model.config
    frame = stage.walk.query_one("#stage")
    words = stage.words_of(frame)
    assert step.heading(config) in words.splitlines()[0]
    number, total = session.step_number
    assert f"step {number} of {total}" in words
    if step.writes(config):
        shown = [grid.exhibit for grid in stage.grids() if grid.exhibit is not None]
        assert step.writes(config)[0] in [exhibit.name for exhibit in shown]
        stage.check_grids()
        focused = stage.app.focused
        assert isinstance(focused, Grid)
        assert stage.words_of(focused).startswith("▸")
    elif step.stage.key == "tokens":
        for token, label in zip(session.trace.ids, session.tokens, strict=True):
            assert any(label in line and str(token) in line for line in words.splitlines())
    elif step.stage.key == "probabilities":
        dist = session.distribution_at(session.row)
        best = int(dist.order[0])
        assert session.model.labels[best] in words
        assert percent(float(dist.probs[best])) in words
    else:
        draw = session.next_draw()
        assert f"{draw.u:.6f}" in words
        assert session.model.labels[draw.token] in words
    candidates = stage.words_of(stage.walk.query_one(Candidates))
    best = int(session.distribution_at(-1).order[0])
    assert session.model.labels[best] in candidates


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "model", ["worked", "toy", "copy", modern()], ids=["worked", "toy", "copy", "modern"]
)
async def test_the_whole_walk_forwards_and_back(
    model: str | LoadedModel, size: tuple[int, int]
) -> None:
    async with opened(model, size) as stage:
        steps = [step.name for step in walk(stage.session.model.config)]
        assert stage.state.cursor.step == steps[0]
        check_stage(stage)
        for name in steps[1:]:
            await stage.press("space")
            assert stage.state.cursor.step == name
            check_stage(stage)
        await stage.press("space")
        assert stage.state.cursor.step == steps[-1]
        for name in reversed(steps[:-1]):
            await stage.press("backspace")
            assert stage.state.cursor.step == name
        check_stage(stage)


async def test_the_first_screen_shows_the_real_thing() -> None:
    async with opened("toy") as stage:
        assert stage.session.text == "the cat sat on the"
        assert all(word in stage.text for word in ("the", "cat", "sat", "on", "1,128"))
        assert stage.state.cursor.step == "tokens"
        best = int(stage.session.distribution_at(-1).order[0])
        assert stage.session.model.labels[best] in stage.text


async def test_the_start_can_be_a_place() -> None:
    at = "blocks.1.attn.pattern[head=2,4,1]"
    async with opened(modern(), at=at) as stage:
        assert stage.session.step.name == "blocks.1.softmax"
        value = float(stage.session.trace.tensor("blocks.1.attn.pattern")[2, 4, 1])
        words = stage.words_of(stage.one(Inspector))
        assert significant(value, 6) in words
        assert "head 3" in stage.words_of(stage.walk.query_one("#stage"))
        assert isinstance(stage.walk.query_one("#stage").query_one(Pane), Pane)


async def test_columns_of_grids_stand_under_each_other() -> None:
    """Also where their numbers are of other sizes."""
    stacked = 0
    for model in ("toy", "worked", modern()):
        async with opened(model, (120, 40)) as stage:
            for _ in walk(stage.session.model.config):
                places: dict[tuple[int, int, str, int], set[tuple[int, int]]] = {}
                for grid in stage.grids():
                    shown, where = grid.exhibit, grid.where
                    assert shown is not None
                    assert where is not None
                    key = (grid.region.x, where.width, shown.column_axis, shown.values.shape[1])
                    if where.zoom != "numbers":
                        continue
                    stacked += key in places
                    places.setdefault(key, set()).add((where.label, where.cell))
                assert all(len(widths) == 1 for widths in places.values()), stage.state.cursor
                stage.check_grids()
                await stage.press("space")
    assert stacked > 10


async def test_opening_at_the_vocabulary_starts_on_the_likeliest_token() -> None:
    for place in ("unembed", "probabilities"):
        async with opened("toy", at=place) as stage:
            logits = stage.session.trace.logits_at(-1)
            assert stage.state.cursor.column == int(logits.argmax()) != 0
            assert stage.session.row == stage.session.trace.length - 1
    async with opened("toy", at="logits[3,0]") as stage:
        assert stage.state.cursor.column == 0  # a cell that was asked for stays


async def test_where_numbers_have_no_room_cells_stand_side_by_side() -> None:
    prompt = "The king and the queen lived in a castle. One day, the"
    async with opened("story", (200, 60), prompt=prompt, at="blocks.1.softmax") as stage:
        shown = stage.grids()
        names = [grid.exhibit.name for grid in shown if grid.exhibit is not None]
        assert names == ["blocks.1.attn.masked_scores", "blocks.1.attn.pattern"]
        assert len({grid.region.y for grid in shown}) == 1
        for grid in shown:
            assert grid.where is not None
            assert (grid.where.zoom, grid.where.hides) == ("cells", False)
