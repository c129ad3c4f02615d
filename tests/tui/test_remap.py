"""Other keys: what names a key names the one that is bound, and keys that clash are told."""

import re
from pathlib import Path

import pytest

from tests.tui.harness import Stage, WatchedApp
from tests.tui.training_harness import Training, WatchedTraining, watched_run
from tui_transformer.cli.look import look_of
from tui_transformer.models import load_model
from tui_transformer.session import Session, start_state
from tui_transformer.terminal.look import Look
from tui_transformer.tui.actions import ACTS
from tui_transformer.tui.keys import Keys, defaults, is_key, shown_key
from tui_transformer.tui.remap import checked, places, wrong_keys
from tui_transformer.tui.training_actions import TRAINING_ACTS

FUNCTION_KEYS = [f"f{n}" for n in range(1, 25)] + [f"ctrl+f{n}" for n in range(1, 25)]
_IDS = [act.id for act in (*ACTS, *TRAINING_ACTS)]
ELSEWHERE = dict(zip(_IDS, [*FUNCTION_KEYS, *"ABCDEFHIJKLMN"], strict=False))
"""A key for every action of the screens that is none of the default ones."""
LITERAL = re.compile(r"(?<![\w+^])(?:space|⌫|⏎|[\[\](){}<>,.?/] )(?![\w])")


def test_the_defaults_are_shown_as_the_tables_say() -> None:
    for act in (*ACTS, *TRAINING_ACTS):
        assert Keys().shown(act.id) == act.shown
    assert Keys().shown("layer.back", "layer.next") == "[ ]"
    assert Keys().shown("cell.left", "cell.up", "cell.down", "cell.right") == "←↑↓→"
    assert shown_key("shift+tab") == "shift+Tab"


def test_no_two_defaults_clash() -> None:
    for place in places():
        does: dict[str, set[str]] = {}
        for binding in place:
            does.setdefault(binding.key, set()).add(binding.id or binding.action)
        for key, ids in does.items():
            actions = {b.action for b in place if b.key == key}
            assert len(ids) == 1 or len(actions) == 1, key


def test_an_action_is_bound_to_the_keys_that_the_screens_name_wherever_it_is_heard() -> None:
    """A hint asks by the action's id alone, so a key may not differ from pane to pane."""
    for place in places():
        bound: dict[str, set[str]] = {}
        for binding in place:
            if binding.id is not None:
                bound.setdefault(binding.id, set()).add(binding.key)
        for action, keys in bound.items():
            assert keys <= set(defaults()[action]), action


@pytest.mark.parametrize(
    ("key", "known"),
    [("n", True), ("é", True), ("?", True), ("f5", True), ("ctrl+f5", True), ("slash", True),
     ("space", True), ("full_stop", True), ("ctrl+n", True), ("foo", False), ("F5", False),
     ("f25", False), ("ctrl+", False), (" ", False), ("<any>", False), ("return", False)],
)  # fmt: skip
def test_what_a_key_is(key: str, known: bool) -> None:
    assert is_key(key) is known


def reasons(**keys: str) -> list[str]:
    return [wrong.reason for wrong in wrong_keys({n.replace("_", "."): k for n, k in keys.items()})]


def test_clashes_are_named_and_swaps_are_none() -> None:
    assert reasons(sample="a") == ["sample: a is also the key of play (play, or stop playing)"]
    assert reasons(sample="a", play="s") == []
    assert reasons(sample="f5", play="f5") == [
        "play: f5 is also the key of sample (sample one token)"
    ]
    assert reasons(sample="?") == ["sample: ? is also the key of help (keys)"]
    assert reasons(step_next="left") == ["step.next: ← is also the key of cell.left (cell left)"]
    assert reasons(sample="tab") == ["sample: Tab always goes to the next pane"]
    assert reasons(sample="F5") == ["sample: 'F5' is not a key; did you mean f5?"]
    assert reasons(sample="entr") == ["sample: 'entr' is not a key; did you mean enter?"]
    assert reasons(smple="x") == ["there is no action 'smple'; did you mean sample?"]
    # vi's keys for the cursor, in every pane; l and h are those of no other action of the walk
    vi = {"cell.left": "h", "cell.down": "j", "cell.up": "k", "cell.right": "ctrl+l"}
    assert wrong_keys(vi) == []
    # a key of the other screen is free on this one
    assert reasons(sample="4") == []
    # the one that is set later gives way, and that may free or block a third
    assert len(reasons(sample="a", play="x", overview="x")) == 1


