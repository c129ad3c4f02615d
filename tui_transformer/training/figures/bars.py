"""The table of what a model for simple English must show, and the measurement behind each line."""

from collections.abc import Iterator
from dataclasses import dataclass

from tui_transformer.training.corpus import KINDS, evaluation
from tui_transformer.training.corpus.evaluation import Analogy
from tui_transformer.training.figures import answers, attention, words
from tui_transformer.training.figures.figure import Bar, Figure, Learned
from tui_transformer.training.measure import Measured, against_exact

RATIO_BARS = {
    "story": Bar(1.02, at_most=True),
    "agreement": Bar(1.02, at_most=True),
    "pair": Bar(1.02, at_most=True),
    "all kinds": Bar(1.05, at_most=True),
}
"""Cross-entropy over exact entropy; of the other kinds nothing is asked by itself."""
INDUCTION, COPYING, TOKEN_BEFORE = Bar(0.85), Bar(0.95), Bar(0.5)
SUBJECT, SUBJECT_OVER_MEDIAN = Bar(0.6), Bar(5.0)
SOUND, LOOPS, ANSWERS = Bar(0.95), Bar(0.0, at_most=True), Bar(0.98)
AGREEMENT, QUEEN, ANALOGIES = Bar(0.99), Bar(1.0), Bar(0.95)
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
    for kind in (None, *(kind.name for kind in KINDS)):
        found: Measured = against_exact(
            learned.weights, learned.config, learned.tokenizer, kind, documents, _SEED
        )
        what = f"cross-entropy / entropy, {found.kind}"
        yield Figure(what, found.ratio, documents, RATIO_BARS.get(found.kind))


def writing(learned: Learned, amounts: Amounts) -> Iterator[Figure]:
    """What it writes, and the words that it expects."""
    written = answers.continuations(learned, amounts.openings, _SEED)
    n = len(written)
    sound = sum(one.sound for one in written) / n
    yield Figure("continuations of unseen openings, grammatical and consistent", sound, n, SOUND)
    yield Figure("continuations that loop", sum(one.loops for one in written) / n, n, LOOPS)
    asked = evaluation.questions(amounts.prompts, _SEED)
    yield Figure("questions answered", answers.answered(learned, asked), len(asked), ANSWERS)
    agreed = answers.agreed(learned, amounts.sentences, _SEED)
    what = "verbs that agree over a noun of the other number, unseen pairs"
    yield Figure(what, agreed, amounts.sentences, AGREEMENT)
    yield Figure("king - man + woman = queen", words.found(learned, [_KING]), 1, QUEEN)
    every = evaluation.analogies()
    yield Figure("analogies of embeddings", words.found(learned, every), len(every), ANALOGIES)
    for what, make in (
        ("unseen analogies in words", evaluation.analogy_prompts),
        ("unseen cues to a noun of a pair", evaluation.noun_prompts),
    ):
        prompts = make(amounts.prompts, _SEED)
        yield Figure(what, answers.answered(learned, prompts), len(prompts))


def heads(learned: Learned, patterns: int) -> Iterator[Figure]:
    """Heads that can be read, each chosen on other texts than it is reported on."""
    choose, report = attention.CHOOSE, attention.REPORT
    induction = attention.best_head(
        learned,
        list(attention.inductions(learned, patterns, choose)),
        list(attention.inductions(learned, patterns, report)),
    )
    copied, n = attention.copied(learned, patterns, report)
    yield Figure(f"induction head {induction.name}", induction.share, induction.n, INDUCTION)
    yield Figure("random words copied", copied, n, COPYING)
    before = attention.best_head(
        learned,
        list(attention.tokens_before(learned, attention.random_words(patterns, choose))),
        list(attention.tokens_before(learned, attention.random_words(patterns, report))),
    )
    what = f"previous-token head {before.name}, random words"
    yield Figure(what, before.share, before.n, TOKEN_BEFORE)
    stories = [
        [one.text for one in evaluation.fresh_documents(patterns, seed, "story")]
        for seed in (choose, report)
    ]
    before = attention.best_head(
        learned, *(list(attention.tokens_before(learned, texts)) for texts in stories)
    )
    yield Figure(f"previous-token head {before.name}, stories", before.share, before.n)
    subject = attention.best_head(
        learned,
        list(attention.subjects(learned, patterns, choose)),
        list(attention.subjects(learned, patterns, report)),
    )
    yield Figure(f"head {subject.name}, verb to subject", subject.share, subject.n, SUBJECT)
    over = subject.share / subject.median
    yield Figure("the same over the median head", over, subject.n, SUBJECT_OVER_MEDIAN)
