"""One recorded forward pass, and the questions that can be asked of it."""

from tui_transformer.trace.record import Trace, record
from tui_transformer.trace.why import Explanation, Term, explain

__all__ = ["Explanation", "Term", "Trace", "explain", "record"]
