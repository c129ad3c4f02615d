"""Real checkpoints in the app: models are changed, large tensors looked at, faults told."""

import asyncio
import sys
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from huggingface_hub import constants
from textual.widgets import OptionList

from tests.folders import GPT2, gpt2_tensors, write, write_gpt2, write_llama
from tests.support import dense_weights, tiny
from tests.tui.harness import SIZES, Stage, model_of, opened
from tui_transformer.models import LoadedModel, load_model
from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.trace import LiveTrace, ahead
from tui_transformer.tui.screens.models import ModelsScreen
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.heads import Heads
from tui_transformer.tui.widgets.inspector import Inspector
from tui_transformer.walkthrough import walk


@pytest.fixture(autouse=True)
def _an_empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))


def wide(**changes: Any) -> LoadedModel:
    """A model with many heads, and more positions and words than a screen has cells."""
    words = tuple(f"w{n}" for n in range(400))
    fields: dict[str, Any] = {
        "d_model": 48, "n_layers": 3, "n_heads": 12, "n_kv_heads": 4, "d_head": 4, "d_mlp": 64,
        "d_vocab": len(words), "n_ctx": 96, "norm": "rmsnorm", "positions": "rotary",
        "gated_mlp": True, "qk_norm": True, "sliding_window": 20,
    }  # fmt: skip
    config = tiny(**(fields | changes))
    return model_of(config, dense_weights(config, 3), words, " ".join(words[:90]))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("make", [write_gpt2, write_llama])
async def test_a_checkpoint_can_be_walked(make: Any, size: tuple[int, int], tmp_path: Path) -> None:
    model = load_model(str(make(tmp_path / "m")))
    async with opened(model, size, prompt="héllo wörld\n") as stage:
        config = stage.session.model.config
        for step in walk(config):
            assert stage.session.step == step
            stage.check_grids()
            await stage.press("space")
        assert "↵" in stage.text or size[0] == 80


async def test_norms_of_q_and_k_are_a_stage_and_what_follows_reads_them() -> None:
    async with opened(wide(), (200, 60), at="blocks.1.qk_norm") as stage:
        names = {g.exhibit.name for g in stage.grids() if g.exhibit is not None}
        assert {"blocks.1.attn.q_norm.normalized", "blocks.1.attn.k_norm.normalized"} <= names
        assert "mean over d_head" in stage.text
        await stage.press("space")
        assert stage.session.step.name == "blocks.1.rotate"
        assert stage.session.step.reads(stage.session.model.config) == (
            "blocks.1.attn.q_norm.normalized",
            "blocks.1.attn.k_norm.normalized",
        )
        assert "norm(q)" in stage.words_of(stage.one(Inspector))


async def test_a_sliding_window_is_told_and_marked() -> None:
    async with opened(wide(), (120, 40), at="blocks.0.mask") as stage:
        assert "query − 20 <" in stage.text
        hidden = 90 * 90 - sum(min(n + 1, 20) for n in range(90))
        assert f"{hidden:,} hidden" in stage.text
        shown = stage.grids()[0].exhibit
        assert shown is not None
        assert shown.masked is not None
        assert shown.masked.sum() == hidden
        values = shown.values
        assert np.array_equal(shown.masked, np.isneginf(values))


async def test_heads_fit_and_scroll() -> None:
    for size in SIZES:
        async with opened(wide(), size, at="blocks.0.softmax") as stage:
            seen = set()
            for head in range(12):
                words = stage.words_of(stage.one(Heads)).splitlines()
                assert f"{head + 1}◂" in words[0]
                assert all(len(line) <= size[0] for line in words)
                seen.add(stage.state.cursor.head)
                await stage.press(".")
            assert seen == set(range(12))


