"""The table of what a model for simple English must show, and the measurement behind each line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tui_transformer.training.corpus import SHARES, evaluation
from tui_transformer.training.corpus.evaluation import Analogy
from tui_transformer.training.figures import answers, attention, words
from tui_transformer.training.figures.figure import Bar, Figure, Learned
from tui_transformer.training.measure import Measured, against_exact

RATIO = "cross-entropy / entropy, "
SOUND = "continuations of unseen openings, grammatical and consistent"
LOOPS = "continuations that loop"
ANSWERS = "questions answered"
BY_NAME = "questions that name someone, among facts that are alike"
BY_THING = "questions that name a thing or a place, among facts that are alike"
AGREEMENT = "verbs that agree over a noun of the other number, unseen pairs"
QUEEN = "king - man + woman = queen"
ANALOGIES = "analogies of embeddings"
INDUCTION = "induction head"
COPIED = "random words copied"
BEFORE = "previous-token head, random words"
LOOK_UP = "head from an answer to what was said of the person"
SUBJECT = "head from verb to subject"
SUBJECT_OVER_MEDIAN = "head from verb to subject, over the median head"

BARS: Mapping[str, Bar] = {
    RATIO + "story": Bar(1.02, at_most=True),
    RATIO + "agreement": Bar(1.02, at_most=True),
    RATIO + "pair": Bar(1.02, at_most=True),
    RATIO + "all kinds": Bar(1.05, at_most=True),
    SOUND: Bar(0.95),
    LOOPS: Bar(0.0, at_most=True),
    ANSWERS: Bar(0.98),
    BY_NAME: Bar(0.98),
    BY_THING: Bar(0.98),
    AGREEMENT: Bar(0.99),
    QUEEN: Bar(1.0),
    ANALOGIES: Bar(0.95),
    INDUCTION: Bar(0.85),
    COPIED: Bar(0.95),
    BEFORE: Bar(0.5),
    SUBJECT: Bar(0.6),
    SUBJECT_OVER_MEDIAN: Bar(5.0),
}
"""What is asked of a model, by what it is called; of the other figures nothing is."""

_KING = Analogy("king", "man", "woman", "queen")
_SEED = 21


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many texts each figure is measured on."""

    documents: int = 1000
    """Of each kind."""
    openings: int = 100
    prompts: int = 300
    """Questions, and prompts of each other kind that has one right answer."""
    sentences: int = 500
    """For agreement."""
    patterns: int = 200
    """For each kind of head, both to choose one and to report it."""


def figures_of(learned: Learned, amounts: Amounts = Amounts()) -> list[Figure]:
    """Measure everything; the figures with a bar first in each group."""
    return [
        *entropies(learned, amounts.documents),
        *writing(learned, amounts),
        *heads(learned, amounts.patterns),
    ]


def entropies(learned: Learned, documents: int) -> Iterator[Figure]:
    """Cross-entropy over exact entropy, on documents from a stream that training never draws."""
    for kind in (None, *SHARES):
        found: Measured = against_exact(
            learned.weights, learned.config, learned.tokenizer, kind, documents, _SEED
        )
        yield _figure(RATIO + found.kind, found.ratio, documents)


def writing(learned: Learned, amounts: Amounts) -> Iterator[Figure]:
    """What it writes, and the words that it expects."""
    written = answers.continuations(learned, amounts.openings, _SEED)
    n = len(written)
    yield _figure(SOUND, sum(one.sound for one in written) / n, n)
    yield _figure(LOOPS, sum(one.loops for one in written) / n, n)
    kinds = (
        (ANSWERS, "question", None), (BY_NAME, "recall", True), (BY_THING, "recall", False),
    )  # fmt: skip
    for what, kind, named in kinds:
        asked = evaluation.questions(amounts.prompts, _SEED, kind, named)
        yield _figure(what, answers.answered(learned, asked), len(asked))
    yield _figure(AGREEMENT, answers.agreed(learned, amounts.sentences, _SEED), amounts.sentences)
    yield _figure(QUEEN, words.found(learned, [_KING]), 1)
    every = evaluation.analogies()
    yield _figure(ANALOGIES, words.found(learned, every), len(every))
    for what, make in (
        ("unseen analogies in words", evaluation.analogy_prompts),
        ("unseen cues to a noun of a pair", evaluation.noun_prompts),
    ):
        prompts = make(amounts.prompts, _SEED)
        yield _figure(what, answers.answered(learned, prompts), len(prompts))


def heads(learned: Learned, patterns: int) -> Iterator[Figure]:
    """Heads that can be read, each chosen on other texts than it is reported on."""
    choose, report = attention.CHOOSE, attention.REPORT
    induction = attention.best_head(
        learned,
        list(attention.inductions(learned, patterns, choose)),
        list(attention.inductions(learned, patterns, report)),
    )
    yield _figure(INDUCTION, induction.share, induction.n, induction.name)
    copied, n = attention.copied(learned, patterns, report)
    yield _figure(COPIED, copied, n)
    before = attention.best_head(
        learned,
        list(attention.tokens_before(learned, attention.random_words(patterns, choose))),
        list(attention.tokens_before(learned, attention.random_words(patterns, report))),
    )
    yield _figure(BEFORE, before.share, before.n, before.name)
    stories = [
        [one.text for one in evaluation.fresh_documents(patterns, seed, "story")]
        for seed in (choose, report)
    ]
    before = attention.best_head(
        learned, *(list(attention.tokens_before(learned, texts)) for texts in stories)
    )
    yield _figure("previous-token head, stories", before.share, before.n, before.name)
    answer = attention.best_head(
        learned,
        list(attention.look_ups(learned, patterns, choose)),
        list(attention.look_ups(learned, patterns, report)),
    )
    yield _figure(LOOK_UP, answer.share, answer.n, answer.name)
    subject = attention.best_head(
        learned,
        list(attention.subjects(learned, patterns, choose)),
        list(attention.subjects(learned, patterns, report)),
    )
    yield _figure(SUBJECT, subject.share, subject.n, subject.name)
    over = subject.share / subject.median
    yield _figure(SUBJECT_OVER_MEDIAN, over, subject.n, subject.name)


def _figure(what: str, value: float, n: int, head: str = "") -> Figure:
    return Figure(what, value, n, BARS.get(what), head)
