"""Recipes are read, refused by name, and say when which learning rate is used."""

import json
from itertools import islice
from math import cos, pi
from pathlib import Path

import numpy as np
import pytest

from tests.training.shipped import SHIPPED, learned_from
from tui_transformer.engine import count_parameters
from tui_transformer.models.catalogue import built_in
from tui_transformer.models.export import family_of
from tui_transformer.tokenizers.bpe import BPETokenizer
from tui_transformer.training.corpora import make_tokenizer
from tui_transformer.training.corpus import documents
from tui_transformer.training.recipe import (
    PACKAGED,
    Recipe,
    RecipeError,
    fields_of,
    read_recipe,
    recipe_named,
    recipe_of,
)
from tui_transformer.training.schedule import learning_rate, phase_at, phase_ends

SMALL = """
[model]
d_model = 8
n_layers = 1
n_heads = 2
n_kv_heads = 2
d_head = 4
d_mlp = 8
n_ctx = 128
"""


def test_the_recipes_of_the_package() -> None:
    shapes = {name: recipe_named(name).config(2048) for name in PACKAGED}
    assert family_of(shapes["story"]) == "gpt2"
    assert family_of(shapes["story-llama"]) == "llama"
    assert shapes["story-llama"].n_kv_heads < shapes["story-llama"].n_heads
    for name in ("story", "story-llama"):
        assert 1_000_000 <= count_parameters(shapes[name]) <= 3_000_000
        assert shapes[name].n_layers >= 4
        assert shapes[name].n_ctx >= 128
    assert recipe_named("toy").config(32) == built_in("toy").config


@pytest.mark.parametrize("name", PACKAGED)
def test_a_recipe_survives_json(name: str) -> None:
    recipe = recipe_named(name)
    assert recipe_of(json.loads(json.dumps(fields_of(recipe)))) == recipe


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("speed = 3", "'speed'"),
        ("[optimizer]\nlearning_rate = 'fast'", "learning_rate"),
        ("[optimizer]\nlearning_rate = -1.0", "learning_rate"),
        ("[optimizer]\nlearning_rate = nan", "learning_rate"),
        ("[optimizer]\nbeta2 = 1.0", "beta2"),
        ("steps = 0", "steps"),
        ("steps = true", "steps"),
        ("steps = 2.5", "steps"),
        ("phases = []", "no phase"),
        ("[[phases]]\nrate = [1.0]", "rate"),
        ("[[phases]]\nrepeated_rows = 1.5", "repeated_rows"),
        ("[[phases]]\nrepeated_rows = 0.6\nexercise_rows = 0.6", "exercise_rows"),
        ("[[phases]]\nexercise_rows = 0.5", "exercises"),
        ("[batch]\nlength = 200", "200"),
        ("[batch]\nrows = 0", "rows"),
        ("[vocabulary]\nkind = 'letters'", "kind"),
        ("[vocabulary]\nsize = 100", "257"),
        ("keep = 'best'", "keep"),
        ("steps = ", "TOML"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(text: str, part: str) -> None:
    whole = SMALL + text if text.startswith("[") else text + "\n" + SMALL
    with pytest.raises(RecipeError) as caught:
        read_recipe(whole, "mine")
    assert part in str(caught.value)
    assert "mine" in str(caught.value)


@pytest.mark.parametrize("model", ["colour = 3", "d_model = 0", ""])
def test_a_model_that_cannot_be_is_refused(model: str) -> None:
    with pytest.raises(RecipeError, match="model"):
        read_recipe(f"[model]\n{model}", "mine")


def test_recipes_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("steps = 7\n" + SMALL)
    recipe = recipe_named(str(path))
    assert (recipe.name, recipe.steps) == ("mine", 7)
    for name in ("nothing", str(tmp_path / "absent.toml")):
        with pytest.raises(RecipeError):
            recipe_named(name)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="UTF-8"):
        recipe_named(str(path))


def two_phases(warmup: int = 0) -> Recipe:
    text = f"""{SMALL}
[optimizer]
learning_rate = 0.5
warmup = {warmup}
[[phases]]
share = 3
rate = [1.0, 0.6]
[[phases]]
share = 1
rate = [0.2, 0.0]
repeated_rows = 0.5
"""
    return read_recipe(text, "two")


def test_phases_follow_each_other() -> None:
    recipe = two_phases()
    assert phase_ends(recipe.phases, 10) == [8, 10]
    found = [phase_at(recipe, step, 10) for step in range(10)]
    assert [phase is recipe.phases[1] for phase, _ in found] == [False] * 8 + [True] * 2
    assert found[0][1] == found[8][1] == 0
    assert found[7][1] == 7 / 8
    for step in (-1, 10):
        with pytest.raises(ValueError, match="step"):
            phase_at(recipe, step, 10)


def test_a_run_of_one_step_has_a_phase() -> None:
    assert phase_at(two_phases(), 0, 1)[1] == 0


def test_the_learning_rate() -> None:
    recipe = two_phases()
    for step in range(8):
        expected = 0.5 * (0.6 + 0.4 * (1 + cos(pi * step / 8)) / 2)
        assert learning_rate(recipe, step, 10) == pytest.approx(expected)
    assert learning_rate(recipe, 8, 10) == pytest.approx(0.1)
    warm = two_phases(warmup=4)
    for step in range(6):
        part = min(1, (step + 1) / 4)
        assert learning_rate(warm, step, 10) == pytest.approx(
            part * learning_rate(recipe, step, 10)
        )


def test_the_vocabulary_of_a_file_takes_the_text_as_it_stands() -> None:
    recipe = read_recipe(SMALL + "[vocabulary]\nsize = 300\n", "words")
    text = "The cat sat.\nThe cat sat.\n\nThe cat ran.\n" * 5
    learned = make_tokenizer(recipe, "cats.txt", text)
    labels = [learned.label(token) for token in learned.encode(text)]
    assert labels[1:8] == ["The", "·cat", "·sat", ".", "↵", "The", "·cat"]


@pytest.mark.parametrize("name", ["story", "story-llama"])
def test_the_vocabulary_of_the_shipped_models_is_that_of_their_recipe(name: str) -> None:
    shipped = learned_from(SHIPPED / name).tokenizer
    learned = make_tokenizer(recipe_named(name), "story", None)
    assert isinstance(learned, BPETokenizer)
    assert isinstance(shipped, BPETokenizer)
    texts = [document.text for document in islice(documents(np.random.default_rng(0)), 200)]
    assert learned.encode_bare(texts) == shipped.encode_bare(texts)
    assert learned.size == shipped.size
