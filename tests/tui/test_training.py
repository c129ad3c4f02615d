"""The training screen: what is shown is what the run computes, and it never stands in the way."""

import asyncio
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from textual.widgets import Input

from tests.render.reading import check_numbers
from tests.training.small import SMALL_RECIPE, small_run
from tests.tui.harness import SIZES, opened, stray
from tests.tui.training_harness import Training, training
from tests.watching.test_stages import MODERN
from tui_transformer.render.numbers import significant
from tui_transformer.render.update import total_rows
from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.recipe import recipe_named
from tui_transformer.training.run import Job, Run
from tui_transformer.training.trainer import DivergedError
from tui_transformer.tui.panes.loop.batch import TokenGrids
from tui_transformer.tui.panes.loop.loss import RowLoss
from tui_transformer.tui.panes.loop.update import Arithmetic
from tui_transformer.tui.screens.moment import MomentWalk
from tui_transformer.tui.screens.training import TrainingScreen
from tui_transformer.tui.screens.walk import WalkScreen
from tui_transformer.tui.screens.why import WhyScreen
from tui_transformer.tui.steps import Steps
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.loop_inspector import LoopInspector
from tui_transformer.tui.widgets.loop_lines import LossCurve
from tui_transformer.tui.widgets.loop_map import LoopMap
from tui_transformer.watching import STAGES, WatchedRun, opening
from tui_transformer.watching.tensors import all_tensors, values_of

KEYS = [stage.key for stage in STAGES]


def stages_seen(stage: Training) -> str:
    return stage.screen.cursor.stage


async def test_space_goes_through_a_step_and_makes_it() -> None:
    other = small_run(steps=40)
    async with training() as stage:
        seen = [stages_seen(stage)]
        for _ in KEYS[1:]:
            assert stage.place == (0, 0)
            promised = stage.loop.update if stages_seen(stage) == "update" else None
            await stage.press("space")
            seen.append(stages_seen(stage))
        assert seen == KEYS
        assert stage.place == (0, 1)
        other.advance()
        flat = stage.screen.watched.run.trainer.parameters.flat
        assert np.array_equal(flat, other.trainer.parameters.flat)
        assert promised is not None
        model = stage.screen.session.model
        weights = dict(model.weights.named())
        assert float(weights[promised.name][promised.index]) == promised.new
        await stage.press("space")
        assert stages_seen(stage) == "text"
        assert "step 1 of 40" in " ".join(stage.header.split())
        await stage.press("backspace")
        assert (stages_seen(stage), stage.place) == ("repeat", (0, 1))


async def test_steps_are_made_by_ones_and_by_tens_in_the_panes_of_inference() -> None:
    async with training() as stage:
        await stage.to("repeat")
        before = stage.screen.session.trace.tensor("blocks.0.attn.pattern").copy()
        await stage.press("s")
        assert stage.place == (0, 1)
        await stage.press("2")
        assert stage.place == (0, 11)
        await stage.press("4")  # a thousand, of which there are so many
        assert stage.place == (0, 40)
        after = stage.screen.session.trace.tensor("blocks.0.attn.pattern")
        assert not np.array_equal(before, after)
        shown = [grid for grid in stage.grids() if grid.exhibit]
        pattern = next(g for g in shown if g.exhibit and g.exhibit.short_name == "pattern")
        assert pattern.exhibit is not None
        assert np.array_equal(pattern.exhibit.values, after[0])
        assert "complete" in stage.header
        await stage.press("s")
        assert "the run is complete" in stage.message
        curve = stage.look.curve
        text = stage.words_of(stage.one(LossCurve))
        assert significant(curve.held_out[-1]) in text
        assert stage.text.count("the run is complete") == 1


