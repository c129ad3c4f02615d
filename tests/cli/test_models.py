"""`tuitf models`: the models at hand."""

import json
import re
from math import prod
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from tests.cli.conftest import Run
from tests.cli.support import byte_model, safe
from tests.folders import GPT2, gpt2_tensors, write
from tui_transformer.cli.models import downloaded_lines, list_lines
from tui_transformer.engine import weight_shapes
from tui_transformer.models import entries, load_model
from tui_transformer.models.catalogue import Entry
from tui_transformer.models.hub import HUB_MODELS, Downloaded
from tui_transformer.models.loaded import Figure, ModelCard, Provenance
from tui_transformer.render.plain_card import card_lines, facts, opened_lines, parameter_rows


def test_every_model_is_one_line_with_its_sizes(run: Run) -> None:
    found = run("models")
    assert (found.code, found.err) == (0, "")
    title, head, *lines = found.out.split("\n\n")[0].splitlines()
    assert title == "built in"
    assert re.split(r"\s{2,}", head.strip()) == [
        "name", "parameters", "layers", "heads", "what it is",
    ]  # fmt: skip
    for row, entry in zip(lines, entries(), strict=True):
        model = load_model(entry.card.name)
        counted = sum(values.size for _, values in model.weights.named())
        name, *numbers, what = re.split(r"\s{2,}", row.strip())
        assert name == entry.card.display_name
        expected = [counted, entry.config.n_layers, entry.config.n_heads]
        assert [int(number.replace(",", "")) for number in numbers] == expected
        assert entry.card.summary.startswith(what.rstrip("…"))
        assert ("untrained" in row) == (entry.card.weights == "random")


def test_what_a_model_is_is_cut_where_there_is_no_room() -> None:
    (entry, *_) = entries()
    card = ModelCard("long", "many words " * 20, "d", weights="trained", prompt="")
    lines = list_lines((Entry(card, entry.config, entry.load),), 80)
    assert 75 < max(map(len, lines)) <= 80
    assert lines[1].endswith("…")


def test_the_list_fits(run: Run) -> None:
    assert max(map(len, run("models").out.splitlines())) <= 80


def test_what_can_be_had_is_listed_with_size_and_licence(run: Run) -> None:
    *_, last = run("models").out.split("\n\n")
    title, head, *rows = last.splitlines()
    assert title == "to be had with tuitf pull NAME"
    assert head.split() == ["name", "size", "licence", "what", "it", "is"]
    for model, row in zip(HUB_MODELS, rows, strict=True):
        assert row.split()[0] == model.name
        assert f"{model.megabytes:,} MB" in row
        assert model.licence in row


def test_a_model_that_is_not_here_has_a_card_too(run: Run) -> None:
    found = run("models", "gpt2")
    assert (found.code, found.err) == (0, "")
    for word in ("openai-community/gpt2", "551 MB", "MIT", "tuitf pull gpt2"):
        assert word in found.out


def test_a_folder_has_a_card_with_what_is_to_be_said_about_it(run: Run, tmp_path: Path) -> None:
    tensors = gpt2_tensors() | {"surplus\x1b[31m": np.zeros(2, dtype=np.float32)}
    folder = write(tmp_path / "mine", GPT2, tensors)
    found = run("models", str(folder))
    assert (found.code, found.err) == (0, "")
    text = " ".join(found.out.split())
    assert "mine · gpt2, 2 blocks" in text
    assert "left out: surplus␛[31m" in text
    assert "ends a text with: <|endoftext|>" in text
    assert all(safe(line, also="") for line in found.out.splitlines())


def test_downloaded_models_are_listed_with_their_size(run: Run, tmp_path: Path) -> None:
    found = [
        Downloaded("openai-community/gpt2", tmp_path, 551_000_000),
        Downloaded("owner/" + "long" * 30, tmp_path, 12_000),
    ]
    lines = downloaded_lines(found, 80)
    assert lines[1].split() == ["openai-community/gpt2", "gpt2", "551", "MB", "MIT"]
    assert "12 kB" in lines[2]
    assert max(map(len, lines)) <= 80


