"""`tuitf models`: the models at hand."""

import re
from math import prod
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from tests.cli.conftest import Run
from tests.cli.support import byte_model, safe
from tests.folders import GPT2, gpt2_tensors, write
from tui_transformer.cli.models import (
    card_lines,
    downloaded_lines,
    facts,
    list_lines,
    parameter_rows,
)
from tui_transformer.engine import weight_shapes
from tui_transformer.models import entries, load_model
from tui_transformer.models.catalogue import Entry
from tui_transformer.models.hub import HUB_MODELS, Downloaded


def test_every_model_is_a_row_with_its_sizes(run: Run) -> None:
    found = run("models")
    assert (found.code, found.err) == (0, "")
    title, head, *lines = found.out.split("\n\n")[0].splitlines()
    assert title == "built in"
    assert head.split() == [
        "name", "layers", "heads", "d_model", "context", "vocabulary", "parameters",
    ]  # fmt: skip
    assert len(lines) == 2 * len(entries())
    for row, what, entry in zip(lines[::2], lines[1::2], entries(), strict=True):
        model = load_model(entry.card.name)
        counted = sum(values.size for _, values in model.weights.named())
        c = entry.config
        expected = (c.n_layers, c.n_heads, c.d_model, c.n_ctx, c.d_vocab, counted)
        name, *numbers = re.split(r"\s{2,}", row.strip())
        assert name == entry.card.display_name
        assert [int(number.replace(",", "")) for number in numbers] == list(expected)
        assert what.strip() == entry.card.summary
        assert ("untrained" in row) == (entry.card.weights == "random")


def test_the_columns_line_up_and_fit(run: Run) -> None:
    every = run("models").out
    lines = every.split("\n\n")[0].splitlines()[1:]
    assert len({len(line) for line in (lines[0], *lines[1::2])}) == 1
    assert max(map(len, every.splitlines())) <= 80


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
    assert f"knows: {' '.join(model.labels)}" in text
    assert f"together {model.parameters:,}" in text
    assert max(map(len, found.out.splitlines())) <= 80


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


def test_hostile_cards_are_safe() -> None:
    model = byte_model()
    entry = Entry(model.card, model.config, byte_model)
    assert not safe(model.card.name)
    for line in (*list_lines((entry,)), *card_lines(model, 80)):
        assert safe(line, also="")
