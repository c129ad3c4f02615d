"""Keys that arrive at once do what they do one after another."""

import pytest

from tests.tui.harness import Stage, key_event, opened
from tui_transformer.tui.screens.models import ModelsScreen
from tui_transformer.tui.widgets.pipeline_map import PipelineMap


async def at_once(stage: Stage, keys: list[str]) -> None:
    """Keys that arrive in one piece."""
    for key in keys:
        stage.app.post_message(key_event(key))
    await stage.settle()


def picture(stage: Stage) -> tuple[object, str, str]:
    """All that keys decide: the state, the screen, what has the keys."""
    return stage.state, stage.text, repr(stage.app.screen.focused)


BURSTS = {
    "arrows": "up up up up left left left down right",
    "arrows after a step": "space space up up left down down down right",
    "arrows between steps": "up backspace down down right space up right backspace left",
    "a stage seen before": "space backspace space right right backspace up",
    "another pane": "G down down home left s u backspace backspace right",
    "the next pane": "tab right right shift+tab down",
    "a knob": "G tab tab right right right = = - left",
    "head and token": "{ { up right . , } left",
    "zoom": "z z right space z left",
    "a prompt": "e ctrl+u t h e space s a t enter space space right = =",
    "a prompt that is refused": "e ctrl+u x y z enter backspace backspace escape = space right",
    "the line that finds a token": "g f o n enter escape g f f space f",
    "the overview": "o down down enter escape space up",
    "the list of models": "m down down up enter space space right",
    "why": "enter escape right enter escape up",
}


TRAINING = "t space space up right right space down > > backspace left [ ]"


@pytest.mark.parametrize("keys", BURSTS.values(), ids=BURSTS)
async def test_a_burst_does_what_the_same_keys_do_one_by_one(keys: str) -> None:
    pictures = []
    for burst in (False, True):
        async with opened("worked", at="blocks.0.attn.pattern[head=0,3,1]") as stage:
            if burst:
                await at_once(stage, keys.split())
            else:
                await stage.press(*keys.split())
            pictures.append(picture(stage))
    assert pictures[0][1] == pictures[1][1]
    assert pictures[0] == pictures[1]


async def test_a_burst_in_training() -> None:
    keys = TRAINING.split()
    pictures = []
    for burst in (False, True):
        async with opened("toy") as stage:
            if burst:
                await at_once(stage, keys)
            else:
                await stage.press(*keys)
            pictures.append(stage.text)
    assert "one step of training" in pictures[0]
    assert pictures[0] == pictures[1]


async def test_the_map_goes_down_as_often_as_it_is_told() -> None:
    async with opened("worked") as stage:
        stage.one(PipelineMap).focus()
        await stage.settle()
        before = stage.session.step_number[0]
        await at_once(stage, ["down"] * 7)
        assert stage.session.step_number[0] == before + 7


async def test_a_screen_that_is_just_opening_takes_the_keys_after() -> None:
    async with opened("worked") as stage:
        await at_once(stage, ["m", "down"])
        assert isinstance(stage.app.screen, ModelsScreen)
        one = stage.text
        await stage.press("escape", "m", "down")
        assert stage.text == one
