"""The pipeline as data: stages, the steps of a walk through them, and what each has to show."""

from tui_transformer.walkthrough.exhibit import (
    Exhibit,
    Limits,
    at_cell,
    exhibit,
    exhibits,
    hidden_by_mask,
    limits_of,
)
from tui_transformer.walkthrough.find import find_tokens
from tui_transformer.walkthrough.source import place_of, source_of
from tui_transformer.walkthrough.stage import ROLES, Role, Stage
from tui_transformer.walkthrough.step import (
    Cursor,
    Step,
    at_token,
    cursor_at,
    in_layer,
    moved,
    step_index,
    step_named,
    walk,
)
from tui_transformer.walkthrough.summary import (
    NOT_HERE,
    brief,
    one_row,
    shape_text,
    stream_lengths,
    summary,
)

__all__ = [
    "NOT_HERE",
    "ROLES",
    "Cursor",
    "Exhibit",
    "Limits",
    "Role",
    "Stage",
    "Step",
    "at_cell",
    "at_token",
    "brief",
    "cursor_at",
    "exhibit",
    "exhibits",
    "find_tokens",
    "hidden_by_mask",
    "in_layer",
    "limits_of",
    "moved",
    "one_row",
    "place_of",
    "shape_text",
    "source_of",
    "step_index",
    "step_named",
    "stream_lengths",
    "summary",
    "walk",
]
