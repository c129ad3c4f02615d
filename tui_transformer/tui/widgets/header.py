"""The line on top: which model this is, and whether it is at work."""

from rich.segment import Segment

from tui_transformer.render.lines import Line, columns
from tui_transformer.render.numbers import compact
from tui_transformer.tokenizers import visible
from tui_transformer.tui.painted import Painted


class Header(Painted):
    """Name, shape, size; a busy mark while a pass runs."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._busy = ""

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
            left += [Segment(f" {visible(model.card.display_name)} ", ink.bright)]
            facts = [
                f"{c.n_layers} block{'s' * (c.n_layers > 1)} × {c.n_heads} "
                f"head{'s' * (c.n_heads > 1)}",
                f"d_model {c.d_model}",
                f"{compact(model.parameters)} parameters",
            ]
            if width < 100:
                facts = [f"{c.n_layers}×{c.n_heads} heads", f"d_model {c.d_model}"]
            left += [Segment(f" {' · '.join(facts)}", ink.muted)]
        if self._busy:
            return [columns(left, [Segment(f"● {self._busy} ", ink.accent)], width)]
        right: Line = []
        if self.view is not None:
            full = self.view.trace.length >= self.view.model.config.n_ctx
            count = f"{self.view.trace.length} of {self.view.model.config.n_ctx:,} tokens"
            right = [
                Segment(f"{count}{' · context full' if full else ''} ",
                        ink.accent if full else ink.muted)
            ]  # fmt: skip
        return [columns(left, right, width)]
