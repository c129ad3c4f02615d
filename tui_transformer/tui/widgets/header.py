"""The line on top: which model this is, and whether it is at work."""

from rich.segment import Segment

from tui_transformer.render.lines import Line, columns
from tui_transformer.render.numbers import compact
from tui_transformer.tokenizers import visible
from tui_transformer.trace import RecordedModel
from tui_transformer.tui.painted import Painted


class Header(Painted):
    """Name, shape, size; a busy mark while a pass runs."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._busy = ""

    @property
    def is_busy(self) -> bool:
        """Whether something is said to be worked on."""
        return bool(self._busy)

    def busy(self, what: str) -> None:
        """Say what is being worked on; the empty text says nothing is."""
        self._busy = what
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        ink = self.ink
        left: Line = [Segment(" tuitf ", ink.accent)]
        if self.view is not None:
            model, c = self.view.model, self.view.model.config
            name = visible(model.card.display_name)
            facts = [
                f"{c.n_layers} block{'s' * (c.n_layers > 1)} × {c.n_heads} "
                f"head{'s' * (c.n_heads > 1)}",
                f"d_model {c.d_model}",
                f"{compact(model.parameters)} parameters",
            ]
            if isinstance(model, RecordedModel):
                origin, made = model.origin, f"recording of {model.origin.model}"
                facts = [made, origin.made.split(" ")[0]]
                if width >= 100:
                    of_file = [origin.detail, origin.made, f"tuitf {origin.version}"]
                    facts = [model.card.file_name, made, *of_file]
                # what is true of every number comes first: no long name may push it out of sight
                name, *facts = [*origin.rounding, *facts]
            elif width < 100:
                facts = [f"{c.n_layers}×{c.n_heads} heads", f"d_model {c.d_model}"]
            left += [
                Segment(f" {name} ", ink.bright),
                Segment(f" {' · '.join(facts)}", ink.muted),
            ]
        if self._busy:
            return [columns(left, [Segment(f"● {self._busy} ", ink.accent)], width)]
        right: Line = []
        if self.view is not None:
            n_ctx = self.view.model.config.n_ctx
            state = " · context full" if self.view.context_full else ""
            if self.view.state.past_context == "slide":
                gone = self.view.left_out
                state = f" · {gone:,} slid out" if gone else " · slides"
            count = f"{self.view.trace.length:,} of {n_ctx:,} tokens"
            right = [Segment(f"{count}{state} ", ink.accent if state else ink.muted)]
        return [columns(left, right, width)]
