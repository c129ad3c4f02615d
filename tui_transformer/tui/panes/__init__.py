"""What a stage shows: one pane for each kind of stage."""

from tui_transformer.tui.panes.base import Pane
from tui_transformer.tui.panes.distribution import DistributionPane, Ranking
from tui_transformer.tui.panes.draw import DrawPane
from tui_transformer.tui.panes.frame import StageFrame
from tui_transformer.tui.panes.tensors import AttentionPane, TensorPane
from tui_transformer.tui.panes.tokens import TokensPane

__all__ = [
    "AttentionPane",
    "DistributionPane",
    "DrawPane",
    "Pane",
    "Ranking",
    "StageFrame",
    "TensorPane",
    "TokensPane",
]
