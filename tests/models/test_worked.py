"""`worked`: what the published example prints and what its matrices give."""

import math
import re

import numpy as np
import pytest

from tests.reference import Reference
from tests.support import close, record
from tui_transformer.engine import Array, Chain, Edit, Recorder, count_parameters, forward
from tui_transformer.engine.ops import cross_entropy
from tui_transformer.models import load_model
from tui_transformer.models.worked import CARD, CONFIG

MODEL = load_model("worked")
IDS = MODEL.tokenizer.encode(CARD.prompt)
ON = 3  # the position of "on"
H1 = [-0.06, 0.49, 0.72, 0.34]


def two_places(row: Array) -> list[float]:
    return [round(float(cell), 2) + 0.0 for cell in row]


def word_probabilities(logits: Array) -> dict[str, float]:
    powers = [math.exp(float(cell)) for cell in logits]
    return {MODEL.labels[i]: power / sum(powers) for i, power in enumerate(powers)}


def test_the_prompt_is_four_known_words() -> None:
    assert IDS == (0, 1, 2, 3)
    assert tuple(MODEL.labels) == ("the", "cat", "sat", "on", "mat", "dog")
    assert MODEL.labels[IDS[ON]] == "on"


def test_from_the_printed_state_the_mlp_half_follows_to_two_places() -> None:
    def printed(value: Array) -> Array:
        value[ON] = H1
        return value

    recorder = Recorder()
    taps = Chain([Edit("blocks.0.resid_mid", printed), recorder])
    logits = forward(IDS, MODEL.weights, MODEL.config, taps)
    assert two_places(recorder.tensors["blocks.0.resid_mid"][ON]) == H1
    assert two_places(recorder.tensors["blocks.0.mlp_out"][ON]) == [0.04, 0.17, 0.09, -0.04]
    assert two_places(recorder.tensors["blocks.0.resid_post"][ON]) == [-0.02, 0.66, 0.81, 0.30]
    assert MODEL.labels[int(logits[ON].argmax())] == "cat"


def test_what_enters_the_block_is_what_the_example_prints() -> None:
    tensors = record(IDS, MODEL.weights, MODEL.config)
    assert two_places(tensors["blocks.0.resid_pre"][ON]) == [-0.20, 0.30, 0.50, 0.10]


def test_the_printed_attention_output_does_not_follow_and_ours_does() -> None:
    tensors = record(IDS, MODEL.weights, MODEL.config)
    attn_out = tensors["blocks.0.attn_out"]
    assert two_places(attn_out[ON]) == [-0.33, 0.05, 0.17, -0.31]
    printed = np.array([0.14, 0.19, 0.22, 0.24])
    assert np.abs(attn_out - printed).max(axis=1).min() > 0.1  # not in any other row either
    plain = Reference(IDS, CONFIG, dict(MODEL.weights.named())).tensors
    for name, value in tensors.items():
        assert close(value, plain[name], 2e-6), name


def test_the_prediction_and_the_loss() -> None:
    logits = forward(IDS, MODEL.weights, MODEL.config)[ON]
    probabilities = word_probabilities(logits)
    assert max(probabilities, key=lambda word: probabilities[word]) == "cat"
    assert probabilities["cat"] == pytest.approx(0.206, abs=5e-4)
    assert CARD.target == "mat"
    assert -math.log(probabilities["mat"]) == pytest.approx(1.831, abs=5e-4)
    assert cross_entropy(logits, 4) == pytest.approx(-math.log(probabilities["mat"]), abs=1e-6)


def test_the_figures_in_the_description_are_what_the_engine_computes() -> None:
    logits = forward(IDS, MODEL.weights, MODEL.config)[ON]
    attn_out = record(IDS, MODEL.weights, MODEL.config)["blocks.0.attn_out"][ON]
    described = re.findall(r"-?\d+\.\d+", CARD.description)
    printed_by_the_example = ["0.14", "0.19", "0.22", "0.24"]
    computed = [f"{cell:.2f}" for cell in attn_out]
    computed += [f"{word_probabilities(logits)['cat']:.3f}", f"{cross_entropy(logits, 4):.3f}"]
    assert described == printed_by_the_example + computed
    assert f"{MODEL.parameters} numbers" in CARD.description
    assert f"'{MODEL.labels[int(logits.argmax())]}' is predicted" in CARD.description
    assert f"'{CARD.prompt}'" in CARD.description
    assert f"against '{CARD.target}'" in CARD.description


def test_it_is_small_enough_for_paper() -> None:
    assert count_parameters(CONFIG) == MODEL.parameters == 160
    assert sum(value.size for _, value in MODEL.weights.named()) == 160
    assert not any(name.rsplit(".", 1)[-1].startswith(("b_", "ln")) for name in _names())


def _names() -> list[str]:
    return [name for name, _ in MODEL.weights.named()]


def test_its_numbers_have_one_digit_after_the_point() -> None:
    for name, value in MODEL.weights.named():
        assert np.array_equal(value, np.round(value.astype(np.float64), 1).astype(np.float32)), name
        assert np.abs(value).max() < 1, name
        assert value.dtype == np.float32
