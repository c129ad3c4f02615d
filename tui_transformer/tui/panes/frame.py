"""The frame in the middle of the walk: one pane at a time, made when it is first needed."""

from textual.containers import Container

from tui_transformer.tui.panes.base import Pane, only_pane
from tui_transformer.tui.panes.distribution import DistributionPane
from tui_transformer.tui.panes.draw import DrawPane
from tui_transformer.tui.panes.lacking import LackingPane
from tui_transformer.tui.panes.tensors import AttentionPane, TensorPane
from tui_transformer.tui.panes.tokens import TokensPane
from tui_transformer.tui.titles import Titled
from tui_transformer.tui.view import View

SPECIAL: dict[str, type[Pane]] = {
    "tokens": TokensPane,
    "scores": AttentionPane,
    "mask": AttentionPane,
    "softmax": AttentionPane,
    "probabilities": DistributionPane,
    "sample": DrawPane,
}


def pane_class(view: View) -> type[Pane]:
    """The kind of pane that shows the step of a view."""
    if view.focus is None and view.step.writes(view.model.config):  # a file without any of it
        return LackingPane
    return SPECIAL.get(view.step.stage.key, TensorPane)


class StageFrame(Container, Titled):
    """Holds the panes and shows the one of the stage in view."""

    @property
    def pane(self) -> Pane | None:
        """The pane that is shown."""
        return next((pane for pane in self.query_children(Pane) if pane.display), None)

    def show(self, view: View, subtitle: str) -> None:
        """Draw another look at the session."""
        self.retitle(view.step.heading(view.model.config), subtitle)
        only_pane(self, pane_class(view)).show(view)
