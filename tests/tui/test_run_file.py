"""A run file in the app: what it holds works as live, the rest says what it would need."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.run_files import read, write_runs
from tests.tui.harness import SIZES, Stage, modern, opened
from tests.tui.test_hostile import check, evil_model
from tui_transformer.engine.names import TensorRef
from tui_transformer.models import load_model
from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.trace import RecordedModel, explain
from tui_transformer.trace.recorded import Detail
from tui_transformer.tui.panes.lacking import LackingPane, Lacks
from tui_transformer.tui.screens.texts import TextsScreen
from tui_transformer.tui.widgets.header import Header
from tui_transformer.tui.widgets.inspector import Inspector
from tui_transformer.tui.widgets.next_token import NextToken
from tui_transformer.walkthrough import walk

TEXTS = ("the cat sat", "the dog ran far")


def run_file(
    folder: Path, detail: Detail = "summary", count: int = 3, *, half: bool = False
) -> RecordedModel:
    path = folder / "run.tuitf"
    write_runs(path, modern(), TEXTS, count, detail, half=half)
    return read(path)


async def through(stage: Stage) -> list[tuple[str, bool]]:
    """The screen at every step of the walk, and whether the number on it can be taken apart."""
    seen = []
    for step in walk(stage.session.model.config):
        stage.walk.jump(step.name)
        await stage.settle()
        stage.check_grids()
        view = stage.walk.view
        assert view is not None
        ref = view.ref
        seen.append((stage.text, ref is None or not explain(view.trace, ref).lacks))
    return seen


@pytest.mark.parametrize("size", SIZES)
async def test_a_summary_can_be_walked_through(tmp_path: Path, size: tuple[int, int]) -> None:
    model = run_file(tmp_path)
    async with opened(model, size, sampling=model.runs[0].sampling) as stage:
        header = stage.words_of(stage.one(Header))
        assert "recording of tested (untrained)" in header
        assert "2026-01-02" in header
        await through(stage)
        stage.walk.jump("blocks.1.softmax")
        await stage.settle()
        assert isinstance(stage.walk.query_one("#stage").pane, LackingPane)  # type: ignore[attr-defined]
        words = " ".join(stage.words_of(stage.one(Lacks)).split())
        assert "this file does not hold attn.masked_scores, attn.pattern" in words
        assert "--detail full" in words
        assert "into block 2" in words
        length = f"{float(stage.session.trace.norms_at(2)[2]):.2f}"
        assert length in words


async def test_in_full_the_screen_is_the_one_of_the_model(tmp_path: Path) -> None:
    model = run_file(tmp_path, "full", count=0)  # the pass over the prompt and no other
    sampling = model.runs[0].sampling
    async with opened(model, (120, 40), sampling=sampling) as stage:
        from_file = await through(stage)
    async with opened(modern(), (120, 40), sampling=sampling, prompt=TEXTS[0]) as stage:
        live = await through(stage)
    alike = 0
    for (found, whole), (expected, _) in zip(from_file, live, strict=True):
        if whole:  # where a number was made by weights, the file cannot say from what
            assert found.split("\n", 1)[1] == expected.split("\n", 1)[1]
            alike += 1
    assert alike > 8


async def test_attention_shows_the_patterns_and_says_what_is_missing(tmp_path: Path) -> None:
    model = run_file(tmp_path, "attention")
    async with opened(model, (120, 40), at="blocks.1.softmax") as stage:
        shown = {grid.exhibit.name for grid in stage.grids() if grid.exhibit is not None}
        assert shown == {"blocks.1.attn.pattern"}
        stage.check_grids()
        assert "lacks masked_scores" in stage.text
        assert "masked_scores" in stage.words_of(stage.one(Inspector))
        await stage.press("enter", "escape", "o", "escape", "n")
        stage.check_grids()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("half", [True, False])
async def test_where_numbers_were_rounded_the_screen_says_so_however_long_the_name(
    tmp_path: Path, size: tuple[int, int], half: bool
) -> None:
    model = run_file(tmp_path, "attention", half=half)
    named = replace(model.origin, model="a-name-that-does-not-end/" * 8)
    async with opened(replace(model, origin=named), size, at="blocks.1.softmax") as stage:
        assert ("half precision" in stage.words_of(stage.one(Header))) is half
        stage.check_grids()
        await stage.press("o")
        assert ("half precision · block 2 of 2" in stage.lines()[0]) is half
        assert "block 2 of 2" in stage.lines()[0]
        assert "Esc back" in stage.lines()[0]


async def test_a_rounded_number_is_shown_as_the_file_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    [trace] = write_runs(path, modern(), TEXTS[:1], 0, "attention", half=True)
    async with opened(read(path), (120, 40), at="blocks.1.softmax") as stage:
        stage.walk.point(replace(stage.state.cursor, head=1, token=2, column=1))
        await stage.settle()
        exact = trace.cell(TensorRef("blocks.1.attn.pattern", (1, 2, 1)))
        shown = stage.words_of(stage.one(Inspector))
        assert significant(float(np.float16(exact)), INSPECTOR_DIGITS) in shown
        assert significant(exact, INSPECTOR_DIGITS) not in shown


async def test_sampling_goes_the_way_of_the_run_and_ends_with_it(tmp_path: Path) -> None:
    model = run_file(tmp_path)
    run = model.runs[0]
    async with opened(model, sampling=run.sampling) as stage:
        for n in range(3):
            await stage.press("s")
            assert stage.session.trace.ids == run.ids[: run.prompt_length + n + 1]
        await stage.press("s")
        assert "the file ends here, after 3 generated tokens" in stage.message
        assert stage.session.trace.ids == run.ids
        await stage.press("u", "u", "a")
        await stage.settle()
        await stage.press("equals_sign")
        assert stage.state.sampling.temperature == 0.1
        assert "kept 11 of 11" in stage.words_of(stage.one(NextToken))


@pytest.mark.parametrize("stage_name", ["unembed", "probabilities"])
async def test_opening_at_the_vocabulary_starts_on_the_likeliest_token(
    tmp_path: Path, stage_name: str
) -> None:
    model = run_file(tmp_path)
    async with opened(model, at=stage_name) as stage:
        likeliest = model.runs[0].rows[stage.session.row]
        assert likeliest is not None
        assert stage.session.row == model.runs[0].prompt_length - 1
        assert stage.state.cursor.column == likeliest.ids[0] != 0


async def test_what_comes_next_in_a_worked_example_is_shown_as_live(tmp_path: Path) -> None:
    model, path = load_model("worked"), tmp_path / "run.tuitf"
    write_runs(path, model, [model.card.prompt], 0)
    shown = []
    for one in (model, read(path)):
        async with opened(one, (120, 40), at="probabilities") as stage:
            shown += re.findall(r"loss against .* filter\)", stage.text)
    assert shown == ["loss against mat = −ln p = 1.831   (T 1, no filter)"] * 2


async def test_another_text_of_the_file_is_chosen_not_typed(tmp_path: Path) -> None:
    model = run_file(tmp_path)
    async with opened(model) as stage:
        await stage.press("e")
        assert isinstance(stage.app.screen, TextsScreen)
        assert all(text in stage.text for text in TEXTS)
        await stage.press("down", "enter")
        assert stage.state.prompt == TEXTS[1]
        assert stage.session.trace.ids == model.runs[1].ids[: model.runs[1].prompt_length]
        await stage.press("e", "escape")
        assert stage.state.prompt == TEXTS[1]


async def test_from_a_file_to_a_model_and_back(tmp_path: Path) -> None:
    model = run_file(tmp_path)
    async with opened(model, prompt=TEXTS[1]) as stage:
        stage.walk._from_models("toy")
        await stage.settle()
        assert stage.state.model == "toy"
        stage.walk._from_models(model.card.name)
        await stage.settle()
        assert stage.state.model == model.card.name
        assert stage.state.prompt == TEXTS[0]


async def test_finding_a_token_stays_within_the_file(tmp_path: Path) -> None:
    model = run_file(tmp_path)
    async with opened(model, (120, 40)) as stage:
        await stage.press("f")
        await stage.write("dog")
        await stage.press("enter")
        assert "rank" in stage.text
        await stage.press("escape", "down", "end", "home")


@pytest.mark.parametrize("size", SIZES[:2])
async def test_nothing_hostile_in_a_file_reaches_the_terminal(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    evil = evil_model()
    path = tmp_path / "evil.tuitf"
    write_runs(path, evil, [evil.card.prompt], 2, "attention")
    model = read(path)
    async with opened(model, size, sampling=model.runs[0].sampling) as stage:
        for step in walk(model.config):
            stage.walk.jump(step.name)
            await stage.settle()
            check(stage)
        for keys in (("e", "escape"), ("m", "escape"), ("y", "escape"), ("s", "s", "s")):
            await stage.press(*keys[:1])
            check(stage)
            await stage.press(*keys[1:])
