"""One token a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_transformer.errors import InputError
from tui_transformer.tokenizers import Tokenizer, WordTokenizer

SIX = WordTokenizer(("the", "cat", "sat", "on", "mat", "dog"))
WITH_UNK = WordTokenizer(("the", "cat", ".", "<unk>"))


def test_words_become_ids_and_words_again() -> None:
    assert SIX.encode("the cat sat on") == (0, 1, 2, 3)
    assert SIX.decode((0, 1, 2, 3)) == "the cat sat on"
    assert SIX.size == 6
    assert SIX.bos is None
    assert isinstance(SIX, Tokenizer)


def test_case_and_spaces_do_not_matter() -> None:
    assert SIX.encode("  The\tCAT\n sat ") == (0, 1, 2)
    assert SIX.encode("") == ()
    assert SIX.encode(" \n ") == ()


@given(st.lists(st.integers(0, 5), max_size=9))
def test_what_is_decoded_encodes_to_the_same(ids: list[int]) -> None:
    assert SIX.encode(SIX.decode(ids)) == tuple(ids)


def test_an_unknown_word_is_named_with_the_vocabulary() -> None:
    with pytest.raises(InputError) as caught:
        SIX.encode("the zebra sat")
    expected = "this model does not know the word 'zebra'; it knows: the cat sat on mat dog"
    assert str(caught.value) == expected


@pytest.mark.parametrize("text", ["cat.", "cat, dog", "cat_dog", "<unk>", "the 3 cats", "猫"])
def test_nothing_is_dropped_to_make_a_text_fit(text: str) -> None:
    with pytest.raises(InputError, match="does not know the word"):
        SIX.encode(text)


def test_an_unknown_word_is_unk_where_there_is_one() -> None:
    assert WITH_UNK.encode("the zebra, cat.") == (0, 3, 3, 1, 2)
    assert WITH_UNK.encode("<unk> the") == (3, 0)
    assert WITH_UNK.encode("the\x1b") == (0, 3)
    assert WITH_UNK.unknown("the Zebra, cat zebra Zebra.") == ("Zebra", ",", "zebra")


@given(st.text())
def test_every_mark_of_a_text_is_in_some_piece(text: str) -> None:
    pieces = WITH_UNK.pieces(text)
    assert "".join(pieces) == "".join(text.split())
    assert len(WITH_UNK.encode(text)) == len(pieces)
    if pieces:
        assert bool(WITH_UNK.unknown(text)) == (
            3 in WITH_UNK.encode(text.lower().replace("<unk>", " "))
        )


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The cat's mat.", ("The", "cat's", "mat", ".")),
        ("don’t", ("don’t",)),
        ("'quoted'", ("'", "quoted", "'")),
        ("snake_case", ("snake", "_", "case")),
        ("a--b", ("a", "-", "-", "b")),
        ("3.14", ("3", ".", "14")),
        ("e\u0301", ("e", "\u0301")),
    ],
)
def test_pieces(text: str, pieces: tuple[str, ...]) -> None:
    assert SIX.pieces(text) == pieces


def test_hostile_words_are_shown_safely() -> None:
    odd = WordTokenizer(("ok", "\x1b[2J", "\u202eevil"))
    assert odd.label(1) == "␛[2J"
    assert odd.label(2) == "<202E>evil"
    with pytest.raises(InputError) as caught:
        odd.encode("\x1b")
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
    assert "'␛'" in str(caught.value)


def test_a_vocabulary_holds_each_word_once() -> None:
    with pytest.raises(ValueError, match="each word once"):
        WordTokenizer(("a", "b", "a"))
