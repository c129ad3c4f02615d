"""`card.json`: what is read from it, and what of it is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.folders import GPT2, gpt2_tensors, write
from tui_transformer.models.card_file import with_card_file
from tui_transformer.models.checkpoint import CheckpointError
from tui_transformer.models.huggingface import folder_card, load_folder
from tui_transformer.models.loaded import Figure, ModelCard, Provenance

BEFORE = ModelCard("mine", "a summary", "a description", weights="trained", prompt="the cat")
WHOLE: dict[str, Any] = {
    "name": "not this one", "summary": "small", "description": "A small model.",
    "source": "a paper", "weights": "hand-made", "corpus": "words", "recipe": "toy", "seed": 3,
    "steps": 100, "tokens_seen": 4096, "command": "tuitf train", "licence": "MIT",
    "figures": [{"what": "loss", "value": 1, "bar": "≤ 2", "holds": True, "n": 10}],
    "parts": [{"part": "W_Q", "does": "asks"}], "limits": ["It is small."], "more": [1, 2],
}  # fmt: skip


def test_what_a_card_says() -> None:
    card = with_card_file(BEFORE, WHOLE)
    assert (card.name, card.summary, card.description) == ("mine", "small", "A small model.")
    assert (card.weights, card.source, card.prompt) == ("hand-made", "a paper", "the cat")
    assert with_card_file(BEFORE, {"prompt": "A dog"}).prompt == "A dog"
    assert card.provenance == Provenance(
        "words", "toy", 3, 100, 4096, "tuitf train", "MIT", (Figure("loss", 1.0, "≤ 2", True, 10),),
        (("W_Q", "asks"),), ("It is small.",),
    )  # fmt: skip


def test_everything_may_be_left_out() -> None:
    card = with_card_file(BEFORE, {})
    assert card.provenance == Provenance()
    assert (card.summary, card.weights) == (BEFORE.summary, BEFORE.weights)
    (figure,) = with_card_file(BEFORE, {"figures": [{"value": 0.5, "bar": 2}]}).provenance.figures  # type: ignore[union-attr]
    assert figure == Figure("", 0.5, "2")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("summary", 3), ("weights", "stolen"), ("seed", -1), ("seed", True), ("steps", "many"),
        ("tokens_seen", 1.5), ("figures", {}), ("figures", ["x"]), ("limits", "none"),
        ("limits", [3]), ("parts", [["W_Q", "asks"]]), ("licence", []),
    ],
)  # fmt: skip
def test_a_field_of_the_wrong_kind_is_named(field: str, value: object) -> None:
    with pytest.raises(CheckpointError, match=rf"card\.json is left out: {field} must be"):
        with_card_file(BEFORE, WHOLE | {field: value})


@pytest.mark.parametrize(
    ("field", "value"), [("value", None), ("value", float("nan")), ("holds", 1), ("n", -1)]
)
def test_a_figure_of_the_wrong_kind_is_named(field: str, value: object) -> None:
    figure = {"what": "loss", "value": 1.0, field: value}
    with pytest.raises(CheckpointError, match=rf"card\.json is left out: {field} must be"):
        with_card_file(BEFORE, {"figures": [figure]})


def test_a_folder_with_a_card(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", GPT2, gpt2_tensors())
    (folder / "card.json").write_text(json.dumps(WHOLE), encoding="utf-8")
    model = load_folder(folder)
    assert model.card.provenance is not None
    assert model.card.provenance.seed == 3
    assert model.card.name == str(folder)
    assert folder_card(folder) == (model.card, model.config)
    assert model.notes == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"seed": "x"}', '{"figures": 3}'])
def test_a_card_that_is_none_costs_nothing_but_a_note(tmp_path: Path, text: str) -> None:
    folder = write(tmp_path / "mine", GPT2, gpt2_tensors())
    (folder / "card.json").write_text(text, encoding="utf-8")
    model = load_folder(folder)
    assert model.card.provenance is None
    (note,) = model.notes
    assert "card.json" in note
