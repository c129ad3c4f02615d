"""The grammar of the 32-word model."""

import math
from itertools import islice, product

import numpy as np
import pytest

from tui_transformer.training.corpus import toy
from tui_transformer.training.corpus.grammar import uniforms, words_of
from tui_transformer.training.corpus.reading import read


def test_the_vocabulary_is_exactly_what_is_written() -> None:
    assert len(toy.VOCABULARY) == len(set(toy.VOCABULARY)) == 32
    assert toy.VOCABULARY[:4] == ("the", "cat", "sat", "on")
    texts = islice(toy.texts(uniforms(np.random.default_rng(0))), 2000)
    used = {word for text in texts for word in text.split()}
    assert used == set(toy.VOCABULARY) - {"<unk>"}


@pytest.mark.parametrize(("animal", "best"), [("cat", "mat"), ("dog", "rug"), ("bird", "branch")])
def test_where_they_sit(animal: str, best: str) -> None:
    reading = read(toy.toy, words_of(f"the {animal} sat on the"))
    assert max(reading.following, key=lambda word: reading.following[word]) == f" {best}"


def test_the_object_is_a_sum_of_the_animal_and_the_verb() -> None:
    def log_p(animal: str, verb: str, thing: str) -> float:
        choice = toy.objects(animal, verb)
        return choice.logs[choice.values.index(thing)]

    a, b = toy.ANIMALS[:2]
    v, w = toy.VERBS[:2]
    for thing in (thing for things in toy.OBJECTS.values() for thing in things):
        interaction = (
            log_p(a, v, thing) - log_p(a, w, thing) - log_p(b, v, thing) + log_p(b, w, thing)
        )
        assert interaction == pytest.approx(0.0, abs=1e-12)
    for animal, verb in product(toy.ANIMALS, toy.VERBS):
        choice = toy.objects(animal, verb)
        best = choice.values[int(np.argmax(choice.probs))]
        assert best == toy.OBJECTS[verb][toy.ANIMALS.index(animal)]


def test_the_entropy_in_closed_form_is_the_mean_over_documents() -> None:
    n = 20_000
    nats, words = [], []
    for text in islice(toy.texts(uniforms(np.random.default_rng(1))), n):
        found = words_of(text)
        reading = read(toy.toy, found)
        assert reading.departure is None
        nats.append(-reading.log_prob)
        words.append(len(found))
    assert abs(np.mean(nats) - toy.exact_entropy()) < 5 * np.std(nats) / math.sqrt(n)
    assert abs(np.mean(words) - toy.expected_words()) < 5 * np.std(words) / math.sqrt(n)
    assert max(words) == toy.LONGEST
