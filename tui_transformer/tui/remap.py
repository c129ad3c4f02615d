"""Other keys for actions, by the action's id: which of them can be used, and why not the others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from textual.binding import Binding

from tui_transformer.terminal.config import Trouble, told
from tui_transformer.terminal.look import Look
from tui_transformer.tokenizers import visible
from tui_transformer.tui.keys import Keys, bindings_of, defaults, is_key, parts, shown_key

ALWAYS = {
    "tab": "goes to the next pane", "shift+tab": "goes to the pane before",
    "ctrl+p": "opens all commands", "ctrl+q": "quits", "ctrl+c": "interrupts",
}  # fmt: skip
"""Keys that do the same everywhere and are not given away."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A key that cannot be used, by the id of the action that it was set for."""

    action: str
    reason: str


def action_ids() -> tuple[str, ...]:
    """Every action whose keys can be set."""
    return tuple(defaults())


def action_words() -> dict[str, str]:
    """What each action does, by its id."""
    from tui_transformer.tui.actions import ACTS
    from tui_transformer.tui.training_actions import TRAINING_ACTS
    from tui_transformer.tui.widgets.grid import Grid

    grid = {str(b.id): b.description for b in bindings_of(Grid.BINDINGS) if b.id is not None}
    return {act.id: act.label for act in (*ACTS, *TRAINING_ACTS)} | grid


def places() -> Iterator[list[Binding]]:
    """The bindings that are heard at one time: those of a screen and of what has focus on it."""
    from tui_transformer.tui.actions import BINDINGS
    from tui_transformer.tui.panes.distribution import Ranking
    from tui_transformer.tui.panes.loop.base import BatchLines
    from tui_transformer.tui.panes.loop.clip import Lengths
    from tui_transformer.tui.screens.help import HelpScreen
    from tui_transformer.tui.screens.models import ModelsScreen
    from tui_transformer.tui.screens.moment import MomentWalk
    from tui_transformer.tui.screens.overview import OverviewScreen
    from tui_transformer.tui.training_actions import TRAINING_BINDINGS
    from tui_transformer.tui.widgets.grid import Grid
    from tui_transformer.tui.widgets.loop_map import LoopMap
    from tui_transformer.tui.widgets.pipeline_map import PipelineMap
    from tui_transformer.tui.widgets.slider import Slider

    for screen, parts_of_it in (
        ([*BINDINGS, *MomentWalk.BINDINGS], (Grid, Ranking, PipelineMap, Slider)),
        (TRAINING_BINDINGS, (Grid, Ranking, BatchLines, Lengths, LoopMap, Slider)),
        (OverviewScreen.BINDINGS, (Grid,)),
    ):
        for part in parts_of_it:
            yield list(bindings_of(screen, part.BINDINGS))
    for box in (HelpScreen, ModelsScreen):
        yield list(bindings_of(box.BINDINGS))


def bad_keys(keys: str) -> str:
    """Why a list of keys cannot be used, empty where it can."""
    names = [part.strip() for part in keys.split(",")]
    if not all(names):
        return "keys are written as n or space,n; a comma itself is called comma"
    for name in names:
        if not is_key(name):
            return _no_key(name)
    return ""


def _no_key(name: str) -> str:
    """What is said of a word that is no key."""
    known = (
        "space", "enter", "escape", "backspace", "delete", "pageup", "pagedown", "home", "end",
        "up", "down", "left", "right", "f1", "comma", "full_stop", "slash", "minus",
    )  # fmt: skip
    lower = name.lower().replace("-", "+")
    near = [lower] if is_key(lower) else get_close_matches(lower, known, 1)
    hint = f"did you mean {near[0]}?" if near else "keys are written as n, ctrl+n, f5, space, left"
    return f"{name!r} is not a key; {hint}"


def wrong_keys(keys: Mapping[str, str]) -> list[Wrong]:
    """The keys that cannot be used: without these, each key does one thing in each place."""
    found: list[Wrong] = []
    left: dict[str, str] = {}
    for action, wanted in keys.items():
        reason = _in_itself(action, wanted)
        if reason:
            found.append(Wrong(action, reason))
        else:
            left[action] = wanted
    while clash := _clash(left):
        found.append(clash)
        del left[clash.action]
    order = list(keys)
    return sorted(found, key=lambda wrong: order.index(wrong.action))


def _in_itself(action: str, wanted: str) -> str:
    """Why the keys of an action cannot be used, whatever the others are."""
    if action not in defaults():
        near = get_close_matches(action, defaults(), 1)
        hint = f"did you mean {near[0]}?" if near else "tuitf config --actions lists them"
        return f"there is no action {action!r}; {hint}"
    reason = bad_keys(wanted)
    if reason:
        return f"{action}: {reason}"
    for key in parts(wanted):
        if key in ALWAYS and key not in defaults()[action]:
            return f"{action}: {shown_key(key)} always {ALWAYS[key]}"
    return ""


def _clash(own: Mapping[str, str]) -> Wrong | None:
    """The last of the keys that were set which also does something else in the same place."""
    keys, words = Keys(own), action_words()
    order = list(own)
    worst: tuple[int, Wrong] | None = None
    for place in places():
        does: dict[str, list[Binding]] = {}
        for binding in place:
            if binding.id is not None and binding.id in own:
                for key in keys.of(binding.id):
                    does.setdefault(key, []).append(binding)
            else:
                does.setdefault(binding.key, []).append(binding)
        for key, bindings in does.items():
            mine = [b for b in bindings if b.id in own]
            if not mine:
                continue
            last = max(mine, key=lambda b: order.index(str(b.id)))
            at = order.index(str(last.id))
            other = next((b for b in bindings if _differ(b, last)), None)
            if other is None or (worst is not None and worst[0] >= at):
                continue
            what = words.get(str(other.id), other.description)
            name = f"{other.id} ({what})" if other.id is not None else what
            wrong = Wrong(str(last.id), f"{last.id}: {shown_key(key)} is also the key of {name}")
            worst = (at, wrong)
    return worst[1] if worst is not None else None


def _differ(one: Binding, other: Binding) -> bool:
    """Whether two bindings do two things: neither the same nor the same here and there."""
    return one.action != other.action and (one.id is None or one.id != other.id)


def checked(look: Look) -> Look:
    """The look with the keys that can be used, and what is wrong with the others."""
    wrong = wrong_keys(look.keys) if look.keys else []
    if not wrong:
        return look
    bad = {w.action for w in wrong}
    keys = {action: keys for action, keys in look.keys.items() if action not in bad}
    troubles = (*look.troubles, *key_troubles(wrong, look.lines))
    said = visible(told(troubles, "config.toml"))
    return replace(look, keys=keys, said=said, troubles=troubles)


def key_troubles(wrong: list[Wrong], lines: Mapping[str, int]) -> tuple[Trouble, ...]:
    """What is said of keys that cannot be used, with their lines in the config file."""
    return tuple(
        Trouble(
            w.reason,
            lines.get(w.action, 0),
            f"{Keys().shown(w.action)} is kept" if w.action in defaults() else "it is left out",
        )
        for w in wrong
    )
