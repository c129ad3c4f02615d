"""All heads of an attention stage as thumbnails; the one that is shown large is marked."""

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message

from tui_transformer.engine import Array
from tui_transformer.render.grid import shrink, thumbnail
from tui_transformer.render.lines import Line, width_of
from tui_transformer.tui.painted import Painted

MAX_SIDE = 12
MIN_SIDE = 6
"""A side that is not given up for the sake of seeing all heads at once."""
GAP = 2


class Heads(Painted):
    """A thumbnail a head, side by side, as many as fit around the one in view."""

    class Picked(Message):
        """A head was clicked."""

        def __init__(self, head: int) -> None:
            super().__init__()
            self.head = head

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._spans: list[tuple[int, int, int]] = []
        self._tensor: Array | None = None
        self._small: dict[tuple[int, int], Array] = {}

    def lines_needed(self, tokens: int, room: int) -> int:
        """How many lines the thumbnails of so many tokens take of those there are."""
        side = min(tokens, MAX_SIDE)
        if side + 1 <= room:
            return side + 1
        return min(1 + (-(-side // 2) if self.ink.blocks else side), max(room, 2))

    def paint(self, width: int, height: int) -> list[Line]:
        """The thumbnails, and the number of each head above it."""
        if self.view is None or not self.view.writes:
            return []
        shown = self.view.writes[0]
        tensor = self.view.trace.tensor(shown.name)  # [head, query_pos, key_pos]
        n_heads, tokens = tensor.shape[:2]
        head = self.view.state.cursor.head
        label = f"head {head + 1}"
        lead = f" {n_heads} heads  " if n_heads > 1 else " 1 head  "
        widest = max(MIN_SIDE, (width - cell_len(lead) - 1) // n_heads - GAP)
        side = min(tokens, MAX_SIDE)
        large = self.ink.colour and side <= height - 1 and 2 * side <= widest
        side = min(side, (height - 1) * (2 if self.ink.blocks and not large else 1))
        side = side if large else min(side, widest)
        cell = max(side * (2 if large else 1), len(str(n_heads)) + 1, 2) + GAP
        room = max(1, (width - cell_len(lead) - 1) // cell)
        if room < n_heads:  # then the line says which one this is
            room = max(1, (width - cell_len(lead) - cell_len(f"{label} of {n_heads}") - 1) // cell)
        first = max(0, min(head - room // 2, n_heads - room))
        top: Line = [Segment(lead, self.ink.muted)]
        rows: list[Line] = [[Segment(" " * len(lead))] for _ in range(max(0, height - 1))]
        self._spans = []
        for at in range(first, min(first + room, n_heads)):
            self._spans.append((width_of(top), width_of(top) + cell - GAP, at))
            chosen = at == head
            name = f"{at + 1}" + ("◂" if chosen else "")
            top.append(Segment(name.ljust(cell), self.ink.accent if chosen else self.ink.muted))
            picture = thumbnail(
                self._shrunk(tensor, at, side), shown.limits, side, self.ink, large=large
            )
            for y, row in enumerate(rows):
                part = picture[y] if y < len(picture) else []
                row.extend((*part, Segment(" " * (cell - width_of(part)))))
        if first > 0 or first + room < n_heads:
            top.append(Segment(f"{label} of {n_heads}", self.ink.muted))
        return [top, *rows]

    def _shrunk(self, tensor: Array, head: int, side: int) -> Array:
        """A head's pattern by areas; taken together once, however often it is drawn."""
        if self._tensor is not tensor:
            self._tensor, self._small = tensor, {}
        if (head, side) not in self._small:
            self._small[head, side] = shrink(tensor[head], side)
        return self._small[head, side]

    def on_click(self, event: events.Click) -> None:
        """Show the head that is clicked."""
        for left, right, head in self._spans:
            if left <= event.x < right:
                self.post_message(self.Picked(head))
