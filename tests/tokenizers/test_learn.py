"""Tokenizers that are made here."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend

from tui_transformer.tokenizers import WordTokenizer
from tui_transformer.tokenizers.bpe import BPETokenizer
from tui_transformer.tokenizers.learn import END_OF_TEXT, learn_bpe, words_json, words_of

TEXTS = ["the cat sat on the mat. The cats sat.", "a mat, a cat, a hat"] * 3
LEARNED = learn_bpe(TEXTS, 300)
SPACED = learn_bpe(TEXTS, 300, space_before=True)
WORDS = WordTokenizer(("the", "cat", "don't", "<unk>", "."))


@pytest.mark.parametrize("learned", [LEARNED, SPACED])
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_written(learned: BPETokenizer, text: str) -> None:
    ids = learned.encode(text)
    assert ids[0] == learned.bos == 0
    if END_OF_TEXT not in text:
        assert learned.decode(ids) == (text.removeprefix(" ") if learned is SPACED else text)
        assert list(ids[1:]) == learned.encode_bare([text])[0]


@given(st.sampled_from(["the", "cat", "mat", "sat"]), st.sampled_from(["", " ", "on "]))
def test_a_word_at_the_beginning_can_be_the_token_that_it_is_elsewhere(
    word: str, before: str
) -> None:
    first = SPACED.encode_bare([f"{word} a"])[0]
    assert SPACED.encode_bare([f"on {word} a"])[0][1:] == first
    assert SPACED.label(first[0]).startswith("·")
    assert SPACED.encode_bare([f" {word} a"])[0] == first
    text = (before + word).strip()
    assert SPACED.decode(SPACED.encode(before + word)) == text, "no space is added to the text"


def test_merges_are_learned_and_limited() -> None:
    assert LEARNED.label(0) == END_OF_TEXT
    assert 257 < LEARNED.size <= 300
    assert len(LEARNED.encode_bare(["the cat sat"])[0]) == 3
    assert learn_bpe(TEXTS, 260).size == 260
    assert learn_bpe(["ab"], 5000).size == 257, "a pair that occurs once is not merged"


def test_the_same_texts_give_the_same_tokenizer() -> None:
    assert learn_bpe(TEXTS, 300).to_json() == LEARNED.to_json()


@given(st.text(st.sampled_from("thecadon'’ <unk>.,\n\tTÉ字_9")))
def test_words_in_a_file_cut_text_as_words_here(text: str) -> None:
    backend = Backend.from_str(words_json(WORDS))
    assert tuple(backend.encode(text).ids) == WORDS.encode(text)


def test_words_are_found_again_and_others_are_not() -> None:
    fields = json.loads(words_json(WORDS))
    assert words_of(fields) == WORDS.vocabulary
    assert words_of(json.loads(LEARNED.to_json())) is None
    assert words_of({}) is None
    assert words_of(fields | {"pre_tokenizer": None}) is None
    assert words_of(fields | {"model": {"type": "WordLevel", "vocab": {"a": 7}}}) is None