async def test_a_large_tensor_is_seen_whole_and_then_cell_by_cell() -> None:
    model = wide(n_ctx=200)
    text = " ".join(f"w{n}" for n in range(200))
    async with opened(model, (120, 40), at="blocks.0.mlp_in", prompt=text) as stage:
        grid = stage.app.focused
        assert isinstance(grid, Grid)
        assert grid.where is not None
        assert grid.where.whole
        assert "areas of" in stage.text
        assert "largest |x|" in stage.text
        before = stage.state.cursor
        await stage.press("up", "right")
        down, across = grid.where.area_of(*grid.cell)
        assert (down, across) == (grid.where.rows - 2, 1)
        inside = grid.exhibit.values[grid.where.area(down, across)] if grid.exhibit else None
        value = float(stage.session.trace.tensor("blocks.0.mlp.pre")[grid.cell])
        assert inside is not None
        assert abs(value) == np.abs(inside).max()
        assert significant(value, INSPECTOR_DIGITS) in stage.words_of(stage.one(Inspector))
        assert stage.state.cursor != before
        x, y = grid.region.x + grid.where.label + 3, grid.region.y + 4
        await stage.click(x, y)
        assert grid.where.area_of(*grid.cell)[1] == 3
        cell = grid.cell
        await stage.press("z")
        assert grid.zoom == "numbers"
        assert grid.cell == cell
        stage.check_grids()
        for zoom in ("cells", "dots", "extreme", "mean", "auto"):
            await stage.press("z")
            assert grid.zoom == zoom
            assert grid.cell == cell
        await stage.press("pagedown", "pageup", "home", "end")


async def test_of_many_logits_only_the_row_in_focus_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules["tui_transformer.walkthrough.summary"], "ONE_ROW", 1_000)
    async with opened(wide(), (120, 40), at="unembed") as stage:
        trace = stage.session.trace
        assert "row 89 of 90" in stage.text or "row 89" in stage.text
        (grid,) = stage.grids()[-1:]
        assert grid.exhibit is not None
        assert grid.exhibit.values.shape == (1, 400)
        assert np.array_equal(grid.exhibit.values[0], trace.logits_at(89))
        await stage.press("up", "right")
        assert stage.session.row == 88
        column = stage.state.cursor.column
        value = significant(float(trace.logits_at(88)[column]), INSPECTOR_DIGITS)
        words = stage.words_of(stage.one(Inspector))
        assert value in words
        rank = stage.session.distribution_at(88).rank(column)
        assert f"rank {rank} of 400" in words
        await stage.press("pagedown")
        assert stage.state.cursor.column > column
        await stage.press("space", "backspace", "backspace", "o", "escape", "enter", "escape")
        assert isinstance(trace, LiveTrace)
        assert "logits" not in trace._outside


async def test_blocks_are_computed_beside_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "QUICK", 0)
    async with opened(wide(), (120, 40)) as stage:
        steps = [step.name for step in walk(stage.session.model.config)]
        for name in steps[1:]:
            await stage.press("space")
            assert stage.state.cursor.step == name
            assert not stage.walk.waits
            stage.check_grids()
        await stage.press("[", "[", "]", "s", "[")
        assert not stage.walk.waits
        stage.check_grids()


async def test_the_old_picture_stays_while_a_block_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ahead, "QUICK", 0)
    let_go = Event()
    really = ahead.compute_inside

    def slow(*args: Any) -> Any:
        assert let_go.wait(20)
        return really(*args)

    monkeypatch.setattr("tui_transformer.tui.insides.compute_inside", slow)
    model = wide()
    async with opened(model, (120, 40), loader=lambda name: model) as stage:
        while not stage.session.is_open:
            await stage.settle(workers=False)
        await stage.press("space", "space", workers=False)
        assert stage.state.cursor.step == "blocks.0.norm1"
        assert "computing block 1" in stage.lines()[0]
        assert "embedding" in stage.words_of(stage.walk.query_one("#stage")).splitlines()[0]
        let_go.set()
        await stage.settle()
        assert "norm" in stage.words_of(stage.walk.query_one("#stage")).splitlines()[0]
        assert "computing" not in stage.lines()[0]


async def test_a_number_that_is_none_is_told_where_it_first_appears(tmp_path: Path) -> None:
    tensors = gpt2_tensors()
    tensors["transformer.h.1.mlp.c_fc.bias"][3] = np.nan
    model = load_model(str(write(tmp_path / "m", GPT2, tensors)))
    for size in SIZES:
        async with opened(model, size, prompt="the cat") as stage:
            assert "blocks.1.mlp.pre[0,3]" in stage.message
            await stage.press("space")
            stage.walk.action_odd()
            await stage.settle()
            assert stage.session.step.name == "blocks.1.mlp_in"
            assert stage.state.cursor.column == 3
            assert "NaN" in stage.text
            await stage.press("G", "backspace", "s")
            assert "blocks.1.mlp.pre[0,3]" in stage.message


