"""The kinds of documents, how often each is written, and the documents themselves."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, islice

import numpy as np

from tui_transformer.errors import TuitfError
from tui_transformer.training.corpus.agreement import agreement
from tui_transformer.training.corpus.exercises import EXERCISES
from tui_transformer.training.corpus.facts import facts
from tui_transformer.training.corpus.grammar import Grammar, Writer, uniforms, words_of
from tui_transformer.training.corpus.lists import lists
from tui_transformer.training.corpus.pairs import pairs
from tui_transformer.training.corpus.questions import questions
from tui_transformer.training.corpus.recall import recall
from tui_transformer.training.corpus.repeats import repeats
from tui_transformer.training.corpus.sentences import sentences
from tui_transformer.training.corpus.stories import story


class CorpusError(TuitfError):
    """Shares that no mix of documents can have, or a kind that there is not."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of document."""

    name: str
    grammar: Grammar
    share: float
    """How much of the usual mix is of this kind; one without a share is for training only."""
    lower: float
    """How much of the kind is written in lower case throughout."""


KINDS = (
    Kind("story", story, 0.47, 0.08),
    Kind("sentence", sentences, 0.08, 0.5),
    Kind("agreement", agreement, 0.11, 0.25),
    Kind("pair", pairs, 0.12, 0.15),
    Kind("question", questions, 0.07, 0.1),
    Kind("recall", recall, 0.05, 0.1),
    Kind("list", lists, 0.04, 0.1),
    Kind("fact", facts, 0.03, 0.25),
    Kind("repeat", repeats, 0.03, 0.0),
    *(Kind(name, grammar, 0.0, 0.1) for name, grammar in EXERCISES.items()),
)
BY_NAME = {kind.name: kind for kind in KINDS}
SHARES: Mapping[str, float] = {kind.name: kind.share for kind in KINDS if kind.share}
"""The usual mix."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document and what is known about it."""

    kind: str
    lower: bool
    text: str
    log_prob: float
    """ln P(text | kind, case), in nats: the sum over the choices that were made."""
    marks: tuple[tuple[str, int], ...] = ()
    """Places by name, as character offsets of where the next word begins."""

    @property
    def words(self) -> int:
        """How many words and marks it has."""
        return len(words_of(self.text))


def answer_parts(document: Document) -> list[tuple[str, bool]]:
    """A text cut where an answer begins and after its full stop, and which parts are answers."""
    text, parts, done = document.text, [], 0
    for start in (at - 1 for name, at in document.marks if name == "answer"):
        end = text.index(".", start) + 1
        parts += [(text[done:start], False), (text[start:end], True)]
        done = end
    return [*parts, (text[done:], False)]


@cache
def vocabulary() -> frozenset[str]:
    """The words and marks of a few thousand documents, in lower case: what the grammar knows.

    The rarest may be missing: it is a sample, always the same.
    """
    found: set[str] = set()
    for document in islice(documents(np.random.default_rng(32), splits="all"), 8000):
        found.update(word.strip() for word in words_of(document.text.lower()))
    return frozenset(found)


def leaves(shares: Mapping[str, float] | None = None) -> tuple[tuple[Kind, bool, float], ...]:
    """Each kind in each case with its probability.

    Raises:
        CorpusError: an unknown kind, a negative share, or nothing at all.
    """
    given = SHARES if shares is None else shares
    for name, share in given.items():
        if name not in BY_NAME:
            known = ", ".join(BY_NAME)
            raise CorpusError(f"there is no kind of document called {name!r}; there are: {known}")
        if not share >= 0:
            raise CorpusError(f"the share of {name!r} must be 0 or more, not {share}")
    total = sum(given.values())
    if not total > 0:
        raise CorpusError("the shares add up to nothing: give at least one kind a share above 0")
    return tuple(
        (BY_NAME[name], lower, share / total * p)
        for name, share in given.items()
        for lower, p in ((False, 1 - BY_NAME[name].lower), (True, BY_NAME[name].lower))
        if share * p > 0
    )


def write(
    kind: Kind, draws: Iterator[float], *, lower: bool = False, splits: str = "train"
) -> Document:
    """Write one document of a kind."""
    pen = Writer(draws, splits)
    kind.grammar(pen)
    text = pen.text
    marks = pen.places() if pen.marks else ()
    return Document(kind.name, lower, text.lower() if lower else text, pen.log_prob, marks)


def documents(
    rng: np.random.Generator,
    shares: Mapping[str, float] | None = None,
    splits: str = "train",
) -> Iterator[Document]:
    """Documents without end, the kinds mixed by their shares.

    Args:
        rng: decides everything; numbers are drawn from it in blocks.
        shares: how much of which kind, in any unit; the usual mix if left out.
        splits: "train" writes nothing that is reserved for tests, "held out" only reserved
            combinations wherever there are some, "all" does not care.

    Raises:
        CorpusError: shares that make no mix.
    """
    mix = leaves(shares)
    edges = list(accumulate(weight for _, _, weight in mix))
    draws = uniforms(rng)
    while True:
        kind, lower, _ = mix[min(bisect_right(edges, next(draws)), len(mix) - 1)]
        yield write(kind, draws, lower=lower, splits=splits)
