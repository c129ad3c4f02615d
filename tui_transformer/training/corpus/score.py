"""What the grammar makes of any text: is it grammatical, is it consistent, how likely is it.

A text can be of several kinds ("The king was very happy." begins stories and bare sentences), so a
probability is a sum over kinds and cases; within one kind there is one derivation at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, log, sqrt

import numpy as np

from tui_transformer.training.corpus.grammar import uniforms, words_of
from tui_transformer.training.corpus.kinds import BY_NAME, Kind, leaves, vocabulary, write
from tui_transformer.training.corpus.people import PEOPLE_WORDS
from tui_transformer.training.corpus.reading import END, Departure, Reading, read

Shares = Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the grammar says about a text."""

    log_prob: float
    """ln P(the whole text is one document); -inf where it is not."""
    prefix_log_prob: float
    """ln P(a document begins with it); -inf where none does."""
    departure: Departure | None
    """Where and why it leaves the grammar, of the kind that follows it furthest."""
    kind: str
    """The likeliest kind, or the one that follows it furthest."""

    @property
    def complete(self) -> bool:
        """Whether it is a whole document."""
        return self.log_prob > float("-inf")

    @property
    def fits(self) -> bool:
        """Whether it is a document or the beginning of one."""
        return self.departure is None

    @property
    def consistent(self) -> bool:
        """Whether nothing in it contradicts what it said before."""
        return self.departure is None or not self.departure.fact

    @property
    def reason(self) -> str:
        """Why it does not fit, empty where it does."""
        return "" if self.departure is None else self.departure.reason


def _readings(text: str, shares: Shares, splits: str) -> list[tuple[Kind, float, Reading]]:
    words = words_of(text) if text else ()
    return [
        (kind, log(weight), read(kind.grammar, words, lower=lower, splits=splits))
        for kind, lower, weight in leaves(shares)
    ]


def _sum(logs: list[float]) -> float:
    """ln Σ exp, -inf for nothing."""
    top = max(logs, default=float("-inf"))
    return top if top == float("-inf") else top + log(sum(exp(x - top) for x in logs))


def judge(text: str, shares: Shares = None, splits: str = "all") -> Verdict:
    """Follow a text as far as any kind of document goes.

    Args:
        text: anything.
        shares: the mix, for the probabilities.
        splits: "all" takes no notice of what is reserved for tests; "train" gives the
            probabilities of the training corpus, in which reserved combinations have none.
    """
    found = _readings(text, shares, splits)
    fitting = [(w + r.prefix_log_prob, kind) for kind, w, r in found if r.departure is None]
    if fitting:
        return Verdict(
            _sum([w + r.log_prob for _, w, r in found]),
            _sum([p for p, _ in fitting]),
            None,
            max(fitting, key=lambda item: item[0])[1].name,
        )
    far = [(r.departure, kind) for kind, _, r in found if r.departure is not None]
    departure, kind = max(far, key=lambda item: (item[0].at, bool(item[0].fact)))
    departure = replace(departure, fact=_fact(departure))
    return Verdict(float("-inf"), float("-inf"), departure, kind.name)


def _fact(departure: Departure) -> str:
    """What the word where a text leaves contradicts."""
    found = departure.found.removeprefix(" ").lower()
    if found not in vocabulary():
        return ""  # a word from elsewhere contradicts nothing
    someone = {word.strip().lower() for word in departure.expected} & PEOPLE_WORDS
    return departure.fact or ("person" if someone and found in PEOPLE_WORDS else "")


def log_prob(text: str, shares: Shares = None, splits: str = "train") -> float:
    """ln P(text) under the mix, in nats, the end of the document included; -inf if it has none."""
    return judge(text, shares, splits).log_prob


def log_prob_given(
    prompt: str, continuation: str, shares: Shares = None, splits: str = "all"
) -> float:
    """ln P(the document goes on like this and ends | it begins with the prompt), in nats.

    -inf if the continuation leaves the grammar; NaN if the prompt does.
    """
    before = judge(prompt, shares, splits).prefix_log_prob
    if before == float("-inf"):
        return float("nan")
    return judge(prompt + continuation, shares, splits).log_prob - before


def next_word_distribution(
    prefix: str, shares: Shares = None, splits: str = "train"
) -> dict[str, float]:
    """The exact probability of each next word (or mark) after a prefix of whole words.

    The likeliest first; `""` stands for the end of the document; empty if no document begins so.
    """
    found = _readings(prefix.rstrip(" "), shares, splits)
    inside = [(w + r.prefix_log_prob, r.following) for _, w, r in found if r.departure is None]
    total = _sum([p for p, _ in inside])
    mixed: dict[str, float] = {}
    for p, following in inside:
        for word, q in following.items():
            key = word.strip() if word != END else END
            mixed[key] = mixed.get(key, 0.0) + exp(p - total) * q
    return dict(sorted(mixed.items(), key=lambda item: -item[1]))


@dataclass(frozen=True, slots=True)
class Entropy:
    """What a perfect model of the mix pays for documents of one kind, by Monte Carlo.

    `own` leaves out what it costs to find out the kind; a model's cross-entropy is to be divided
    by `nats`, which has it in.
    """

    documents: int
    nats: float
    """Mean of -ln P(document) under the mix."""
    nats_error: float
    """Standard error of `nats`."""
    own: float
    """Mean of -ln P(document | kind, case)."""
    words: float
    """Mean number of words and marks."""

    @property
    def per_word(self) -> float:
        """Nats a word."""
        return self.nats / self.words


def entropy(
    kind: str,
    n: int,
    rng: np.random.Generator,
    shares: Shares = None,
    splits: str = "train",
) -> Entropy:
    """Estimate the entropy of one kind of document from `n` of them.

    Each term is exact, so only the sampling error is left.
    """
    chosen = leaves({kind: 1.0})
    draws = uniforms(rng)
    nats, own, words = [], [], []
    for _ in range(n):
        lower = next(draws) < BY_NAME[kind].lower
        document = write(chosen[0][0], draws, lower=lower, splits=splits)
        nats.append(-log_prob(document.text, shares, splits))
        own.append(-document.log_prob)
        words.append(document.words)
    return Entropy(
        n, float(np.mean(nats)), float(np.std(nats)) / sqrt(n), float(np.mean(own)),
        float(np.mean(words)),
    )  # fmt: skip
