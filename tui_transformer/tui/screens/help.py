"""The keys: of what has focus first, then all."""

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget

from tui_transformer.render.lines import Line, fit
from tui_transformer.tui.actions import ACTS, GROUPS, Act
from tui_transformer.tui.keys import Keys as KeysInForce
from tui_transformer.tui.keys import keys_of, shown_key
from tui_transformer.tui.painted import Painted


class Keys(Painted):
    """The table of keys, in two columns where there is room."""

    def __init__(
        self, focused: Widget | None, acts: Sequence[Act], groups: Mapping[str, str]
    ) -> None:
        super().__init__()
        self._groups: list[tuple[str, list[tuple[str, str]]]] = []
        keys = keys_of(self)
        own = _own_keys(focused, keys)
        if own:
            self._groups.append(("here", own))
        for key, title in groups.items():
            rows = [(keys.shown(act.id), act.label) for act in acts if act.group == key]
            if key == "look":
                rows.insert(0, ("Tab", "the next pane; shift+Tab the one before"))
            if key == "app":
                rows.insert(3, ("ctrl+p", "all commands, too"))
            self._groups.append((title, rows))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as the longer column has."""
        return max(len(column) for column in self._columns(width))

    def _columns(self, width: int) -> list[list[Line]]:
        ink = self.ink
        blocks: list[list[Line]] = []
        for title, rows in self._groups:
            block: list[Line] = [[Segment(title, ink.accent)]]
            block += [
                [Segment(fit(key, 10, right=True) + "  ", ink.bright), Segment(what, ink.text)]
                for key, what in rows
            ]
            blocks.append([*block, []])
        if width < 72:
            return [[line for block in blocks for line in block]]
        total = sum(len(block) for block in blocks)
        left: list[Line] = []
        while blocks and (not left or len(left) + len(blocks[0]) / 2 <= total / 2):
            left += blocks.pop(0)
        return [left, [line for block in blocks for line in block]]

    def paint(self, width: int, height: int) -> list[Line]:
        """The columns side by side."""
        parts = self._columns(width)
        if len(parts) == 1:
            return parts[0]
        half = width // 2
        lines: list[Line] = []
        for n in range(max(len(part) for part in parts)):
            left = parts[0][n] if n < len(parts[0]) else []
            right = parts[1][n] if n < len(parts[1]) else []
            used = sum(len(segment.text) for segment in left)
            lines.append([*left, Segment(" " * max(1, half - used)), *right])
        return lines


def _own_keys(focused: Widget | None, keys: KeysInForce) -> list[tuple[str, str]]:
    """The keys of the widget that has focus: those that it binds itself."""
    if focused is None:
        return []
    rows: list[tuple[str, str]] = []
    for entry in type(focused).__dict__.get("BINDINGS", []):
        if isinstance(entry, Binding) and entry.description:
            key = entry.key.split(",")[0]
            shown = keys.shown(entry.id) if entry.id is not None else shown_key(key)
            rows.append((shown, entry.description))
    return rows


class HelpScreen(ModalScreen[None]):
    """What every key does."""

    BINDINGS = [
        Binding("escape,q,enter,space", "dismiss", "close", show=False),
        Binding("question_mark", "dismiss", "close", show=False, id="help"),
        Binding("question_mark", "dismiss", "close", show=False, id="loop.help"),
    ]

    def __init__(
        self,
        focused: Widget | None,
        acts: Sequence[Act] = ACTS,
        groups: Mapping[str, str] = GROUPS,
    ) -> None:
        super().__init__()
        self._below = (focused, acts, groups)

    def compose(self) -> ComposeResult:
        """A box with the table in it."""
        with Vertical(classes="box wide") as box:
            box.border_title = "keys"
            box.border_subtitle = "Esc closes"
            with VerticalScroll():
                yield Keys(*self._below)
