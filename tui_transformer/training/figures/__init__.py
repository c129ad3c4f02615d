"""What a trained model can do, as figures beside the bars that they must reach.

`figures_of` measures a model for simple English on texts that its training never saw.
"""

from tui_transformer.training.figures.bars import BARS, Amounts, figures_of
from tui_transformer.training.figures.figure import Bar, Figure, Learned

__all__ = ["BARS", "Amounts", "Bar", "Figure", "Learned", "figures_of"]