async def test_going_back_shows_the_weights_of_that_moment() -> None:
    run = small_run(steps=40)
    flats = {0: run.trainer.parameters.flat.copy()}
    advance = run.advance

    def kept() -> Any:
        made = advance()
        flats[made.number] = run.trainer.parameters.flat.copy()
        return made

    run.advance = kept  # type: ignore[method-assign]
    async with training(run) as stage:
        await stage.to("repeat")
        await stage.press("2", "2")
        assert stage.place == (0, 20)
        for expected in (19, 18):
            await stage.press("left_parenthesis")
            assert stage.place == (0, expected)
            weights = dict(stage.screen.session.model.weights.named())
            flat = np.concatenate([w.reshape(-1) for w in weights.values()])
            assert np.array_equal(np.sort(flat), np.sort(flats[expected]))
        assert "an earlier moment" in stage.header
        await stage.to("backward")
        assert stage.look.inside is not None
        assert stage.look.inside.step == 18
        await stage.to("update")
        await stage.press("space")  # of a moment of before no step is made
        assert (stages_seen(stage), stage.place) == ("repeat", (0, 18))
        await stage.press("right_parenthesis")
        assert stage.place == (0, 19)
        await stage.press("l")
        assert stage.place == (0, 20)
        await stage.press("left_parenthesis", "s")  # steps go on from the latest moment
        assert stage.place == (0, 21)
        other = small_run(steps=40)
        for _ in range(21):
            other.advance()
        assert np.array_equal(run.trainer.parameters.flat, other.trainer.parameters.flat)


async def test_the_tensor_and_its_gradient_stand_one_above_the_other() -> None:
    async with training(size=(200, 60)) as stage:
        await stage.to("backward")
        inside = stage.look.inside
        assert inside is not None
        config = stage.screen.watched.run.config
        for name in ("blocks.0.W_Q", "blocks.0.attn.pattern", "logits", "blocks.0.ln1_b", "W_E"):
            stage.screen.go(replace(stage.screen.cursor, tensor=name))
            await stage.settle()
            values, gradient = values_of(inside, config, name)
            above, below = stage.grids()
            assert above.region.y < below.region.y
            for grid, tensor in ((above, values), (below, gradient)):
                assert grid.exhibit is not None
                assert grid.where is not None
                whole = tensor if tensor.ndim > 1 else tensor[None]
                part = whole if grid.exhibit.head is None else whole[grid.exhibit.head]
                assert np.array_equal(grid.exhibit.values, part)
                if grid.where.zoom == "numbers":
                    check_numbers(grid.exhibit, grid.where, grid._lines)
            assert below.exhibit is not None
            assert below.exhibit.limits.signed
            assert "∂L/∂" in stage.words_of(below)
        await stage.press("down", "right")
        assert stage.screen.cursor.cell == (1, 1)
        value = float(stage.loop.pictures[1].values[1, 1])  # type: ignore[index]
        assert significant(value, 6) in stage.words_of(stage.one(LoopInspector))


async def test_the_arithmetic_of_a_weight_is_on_the_screen_and_adds_up() -> None:
    async with training() as stage:
        await stage.press("2")
        await stage.to("backward")
        stage.screen.go(replace(stage.screen.cursor, tensor="blocks.0.W_in", cell=(2, 3)))
        await stage.settle()
        await stage.press("enter")
        assert stages_seen(stage) == "update"
        update = stage.loop.update
        assert update is not None
        assert (update.name, update.index, update.step) == ("blocks.0.W_in", (2, 3), 11)
        text = stage.words_of(stage.one(Arithmetic))
        for row in total_rows(update):
            assert row.value.strip() in text
        for value in (update.gradient, update.mean, update.square, update.mean_corrected):
            assert significant(value, 6) in text
        await stage.press("right")
        assert stage.loop.update is not None
        assert stage.loop.update.index == (2, 4)
        promised = stage.loop.update
        await stage.press("s")
        named = dict(stage.screen.session.model.weights.named())
        assert float(named[promised.name][promised.index]) == promised.new


async def test_arrows_choose_a_weight_where_the_grid_has_no_room() -> None:
    async with training(size=(80, 24)) as stage:
        await stage.to("update")
        assert not [grid for grid in stage.grids() if grid.region.area]
        assert stage.screen.focused is stage.one(Arithmetic)
        for key, index in (("right", (0, 1)), ("down", (1, 1)), ("left", (1, 0)), ("left", (1, 0))):
            await stage.press(key)
            assert stage.loop.update is not None
            assert stage.loop.update.index == index
        await stage.resize(200, 60)
        await stage.press("right")
        assert stage.loop.update is not None
        assert stage.loop.update.index == (1, 1)
        assert not stage.one(Arithmetic).can_focus


