"""A training run while it is watched: the loop as data, a step looked into, moments to go back to.

What `walkthrough` is for the forward pass this is for the loop around it. Everything here is
without a screen.
"""

from tui_transformer.watching.attended import Attended
from tui_transformer.watching.stages import STAGES, Facts, LoopStage, stage_named
from tui_transformer.watching.watched import Curve, Look, Wanted, WatchedRun

__all__ = [
    "STAGES",
    "Attended",
    "Curve",
    "Facts",
    "Look",
    "LoopStage",
    "Wanted",
    "WatchedRun",
    "stage_named",
]
