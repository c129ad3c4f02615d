"""The frame in the middle of the walk: one pane at a time, made when it is first needed."""

from textual.containers import Container

from tui_transformer.tui.panes.base import Pane
from tui_transformer.tui.panes.distribution import DistributionPane
from tui_transformer.tui.panes.draw import DrawPane
from tui_transformer.tui.panes.tensors import AttentionPane, TensorPane
from tui_transformer.tui.panes.tokens import TokensPane
from tui_transformer.tui.titles import retitle
from tui_transformer.tui.view import View
from tui_transformer.walkthrough import Step

SPECIAL: dict[str, type[Pane]] = {
    "tokens": TokensPane,
    "scores": AttentionPane,
    "mask": AttentionPane,
    "softmax": AttentionPane,
    "probabilities": DistributionPane,
    "sample": DrawPane,
}


def pane_class(step: Step) -> type[Pane]:
    """The kind of pane that shows a step."""
    return SPECIAL.get(step.stage.key, TensorPane)


class StageFrame(Container):
    """Holds the panes and shows the one of the stage in view."""

    @property
    def pane(self) -> Pane | None:
        """The pane that is shown."""
        return next((pane for pane in self.query_children(Pane) if pane.display), None)

    def show(self, view: View, subtitle: str) -> None:
        """Draw another look at the session."""
        retitle(self, view.step.heading(view.model.config), subtitle)
        kind = pane_class(view.step)
        found: Pane | None = None
        for pane in self.query_children(Pane):
            pane.display = type(pane) is kind
            if pane.display:
                found = pane
        if found is None:
            found = kind()
            self.mount(found)
        found.show(view)
