"""A tensor as a grid of cells: `plan` decides what fits, `paint` draws it."""

from tui_transformer.render.areas import by_area, cell_in_area
from tui_transformer.render.grid_paint import paint
from tui_transformer.render.grid_plan import (
    WHOLE_ZOOMS,
    ZOOMS,
    Columns,
    GridPlan,
    Zoom,
    columns_of,
    label_width,
    natural_size,
    number_width,
    plan,
)
from tui_transformer.render.grid_words import legend, title
from tui_transformer.render.thumbnail import shrink, thumbnail

__all__ = [
    "WHOLE_ZOOMS",
    "ZOOMS",
    "Columns",
    "GridPlan",
    "Zoom",
    "by_area",
    "cell_in_area",
    "columns_of",
    "label_width",
    "legend",
    "natural_size",
    "number_width",
    "paint",
    "plan",
    "shrink",
    "thumbnail",
    "title",
]
