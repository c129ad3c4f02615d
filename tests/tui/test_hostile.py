"""Text from outside is hostile: whatever it holds, the terminal is sent words, styles and moves."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from textual.widgets import Collapsible

from tests.support import dense_weights, tiny
from tests.tui.harness import SIZES, Stage, cells_written, opened, stray
from tests.tui.textual_inside import sent_for_all_of
from tui_transformer.errors import InputError
from tui_transformer.models import LoadedModel, ModelCard, entries
from tui_transformer.models.loaded import assemble
from tui_transformer.tokenizers import visible
from tui_transformer.tui.screens.command import CommandScreen
from tui_transformer.tui.screens.models import ModelsScreen
from tui_transformer.tui.screens.overview import OverviewScreen
from tui_transformer.tui.screens.walk import WalkScreen
from tui_transformer.tui.screens.why import WhyScreen
from tui_transformer.walkthrough import walk

EVIL = (
    "\x1b[2J\x1b[31mred",  # clear, colour
    "\x1b]0;title\x07",  # set the window's title
    "\x1b]52;c;cHduZWQ=\x1b\\",  # write the clipboard
    "\x9b2J\x90q\x9c\x85",  # C1: the same in one byte each
    "\u202egnp.exe\u2066\u200f",  # bidirectional overrides
    "nul\x00bel\x07bs\x08del\x7f",
    "\udcff\udc1b\ud800",  # bytes that were no UTF-8, a lone surrogate
    "z" + "\u0301\u0335\u20e3" * 40,  # a combining flood
    "\r\n\v\f\t\u2028\u2029",
    "[b]bold[/b] [@click=app.quit]x[/] [/nothing]",  # markup
    "\u200b\u2060\ufeff\u00ad\u3164\u2800",  # what is not seen
    "日本語の長い長い長い長い言葉",
    "👩‍👩‍👧‍👦🏽",
    " \\",
    "\\[",
    "\U000e0041\U000f0000\ue000",
)


class EvilTokenizer:
    """One token a character, and a vocabulary that means no good."""

    size = len(EVIL)
    bos = None

    def encode(self, text: str) -> tuple[int, ...]:
        """Any text at all has tokens, but for a question mark."""
        if "?" in text:
            raise InputError(f"it does not know {text!s}" + EVIL[0])
        return tuple(ord(char) % self.size for char in text[:12])

    def decode(self, ids: Sequence[int]) -> str:
        """The text itself, unsafe as it is."""
        return "".join(EVIL[token] for token in ids)

    def label(self, token: int) -> str:
        """Safe, as every tokenizer has to say it."""
        return visible(EVIL[token], leading_space=True)


def evil_model() -> LoadedModel:
    """A model with nothing but hostile text in and around it."""
    text = "".join(EVIL)
    config = tiny(d_vocab=len(EVIL), n_ctx=20)
    card = ModelCard(
        name="evil" + text, summary=text, description=text, weights="random",
        prompt=text[:7] + text[-4:], source=text, target="x",
    )  # fmt: skip
    return assemble(card, config, dense_weights(config, seed=2), EvilTokenizer())


def check(stage: Stage, *, sent: bool = True) -> None:
    """Nothing of what is on screen, and nothing of what was sent, acts on a terminal."""
    for strip in stage.strips():
        assert all(segment.control is None for segment in strip)
        assert visible(strip.text) == strip.text, ascii(strip.text)
    assert not any("@click" in str(s.style and s.style.meta) for x in stage.strips() for s in x)
    if sent:
        stage.app.sent.append(sent_for_all_of(stage.app.screen))
    for text in stage.app.sent:
        assert [ascii(run) for run in stray(text)] == []
    del stage.app.sent[:]


@pytest.mark.parametrize(
    ("size", "colour"),
    [(SIZES[0], True), (SIZES[1], True), (SIZES[1], False), (SIZES[2], True)],
    ids=["80x24", "120x40", "120x40-plain", "200x60"],
)
async def test_nothing_hostile_reaches_the_terminal(
    size: tuple[int, int], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    model = evil_model()
    evil_entry = replace(entries()[0], card=model.card)
    for module in ("tui_transformer.models", "tui_transformer.tui.screens.models"):
        monkeypatch.setattr(f"{module}.entries", lambda: (*entries(), evil_entry))
    async with opened(model, size, generated=list(range(6))) as stage:
        assert cells_written(stage.app.sent[0]) > 1000
        for _ in walk(model.config):
            check(stage)
            await stage.press("right", "down")
            check(stage, sent=False)
            await stage.press("{", "space")
        for place in ("tokens", "blocks.0.softmax"):
            stage.walk.jump(place)
            await stage.settle()
            if place != "tokens":
                await stage.press("enter")
                assert isinstance(stage.app.screen, WhyScreen)
                check(stage)
                await stage.press("escape")
            await stage.press("o")
            assert isinstance(stage.app.screen, OverviewScreen)
            check(stage)
            for pane in stage.app.screen.query(Collapsible):
                pane.collapsed = False
            await stage.settle()
            check(stage)
            await stage.press("escape", "question_mark")
            check(stage)
            await stage.press("escape", "y")
            assert isinstance(stage.app.screen, CommandScreen)
            check(stage)
            await stage.press("escape", "m")
            assert isinstance(stage.app.screen, ModelsScreen)
            check(stage)
            await stage.press("end")
            check(stage)
            await stage.press("escape")
        await stage.press("s", "-", "u", "slash")
        check(stage)
        await stage.press("escape")
        assert isinstance(stage.app.screen, WalkScreen)


@pytest.mark.parametrize("size", [SIZES[0], SIZES[1]], ids=["80x24", "120x40"])
async def test_a_hostile_prompt_can_be_edited_safely(size: tuple[int, int]) -> None:
    async with opened(evil_model(), size) as stage:
        await stage.press("e")
        check(stage)
        for text in EVIL:
            await stage.press("ctrl+u")
            await stage.paste("a" + text + "z")
            check(stage)
            await stage.press("home", "right", "right", "shift+right", "end", "left", "backspace")
            check(stage)
        await stage.press("ctrl+u")
        await stage.paste("".join(EVIL) * 3)
        check(stage)
        await stage.press("enter")
        check(stage)
        assert stage.state.prompt.startswith(EVIL[0])
        await stage.press("e", "end")
        await stage.paste(EVIL[0] + "?")
        check(stage)
        await stage.press("enter")
        check(stage)
        await stage.press("escape")
        check(stage)


async def test_hostile_errors_are_shown_safely(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(evil_model()) as stage:
        for text in EVIL:

            def broken(*args: Any, text: str = text) -> Any:
                raise RuntimeError(text)

            monkeypatch.setattr(stage.session, "compute", broken)
            await stage.press("s")
            assert stage.message
            check(stage)
        monkeypatch.undo()
        stage.walk.want(stage.session.with_model("".join(EVIL)))
        await stage.settle()
        assert stage.message
        check(stage)


def test_the_check_itself_finds_what_it_looks_for() -> None:
    for text in EVIL[:9]:
        assert stray(f"\x1b[1;38;2;1;2;3mfine {text}")
    assert stray("\x1b[2;3Hplain ×·▀ \x1b[0m\nmore") == []
    assert cells_written("\x1b[2;3H日a\x1b[0m") == 3
