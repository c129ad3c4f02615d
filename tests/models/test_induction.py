"""`copy`: what its weights do, for every text that it can read."""

from collections import Counter
from itertools import pairwise, permutations, product

import numpy as np
import pytest

from tests.support import record
from tui_transformer.engine import Array, forward
from tui_transformer.models import load_model
from tui_transformer.models.induction import BEFORE, CONFIG, LETTER, LETTERS, NEXT, PLACE, PLACES

MODEL = load_model("copy")
LONGEST = PLACES - 1
"""Letters of a text: the start takes a place."""


def after(texts: list[tuple[str, ...]]) -> Array:
    """The logits behind each of some texts of one length, `[text, d_vocab]`."""
    ids = np.array([MODEL.tokenizer.encode(" ".join(text)) for text in texts])
    return forward(ids, MODEL.weights, MODEL.config)[:, -1]


def texts_of(length: int) -> list[tuple[str, ...]]:
    return list(product(LETTERS, repeat=length))


@pytest.mark.parametrize("size", range(1, len(LETTERS) + 1))
def test_every_pattern_is_said_again(size: int) -> None:
    """`A B C A B` goes on with `C`, whatever different letters A, B and C are."""
    for pattern in permutations(LETTERS, size):
        for length in range(size + 1, LONGEST + 1):
            text = tuple(pattern[i % size] for i in range(length))
            (logits,) = after([text])
            assert MODEL.labels[int(logits.argmax())] == pattern[length % size], text
            assert np.count_nonzero(logits == logits.max()) == 1


def test_the_guess_is_what_followed_the_last_letter_before_and_how_often() -> None:
    """The whole of what it does, for each of the 21,844 texts that it can read."""
    for length in range(1, LONGEST + 1):
        texts = texts_of(length)
        for text, logits in zip(texts, after(texts), strict=True):
            followed = Counter(b for a, b in pairwise(text) if a == text[-1])
            times = followed.total()
            shares = [followed[letter] / times if times else 0.0 for letter in LETTERS]
            expected = np.array([-8.0, *(8 * share for share in shares)], dtype=np.float32)
            np.testing.assert_allclose(logits, expected, atol=2e-6, err_msg=" ".join(text))


def test_the_first_head_looks_one_place_back_and_nowhere_else() -> None:
    for text in (("A",) * LONGEST, tuple("ABCDABC"), tuple("DDCBAAB")):
        tensors = record(MODEL.tokenizer.encode(" ".join(text)), MODEL.weights, MODEL.config)
        (pattern,) = tensors["blocks.0.attn.pattern"]
        expected = np.eye(PLACES, k=-1)
        expected[0, 0] = 1  # the start has nothing before it
        assert np.array_equal(pattern, expected)


def test_the_second_head_looks_behind_the_same_letter_or_at_the_start() -> None:
    tensors = record(MODEL.tokenizer.encode("A B C A B A"), MODEL.weights, MODEL.config)
    (pattern,) = tensors["blocks.1.attn.pattern"]
    rows = [{0: 1}, {0: 1}, {0: 1}, {0: 1}, {2: 1}, {3: 1}, {2: 0.5, 5: 0.5}]
    for found, expected in zip(pattern, rows, strict=True):
        assert dict(zip(np.flatnonzero(found), found[found > 0], strict=True)) == expected


def test_each_group_of_dimensions_means_what_is_said() -> None:
    text = "C A B C"
    tensors = record(MODEL.tokenizer.encode(text), MODEL.weights, MODEL.config)
    letters = [LETTERS.index(letter) for letter in text.split()]
    one_hot = np.eye(4)[letters]
    end = tensors["blocks.1.resid_post"]
    assert np.array_equal(end[1:, LETTER], one_hot)
    assert np.array_equal(end[2:, BEFORE], 2 * one_hot[:-1])
    assert np.array_equal(end[-1, NEXT], np.eye(4)[LETTERS.index("A")])
    assert not end[:-1, NEXT].any()
    assert np.array_equal(end[:, PLACE] @ end[:, PLACE].T, _ring(len(letters) + 1))


def _ring(length: int) -> Array:
    """The products of places: 4 for the same, 2 less a step around the ring of eight."""
    apart = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    return 4.0 - 2.0 * np.minimum(apart, PLACES - apart)


def test_its_numbers_are_few_and_whole() -> None:
    assert MODEL.parameters == 800
    assert CONFIG.d_model <= 16
    values = np.concatenate([value.ravel() for _, value in MODEL.weights.named()])
    assert set(np.unique(values)) == {-8.0, -1.0, 0.0, 1.0, 2.0, 8.0, 16.0}
    assert np.count_nonzero(values) == 80


def test_it_is_attention_and_nothing_else() -> None:
    names = {name.rsplit(".", 1)[-1] for name, _ in MODEL.weights.named()}
    assert names == {"W_E", "W_pos", "W_Q", "W_K", "W_V", "W_O", "W_U"}
    assert CONFIG.attn_only


def test_letters_are_read_in_either_case_and_shown_in_one() -> None:
    assert MODEL.tokenizer.encode("a B c") == MODEL.tokenizer.encode("A b C") == (0, 1, 2, 3)
    assert MODEL.tokenizer.decode((0, 1, 2, 3)) == "A B C"
    assert MODEL.tokenizer.bos == 0
    assert tuple(MODEL.labels) == ("<s>", *LETTERS)


def test_its_card_says_which_number_does_what() -> None:
    made = MODEL.card.provenance
    assert made is not None
    assert MODEL.card.weights == "hand-made"
    told = " ".join(f"{part} {does}" for part, does in made.parts)
    for weight in ("W_E", "W_pos", "W_Q", "W_K", "W_V", "W_O", "W_U"):
        assert weight in told
    for group, what in ((LETTER, "letter"), (BEFORE, "before"), (NEXT, "next"), (PLACE, "place")):
        assert f"dimensions {group.start}–{group.stop - 1} {what}" in told
