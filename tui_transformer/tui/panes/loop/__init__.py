"""What a stage of training shows: one pane for each kind of stage."""

from tui_transformer.tui.panes.loop.base import BatchMoved, LoopPane
from tui_transformer.tui.panes.loop.frame import LoopFrame

__all__ = ["BatchMoved", "LoopFrame", "LoopPane"]
