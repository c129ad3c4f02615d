"""Models by name."""

import pytest

from tui_transformer.engine import forward, weight_shapes
from tui_transformer.errors import TuitfError
from tui_transformer.models import (
    DEFAULT_MODEL,
    LoadedModel,
    ModelCard,
    UnknownModelError,
    entries,
    load_model,
)
from tui_transformer.tokenizers import Tokenizer, visible

NAMES = [entry.card.name for entry in entries()]


def test_names_are_few_short_and_different() -> None:
    assert {"worked", "toy"} <= set(NAMES)
    assert len(set(NAMES)) == len(NAMES)
    assert DEFAULT_MODEL in NAMES
    assert all(name == visible(name) and name.islower() for name in NAMES)


def test_the_smallest_comes_first() -> None:
    sizes = [entry.parameters for entry in entries()]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("entry", entries(), ids=NAMES)
def test_what_is_said_before_loading_is_true_after(entry: object) -> None:
    listed = next(each for each in entries() if each is entry)
    model = load_model(listed.card.name)
    assert isinstance(model, LoadedModel)
    assert (model.card, model.config) == (listed.card, listed.config)
    assert model.parameters == listed.parameters
    assert {n: v.shape for n, v in model.weights.named()} == weight_shapes(model.config)
    assert model.card.summary
    assert model.card.description


@pytest.mark.parametrize("name", NAMES)
def test_every_model_runs_its_own_prompt(name: str) -> None:
    model = load_model(name)
    assert isinstance(model.tokenizer, Tokenizer)
    assert model.tokenizer.size == model.config.d_vocab == len(model.labels)
    ids = model.tokenizer.encode(model.card.prompt)
    logits = forward(ids, model.weights, model.config)
    assert logits.shape == (len(ids), model.config.d_vocab)
    assert all(label == visible(label) for label in model.labels)
    if model.card.target is not None:
        assert len(model.tokenizer.encode(model.card.target)) == 1


@pytest.mark.parametrize("name", ["", "Toy", "gpt5", "toy "])
def test_an_unknown_name_lists_what_there_is(name: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        load_model(name)
    assert f"no model called {name!r}" in str(caught.value)
    assert all(known in str(caught.value) for known in NAMES)
    assert isinstance(caught.value, TuitfError)


def test_a_hostile_name_is_shown_safely() -> None:
    with pytest.raises(UnknownModelError) as caught:
        load_model("\x1b[2J\u202ex")
    assert "␛[2J<202E>x" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_an_untrained_model_says_so_in_its_name() -> None:
    card = ModelCard("x", "s", "d", weights="random", prompt="p")
    assert card.display_name == "x (untrained)"
    assert ModelCard("x", "s", "d", weights="trained", prompt="p").display_name == "x"
