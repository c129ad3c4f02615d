"""Themes, glyphs and other keys in the app."""

import pytest

from tests.tui.harness import WatchedApp, opened
from tui_transformer.models import load_model
from tui_transformer.render.palettes import THEMES
from tui_transformer.session import Session, start_state
from tui_transformer.terminal import Chosen
from tui_transformer.terminal.look import Look
from tui_transformer.tui.themes import PREFIX


async def test_the_theme_changes_what_is_drawn() -> None:
    async with opened("toy", at="blocks.0.softmax") as stage:
        pictures = []
        for name, palette in THEMES.items():
            stage.app.theme = PREFIX + name
            await stage.settle()
            assert stage.app.ink.palette == palette
            pictures.append(stage.strips())
            stage.check_grids()
        styles = [{str(s.style) for strip in picture for s in strip} for picture in pictures]
        assert len({frozenset(style) for style in styles}) == len(THEMES)


async def with_look(look: Look, *keys: str) -> tuple[str, str, str]:
    """The step, the screen and the message after some keys."""
    model = load_model("toy")
    app = WatchedApp(Session(), start_state(model, at="blocks.0.softmax"), look)
    from tests.tui.harness import Stage

    async with app.run_test(size=(120, 40)) as pilot:
        stage = Stage(app, pilot)
        await stage.settle()
        said = stage.message
        await stage.press(*keys)
        return stage.state.cursor.step, stage.text, said


async def test_other_keys_work_and_the_help_shows_them() -> None:
    step, _, _ = await with_look(Look(keys={"step.next": "f5"}), "f5")
    assert step == "blocks.0.mix"
    step, _, _ = await with_look(Look(keys={"step.next": "f5"}), "space")
    assert step == "blocks.0.softmax"
    _, text, _ = await with_look(Look(keys={"step.next": "f5"}), "question_mark")
    assert "f5  next step" in text


async def test_what_is_left_out_is_said() -> None:
    _, _, said = await with_look(Look(Chosen(glyphs="ascii"), said="ASCII glyphs: LC_ALL=C"))
    assert said == "ASCII glyphs: LC_ALL=C"


@pytest.mark.parametrize("depth", ["truecolor", "16", "none"])
async def test_without_blocks_no_half_block_is_drawn(depth: str) -> None:
    chosen = Chosen(depth=depth, glyphs="ascii")  # type: ignore[arg-type]
    for keys in ((), ("z", "z", "z"), ("z", "z", "z", "z")):
        _, text, _ = await with_look(Look(chosen), *keys)
        assert not set(text) & set("▀▄")


@pytest.mark.parametrize(("glyphs", "signs"), [("blocks", "░▒▓█"), ("ascii", ":=*#%@")])
async def test_shades_in_the_place_of_digits(glyphs: str, signs: str) -> None:
    for zooms in (2, 3):
        keys = ("z",) * zooms
        chosen = Chosen(depth="none", glyphs=glyphs, cells="shades")  # type: ignore[arg-type]
        _, text, _ = await with_look(Look(chosen), *keys)
        assert f"{signs} in " in text
        assert "in ninths" not in text
        _, digits, _ = await with_look(Look(Chosen(depth="none", glyphs=glyphs)), *keys)  # type: ignore[arg-type]
        assert "in ninths" in digits