async def test_the_batch_stands_side_by_side_shifted_by_one() -> None:
    async with training() as stage:
        await stage.to("batch")
        inside = stage.look.inside
        assert inside is not None
        labels = stage.screen.session.model.labels
        await stage.press("down", "right", "right")
        assert (stage.loop.row, stage.loop.position) == (1, 2)
        text = stage.words_of(stage.one(TokenGrids))
        row = next(line for line in text.splitlines() if line.lstrip("▸▌ ").startswith("1 "))
        shown = [labels[t] for t in (*inside.batch.inputs[1, :3], *inside.batch.targets[1, :3])]
        words = [word for word in row.replace("▌", " ").split() if not word.isdigit()]
        half = len(words) // 2
        assert words[:3] == shown[:3]
        assert words[half : half + 3] == shown[3:]
        after, comes = labels[inside.batch.inputs[1, 2]], labels[inside.batch.targets[1, 2]]
        assert f"row 1, position 2: after {after} comes {comes}" in text
        grids = stage.one(TokenGrids)
        x, y = grids.region.offset
        await stage.click(x + grids._label + 1, y + 2)
        assert (stage.loop.row, stage.loop.position) == (0, 0)


async def test_the_loss_is_there_at_every_position() -> None:
    async with training(size=(200, 60)) as stage:
        await stage.to("loss")
        inside = stage.look.inside
        assert inside is not None
        text = stage.words_of(stage.one(RowLoss))
        for nats in inside.nats[0]:
            assert f"{nats:.3f}" in text
        assert significant(inside.loss) in text
        (grid,) = stage.grids()
        assert grid.exhibit is not None
        assert np.array_equal(grid.exhibit.values, inside.nats)
        await stage.press("tab")
        assert isinstance(stage.screen.focused, Grid)
        await stage.press("down", "right")
        assert (stage.loop.row, stage.loop.position) == (1, 1)
        assert "row 1" in stage.words_of(stage.one(RowLoss))


