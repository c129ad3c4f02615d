"""The insides of blocks: computed on another thread when they are looked at, and one ahead."""

from functools import partial

from textual.dom import DOMNode
from textual.message import Message
from textual.worker import get_current_worker

from tui_transformer.engine import Array
from tui_transformer.engine.names import join_layer
from tui_transformer.errors import Cancelled
from tui_transformer.trace import Trace, compute_inside, fits_ahead, is_quick, keep_inside, missing
from tui_transformer.walkthrough import Step


class Insides:
    """Computes what a trace does not keep and posts that it is there.

    Args:
        host: the screen that gets the messages.
    """

    class Looked(Message):
        """The inside of a block that was looked at is computed."""

        def __init__(self, trace: Trace, names: tuple[str, ...], tensors: dict[str, Array]) -> None:
            super().__init__()
            self.trace = trace
            self.names = names
            self.tensors = tensors

    def __init__(self, host: DOMNode) -> None:
        self._host = host
        self._wanted: tuple[Trace, tuple[str, ...]] | None = None

    def absent(self, trace: Trace, step: Step) -> tuple[str, ...]:
        """The tensors that have to be computed before a step can be drawn without waiting."""
        if is_quick(trace):
            return ()
        inside = () if step.layer is None else (join_layer(step.layer, "attn.pattern"),)
        return missing(trace, (*step.shows(trace.config), *inside))

    def compute(self, trace: Trace, names: tuple[str, ...]) -> None:
        """Have tensors of a block computed, unless that is being done."""
        if self._wanted != (trace, names):
            self._wanted = (trace, names)
            self._host.run_worker(
                partial(self._compute, trace, names),
                thread=True,
                group="ahead",
                description="a block",  # else Textual writes out the arguments
                exit_on_error=False,
            )

    def look_ahead(self, trace: Trace, step: Step) -> None:
        """Compute the block that comes next before it is asked for."""
        layer = 0 if step.stage.place == "input" else (step.layer or 0) + 1
        last = step.stage.place == "output" or layer >= trace.config.n_layers
        if is_quick(trace) or last or not fits_ahead(trace):
            return
        absent = missing(trace, (join_layer(layer, "attn.pattern"),))
        if absent:
            self.compute(trace, absent)

    def keep(self, message: Looked) -> None:
        """Put what was computed where it is looked up."""
        keep_inside(message.trace, message.tensors)
        if self._wanted == (message.trace, message.names):
            self._wanted = None

    def _compute(self, trace: Trace, names: tuple[str, ...]) -> None:
        worker = get_current_worker()
        try:  # one that nobody waits for any more ends at its next tensor
            tensors = compute_inside(
                trace, names, lambda: worker.is_cancelled or self._wanted != (trace, names)
            )
        except Cancelled:
            return
        self._host.post_message(self.Looked(trace, names, tensors))
