"""The choice machinery, on grammars small enough to work out by hand."""

import math

import numpy as np
import pytest

from tui_transformer.training.corpus.grammar import (
    Choice,
    Grammar,
    GrammarError,
    Pen,
    Writer,
    either,
    of,
    split,
    uniforms,
    weighted,
    words_of,
)
from tui_transformer.training.corpus.lexicon import with_article
from tui_transformer.training.corpus.reading import END, read

ANIMAL = weighted({"cat": 3, "old dog": 1, "old hen": 4})
COLOUR = of("red", "blue", fact="colour")


def small(pen: Pen) -> None:
    pen.say(" The")
    animal = pen.pick(ANIMAL)
    if pen.maybe(0.25, COLOUR) is not None:
        pen.say(" too")
    pen.say(".")
    if pen.perhaps(0.5, " The"):
        pen.pick(ANIMAL, (animal,))
        pen.say(".")


def writer(seed: int, splits: str = "train") -> Writer:
    return Writer(uniforms(np.random.default_rng(seed)), splits)


def test_an_option_that_begins_another_is_refused() -> None:
    with pytest.raises(GrammarError, match="begins"):
        of("mother", "mother and father")
    with pytest.raises(GrammarError, match="begins"):
        of("mother and father", "mother")
    with pytest.raises(GrammarError, match="twice"):
        either((0.5, of("cat")), (0.5, of("dog", "cat")))
    of("mother", "mothers", "motherly")  # words, not letters


def test_options_that_only_differ_in_capitals_are_refused_in_lower_case() -> None:
    choice = of("Rose", "rose")
    with pytest.raises(GrammarError):
        choice.trie(lower=True)


def test_weights_and_emptiness() -> None:
    with pytest.raises(GrammarError):
        of()
    with pytest.raises(GrammarError):
        weighted({"a": 1, "b": 0})
    with pytest.raises(GrammarError, match="nothing is left"):
        writer(0).pick(COLOUR, COLOUR.values)
    assert ANIMAL.probs == pytest.approx((3 / 8, 1 / 8, 4 / 8))


def test_left_counts_every_option_of_a_value() -> None:
    choice = Choice([(" a", 1, 1.0), (" b", 1, 1.0), (" c", 2, 2.0)])
    assert choice.left((1,)) == pytest.approx(0.5)


def test_probability_by_hand() -> None:
    text = "The old hen blue too. The cat."
    by_hand = 4 / 8 * 0.25 * 0.5 * 0.5 * (3 / 8) / (1 - 4 / 8)
    assert read(small, words_of(text)).log_prob == pytest.approx(math.log(by_hand))


@pytest.mark.parametrize(
    ("prefix", "p", "following"),
    [
        ("", 1.0, {" The": 1.0}),
        ("The", 1.0, {" cat": 3 / 8, " old": 5 / 8}),
        ("The old", 5 / 8, {" dog": 1 / 5, " hen": 4 / 5}),
        ("The cat", 3 / 8, {" red": 0.125, " blue": 0.125, ".": 0.75}),
        ("The cat.", 3 / 8 * 0.75, {" The": 0.5, END: 0.5}),
        ("The cat. The", 3 / 8 * 0.75 * 0.5, {" old": 1.0}),
        ("The cat. The old hen.", 3 / 8 * 0.75 * 0.5 * 0.8, {END: 1.0}),
    ],
)
def test_prefixes_by_hand(prefix: str, p: float, following: dict[str, float]) -> None:
    reading = read(small, words_of(prefix) if prefix else ())
    assert reading.departure is None
    assert math.exp(reading.prefix_log_prob) == pytest.approx(p)
    assert reading.following == pytest.approx(following)


@pytest.mark.parametrize(
    ("text", "at", "found", "fact"),
    [
        ("The cow.", 1, " cow", ""),
        ("The old cow.", 2, " cow", ""),
        ("The cat green.", 2, " green", ""),
        ("The cat. The cat.", 4, " cat", "what has been said before"),
        ("The cat. The old hen. The", 7, " The", ""),
        ("The  cat.", 1, "  cat.", ""),
        ("The cat.\n", 3, "\n", ""),
    ],
)
def test_departures_say_where_and_why(text: str, at: int, found: str, fact: str) -> None:
    departure = read(small, words_of(text)).departure
    assert departure is not None
    assert (departure.at, departure.found, departure.fact) == (at, found, fact)
    assert repr(found.removeprefix(" ")) in departure.reason


def test_all_texts_of_a_finite_grammar_have_probability_one_together() -> None:
    animals = ("cat", "old dog", "old hen")
    firsts = [f"The {a}{c}." for a in animals for c in ("", " red too", " blue too")]
    texts = firsts + [f"{f} The {a}." for f in firsts for a in animals if f" {a}" not in f]
    total = math.fsum(math.exp(read(small, words_of(t)).log_prob) for t in texts)
    assert total == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("lower", [False, True])
def test_what_is_written_is_read_back_to_the_last_bit(lower: bool) -> None:
    for seed in range(50):
        pen = writer(seed)
        small(pen)
        text = pen.text.lower() if lower else pen.text
        assert read(small, words_of(text), lower=lower).log_prob == pen.log_prob


def splitting(pen: Pen) -> None:
    pen.pick_split(ANIMAL, frozenset([" cat"]), frozenset([" old dog"]))


@pytest.mark.parametrize(
    ("splits", "only"), [("train", " old hen"), ("held out", " cat")]
)  # fmt: skip
def test_reserved_options_are_kept_apart(splits: str, only: str) -> None:
    for seed in range(20):
        pen = writer(seed, splits)
        splitting(pen)
        assert "".join(pen.out) == only
        assert pen.log_prob == pytest.approx(0.0, abs=1e-12)
    assert [name for name, _ in pen.marks] == (["reserved"] if splits == "held out" else [])


def test_marks_are_offsets_of_words() -> None:
    def marked(pen: Pen) -> None:
        pen.say(" The")
        pen.mark("animal")
        pen.pick(of("cat"))
        pen.mark("end")

    pen = writer(0)
    marked(pen)
    assert pen.places() == (("animal", 4), ("end", 8))
    assert pen.text[4:] == "cat"


def test_pieces_are_words_and_marks() -> None:
    assert split(' said, "Go!"') == (" said", ",", ' "', "Go", "!", '"')
    with pytest.raises(GrammarError):
        split(" naïve")
    grammar: Grammar = small
    assert read(grammar, ()).following == {" The": 1.0}


@pytest.mark.parametrize(
    ("word", "both"), [(" apple", " an apple"), (" pear", " a pear"), (" old", " an old")]
)
def test_the_article_follows_the_sound(word: str, both: str) -> None:
    assert with_article(word) == both