@pytest.fixture(autouse=True)
def _nothing_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", [entry.card.name for entry in entries()])
def test_a_card_tells_what_there_is_to_know(run: Run, name: str) -> None:
    model = load_model(name)
    found = run("models", name)
    assert (found.code, found.err) == (0, "")
    text = " ".join(found.out.split())
    assert model.card.description in text
    assert model.card.source in text
    assert model.card.display_name in text
    assert f"opens with: {model.card.prompt}" in text
    if model.config.d_vocab <= 64:
        assert f"knows: {' '.join(model.labels)}" in text
    assert f"together {model.parameters:,}" in text
    assert max(map(len, found.out.splitlines())) <= 80
    made = model.card.provenance
    if made is not None:
        assert f"licence {made.licence}" in text
        for value in (made.corpus, made.recipe, *made.limits):
            assert value in text
        for part, does in made.parts:
            assert part in text
            assert does in text
        assert text.count(" holds ") == sum(figure.holds is True for figure in made.figures)


FIGURES = (
    Figure("cross-entropy over entropy, all kinds of documents that there are and more", 1.0123,
           "≤ 1.02", True, 2000),
    Figure("agreement", 0.5, "≥ 0.99", False, 300),
    Figure("not asked for", 12.0),
)  # fmt: skip


@pytest.mark.parametrize("width", [40, 80, 160])
def test_figures_stand_beside_their_bars(width: int) -> None:
    (entry, *_) = entries()
    made = Provenance(
        corpus="some text", recipe="story", seed=7, steps=13000, tokens_seen=26_624_000,
        licence="MIT", figures=FIGURES, parts=(("W_Q", "asks"),), limits=("It is small.",),
    )  # fmt: skip
    card = ModelCard("x", "s", "d", weights="trained", prompt="p", provenance=made)
    lines = card_lines(card, entry.config, width)
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    for said in ("seed 7", "steps 13,000", "tokens read 26,624,000", "W_Q asks", "· It is small."):
        assert said in text
    (kept,) = [line for line in lines if "≤ 1.02" in line]
    assert kept.split()[-5:] == ["1.012", "≤", "1.02", "holds", "2,000"]
    assert "agreement 0.5000 ≥ 0.99 missed 300 not asked for 12.00" in text
    assert lines[lines.index("limits") + 1].strip() == "· It is small."


def test_a_card_as_data(run: Run) -> None:
    found = json.loads(run("models", "copy", "--format", "json").out)
    model = load_model("copy")
    assert found["name"] == "copy"
    assert found["weights"] == "hand-made"
    assert found["parameters"] == model.parameters
    assert found["config"]["d_mlp"] == 0
    assert found["notes"] == []
    made = model.card.provenance
    assert made is not None
    parts = [(part["part"], part["does"]) for part in found["provenance"]["parts"]]
    assert parts == list(made.parts)
    assert json.loads(run("models", "worked", "--format", "json").out)["provenance"] is None


def test_all_models_as_data(run: Run) -> None:
    found = json.loads(run("models", "--format", "json").out)
    assert [card["name"] for card in found["built_in"]] == [e.card.name for e in entries()]
    assert found["downloaded"] == []
    assert [model["name"] for model in found["to_be_had"]] == [m.name for m in HUB_MODELS]
    assert json.loads(run("models", "gpt2", "--format", "json").out)["licence"] == "MIT"


def test_the_parts_add_up_to_the_whole() -> None:
    for config in (*(entry.config for entry in entries()), byte_model().config):
        *parts, (name, total) = parameter_rows(config)
        assert name == "together"
        counts = [int(count.replace(",", "")) for _, count in parts]
        assert sum(counts) == int(total.replace(",", ""))
        assert sum(counts) == sum(prod(shape) for shape in weight_shapes(config).values())
        assert all(counts)


def test_a_card_of_another_kind() -> None:
    config = byte_model().config
    told = dict(facts(config))
    assert told["heads"] == "4 of width 4, sharing 2 key/value heads"
    assert told["d_mlp"] == "12, silu, gated"
    assert told["positions"] == "rotary, theta 10000"
    assert told["unembedding"] == "the embedding's own table"
    bare = dict(facts(load_model("copy").config))
    assert bare["d_mlp"] == "none: attention only"
    assert bare["norm"] == "none"


def test_hostile_cards_are_safe() -> None:
    model = byte_model()
    entry = Entry(model.card, model.config, byte_model)
    assert not safe(model.card.name)
    for line in (*list_lines((entry,), 80), *opened_lines(model, 80)):
        assert safe(line, also="")


def test_hostile_figures_are_safe() -> None:
    bad = "\x1b[2J\u202e"
    figure = Figure(bad, 1.0, bad)
    made = Provenance(bad, bad, 1, 1, 1, bad, bad, (figure,), ((bad, bad),), (bad,))
    card = ModelCard(bad, bad, bad, weights="trained", prompt=bad, source=bad, provenance=made)
    for line in card_lines(card, entries()[0].config, 80):
        assert safe(line, also="")