@pytest.mark.parametrize("size", SIZES)
async def test_titles_say_whole_words_and_where_there_is_more(size: tuple[int, int]) -> None:
    async with training(Run(Job(recipe_named("toy"), CorpusName("toy"), 0, 5), None, 1), size) as s:
        await s.to("loss")
        title = s.words_of(s.one(RowLoss)).splitlines()[0]
        assert "mean of the batch" in title
        assert "…" not in title
        shown = title.partition("←→")[2].strip()
        assert shown in {"more of the row", "more"} if size[0] < 200 else shown == ""
        await s.to("backward")
        s.screen.go(replace(s.screen.cursor, tensor="blocks.0.attn.masked_scores"))
        await s.settle()
        border = next(line for line in s.lines() if "backward · " in line)
        assert "blocks.0.attn.masked_scores · row 0 " in border
        assert ("step 1" in border) == (size[0] != 120)
        await s.resize(200, 60)
        assert "step 1 · backward · blocks.0.attn.masked_scores · row 0" in s.text


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("size", SIZES)
async def test_every_stage_is_drawn_at_every_size(
    size: tuple[int, int], plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plain:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    async with training(size=size) as stage:
        for key in KEYS:
            await stage.to(key)
            lines = stage.lines()
            assert len(lines) == size[1]
            number = KEYS.index(key) + 1
            assert any(f"stage {number} of 8" in line for line in lines)
            assert "moment" in lines[-2]
            assert stage.screen.focused is not None
        await stage.press("s")
        assert stage.place == (0, 1)
        assert not any(stray(sent) for sent in stage.app.sent)


async def test_a_terminal_too_small_says_so() -> None:
    async with training(size=(60, 20)) as stage:
        assert "needs 80×24" in stage.text
        await stage.resize(80, 24)
        assert "stage 1 of 8" in stage.text


async def test_keys_work_while_steps_are_made_and_a_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, entered = Event(), Event()
    run = small_run(steps=40)
    advance = run.advance

    def held() -> Any:
        if run.step == 3:
            entered.set()
            assert gate.wait(60)
        return advance()

    run.advance = held  # type: ignore[method-assign]
    async with training(run) as stage:
        await stage.press("a", workers=False)
        await asyncio.to_thread(entered.wait, 30)
        await stage.settle(workers=False)
        assert "to go · a stops" in stage.header
        await stage.press("space", "space", workers=False)  # the screen is not frozen
        assert stages_seen(stage) == "forward"
        await stage.press("a", workers=False)
        gate.set()
        await stage.settle()
        assert stage.place == (0, 4)  # the step that was being made is made, no other
        assert "at rest" in stage.header
        other = small_run(steps=40)
        for _ in range(4):
            other.advance()
        assert np.array_equal(run.trainer.parameters.flat, other.trainer.parameters.flat)


async def test_what_comes_late_is_dropped() -> None:
    async with training() as stage:
        old = stage.look
        await stage.press("2")
        assert stage.place == (0, 10)
        late = Steps.Looked(old, 0, 5, False)
        stage.screen.post_message(late)
        stage.screen.post_message(Steps.Failed("late", 0))
        await stage.settle()
        assert stage.place == (0, 10)
        assert stage.message == ""


async def test_nothing_is_computed_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    async with training() as stage:
        looks: list[object] = []
        look = WatchedRun.look

        def counted(self: WatchedRun, *args: Any, **kwargs: Any) -> Any:
            looks.append(args)
            return look(self, *args, **kwargs)

        monkeypatch.setattr(WatchedRun, "look", counted)
        await stage.to("batch")
        await stage.press("down", "down", "right")
        await stage.to("loss")
        await stage.press("down")
        assert looks == []  # the batch is at hand, whatever its row
        await stage.to("backward")
        assert len(looks) == 1  # the tensors of another row
        assert stage.look.inside is not None
        assert stage.look.inside.row == 3
        await stage.press("less_than_sign", "less_than_sign", "down")
        await stage.to("update")
        assert len(looks) == 1
        await stage.to("repeat")
        assert len(looks) == 1


async def test_a_step_that_diverges_is_told_and_the_screen_stays() -> None:
    run = small_run(steps=40)

    async with training(run) as stage:

        def diverge() -> Any:
            raise DivergedError("the loss became nan at step 1: lower the learning rate")

        run.advance = diverge  # type: ignore[method-assign]
        await stage.press("s")
        assert "lower the learning rate" in stage.message
        assert stage.place == (0, 0)

        def fault() -> Any:
            raise RuntimeError("\x1b[2Jboom")

        run.advance = fault  # type: ignore[method-assign]
        await stage.press("s")
        assert "a fault inside tuitf (RuntimeError" in stage.message
        assert not any(stray(sent) for sent in stage.app.sent)


async def test_another_prompt() -> None:
    async with training() as stage:
        await stage.press("e")
        box = stage.screen.query_one("#prompt Input", Input)
        box.value = "the dog sat on the"
        await stage.press("enter")
        assert stage.screen.session.state.prompt == "the dog sat on the"
        assert not box.has_focus
        assert stage.look.ready.trace.length == 5
        await stage.press("e")
        box.value = "the " * 40
        await stage.press("enter")
        assert "at most" in stage.text  # and what was typed is still there
        assert box.value == "the " * 40
        await stage.press("escape")
        assert stage.screen.session.state.prompt == "the dog sat on the"
        await stage.press("s")
        assert stage.place == (0, 1)


async def test_a_tensor_is_chosen_by_name() -> None:
    async with training() as stage:
        await stage.press("f")
        await stage.write("W_out")
        await stage.press("enter")
        assert (stage.screen.cursor.tensor, stages_seen(stage)) == ("blocks.0.W_out", "backward")
        await stage.press("f", "escape")
        assert stage.screen.cursor.tensor == "blocks.0.W_out"
        stage.screen.query_one(LoopMap).post_message(LoopMap.Chosen("embed"))
        await stage.settle()
        assert stage.screen.cursor.tensor == "embed"


async def test_the_moment_can_be_walked_through() -> None:
    async with training() as stage:
        await stage.press("2")
        await stage.to("repeat")
        await stage.press("enter")
        assert isinstance(stage.app.screen, WhyScreen)
        await stage.press("escape", "w")
        assert isinstance(stage.app.screen, MomentWalk)
        assert stage.app.screen.session.model.card.display_name == "small after 10 steps"
        assert np.array_equal(
            stage.app.screen.session.trace.logits_at(-1),
            stage.screen.session.trace.logits_at(-1),
        )
        await stage.press("space", "y")
        assert isinstance(stage.app.screen, MomentWalk)
        await stage.press("escape")
        assert isinstance(stage.app.screen, TrainingScreen)
        await stage.press("y")
        assert stage.app.copied == [
            "tuitf train --watch --corpus toy --recipe small --steps 40 -o my-small"
        ]


async def test_leaving_leaves_the_app_when_it_is_alone() -> None:
    async with training() as stage:
        await stage.press("s")
        await stage.press("q", workers=False)
        assert stage.app.return_code == 0


async def test_t_opens_it_from_the_walk_and_goes_on_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "recipe_named", lambda name: replace(SMALL_RECIPE, name=name))
    async with opened("toy", (120, 40)) as stage:
        await stage.press("t")
        assert isinstance(stage.app.screen, TrainingScreen)
        here = Training(stage.app, stage.pilot)
        assert here.screen.session.state.prompt == stage.state.prompt
        await stage.press("2")
        assert here.place == (0, 6)  # all that the recipe has
        await stage.press("escape")
        assert isinstance(stage.app.screen, WalkScreen)
        assert "t goes on" in stage.message
        await stage.press("t")
        assert here.place == (0, 6)
        await stage.press("q")
    async with opened("worked", (120, 40)) as stage:
        await stage.press("t")
        assert isinstance(stage.app.screen, WalkScreen)
        assert "no recipe is known for worked" in stage.message


