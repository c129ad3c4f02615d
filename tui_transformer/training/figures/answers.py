"""What a model writes when it always takes the likeliest token, and which of two it expects."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from tui_transformer.engine import KVCache, forward
from tui_transformer.training.corpus import evaluation, judge
from tui_transformer.training.corpus.evaluation import Prompt
from tui_transformer.training.figures.figure import Learned
from tui_transformer.training.loss import surprise

_LEAST_WORDS = 4
"""A sentence of fewer words may stand twice in a text that goes in no circle ("The end.")."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a model makes of a beginning."""

    text: str
    """All of it, the beginning too."""
    ended: bool
    """Whether the model ended it, before its context was full."""

    @property
    def loops(self) -> bool:
        """Whether it says the same sentence twice, or never comes to an end."""
        sentences = [one.strip() for one in self.text.split(".")]
        long = [one for one in sentences if len(one.split()) >= _LEAST_WORDS]
        return not self.ended or len(set(long)) < len(long)

    @property
    def sound(self) -> bool:
        """Whether it is a whole document of the grammar that contradicts itself nowhere."""
        return self.ended and judge(self.text).complete


def continued(learned: Learned, text: str, stop: str = "") -> Continuation:
    """Go on with a text, always with the likeliest token, to its end or past the mark `stop`."""
    config, tokenizer = learned.config, learned.tokenizer
    ids = list(tokenizer.encode(text))
    cache = KVCache(config)
    new = ids
    while len(ids) < config.n_ctx:
        logits = forward(new, learned.weights, config, cache=cache, logit_rows="last")
        token = int(logits[0].argmax())
        if token == tokenizer.bos:
            return Continuation(tokenizer.decode(ids), True)
        ids = [*ids, token]
        new = [token]
        if stop and stop in tokenizer.decode(ids)[len(text) :]:
            break
    return Continuation(tokenizer.decode(ids), False)


def continuations(learned: Learned, n: int, seed: int) -> list[Continuation]:
    """Unseen openings, each continued to its end."""
    return [continued(learned, opening) for opening in evaluation.openings(n, seed)]


def answered(learned: Learned, prompts: Sequence[Prompt]) -> float:
    """How many of some prompts are answered with exactly the right words, as a share."""
    right = 0
    for prompt in prompts:
        found = continued(learned, prompt.text, stop=".").text[len(prompt.text) :]
        right += found == prompt.answer
    return right / len(prompts)


def agreed(learned: Learned, n: int, seed: int) -> float:
    """How often the verb that agrees is likelier than the one that agrees with the noun before it.

    On pairs of nouns that no sentence of training has; the other noun has the other number.
    """
    items = evaluation.agreements(n, seed)
    ends = word_ends(learned)
    right = sum(
        _cost(learned, item.text, item.right, ends) < _cost(learned, item.text, item.wrong, ends)
        for item in items
    )
    return right / n


def word_ends(learned: Learned) -> npt.NDArray[np.bool_]:
    """Which tokens can only stand behind a whole word, `[d_vocab]`: spaces, marks, the end."""
    tokenizer = learned.tokenizer
    return np.array([not tokenizer.label(token)[0].isalnum() for token in range(tokenizer.size)])


def _cost(learned: Learned, text: str, word: str, ends: npt.NDArray[np.bool_]) -> float:
    """-ln p(the word comes next), in nats: all of its tokens, and then no more of them.

    Without the end ` run` would never be less likely than ` runs`, where that is ` run` and `s`.
    """
    ids = np.array(learned.tokenizer.encode(text + word))  # [pos]
    start = len(learned.tokenizer.encode(text))
    logits = forward(ids, learned.weights, learned.config)  # [pos, d_vocab]
    nats, _ = surprise(logits[None, :-1], ids[None, 1:])  # [1, pos - 1]
    _, probs = surprise(logits[None, -1:], ids[None, -1:])  # [1, 1, d_vocab]
    ended = float(probs[0, 0][ends].sum())
    return float(nats[0, start - 1 :].sum()) - log(max(ended, 1e-30))
