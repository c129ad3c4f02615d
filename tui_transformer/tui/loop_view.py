"""What the widgets of the training screen are given to draw: one look at a run."""

from dataclasses import dataclass
from functools import cached_property

from tui_transformer.training.update import Update, explain_update
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.view import Scales, View
from tui_transformer.walkthrough import Exhibit, Limits
from tui_transformer.watching import Facts, Look, LoopStage, stage_named
from tui_transformer.watching.cursor import LoopCursor
from tui_transformer.watching.tensors import (
    is_weight,
    limits_for,
    loss_picture,
    pictures,
    place_of_cell,
    values_of,
)


class GrowingScales(Scales):
    """Scales that widen and never narrow, so that colours keep their meaning while a model learns.

    Early numbers are small; a scale that stayed as it began would soon be all ends. How many looks
    there are while steps are made depends on the machine, so what those widened is taken back when
    the steps are done: the screen then is the same whenever the same steps were made.
    """

    def __init__(self) -> None:
        super().__init__()
        self._before: dict[str, Limits] = {}

    def begin(self) -> None:
        """Steps are going to be made."""
        self._before = dict(self._limits)

    def finish(self) -> None:
        """They are made: forget what was seen on the way."""
        self._limits = dict(self._before)
        self._pictures.clear()

    def clear(self) -> None:
        """Forget all."""
        super().clear()
        self._before = {}

    def grow(self, name: str, limits: Limits) -> Limits:
        """The limits that a tensor is shown with, now that it has these."""
        held = self.get(name)
        if held is None or limits.high > held.high:
            self._limits[name] = held = limits
            self._pictures.clear()
        return held


@dataclass(frozen=True, eq=False)
class LoopView:
    """One look: everything that is drawn follows from this.

    `forward` is the view of the panes that inference has, under the weights of the moment.
    """

    facts: Facts
    look: Look
    cursor: LoopCursor
    forward: View
    scales: GrowingScales
    left: int
    """How many steps are still to be made; 0 at rest."""
    done: bool
    """Whether the run is complete."""
    steps: int
    """How many steps a model is trained for."""
    candidates: int

    @property
    def stage(self) -> LoopStage:
        """The stage in view."""
        return stage_named(self.cursor.stage)

    @property
    def step(self) -> int:
        """How many steps the model in view has made."""
        return self.look.place[1]

    def label(self, token: int) -> str:
        """A token's safe name."""
        return self.forward.model.labels[token]

    @property
    def position(self) -> int:
        """The position in a row of the batch that is in focus."""
        inside = self.look.inside
        last = self.facts.length if inside is None else inside.batch.inputs.shape[1]
        return max(0, min(self.cursor.position, last - 1))

    @property
    def row(self) -> int:
        """The row of the batch that is in focus."""
        inside = self.look.inside
        count = self.facts.rows if inside is None else inside.batch.inputs.shape[0]
        return max(0, min(self.cursor.row, count - 1))

    @cached_property
    def pictures(self) -> tuple[Exhibit, Exhibit] | None:
        """The tensor in view and its gradient."""
        inside = self.look.inside
        if inside is None:
            return None
        config, name = self.facts.config, self.cursor.tensor
        values, _ = values_of(inside, config, name)
        limits = self.scales.grow(f"training {name}", limits_for(name, values))
        ids = inside.batch.inputs[inside.row].tolist()
        labels = self.forward.model.labels
        tokens = tuple(labels[token] for token in ids)
        return pictures(inside, config, name, self.cursor.head, tokens, labels, limits)

    @cached_property
    def losses(self) -> Exhibit | None:
        """The loss at every position of the batch."""
        inside = self.look.inside
        return None if inside is None else loss_picture(inside, self.facts.config.d_vocab)

    def cell(self, shown: Exhibit) -> tuple[int, int]:
        """The cursor in a picture of a tensor, held inside it."""
        rows, columns = shown.values.shape
        return min(self.cursor.cell[0], rows - 1), min(self.cursor.cell[1], columns - 1)

    @cached_property
    def update(self) -> Update | None:
        """The update of the weight under the cursor."""
        inside, shown = self.look.inside, self.pictures
        if inside is None or shown is None or not is_weight(self.cursor.tensor):
            return None
        index = place_of_cell(self.cursor.tensor, *self.cell(shown[0]))
        return explain_update(inside, self.facts.config, self.cursor.tensor, index)


class LoopPainted(Painted):
    """A widget of the training screen that is a list of lines."""

    loop: LoopView | None = None

    def put(self, loop: LoopView) -> None:
        """Draw another look."""
        self.loop = loop
        self.repaint()
