"""Rows: what is in them, where the loss counts, and that what is held out is never read."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest

from tests.training.shipped import SHIPPED, learned_from
from tui_transformer.tokenizers import WordTokenizer
from tui_transformer.tokenizers.bpe import BPETokenizer
from tui_transformer.training.corpora import make_source, make_tokenizer, marked, read_text
from tui_transformer.training.corpus import documents, toy
from tui_transformer.training.corpus.exercises import EXERCISES
from tui_transformer.training.corpus.grammar import uniforms
from tui_transformer.training.data import (
    DataError,
    Documents,
    Ids,
    packed,
    repeats,
    text_source,
)
from tui_transformer.training.recipe import Phase, RecipeError, Rows, recipe_named

ROWS = Rows(rows=4, length=8, parts=2)


def numbered() -> Iterator[Ids]:
    """Documents of 1, 2, 3, … tokens; document n is made of the number n."""
    return ([n] * n for n in count(1))


def test_a_row_is_filled_with_whole_documents() -> None:
    documents = numbered()
    assert packed(documents, 0, 8) == [0, 1, 0, 2, 2, 0, 3, 3, 3]
    assert packed(documents, 0, 8) == [0, 4, 4, 4, 4, 0, 5, 5, 5], "the next row begins a new one"
    assert packed(numbered(), None, 4) == [1, 2, 2, 3, 3]


def source(
    seen: list[Mapping[str, float]] | None = None, end: int | None = 0, held_out: int = 5
) -> Documents:
    def write(rng: np.random.Generator, shares: Mapping[str, float]) -> Iterator[Ids]:
        if seen is not None:
            seen.append(shares)
        while True:
            yield rng.integers(1, 50, 4).tolist()

    return Documents(write, end, 50, held_out)


def test_targets_are_the_inputs_one_place_on() -> None:
    batch = source().batch(np.random.default_rng(0), ROWS, Phase())
    assert batch.inputs.shape == batch.targets.shape == (4, 8)
    assert batch.mask is None
    assert batch.counted == 32
    assert np.array_equal(batch.inputs[:, 1:], batch.targets[:, :-1])
    assert (batch.inputs[:, [0, 5]] == 0).all()


def test_a_batch_is_decided_by_its_generator_and_its_phase() -> None:
    seen: list[Mapping[str, float]] = []
    made = source(seen)
    phase = Phase(documents={"story": 1.0})
    one, same, other = (
        made.batch(np.random.default_rng(seed), ROWS, phase).inputs for seed in (3, 3, 4)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert seen == [{"story": 1.0}] * 3


def test_repeats_count_where_looking_back_tells_the_token() -> None:
    batch = repeats(np.random.default_rng(1), 40, 16, 30, end=0)
    assert batch.mask is not None
    periods = set()
    for row, targets, mask in zip(batch.inputs, batch.targets, batch.mask, strict=True):
        assert row[0] == 0
        text = [*row[1:].tolist(), int(targets[-1])]
        assert 0 not in text
        period = next(p for p in range(1, 17) if p == 16 or text[p] == text[0])
        periods.add(period)
        assert text[period:] == text[: len(text) - period]
        assert len(set(text[:period])) == period
        for place, counts in enumerate(mask):
            before = row[1:place].tolist()  # the tokens before this input
            known = row[place] in before  # it was here, so what came after it is known
            assert bool(counts) == (place >= 1 and known), (place, row)
    assert len(periods) > 3


def test_a_phase_can_have_rows_of_repeats() -> None:
    batch = source().batch(np.random.default_rng(0), ROWS, Phase(repeated_rows=0.5))
    assert batch.mask is not None
    assert batch.mask[:2].all()
    assert not batch.mask[2:].all(axis=1).any()
    assert batch.part(slice(2, 4)).counted == int(batch.mask[2:].sum())


def exercise_phase(rows: float) -> Phase:
    shares = {"mirror": 1.0, "turned": 1.0, "told again": 1.0, "asked back": 1.0}
    return Phase(documents={"fact": 1.0}, exercise_rows=rows, exercises=shares)


def test_in_rows_of_exercises_the_loss_is_on_what_was_said_before() -> None:
    recipe = replace(recipe_named("story"), phases=(exercise_phase(0.5),))
    tokenizer = learned_from(SHIPPED / "story").tokenizer
    story = make_source(recipe, "story", None, tokenizer)
    shape = Rows(rows=8, length=64, parts=2)
    batch = story.batch(np.random.default_rng(0), shape, recipe.phases[0])
    assert batch.mask is not None
    assert batch.mask[:4].all(), "the plain rows come first"
    for inputs, targets, mask in zip(
        batch.inputs[4:], batch.targets[4:], batch.mask[4:], strict=True
    ):
        assert 0.05 < mask.mean() < 0.6
        for at in np.flatnonzero(mask):
            start = int(np.flatnonzero(inputs[: at + 1] == tokenizer.bos)[-1])
            said = tokenizer.decode(inputs[start : at + 1].tolist()).lower()
            word = tokenizer.decode([int(targets[at])]).strip()
            assert word.lower() in said or word in ("The", "is", "has", "now"), (word, said)
        assert not mask[targets == tokenizer.bos].any()
    # the plain rows are the same as without exercises
    plain = story.batch(np.random.default_rng(0), replace(shape, rows=4), Phase(
        documents={"fact": 1.0}))  # fmt: skip
    assert np.array_equal(plain.inputs, batch.inputs[:4])


@pytest.mark.parametrize("kind", EXERCISES)
def test_the_parts_of_an_exercise_have_the_tokens_of_the_whole(kind: str) -> None:
    tokenizer = learned_from(SHIPPED / "story").tokenizer
    assert isinstance(tokenizer, BPETokenizer)
    for document in islice(documents(np.random.default_rng(3), {kind: 1.0}), 50):
        ids = [token for token, _ in marked(document, tokenizer.encode_bare)]
        assert ids == tokenizer.encode_bare([document.text])[0]


def test_a_corpus_without_exercises_has_plain_rows_instead() -> None:
    batch = source().batch(np.random.default_rng(0), ROWS, exercise_phase(0.5))
    assert batch.mask is None
    assert np.array_equal(
        batch.inputs, source().batch(np.random.default_rng(0), ROWS, Phase()).inputs
    )


def test_an_exercise_that_there_is_not_is_refused() -> None:
    recipe = replace(
        recipe_named("story"), phases=(Phase(exercise_rows=0.5, exercises={"jumping": 1.0}),)
    )
    with pytest.raises(RecipeError, match=r"jumping.*mirror"):
        make_source(recipe, "story", None, learned_from(SHIPPED / "story").tokenizer)


def test_held_out_rows_are_always_the_same_and_no_step_has_them() -> None:
    made = source()
    first, second = made.held_out(ROWS), made.held_out(ROWS)
    assert [len(batch.inputs) for batch in first] == [2, 2, 1]
    assert all(np.array_equal(a.inputs, b.inputs) for a, b in zip(first, second, strict=True))
    kept = {tuple(row) for batch in first for row in batch.inputs.tolist()}
    for step in range(50):
        rng = np.random.default_rng([0, 1, step])
        assert kept.isdisjoint(map(tuple, made.batch(rng, ROWS, Phase()).inputs.tolist()))


def test_windows_of_a_text() -> None:
    words = WordTokenizer([f"w{i}" for i in range(200)])
    text = text_source("", words, range(200), ROWS)
    assert [len(text.train), len(text.kept)] == [180, 20]
    batch = text.batch(np.random.default_rng(0), ROWS, Phase())
    assert np.array_equal(batch.targets, batch.inputs + 1)
    assert int(batch.targets.max()) < 180
    kept = text.held_out(ROWS)
    assert np.concatenate([b.inputs for b in kept])[:, 0].tolist() == [180, 188]
    every = {
        int(token)
        for step in range(500)
        for token in text.batch(np.random.default_rng(step), ROWS, Phase()).targets.ravel()
    }
    assert every == set(range(1, 180))


def test_a_text_that_is_too_short_is_refused() -> None:
    words = WordTokenizer([f"w{i}" for i in range(200)])
    shape = Rows(length=8)
    text = text_source("", words, range(18), shape)
    assert text.batch(np.random.default_rng(0), shape, Phase()).inputs.shape == (16, 8)
    assert len(text.held_out(shape)) == 1
    with pytest.raises(DataError, match=r"17 tokens .* at least 18"):
        text_source("", words, range(17), shape)


def test_files_that_are_no_text(tmp_path: Path) -> None:

    folder = tmp_path
    for name, content, part in (
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n", "empty"),
        ("binary", b"\xff\x00\xfe", "UTF-8"),
    ):
        (folder / name).write_bytes(content)
        with pytest.raises(DataError, match=part):
            read_text(str(folder / name))
    with pytest.raises(DataError, match="cannot be read"):
        read_text(str(folder / "absent"))
    with pytest.raises(DataError, match="cannot be read"):
        read_text(str(folder))
    (folder / "bom.txt").write_bytes(b"\xef\xbb\xbfcaf\xc3\xa9")
    assert read_text(str(folder / "bom.txt"))[0] == "café"


def test_the_toy_corpus_as_rows() -> None:
    recipe = recipe_named("toy")
    tokenizer = make_tokenizer(recipe, "toy", None)
    batch = make_source(recipe, "toy", None, tokenizer).batch(
        np.random.default_rng(0), recipe.batch, Phase()
    )
    assert batch.inputs.shape == (recipe.batch.rows, recipe.model["n_ctx"])
    documents = toy.texts(uniforms(np.random.default_rng(0)))
    for row, last in zip(batch.inputs, batch.targets[:, -1], strict=True):
        text = tokenizer.decode([*row.tolist(), int(last)]) + " "
        whole = ""
        while len(whole) < len(text):
            whole += next(documents) + " "
        assert whole.startswith(text), "documents in order, a new one at the start of each row"
