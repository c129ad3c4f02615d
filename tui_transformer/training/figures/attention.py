"""Where heads look: at what followed the same word before, at the token before, at a subject, at
what answers a question.

A head is chosen on one set of texts and what it does is said of another, so that the best of many
heads is not the luckiest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tui_transformer.engine import Array, Recorder, forward
from tui_transformer.training.corpus import evaluation
from tui_transformer.training.corpus.evaluation import Agreement, Induction, Prompt, Span
from tui_transformer.training.corpus.grammar import words_of
from tui_transformer.training.corpus.recall import TOPICS
from tui_transformer.training.figures.figure import Learned

CHOOSE, REPORT = 11, 12
"""Seeds of the texts on which a head is chosen, and of those on which it is reported."""


@dataclass(frozen=True, slots=True)
class Looks:
    """One text: from which tokens heads should look, and at which."""

    ids: tuple[int, ...]
    pairs: tuple[tuple[int, range], ...]
    """Each position with the positions that it should look at."""


@dataclass(frozen=True, slots=True)
class BestHead:
    """The head that looks most at what it should, on texts on which it was not chosen."""

    layer: int
    head: int
    share: float
    """How much of its attention is there, on average."""
    median: float
    """What the median head of the model has there."""
    n: int
    """How many positions it was measured from."""

    @property
    def name(self) -> str:
        """`2.1`: layer and head, from 0."""
        return f"{self.layer}.{self.head}"


def best_head(learned: Learned, choose: Sequence[Looks], report: Sequence[Looks]) -> BestHead:
    """Choose a head on some texts and measure it on others."""
    chosen = attention_shares(learned, choose)  # [layer, head]
    layer, head = (int(i) for i in np.unravel_index(chosen.argmax(), chosen.shape))
    found = attention_shares(learned, report)  # [layer, head]
    n = sum(len(looks.pairs) for looks in report)
    return BestHead(layer, head, float(found[layer, head]), float(np.median(found)), n)


def attention_shares(learned: Learned, texts: Sequence[Looks]) -> Array:
    """For every head the share of its attention that is where it should be, `[layer, head]`."""
    config = learned.config
    total = np.zeros((config.n_layers, config.n_heads))
    for looks in texts:
        recorder = Recorder(lambda name: name.endswith(".attn.pattern"))
        forward(looks.ids, learned.weights, config, recorder)
        for layer in range(config.n_layers):
            pattern = recorder.tensors[f"blocks.{layer}.attn.pattern"]  # [head, query_pos, key_pos]
            for query, keys in looks.pairs:
                total[layer] += pattern[:, query, keys.start : keys.stop].sum(axis=-1)
    return total / sum(len(looks.pairs) for looks in texts)


def inductions(learned: Learned, n: int, seed: int) -> Iterator[Looks]:
    """From each token of random words said again to the one after the same token before."""
    for item in evaluation.inductions(n, seed):
        ids = learned.tokenizer.encode(item.text)
        again, period = second_time(learned, item)
        yield Looks(ids, tuple((i, _one(i - period + 1)) for i in range(again, len(ids) - 1)))


def copied(learned: Learned, n: int, seed: int) -> tuple[float, int]:
    """How often the likeliest next token is right where random words are said again.

    From the second word of the second time on: the first is what tells that they are said again.

    Returns:
        The share, and how many tokens were looked at.
    """
    right = count = 0
    for item in evaluation.inductions(n, seed):
        ids = np.array(learned.tokenizer.encode(item.text))  # [pos]
        again, _ = second_time(learned, item)
        said = forward(ids, learned.weights, learned.config).argmax(axis=-1)  # [pos]
        hits = said[again - 1 : -1] == ids[again:]  # [token]
        right += int(hits.sum())
        count += len(hits)
    return right / count, count


def second_time(learned: Learned, item: Induction) -> tuple[int, int]:
    """Where the second word stands again, and how many tokens lie between the two times.

    They need not be the same token: a vocabulary may tell the first word of a text from others.
    """
    words = item.text.split(" ")
    encode = learned.tokenizer.encode
    first = len(encode(words[0]))
    again = len(encode(" ".join(words[: item.length + 1])))
    return again, again - first


def tokens_before(learned: Learned, texts: Sequence[str]) -> Iterator[Looks]:
    """From each token to the one before it; the first two have no choice worth the name."""
    for text in texts:
        ids = learned.tokenizer.encode(text)
        yield Looks(ids, tuple((i, _one(i - 1)) for i in range(2, len(ids))))


def random_words(n: int, seed: int) -> list[str]:
    """Random words, each once: nothing but its place tells which token is the one before."""
    return [" ".join(item.text.split(" ")[: item.length]) for item in
            evaluation.inductions(n, seed, length=20)]  # fmt: skip


def subjects(learned: Learned, n: int, seed: int) -> Iterator[Looks]:
    """From a verb to its subject, past a noun of the other number, on pairs of nouns held out."""
    for item in evaluation.agreements(n, seed):
        yield verb_to_subject(learned, item)


def verb_to_subject(learned: Learned, item: Agreement) -> Looks:
    """One sentence, from the first token of the verb to all tokens of the subject.

    Where a verb is two tokens (` run`, `s`), what tells whether the second follows is the subject.
    """
    ids = learned.tokenizer.encode(item.sentence)
    verb = tokens_of(learned, item.sentence, item.verb)
    return Looks(ids, ((verb.start, tokens_of(learned, item.sentence, item.subject)),))


def look_ups(learned: Learned, n: int, seed: int) -> Iterator[Looks]:
    """From where an answer says what was asked for to where that was said, among facts alike:
    "Tom found three plums. Mia found two pears. … Tom found" → "three".
    """
    for prompt in evaluation.questions(n, seed, "recall", named=True):
        yield answer_to_fact(learned, prompt)


def answer_to_fact(learned: Learned, prompt: Prompt) -> Looks:
    """One answer as far as its verb and the small words after it; the fact goes on with the key."""
    answer = prompt.answer.strip()
    words = words_of(answer)
    verb = next(i for i, word in enumerate(words) if word in _VERBS)
    at = next(i for i, word in enumerate(words) if i > verb and word not in _SMALL)
    said = len("".join(words[:at])) - 1  # the first word has no space before it here
    start = prompt.text.index(answer) + said + 1
    ids = learned.tokenizer.encode(f"{prompt.text} {answer[:said]}")
    key = tokens_of(learned, prompt.text, (start, start + len(words[at]) - 1))
    return Looks(ids, ((len(ids) - 1, key),))


_VERBS = frozenset(words_of(topic.verb.strip())[0] for topic in TOPICS)
_SMALL = frozenset((" a", " the", " in", " at", " on", " by"))
"""What facts that are alike may share after the verb."""


def tokens_of(learned: Learned, text: str, span: Span) -> range:
    """The tokens of a word: BPE cuts a text before the space of each word first."""
    encode = learned.tokenizer.encode
    start = span[0] - (span[0] > 0 and text[span[0] - 1] == " ")
    return range(len(encode(text[:start])), len(encode(text[: span[1]])))


def _one(i: int) -> range:
    return range(i, i + 1)
