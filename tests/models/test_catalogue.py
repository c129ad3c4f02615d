"""Models by name."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tui_transformer.engine import forward, weight_shapes
from tui_transformer.errors import TuitfError
from tui_transformer.models import (
    DEFAULT_MODEL,
    LoadedModel,
    ModelCard,
    UnknownModelError,
    built_in_names,
    entries,
    load_model,
)
from tui_transformer.models.catalogue import SHIPPED, built_in, opens_at_once
from tui_transformer.tokenizers import Tokenizer, visible

NAMES = [entry.card.name for entry in entries()]


def test_names_are_few_short_and_different() -> None:
    assert {"worked", "copy", "toy"} <= set(NAMES)
    assert built_in_names() == tuple(sorted(NAMES))
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


SHIPPED_NAMES = sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_a_model_that_ships_has_a_whole_card(name: str) -> None:
    model = load_model(name)
    made = model.card.provenance
    assert model.notes == ()
    assert made is not None
    assert made.corpus
    assert made.recipe
    assert made.seed is not None
    assert made.steps
    assert made.tokens_seen
    assert made.licence
    assert made.figures
    assert all(figure.what for figure in made.figures)
    assert [figure.what for figure in made.figures if figure.holds is False] == []
    assert made.limits
    assert all(limit.endswith(".") for limit in made.limits)


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_its_weights_stay_in_the_mapped_file(name: str) -> None:
    for part, value in load_model(name).weights.named():
        assert not value.flags.writeable, part
        base = value
        while isinstance(base, np.ndarray) and base.base is not None:
            base = base.base
        assert not isinstance(base, np.ndarray), part


def test_all_that_ships_is_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) < 12_000_000


def test_a_folder_that_is_put_there_is_a_built_in_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(SHIPPED / "toy", tmp_path / "fresh-one")
    (tmp_path / "no-model").mkdir()
    (tmp_path / "readme.txt").write_text("no model either")
    monkeypatch.setattr(sys.modules["tui_transformer.models.catalogue"], "SHIPPED", tmp_path)
    entries.cache_clear()
    try:
        assert built_in_names() == ("copy", "fresh-one", "worked")
        assert [entry.card.name for entry in entries()] == ["worked", "copy", "fresh-one"]
        assert load_model("fresh-one").card.name == "fresh-one"
        assert built_in("fresh-one").parameters == 1128
        assert opens_at_once("fresh-one")
        with pytest.raises(UnknownModelError, match="copy, fresh-one, worked"):
            built_in("toy")
    finally:
        entries.cache_clear()


def test_opening_a_model_reads_no_other_card(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["tui_transformer.models.catalogue"]

    def refused() -> object:
        raise AssertionError("the catalogue was read")

    monkeypatch.setattr(module, "entries", refused)
    for name in NAMES:
        assert load_model(name).card.name == name
        opens_at_once(name)
