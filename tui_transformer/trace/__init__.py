"""One recorded forward pass, and the questions that can be asked of it."""

from tui_transformer.trace.finite import first_not_finite, is_finite
from tui_transformer.trace.output import read_cell, read_tensor, shape_of
from tui_transformer.trace.record import Trace, record
from tui_transformer.trace.terms import Explanation, Term
from tui_transformer.trace.why import explain

__all__ = [
    "Explanation",
    "Term",
    "Trace",
    "explain",
    "first_not_finite",
    "is_finite",
    "read_cell",
    "read_tensor",
    "record",
    "shape_of",
]
