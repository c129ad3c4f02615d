"""Make `tests/data/gradients`: what torch's autograd says about the tiny checkpoints.

Run by hand where torch and transformers are installed:  python -m tests.make_gradients
Each file holds two rows of tokens (`ids`), the loss of predicting each from those before it, and
its gradient with respect to every weight, under the engine's names and in its layout.
"""

from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from tests import hf_reference as reference
from tui_transformer.models.families import Source, sources
from tui_transformer.models.huggingface import read_config, read_weights

DATA = Path(__file__).parent / "data"
CHECKPOINTS = DATA / "checkpoints"
GRADIENTS = DATA / "gradients"
NAMES = (
    "gpt2", "gpt2-untied", "gpt2-inverse-layer", "llama-gqa-tied", "llama-biases", "llama-llama3",
    "mistral", "qwen3",
)  # fmt: skip


def gradients(name: str) -> dict[str, Any]:
    """The loss and its gradients, in float64 as far as the reference computes in it."""
    import torch

    folder = CHECKPOINTS / name
    fields = read_config(folder)
    config, _, _ = read_weights(folder, fields)
    model = reference.load(folder).double()
    ids = np.random.default_rng(len(name)).integers(0, config.d_vocab, (2, 13))
    logits = model(torch.tensor(ids[:, :-1])).logits
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, config.d_vocab), torch.tensor(ids[:, 1:]).reshape(-1)
    )
    loss.backward()
    stored = {key: value.grad.numpy() for key, value in model.named_parameters()}
    prefix = "transformer." if fields["model_type"] == "gpt2" else "model."
    found = {"ids": ids, "loss": np.array([loss.item()])}
    for ours, source in sources(fields["model_type"], config):
        found[ours] = _view(stored[prefix + source.name], source)
    if not config.tie_embeddings:
        found["W_U"] = stored["lm_head.weight"].T
    return found


def _view(value: Any, source: Source) -> Any:
    if source.columns is not None:
        value = value[..., slice(*source.columns)]
    return value.T if source.transposed else value


def main() -> None:
    """Write every file anew."""
    GRADIENTS.mkdir(exist_ok=True)
    for name in NAMES:
        found = gradients(name)
        ids, loss = found.pop("ids"), found.pop("loss")
        small = {key: np.ascontiguousarray(value, np.float32) for key, value in found.items()}
        save_file({"ids": ids, "loss": loss} | small, GRADIENTS / f"{name}.safetensors")
        print(f"{name}: {len(small)} gradients")


if __name__ == "__main__":
    main()
