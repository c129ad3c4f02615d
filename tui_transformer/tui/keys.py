"""The keys in force: what is bound by default, or what the person has set, and how it is shown."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from textual.binding import Binding
from textual.keys import Keys as Known
from textual.keys import format_key
from textual.widget import Widget

SHOWN = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn",
    "home": "Home", "end": "End", "escape": "Esc", "tab": "Tab", "delete": "Del", "insert": "Ins",
}  # fmt: skip
"""Keys that are shown otherwise than Textual would."""
ARROWS = frozenset("↑↓←→")
_NAMED = frozenset(key.value for key in Known) - {"return", "ctrl-at"}  # which no terminal sends
_MODIFIER = re.compile(r"(?:ctrl|shift|alt|super|meta|hyper)\+")


@lru_cache(maxsize=256)
def normal(key: str) -> str:
    """The one name of a key: `?` is `question_mark`."""
    return next(iter(Binding.make_bindings([Binding(key, "", "")]))).key


def is_key(key: str) -> bool:
    """Whether there is a key of this name."""
    while found := _MODIFIER.match(key):
        key = key[found.end() :]
    if len(key) == 1:
        return key.isprintable() and not key.isspace()
    return (key in _NAMED and not key.startswith("<")) or len(format_key(key)) == 1


def shown_key(key: str) -> str:
    """A key as the screens name it."""
    before, plus, last = key.rpartition("+")
    if not plus or not last:
        return SHOWN.get(key, format_key(key))
    return "^" + shown_key(last) if before == "ctrl" else f"{before}+{shown_key(last)}"


def parts(keys: str) -> list[str]:
    """The keys of a list such as `space,n`."""
    return [normal(part.strip()) for part in keys.split(",")]


def bindings_of(*tables: Iterable[object]) -> Iterator[Binding]:
    """The bindings of some widgets, one a key."""
    for table in tables:
        yield from Binding.make_bindings(b for b in table if isinstance(b, Binding))


@lru_cache(maxsize=1)
def defaults() -> dict[str, tuple[str, ...]]:
    """The keys of every action by its id, as they are bound where nothing is set."""
    from tui_transformer.tui.actions import ACTS
    from tui_transformer.tui.training_actions import TRAINING_ACTS
    from tui_transformer.tui.widgets.grid import Grid

    found = {act.id: tuple(parts(act.keys)) for act in (*ACTS, *TRAINING_ACTS)}
    for binding in bindings_of(Grid.BINDINGS):
        if binding.id is not None:
            found[binding.id] = (*found.get(binding.id, ()), binding.key)
    return found


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the actions, by the action's id; `own` are those that the person has set."""

    own: Mapping[str, str] = field(default_factory=dict)

    def of(self, action: str) -> tuple[str, ...]:
        """The keys that do something."""
        return tuple(parts(self.own[action])) if action in self.own else defaults()[action]

    def shown(self, *actions: str) -> str:
        """The first key of each action, for a hint: `space`, `[ ]`, `←↑↓→`."""
        names = [shown_key(self.of(action)[0]) for action in actions]
        return ("" if all(name in ARROWS for name in names) else " ").join(names)

    def keymap(self) -> dict[str, str]:
        """What Textual is told: a capital letter also as the terminal may spell it."""
        return {
            action: ",".join(
                f"{key},shift+{key.lower()}" if len(key) == 1 and key.isupper() else key
                for key in parts(keys)
            )
            for action, keys in self.own.items()
        }


def keys_of(widget: Widget) -> Keys:
    """The keys in force where a widget is shown."""
    keys: Keys = widget.app.keys  # type: ignore[attr-defined]
    return keys