def test_all_keys_can_be_others_at_once() -> None:
    assert len(set(ELSEWHERE.values())) == len(ELSEWHERE)
    assert wrong_keys(ELSEWHERE) == []


def test_the_file_is_told_with_line_and_reason_and_the_rest_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "tuitf" / "config.toml"
    path.parent.mkdir()
    path.write_text(
        'theme = "light"\n[keys]\nstep.next = "f5"\n"sample" = "a"\nnope = "x"\nquit = "qq"\n'
    )
    look = checked(look_of())
    assert look.chosen.theme == "light"
    assert dict(look.keys) == {"step.next": "f5"}
    assert [(trouble.line, trouble.instead) for trouble in look.troubles] == [
        (4, "s is kept"), (5, "it is left out"), (6, "q is kept"),
    ]  # fmt: skip
    assert look.said == (
        "config.toml, line 4: sample: a is also the key of play (play, or stop playing); "
        "s is kept (and 2 more: tuitf config)"
    )


async def test_hints_help_and_palette_of_the_walk_name_the_keys_that_are_bound() -> None:
    app = WatchedApp(Session(), start_state(load_model("toy"), at="tokens"), Look(keys=ELSEWHERE))
    async with app.run_test(size=(200, 60)) as pilot:
        stage = Stage(app, pilot)
        await stage.settle()
        keys = app.keys
        hint = stage.lines()[-1]
        assert f" {keys.shown('step.next')} takes the first step" in hint
        assert f"{keys.shown('quit')} quit" in hint
        seen = set()
        for _ in range(40):
            seen.add(stage.lines()[-1])
            await stage.press(ELSEWHERE["step.next"])
            assert not LITERAL.search(stage.lines()[-1])
        assert f"{keys.shown('sample')} appends" in stage.text  # the last step is the draw
        every = "\n".join(seen)
        for action in ("step.back", "cell.why", "prompt.edit", "overview", "help"):
            assert f"{keys.shown(action)} " in every, action
        await stage.press(ELSEWHERE["take_back"])
        assert stage.message == (
            f"there is no sampled token to take back: {keys.shown('prompt.edit')} edits the prompt"
        )
        commands = {c.title: c.help for c in app.get_system_commands(app.screen)}
        for act in ACTS:
            if act.id != "palette":
                assert commands[act.label.capitalize()] == f"key {keys.shown(act.id)}"
        await stage.press(ELSEWHERE["help"])
        for act in ACTS:
            assert f" {keys.shown(act.id)}  {act.label}" in stage.text
        await stage.press(ELSEWHERE["help"])  # the same key closes it
        await stage.press(ELSEWHERE["overview"])
        assert f"{keys.shown('layer.back', 'layer.next')} block" in stage.text
        await stage.press(ELSEWHERE["overview"])
        assert app.screen is stage.walk
        await stage.press("space", "s")  # the old keys do nothing
        assert stage.state.generated == ()


async def test_the_keys_of_the_cursor_are_the_same_in_every_pane() -> None:
    look = Look(keys={"cell.down": "j", "cell.up": "k"})
    app = WatchedApp(Session(), start_state(load_model("toy"), at="probabilities"), look)
    async with app.run_test(size=(120, 40)) as pilot:
        stage = Stage(app, pilot)
        await stage.settle()
        before = stage.state.cursor.column
        await stage.press("j")
        after = stage.state.cursor.column
        assert after != before
        await stage.press("down")
        assert stage.state.cursor.column == after
        await stage.press("k")
        assert stage.state.cursor.column == before


async def test_the_training_screen_names_its_own() -> None:
    app = WatchedTraining(watched_run(), Look(keys=ELSEWHERE))
    async with app.run_test(size=(200, 60)) as pilot:
        stage = Training(app, pilot)
        await stage.settle()
        keys = app.keys
        for _ in range(9):
            assert not LITERAL.search(stage.lines()[-1])
            assert f"{keys.shown('loop.leave')} leave" in stage.lines()[-1]
            await stage.press(ELSEWHERE["loop.next"])
        await stage.press(ELSEWHERE["loop.help"])
        for act in TRAINING_ACTS:
            assert f" {keys.shown(act.id)}  {act.label[:20]}" in stage.text, stage.text


def test_every_action_has_a_place() -> None:
    heard = {binding.id for place in places() for binding in place}
    assert set(defaults()) <= heard