async def test_a_hostile_corpus_is_shown_as_words(tmp_path: Path) -> None:
    text = "\x1b[2J\x1b]0;x\x07 evil \u202e text \x9b \r\n" * 60
    path = tmp_path / "\x1b[31mevil.txt"
    path.write_text(text)
    vocabulary = replace(SMALL_RECIPE.vocabulary, kind="bytes", size=300)
    recipe = replace(SMALL_RECIPE, vocabulary=vocabulary, prompt="\x1b[2J evil")
    run = Run(Job(recipe, CorpusName(str(path)), 0, 5), text, 1)
    async with training(run) as stage:
        for key in KEYS:
            await stage.to(key)
        await stage.press("s", "e", "escape", "f", "escape", "question_mark", "escape", "y")
        assert not any(stray(sent) for sent in stage.app.sent)
        assert all(part.isprintable() for part in stage.app.copied)


async def test_the_palette_has_every_action_and_stage() -> None:
    async with training() as stage:
        names = [c.title for c in stage.app.get_system_commands(stage.app.screen)]
        assert {f"Go to {stage.title}" for stage in STAGES} <= set(names)
        assert "Make 1,000 steps" in names


async def test_several_models_are_trained_one_after_the_other() -> None:
    async with training(small_run(steps=3, candidates=2)) as stage:
        await stage.press("2")
        assert stage.place == (1, 3)
        assert "model 2 of 2" in stage.header
        await stage.press("left_parenthesis", "left_parenthesis", "left_parenthesis")
        assert stage.place == (1, 0)
        await stage.press("left_parenthesis")
        assert stage.place == (0, 3)
        await stage.to("backward")
        assert stage.look.inside is None
        assert "no step follows" in stage.text
        await stage.to("batch")
        assert "no step follows" in stage.text


async def test_a_model_of_several_blocks_with_shared_keys() -> None:
    recipe = replace(SMALL_RECIPE, model=MODERN)
    async with training(Run(Job(recipe, CorpusName("toy"), 0, 5), None, 1)) as stage:
        await stage.to("backward")
        names = all_tensors(stage.screen.watched.run.config)
        for name in names[:: max(1, len(names) // 12)]:
            stage.screen.go(replace(stage.screen.cursor, tensor=name))
            await stage.settle()
            assert len(stage.grids()) == 2
            for grid in stage.grids():
                assert grid.exhibit is not None
                assert grid.exhibit.name == name
        stage.screen.go(replace(stage.screen.cursor, tensor="blocks.0.attn.k"))
        await stage.press("right_square_bracket", "full_stop", "full_stop")
        assert (stage.screen.cursor.tensor, stage.screen.cursor.head) == ("blocks.1.attn.k", 2)
        shown = stage.loop.pictures
        assert shown is not None
        assert shown[0].head == 1  # two query heads read one key head
        await stage.to("repeat")
        await stage.press("right_square_bracket", "s")
        assert stage.screen.session.cursor.step == "blocks.1.softmax"
        assert stage.place == (0, 1)
