"""What the widgets are given to draw: one frozen look at the session."""

from dataclasses import dataclass

from tui_transformer.engine.names import TensorRef
from tui_transformer.models import LoadedModel
from tui_transformer.sampling import Distribution, Draw
from tui_transformer.session import Session, SessionState
from tui_transformer.trace import Trace
from tui_transformer.walkthrough import Exhibit, Limits, Step, exhibit, one_row


class Scales:
    """The limits of every scale that was shown: they stay until they are asked to follow.

    So a colour means the same number from step to step, and while tokens are added; a value
    beyond is marked.
    """

    def __init__(self) -> None:
        self._limits: dict[str, Limits] = {}
        self._pictures: dict[tuple[str, int, int | None], Exhibit] = {}
        self._of: tuple[Trace | None, str] = (None, "")

    def pictures(self, trace: Trace, step: str) -> "dict[tuple[str, int, int | None], Exhibit]":
        """The pictures made for this step of this pass, by tensor, head and row.

        They are forgotten with the step: each holds on to a block's tensors.
        """
        if self._of[0] is not trace or self._of[1] != step:
            self._of = (trace, step)
            self._pictures = {}
        return self._pictures

    def clear(self) -> None:
        """Forget all: each scale is taken anew from what is shown next."""
        self._limits.clear()
        self._pictures.clear()

    def hold(self, name: str, limits: Limits) -> Limits:
        """The limits that a tensor has been shown with, or from now on these."""
        return self._limits.setdefault(name, limits)

    def get(self, name: str) -> Limits | None:
        """The limits that a tensor has been shown with."""
        return self._limits.get(name)


@dataclass(frozen=True, slots=True)
class Given:
    """A model that was opened in this run, for the list of models."""

    name: str
    size: str
    about: str
    prompt: str | None = None
    """What it has to be opened with, where it knows a few texts only."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One look: everything that is drawn follows from this."""

    model: LoadedModel
    trace: Trace
    state: SessionState
    step: Step
    number: int
    total: int
    tokens: tuple[str, ...]
    prompt_length: int
    row: int
    next_token: Distribution | None
    at_row: Distribution | None
    draw: Draw | None
    trouble: str
    scales: Scales
    left_out: int = 0
    context_full: bool = False
    text: str = ""

    def shown(self, name: str, head: int | None = None) -> Exhibit:
        """The picture of a tensor, of the head in view or another, with its scale held."""
        at = self.state.cursor.head if head is None else head
        row = self.row if name == "logits" and one_row(self.trace) else None
        made_before = self.scales.pictures(self.trace, self.step.name)
        key = (name, at, row)
        if key not in made_before:
            labels, held = self.model.labels, self.scales.get(name)
            made = exhibit(self.trace, name, at, self.tokens, labels, held, row)
            self.scales.hold(name, made.limits)
            made_before[key] = made
        return made_before[key]

    @property
    def reads(self) -> tuple[Exhibit, ...]:
        """What comes into the step."""
        return tuple(map(self.shown, self._held(self.step.reads(self.model.config))))

    @property
    def writes(self) -> tuple[Exhibit, ...]:
        """What goes out of it, the main tensor first."""
        return tuple(map(self.shown, self._held(self.step.writes(self.model.config))))

    @property
    def lacking(self) -> tuple[str, ...]:
        """The tensors of the step that its trace does not hold."""
        config = self.model.config
        names = (*self.step.reads(config), *self.step.writes(config))
        return tuple(name for name in names if not self.trace.holds(name))

    def _held(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if self.trace.holds(name))

    @property
    def focus(self) -> Exhibit | None:
        """The tensor that the cell cursor is in."""
        names = self._held(self.step.shows(self.model.config))
        wanted = self.state.cursor.tensor
        if wanted in names:
            return self.shown(wanted)
        return self.shown(names[0]) if names else None

    def cell(self, shown: Exhibit) -> tuple[int, int]:
        """The cursor in a picture: the token's row, and a column that it has."""
        rows, cols = shown.values.shape
        row = max(0, min(self.row - shown.first, rows - 1))
        return row, min(self.state.cursor.column, cols - 1)

    @property
    def ref(self) -> TensorRef | None:
        """The cell under the cursor."""
        shown = self.focus
        return None if shown is None else shown.ref(*self.cell(shown))


def look(session: Session, scales: Scales) -> View:
    """Gather a view of the session as it is."""
    step = session.step
    number, total = session.step_number
    next_token = at_row = None
    chosen: Draw | None = None
    trouble = ""
    try:
        next_token = session.distribution_at(-1)
        at_row = session.distribution_at(session.row)
        chosen = session.next_draw()
    except ValueError as error:  # NaN in the logits: the stages before can still be looked at
        trouble = str(error)
    return View(
        model=session.model,
        trace=session.trace,
        state=session.state,
        step=step,
        number=number,
        total=total,
        tokens=session.tokens,
        prompt_length=session.prompt_length,
        row=session.row,
        next_token=next_token,
        at_row=at_row,
        draw=chosen,
        trouble=trouble,
        scales=scales,
        left_out=session.left_out,
        context_full=session.context_full,
        text=session.text if step.stage.key == "sample" else "",
    )
