"""`tuitf models`: the models at hand."""

import re
from math import prod

import pytest

from tests.cli.conftest import Run
from tests.cli.support import byte_model, safe
from tui_transformer.cli.models import card_lines, facts, list_lines, parameter_rows
from tui_transformer.engine import weight_shapes
from tui_transformer.models import entries, load_model
from tui_transformer.models.catalogue import Entry


def test_every_model_is_a_row_with_its_sizes(run: Run) -> None:
    found = run("models")
    assert (found.code, found.err) == (0, "")
    head, *lines = found.out.splitlines()
    assert head.split() == [
        "name", "layers", "heads", "d_model", "context", "vocabulary", "parameters",
    ]  # fmt: skip
    assert len(lines) == 2 * len(entries())
    for row, what, entry in zip(lines[::2], lines[1::2], entries(), strict=True):
        model = load_model(entry.card.name)
        counted = sum(values.size for _, values in model.weights.named())
        c = entry.config
        expected = (c.n_layers, c.n_heads, c.d_model, c.n_ctx, c.d_vocab, counted)
        name, *numbers = re.split(r"\s{2,}", row)
        assert name == entry.card.display_name
        assert [int(number.replace(",", "")) for number in numbers] == list(expected)
        assert what.strip() == entry.card.summary
        assert ("untrained" in row) == (entry.card.weights == "random")


def test_the_columns_line_up_and_fit(run: Run) -> None:
    lines = run("models").out.splitlines()
    assert len({len(line) for line in (lines[0], *lines[1::2])}) == 1
    assert max(map(len, lines)) <= 80


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
    for line in (*list_lines((entry,)), *card_lines(entry, 80)):
        assert safe(line, also="")
