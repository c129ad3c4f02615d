"""Choose a model: built in, downloaded, or given on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui_transformer.models import entries
from tui_transformer.render.lines import fit
from tui_transformer.render.numbers import compact
from tui_transformer.tokenizers import visible
from tui_transformer.tui.view import Given

if TYPE_CHECKING:
    from tui_transformer.tui.app import TuitfApp


@dataclass(frozen=True, slots=True)
class Row:
    """One model of the list: what opens it, what is shown of it, what is known about it."""

    name: str
    label: str
    what: str
    size: str
    about: str


class ModelsScreen(ModalScreen[str]):
    """The models at hand with their sizes; Enter opens one, Escape keeps the one that is open."""

    BINDINGS = [Binding("escape,m,q", "dismiss", "close", show=False)]

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
        with Vertical(classes="box wide") as box:
            box.border_title = "models"
            box.border_subtitle = "Enter opens · Esc closes"
            yield OptionList(id="models", compact=True)
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
            )
            for e in entries()
        ]
        self._add("built in", built_in)
        self._mark()
        self._search()

    def _add(self, title: str, rows: Sequence[Row]) -> None:
        """A group of the list, without those that are in it already."""
        fresh = [row for row in rows if row.name not in self._rows]
        if not fresh:
            return
        listed = self.query_one(OptionList)
        listed.add_option(Option(Text(title, style="bold"), disabled=True))
        room = max(10, min(92, self.app.size.width - 6) - 48)
        for row in fresh:
            self._rows[row.name] = row
            mark = "●" if row.name == self._current else " "
            text = f"{mark} {fit(row.label, 22)} {fit(row.what, room)} {row.size:>18}"
            listed.add_option(Option(Text(text), id=f"model-{len(self._rows) - 1}"))

    def _mark(self) -> None:
        """Put the cursor on the model that is open, where it has just been listed."""
        listed = self.query_one(OptionList)
        names = list(self._rows)
        if self._current in names:
            listed.highlighted = listed.get_option_index(f"model-{names.index(self._current)}")

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
        self._mark()
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
            text = f"  {fit(model.name, 22)} {model.megabytes:>6,} MB  {model.licence}"
            listed.add_option(Option(Text(text), disabled=True))

    def _row(self, option_id: str | None) -> Row | None:
        names = list(self._rows)
        if option_id is None:
            return None
        return self._rows[names[int(option_id.removeprefix("model-"))]]

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        row = self._row(event.option_id)
        if row is not None:
            notes = self._notes if row.name == self._current else ()
            text = "\n".join((row.about, *(f"note: {visible(note)}" for note in notes)))
            self.query_one("#card", Static).update(Text(text))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        row = self._row(event.option_id)
        if row is not None:
            self.dismiss(row.name)
