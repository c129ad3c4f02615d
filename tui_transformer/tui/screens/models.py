"""Choose a model: built in, downloaded, or given on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui_transformer.engine import ModelConfig
from tui_transformer.models import ModelCard, entries
from tui_transformer.render.lines import fit
from tui_transformer.render.numbers import compact
from tui_transformer.render.plain_card import card_lines
from tui_transformer.tokenizers import visible
from tui_transformer.tui.view import Given

if TYPE_CHECKING:
    from tui_transformer.tui.app import TuitfApp

BESIDE = 110
"""Terminal cells across from which the card stands beside the list."""


@dataclass(frozen=True, slots=True)
class Row:
    """One model of the list: what opens it, what is shown of it, what is known about it.

    `card` is there where more is known than `about` says.
    """

    name: str
    label: str
    what: str
    size: str
    about: str
    card: tuple[ModelCard, ModelConfig] | None = None


class CardRoom(VerticalScroll, can_focus=False):
    """Where a card is; it is written anew for the room that there is."""

    class Resized(Message):
        """The room has another size."""

    def on_resize(self) -> None:
        """Tell the screen, which does not know when it has laid its parts out."""
        self.post_message(self.Resized())


class ModelsScreen(ModalScreen[str]):
    """The models at hand with their sizes, and the card of the one under the cursor.

    Enter opens it, Escape keeps the one that is open.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (BESIDE, "-beside")]
    BINDINGS = [
        Binding("escape,q", "dismiss", "close", show=False),
        Binding("m", "dismiss", "close", show=False, id="models"),
        Binding("pagedown,space", "turn(1)", "read on", show=False, priority=True),
        Binding("pageup,backspace", "turn(-1)", "back", show=False, priority=True),
    ]

    def __init__(
        self, current: str, given: Sequence[Given] = (), notes: Sequence[str] = ()
    ) -> None:
        """Args:
        current: the name of the model that is open.
        given: what was opened in this run.
        notes: what there is to say about how the open one was read.
        """
        super().__init__()
        self._current = current
        self._given = tuple(given)
        self._notes = tuple(notes)
        self._rows: dict[str, Row] = {}

    def compose(self) -> ComposeResult:
        """The list, and what is known about the one under the cursor."""
        with Vertical(classes="box widest") as box:
            box.border_title = "models"
            box.border_subtitle = "Enter opens · Space reads on · Esc closes"
            with Container(id="shelf"):
                yield OptionList(id="models", compact=True)
                with CardRoom(id="card-room"):
                    yield Static(id="card")

    def on_mount(self) -> None:
        """Those that are known at once; the disk is searched meanwhile."""
        built_in = [
            Row(
                e.card.name,
                visible(e.card.display_name),
                visible(e.card.summary),
                f"{compact(e.parameters)} parameters",
                visible(e.card.description),
                (e.card, e.config),
            )
            for e in entries()
        ]
        self._add("built in", built_in)
        self._search()

    def _add(self, title: str, rows: Sequence[Row]) -> None:
        """A group of the list, without those that are in it already."""
        fresh = [row for row in rows if row.name not in self._rows]
        if not fresh:
            return
        listed = self.query_one(OptionList)
        listed.add_option(Option(Text(title, style="bold"), disabled=True))
        for row in fresh:
            self._rows[row.name] = row
            mark = "●" if row.name == self._current else " "
            text = f"{mark} {fit(row.label, 20)} {row.size:>18}"
            if self.app.size.width < BESIDE:
                text = fit(f"{text}  {row.what}", int(self.app.size.width * 0.94) - 6)
            option = f"model-{len(self._rows) - 1}"
            listed.add_option(Option(Text(text), id=option))
            if row.name == self._current:
                listed.highlighted = listed.get_option_index(option)

    @work(thread=True, exclusive=True, group="models", exit_on_error=False)
    def _search(self) -> None:
        """Look for downloaded models: it reads a few small files for each."""
        from tui_transformer.models.hub import HUB_MODELS, hub_model

        app: TuitfApp = self.app  # type: ignore[assignment]
        here, ids = [], set()
        for model in app.downloaded():
            known = hub_model(model.repo_id)
            ids.add(model.repo_id)
            name = known.name if known is not None else model.repo_id
            name = model.repo_id if model.repo_id == self._current else name
            what = known.summary if known is not None else str(model.folder)
            about = f"{model.repo_id}, downloaded"
            size = f"{model.bytes / 1e6:,.0f} MB"
            here.append(Row(name, visible(name), visible(what), size, visible(about)))
        there = [m for m in HUB_MODELS if m.repo_id not in ids]
        self.app.call_from_thread(self._searched, here, there)

    def _searched(self, here: Sequence[Row], there: Sequence[object]) -> None:
        if not self.is_mounted:
            return
        self._add("downloaded", here)
        given = [
            Row(
                g.name, visible(Path(g.name).name or g.name), visible(g.name), g.size,
                visible(g.about),
            )
            for g in self._given
        ]  # fmt: skip
        self._add("opened before", given)
        self._offer(there)

    def _offer(self, there: Sequence[object]) -> None:
        """What can be had; downloading is not done in here."""
        from tui_transformer.models.hub import HubModel

        listed = self.query_one(OptionList)
        offered = [model for model in there if isinstance(model, HubModel)]
        if offered:
            title = "to be had with tuitf pull NAME"
            listed.add_option(Option(Text(title, style="bold"), disabled=True))
        for model in offered:
            text = f"  {fit(model.name, 14)} {model.megabytes:>8,} MB  {model.licence}"
            listed.add_option(Option(Text(text), disabled=True))

    def _row(self, option_id: str | None) -> Row | None:
        names = list(self._rows)
        if option_id is None:
            return None
        return self._rows[names[int(option_id.removeprefix("model-"))]]

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        self._tell(event.option_id)

    @on(CardRoom.Resized)
    def _tell_again(self) -> None:
        option = self.query_one(OptionList).highlighted_option
        self._tell(None if option is None else option.id)

    def _tell(self, option_id: str | None) -> None:
        """Show the card of a model of the list, from its beginning."""
        row = self._row(option_id)
        if row is None:
            return
        notes = self._notes if row.name == self._current else ()
        room = self.query_one(CardRoom)
        width = max(24, room.size.width - 2)
        if row.card is None:
            lines = [row.about, "", row.what] if row.what not in row.about else [row.about]
        else:
            lines = card_lines(*row.card, width)
        text = "\n".join((*lines, *(f"note: {visible(note)}" for note in notes)))
        self.query_one("#card", Static).update(Text(text))
        room.scroll_home(animate=False)

    def action_turn(self, pages: int) -> None:
        """Move the card by a page."""
        room = self.query_one(CardRoom)
        room.scroll_relative(y=pages * max(1, room.size.height - 2), animate=False)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        row = self._row(event.option_id)
        if row is not None:
            self.dismiss(row.name)
