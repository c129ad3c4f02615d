"""One recorded forward pass, and the questions that can be asked of it."""

from tui_transformer.trace.ahead import compute_inside, fits_ahead, is_quick, keep_inside, missing
from tui_transformer.trace.finite import first_not_finite, is_finite
from tui_transformer.trace.output import read_cell, read_tensor, shape_of
from tui_transformer.trace.pack import open_model
from tui_transformer.trace.protocol import NotHeldError, Trace
from tui_transformer.trace.record import LiveTrace, record
from tui_transformer.trace.recorded import RecordedModel
from tui_transformer.trace.terms import Explanation, Term
from tui_transformer.trace.why import explain

__all__ = [
    "Explanation",
    "LiveTrace",
    "NotHeldError",
    "RecordedModel",
    "Term",
    "Trace",
    "compute_inside",
    "explain",
    "first_not_finite",
    "fits_ahead",
    "is_finite",
    "is_quick",
    "keep_inside",
    "missing",
    "open_model",
    "read_cell",
    "read_tensor",
    "record",
    "shape_of",
]
