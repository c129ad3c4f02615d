"""What stands there when the terminal is smaller than the smallest layout."""

from rich.segment import Segment

from tui_transformer.render.lines import Line, wrap
from tui_transformer.tui.painted import Painted


class TooSmall(Painted):
    """Says what size is needed and what there is."""

    def paint(self, width: int, height: int) -> list[Line]:
        """A sentence, and the way out."""
        size = self.app.size
        text = (
            f"tuitf needs 80×24 cells; this terminal has {size.width}×{size.height}. "
            "Make it larger, or use: tuitf explain"
        )
        lines = wrap(text, max(1, width - 2))
        return [[Segment(f" {line}", self.ink.text)] for line in lines]
