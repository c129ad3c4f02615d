"""The grammar of the `toy` model: 32 words, and an object that depends on exactly two of them.

`the cat sat on the mat . it was happy .` What follows "on the" depends on the animal and on the
verb before it and on nothing else. Each object belongs to one animal and one verb, and its
probability grows by the same factor for each of the two that fits:

    p(object | animal, verb) ∝ FACTOR ** (animal fits + verb fits)

so that ln p is a sum of a part from the animal and a part from the verb. One head can bring the one
part and one head the other.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from math import fsum

from tui_transformer.training.corpus.grammar import Choice, Pen, Writer, of

VOCABULARY = (
    "the", "cat", "sat", "on", "mat", "dog", "rug", "bird", "branch", "frog", "slept", "jumped",
    "stood", "log", "sofa", "bed", "nest", "leaf", "table", "wall", "roof", "stone", "chair",
    "step", "fence", "lily", "then", "it", "was", "happy", ".", "<unk>",
)  # fmt: skip
"""Word → id by its place; the first four are the, cat, sat, on."""

ANIMALS = (" cat", " dog", " bird", " frog")
VERBS = (" sat", " slept", " jumped", " stood")
OBJECTS = {
    " sat": (" mat", " rug", " branch", " log"),
    " slept": (" sofa", " bed", " nest", " leaf"),
    " jumped": (" table", " wall", " roof", " stone"),
    " stood": (" chair", " step", " fence", " lily"),
}
"""For each verb the object of the cat, the dog, the bird and the frog."""

FACTOR = 14.0
LONGEST = 18
"""The most words and marks that a document has."""

_ANIMAL, _VERB = of(*(a[1:] for a in ANIMALS)), of(*(v[1:] for v in VERBS))
_MORE, _HAPPY = 0.5, 0.3


@cache
def objects(animal: str, verb: str) -> Choice[str]:
    """What follows "the animal verb on the"; pieces in, pieces out."""
    return Choice(
        (OBJECTS[v][i], OBJECTS[v][i], FACTOR ** ((a == animal) + (v == verb)))
        for v in VERBS
        for i, a in enumerate(ANIMALS)
    )


def toy(pen: Pen) -> None:
    """One sentence, then perhaps what the animal did next, or that it was happy."""
    pen.say(" the")
    animal = pen.pick(_ANIMAL)
    _clause(pen, animal)
    if pen.perhaps(_MORE, " then"):
        pen.say(" it")
        _clause(pen, animal)
    pen.perhaps(_HAPPY, " it was happy .")


def _clause(pen: Pen, animal: str) -> None:
    verb = pen.pick(_VERB)
    pen.say(" on the")
    pen.pick(objects(animal, verb))
    pen.say(" .")


def texts(draws: Iterator[float]) -> Iterator[str]:
    """Documents without end, words and marks with one space between them."""
    while True:
        pen = Writer(draws)
        toy(pen)
        yield pen.text


def _entropy_of(choice: Choice[str]) -> float:
    return -fsum(p * log_p for p, log_p in zip(choice.probs, choice.logs, strict=True))


def exact_entropy() -> float:
    """Nats a document, the end included, in closed form.

    H = H(animal) + (1 + p(more)) · (H(verb) + H(object | animal, verb)) + H₂(more) + H₂(happy);
    the object's entropy is the same for every animal and verb.
    """
    of_objects = [_entropy_of(objects(a, v)) for a, v in product(ANIMALS, VERBS)]
    clause = _entropy_of(_VERB) + fsum(of_objects) / len(of_objects)
    switches = [_entropy_of(Choice([(" a", "a", p), (" b", "b", 1 - p)])) for p in (_MORE, _HAPPY)]
    return _entropy_of(_ANIMAL) + (1 + _MORE) * clause + fsum(switches)


def expected_words() -> float:
    """Mean number of words and marks of a document, its end not counted."""
    return 7 + _MORE * 7 + _HAPPY * 4
