"""The pipeline as data: stages, the steps of a walk through them, and what each has to show."""

from tui_transformer.walkthrough.exhibit import Exhibit, Limits, exhibit, exhibits, limits_of
from tui_transformer.walkthrough.source import place_of, source_of
from tui_transformer.walkthrough.stage import ROLES, Role, Stage
from tui_transformer.walkthrough.step import (
    Cursor,
    Step,
    cursor_at,
    in_layer,
    moved,
    step_named,
    walk,
)
from tui_transformer.walkthrough.summary import brief, shape_text, summary

__all__ = [
    "ROLES",
    "Cursor",
    "Exhibit",
    "Limits",
    "Role",
    "Stage",
    "Step",
    "brief",
    "cursor_at",
    "exhibit",
    "exhibits",
    "in_layer",
    "limits_of",
    "moved",
    "place_of",
    "shape_text",
    "source_of",
    "step_named",
    "summary",
    "walk",
]
