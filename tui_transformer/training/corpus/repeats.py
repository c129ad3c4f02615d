"""Repeats: random words said again in the same order, which only looking back can predict."""

from tui_transformer.training.corpus.grammar import Choice, Pen
from tui_transformer.training.corpus.lexicon import RANDOM_WORDS

LEAST, MOST = 4, 20
_STOP = 0.1
WORDS: Choice[str] = Choice((word, word, 1.0) for word in RANDOM_WORDS)


def repeats(pen: Pen) -> None:
    """Different random words, then the same words again once or twice, in lower case."""
    words = [pen.pick(WORDS)]
    while len(words) < MOST:
        if len(words) >= LEAST and pen.perhaps(_STOP, words[0]):
            break
        words.append(pen.pick(WORDS, words))
    else:
        pen.recall(words[0], "repeat")
    for word in words[1:]:
        pen.recall(word, "repeat")
    if pen.perhaps(0.3, words[0]):
        for word in words[1:]:
            pen.recall(word, "repeat")
