"""`toy`: every part of a GPT in the smallest size that has them all, trained on 32 words."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests import toy_figures
from tests.reference import Reference
from tests.support import close, record
from tui_transformer.engine import forward
from tui_transformer.models import load_model
from tui_transformer.models.catalogue import SHIPPED
from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.corpus import toy as corpus
from tui_transformer.training.corpus.grammar import uniforms
from tui_transformer.training.recipe import recipe_named
from tui_transformer.training.run import Job, Run

MODEL = load_model("toy")
CARD, CONFIG = MODEL.card, MODEL.config


HISTORY = json.loads((Path(__file__).parents[1] / "data" / "toy_training.json").read_text())


def figure(part: str) -> float:
    """What the card says was measured."""
    assert CARD.provenance is not None
    (found,) = [f for f in CARD.provenance.figures if part in f.what]
    assert found.holds
    return found.value


def test_its_size_is_what_its_card_says() -> None:
    assert MODEL.parameters == 1128
    assert f"{MODEL.parameters:,} parameters" in CARD.description
    assert sum(value.size for _, value in MODEL.weights.named()) == 1128
    assert f"{CONFIG.d_vocab} words" in CARD.summary


def test_it_is_the_model_of_the_walkthrough() -> None:
    c = CONFIG
    assert (c.d_model, c.n_layers, c.n_heads, c.d_mlp, c.d_vocab) == (8, 1, 2, 16, 32)
    assert (c.act_fn, c.norm, c.positions) == ("relu", "layernorm", "sinusoidal")
    assert MODEL.tokenizer.encode("the cat sat on") == (0, 1, 2, 3)


def test_it_has_every_part() -> None:
    tensors = record(MODEL.tokenizer.encode("the cat sat on"), MODEL.weights, CONFIG)
    for name in ("pos_embed", "blocks.0.ln1.normalized", "blocks.0.mlp.post", "ln_final.scale"):
        assert name in tensors
    assert tensors["blocks.0.attn.pattern"].shape == (2, 4, 4)
    names = {name.rsplit(".", 1)[-1] for name, _ in MODEL.weights.named()}
    assert {"b_Q", "b_O", "b_in", "b_out", "ln1_w", "ln2_b", "ln_final_w", "W_U"} <= names


def test_its_pass_agrees_with_the_plain_transformer() -> None:
    ids = MODEL.tokenizer.encode("the bird jumped on the zebra . then it")
    plain = Reference(ids, CONFIG, dict(MODEL.weights.named())).tensors
    for name, value in record(ids, MODEL.weights, CONFIG).items():
        assert close(value, plain[name], 2e-5), name


def test_it_is_trained_and_says_so() -> None:
    assert CARD.weights == "trained"
    assert CARD.display_name == "toy"
    assert MODEL.notes == ()
    assert MODEL.stops == frozenset()
    assert not (SHIPPED / "toy" / "training.safetensors").exists()


def test_unknown_words_become_unk() -> None:
    assert MODEL.tokenizer.encode("the zebra") == (0, 31)
    assert MODEL.labels[31] == "<unk>"
    assert tuple(MODEL.labels) == corpus.VOCABULARY


@pytest.mark.parametrize("place", range(4))
def test_each_animal_with_each_verb_has_its_own_object(place: int) -> None:
    animal = corpus.ANIMALS[place]
    for verb in corpus.VERBS:
        ids = MODEL.tokenizer.encode(f"the{animal}{verb} on the")
        first = int(forward(ids, MODEL.weights, CONFIG)[-1].argmax())
        assert f" {MODEL.labels[first]}" == corpus.OBJECTS[verb][place]


def test_the_cat_sat_on_the_mat() -> None:
    assert CARD.prompt == "the cat sat on the"
    shares = toy_figures.shares(MODEL, CARD.prompt)
    assert max(shares, key=lambda word: shares[word]) == "mat"
    assert shares["mat"] == pytest.approx(figure("mat"), abs=5e-4)


def test_it_is_within_one_percent_of_its_corpus() -> None:
    ratio = toy_figures.entropy_ratio(MODEL)
    assert 0.99 < ratio <= 1.01
    assert ratio == pytest.approx(figure("entropy"), abs=5e-4)


def test_its_two_heads_can_be_read() -> None:
    heads = toy_figures.heads(MODEL)
    assert heads.verb >= 0.9
    assert heads.animal >= 0.9
    assert heads.verb_head != heads.animal_head
    assert heads.verb == pytest.approx(figure("the verb"), abs=5e-4)
    assert heads.animal == pytest.approx(figure("the animal"), abs=5e-4)


def test_what_it_writes_is_in_its_corpus() -> None:
    texts = islice(corpus.texts(uniforms(np.random.default_rng(2))), 5000)
    known = {sentence.strip() for text in texts for sentence in f"{text} ".split(" . ")}
    rng = np.random.default_rng(0)
    written = []
    for _ in range(20):
        ids = list(MODEL.tokenizer.encode("the"))
        while len(ids) < CONFIG.n_ctx:
            logits = forward(ids, MODEL.weights, CONFIG)[-1].astype(np.float64)
            powers = np.exp(logits - logits.max())
            ids.append(int(rng.choice(len(powers), p=powers / powers.sum())))
        *whole, _ = MODEL.tokenizer.decode(ids).split(" . ")
        written += whole
    assert len(written) > 40
    assert sum(sentence in known for sentence in written) / len(written) >= 0.97


def test_its_card_says_how_it_came_about() -> None:
    made, recipe = CARD.provenance, recipe_named("toy")
    assert made is not None
    assert recipe.candidates == 10
    assert f"of {recipe.candidates} models" in CARD.description
    assert (made.recipe, made.steps, made.seed) == ("toy", recipe.steps, HISTORY["seed"])
    assert made.tokens_seen == recipe.steps * recipe.batch.rows * recipe.batch.length
    assert recipe.config(CONFIG.d_vocab) == CONFIG
    assert MODEL.card.prompt == recipe.prompt


def test_the_same_command_makes_the_same_weights_again() -> None:
    """The start of it: the candidate that was kept has the same losses on its way as then."""
    recipe = replace(recipe_named("toy"), candidates=1)
    run = Run(Job(recipe, CorpusName("toy"), HISTORY["seed"], HISTORY["steps"]), None, 1)
    for point in HISTORY["history"][:3]:
        while run.step < point["step"]:
            run.advance()
        found = run.measure()
        assert found.train == pytest.approx(point["train"], rel=1e-3)
        assert found.held_out == pytest.approx(point["held_out"], rel=1e-3)
    run.close()
