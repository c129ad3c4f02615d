"""The walk through a model as it was at a moment of its training."""

from textual.binding import Binding

from tui_transformer.models import LoadedModel, load_model
from tui_transformer.session import Session, SessionState
from tui_transformer.tui.screens.walk import WalkScreen


class MomentWalk(WalkScreen):
    """The walk, on a model that lives in a run; Escape goes back to the training.

    Args:
        model: the model of the moment.
        wanted: what to open on; its model's name is that of `model`.
    """

    BINDINGS = [Binding("escape", "back", "back to the training", show=False)]

    def __init__(self, model: LoadedModel, wanted: SessionState) -> None:
        def load(name: str) -> LoadedModel:
            return model if name == model.card.name else load_model(name)

        super().__init__(Session(load), wanted)
        self._name = model.card.name

    def action_back(self) -> None:
        """To the training screen."""
        self.dismiss()

    def action_copy(self) -> None:
        """No command opens what is only in this run."""
        if self.session.is_open and self.session.state.model == self._name:
            self.say("this model is in memory only: tuitf train --watch -o DIR saves one", bad=True)
        else:
            super().action_copy()
