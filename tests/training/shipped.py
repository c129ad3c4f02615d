"""The models that ship with the package, as the measurement takes them."""

from pathlib import Path

import tui_transformer
from tui_transformer.models.huggingface import load_folder
from tui_transformer.training.figures import Learned

SHIPPED = Path(tui_transformer.__file__).parent / "models" / "shipped"


def learned_from(folder: Path) -> Learned:
    """A model of a folder in the Hugging Face layout."""
    model = load_folder(folder, name=folder.name)
    return Learned(model.config, model.weights, model.tokenizer)
