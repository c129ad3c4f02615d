"""The frame in the middle of the training screen: one pane at a time, made when it is needed."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.containers import Container

from tui_transformer.tui.loop_view import LoopView
from tui_transformer.tui.panes.base import only_pane
from tui_transformer.tui.panes.loop.base import LoopPane
from tui_transformer.tui.panes.loop.batch import BatchPane
from tui_transformer.tui.panes.loop.clip import ClipPane
from tui_transformer.tui.panes.loop.loss import LossPane
from tui_transformer.tui.panes.loop.tensors import GradientPane, ValuesPane
from tui_transformer.tui.panes.loop.text import TextPane
from tui_transformer.tui.panes.loop.update import UpdatePane
from tui_transformer.tui.titles import Titled

PANES: dict[str, type[LoopPane]] = {
    "text": TextPane,
    "batch": BatchPane,
    "forward": ValuesPane,
    "loss": LossPane,
    "backward": GradientPane,
    "clip": ClipPane,
    "update": UpdatePane,
}
"""The pane of each stage; `repeat` has those of the forward pass."""

CORNERS = 4
"""Cells of a border's line, beside its two ends, that a title cannot have."""


class LoopFrame(Container, Titled):
    """Holds the panes and shows the one of the stage in view."""

    _titles: Sequence[str] = ()

    @property
    def pane(self) -> LoopPane | None:
        """The pane that is shown."""
        return next((pane for pane in self.query_children(LoopPane) if pane.display), None)

    def show(self, view: LoopView, titles: Sequence[str], subtitle: str) -> None:
        """Draw another look; of some titles the first one that the border has room for."""
        self._titles = titles
        self.retitle(self._title(), subtitle)
        only_pane(self, PANES[view.cursor.stage]).show(view)

    def _title(self) -> str:
        room = self.size.width - CORNERS
        return next((t for t in self._titles if cell_len(t) <= room), self._titles[-1])

    def on_resize(self) -> None:
        """Another border has room for another title."""
        if self._titles:
            self.retitle(self._title())
