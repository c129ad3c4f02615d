"""The prompt is edited in place: tokens while typing, the pass on Enter, nothing lost on errors."""

import pytest

from tests.tui.harness import Stage, count_passes, key_event, opened
from tui_transformer.tui.widgets.prompt import Preview, PromptEditor
from tui_transformer.tui.widgets.token_strip import TokenStrip


async def test_tokens_appear_while_typing_and_enter_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = count_passes(monkeypatch)
    async with opened("toy", at="blocks.0.softmax", prompt="the cat sat on") as stage:
        await stage.press("s")
        del rows[:]
        await stage.press("e")
        box = stage.one(PromptEditor.Box)
        assert stage.app.focused is box
        assert box.value == "the cat sat on"
        assert not stage.one(TokenStrip).display
        await stage.press("ctrl+u")
        assert box.value == ""
        assert "✗" in stage.words_of(stage.one(Preview))
        typed = ""
        for word, count in (("it", 1), (" dog", 2), (" sat", 3), (".", 4), (" xyz", 5)):
            await stage.write(word)
            typed += word
            assert box.value == typed
            words = stage.words_of(stage.one(Preview))
            assert f"{count} token" in words
            ids = stage.session.model.tokenizer.encode(typed)
            for token in ids:
                assert f"{stage.session.model.labels[token]} {token}" in words
        assert rows == []
        assert stage.session.text.startswith("the cat sat on")
        await stage.press("enter")
        assert rows == [5]
        assert stage.state.prompt == "it dog sat. xyz"
        assert stage.state.generated == ()
        assert stage.session.text == "it dog sat . <unk>"
        assert stage.one(TokenStrip).display
        assert stage.state.cursor.step == "blocks.0.softmax"
        stage.check_grids()
        await stage.press("right")  # the keys belong to the grid again
        assert stage.app.focused is not None
        await stage.press("ctrl+z")
        assert stage.state.prompt == "the cat sat on"
        assert len(stage.state.generated) == 1


async def test_escape_leaves_everything_as_it_was() -> None:
    async with opened("toy") as stage:
        before = stage.session.ready
        await stage.press("e")
        await stage.write(" mat")
        await stage.press("escape")
        assert stage.session.ready is before
        assert stage.one(TokenStrip).display
        await stage.press("e")
        assert stage.one(PromptEditor.Box).value == stage.state.prompt
        await stage.press("enter")  # nothing was changed: nothing is run
        assert stage.session.ready is before
        assert stage.one(TokenStrip).display


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_what_cannot_be_read_is_named_and_stays_typed(size: tuple[int, int]) -> None:
    async with opened("worked", size) as stage:
        before = stage.session.ready
        await stage.press("e", "ctrl+u")
        await stage.write("the cat flew")
        assert "flew" in stage.words_of(stage.one(Preview))
        await stage.press("enter")
        box = stage.one(PromptEditor.Box)
        assert stage.app.focused is box
        assert box.value == "the cat flew"
        words = stage.words_of(stage.one(Preview))
        assert "✗" in words
        assert "flew" in words
        assert stage.session.ready is before
        for _ in "flew":
            await stage.press("backspace")
        await stage.write("sat on mat")
        assert "4" in stage.words_of(stage.one(Preview))  # more than the context holds
        await stage.press("enter")
        assert box.value == "the cat sat on mat"
        assert stage.session.ready is before
        for _ in " mat":
            await stage.press("backspace")
        await stage.press("home", "end", "enter")
        assert stage.session.ready is before  # the text that was there before
        await stage.press("e", "ctrl+u")
        await stage.write("dog on")
        await stage.press("enter")
        assert stage.session.tokens == ("dog", "on")


async def test_a_paste_of_lines_and_of_very_much() -> None:
    async with opened("toy") as stage:
        await stage.press("e", "ctrl+u")
        await stage.paste("the cat\r\nsat\non")
        box = stage.one(PromptEditor.Box)
        assert box.value == "the cat sat on"
        await stage.paste(" the" * 5_000)
        assert len(box.value) > 20_000
        assert "20,0" in stage.words_of(stage.one(Preview))
        await stage.press("enter")
        assert stage.app.focused is box
        assert "32" in stage.words_of(stage.one(Preview))
        assert stage.session.text == "the cat sat on the"
        await stage.press("escape")
        assert stage.one(TokenStrip).display


async def test_keys_of_the_walk_are_letters_here() -> None:
    async with opened("toy") as stage:
        before = stage.state
        await stage.press("e", "ctrl+u")
        await stage.write("s q a u m o")
        assert stage.one(PromptEditor.Box).value == "s q a u m o"
        assert stage.state == before
        assert stage.app.return_code is None
        assert len(stage.app.screen_stack) == 1 + sum(
            type(screen).__name__ == "Screen" for screen in stage.app.screen_stack
        )


async def burst(stage: Stage, *keys: str) -> None:
    """Keys that arrive in one piece: none of them waits for the one before to be done."""
    for key in keys:
        stage.app.post_message(key_event(key))
    await stage.settle()


async def test_keys_in_one_burst_do_not_overtake_each_other() -> None:
    async with opened("toy", prompt="the cat sat on") as stage:
        # the letters after e are typed, not commands; each Backspace deletes what came before it
        await burst(stage, "e", "ctrl+u", *"dogg", "backspace", "space", *"sad", "backspace", "t")
        box = stage.one(PromptEditor.Box)
        assert box.value == "dog sat"
        await burst(stage, "x", "left", "left", "y", "end", "backspace", "home", "delete", "i")
        assert box.value == "iog sayt"
        await burst(stage, "backspace", "d", "end", "left", "backspace", "enter")
        assert stage.state.prompt == "dog sat"
        assert stage.state.generated == ()
        # what comes after Escape is for the screen again
        step = stage.state.cursor.step
        await burst(stage, "e", *"aaa", "escape", "s", "n")
        assert stage.state.prompt == "dog sat"
        assert len(stage.state.generated) == 1
        assert stage.state.cursor.step != step