async def choose(stage: Stage, name: str) -> None:
    """Choose a model in the list of them."""
    await stage.press("m")
    screen = stage.app.screen
    assert isinstance(screen, ModelsScreen)
    listed = stage.one(OptionList)
    places = [n for n, o in enumerate(listed.options) if name in str(o.prompt) and not o.disabled]
    listed.highlighted = places[0]
    await stage.settle()
    await stage.press("enter")


async def test_notes_about_the_files_are_shown_once_and_in_the_list(tmp_path: Path) -> None:
    tensors = gpt2_tensors() | {"extra\x1b[31m": np.zeros(2, np.float32)}
    model = load_model(str(write(tmp_path / "mine", GPT2, tensors)))
    async with opened(model, (120, 40)) as stage:
        assert "left out: extra␛[31m" in stage.message
        await stage.press("space")
        assert stage.message == ""
        await stage.press("m")
        assert "note: " in stage.text
        assert "extra␛[31m" in stage.text
        assert "● mine" in stage.text
        assert "parameters" in stage.text
        assert "tuitf pull" in stage.text
        assert "551 MB" in stage.text
        await stage.press("escape")
        await choose(stage, "worked")
        assert stage.state.model == "worked"
        await choose(stage, "mine")
        assert stage.session.model is model


async def test_downloaded_models_are_in_the_list(tmp_path: Path) -> None:
    snapshot = tmp_path / "cache" / "models--owner--tiny" / "snapshots" / ("0" * 40)
    write_gpt2(snapshot)
    refs = tmp_path / "cache" / "models--owner--tiny" / "refs"
    refs.mkdir()
    (refs / "main").write_text("0" * 40)
    async with opened("worked", (120, 40)) as stage:
        await choose(stage, "owner/tiny")
        assert stage.state.model == "owner/tiny"
        assert stage.session.model.config.d_vocab == 364


async def test_a_model_that_cannot_be_opened_leaves_the_old_one(tmp_path: Path) -> None:
    good, bad = write_gpt2(tmp_path / "good"), write_gpt2(tmp_path / "bad")
    async with opened(load_model(str(good)), (120, 40), prompt="the cat") as stage:
        trace = stage.session.trace
        weights = bad / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-9])
        for name in (str(bad), "nobody/nothing", str(tmp_path / "nowhere")):
            stage.walk._from_models(name)
            await stage.settle()
            assert stage.message
            assert "\n" not in stage.message
            assert stage.session.trace is trace
            assert stage.state.model == str(good)
            await stage.press("space")
        assert "good" in stage.lines()[0]


async def test_opening_says_what_is_done_and_takes_keys() -> None:
    let_go = Event()

    def loader(name: str) -> LoadedModel:
        if name == "toy":
            assert let_go.wait(20)
        return load_model(name)

    async with opened("worked", (120, 40), loader=loader) as stage:
        await stage.settle(workers=False)
        stage.walk._from_models("toy")
        while "opening the model" not in stage.lines()[0]:
            await asyncio.sleep(0)
            await stage.settle(workers=False)
        stage.app.key_order.patience = 0.0  # what belongs to the model came before
        await stage.press("space", workers=False)
        assert stage.state.cursor.step == "embed"
        let_go.set()
        await stage.settle()
        assert stage.state.model == "toy"


async def test_playing_stops_where_the_model_ends_its_text(tmp_path: Path) -> None:
    tensors = gpt2_tensors()
    tensors["transformer.ln_f.bias"][:] = 50
    tensors["transformer.wte.weight"][0] = 10
    model = load_model(str(write(tmp_path / "m", GPT2, tensors)))
    async with opened(model, (120, 40), prompt="the cat") as stage:
        await stage.press("a")
        stage.walk.tick()
        await stage.settle()
        assert stage.state.generated == (0,)
        assert not stage.walk.player.is_on
        assert "ended its text with <|endoftext|>" in stage.message
