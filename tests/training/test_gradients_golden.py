"""Whole models against torch's autograd: golden files, and torch itself where it is installed."""

from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests import make_gradients
from tests.make_gradients import CHECKPOINTS, GRADIENTS, NAMES
from tui_transformer.engine import Array
from tui_transformer.engine.tap import IntArray
from tui_transformer.models.huggingface import read_config, read_weights
from tui_transformer.training.gradients import Batch, add_gradients
from tui_transformer.training.parameters import empty_parameters, views

TOLERANCE = 1e-5


def ours(name: str, ids: IntArray) -> tuple[float, dict[str, Array]]:
    folder = CHECKPOINTS / name
    config, weights, _ = read_weights(folder, read_config(folder))
    found = empty_parameters(config)
    batch = Batch(ids[:, :-1], ids[:, 1:])
    loss = add_gradients(batch, weights, config, found.weights)
    return loss, views(found.flat, config)


def compare(name: str, golden: dict[str, Any]) -> None:
    loss, found = ours(name, golden["ids"])
    assert loss == pytest.approx(float(golden["loss"][0]), rel=TOLERANCE)
    assert found.keys() == golden.keys() - {"ids", "loss"}
    for key, value in found.items():
        largest = float(np.abs(golden[key]).max())
        if key.endswith("b_K") and largest < 1e-6:
            largest = 1.0  # a shift of every key changes no pattern: the exact gradient is 0
        assert float(np.abs(value - golden[key]).max()) <= TOLERANCE * largest, key


@pytest.mark.parametrize("name", NAMES)
def test_gradients_agree_with_the_golden_files(name: str) -> None:
    compare(name, load_file(GRADIENTS / f"{name}.safetensors"))


@pytest.mark.parametrize("name", NAMES)
def test_gradients_agree_with_torch(name: str) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    compare(name, make_gradients.gradients(name))
