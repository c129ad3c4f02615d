"""How well the two heads of a toy model can be read off: does one look at the verb, one at the
animal?

Where the object of a sentence is to be predicted, `the cat sat on the ___`, everything that it
depends on is two words. A model whose heads share that work has one head that looks at the animal
and one that looks at the verb.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from tui_transformer.engine import ModelConfig, Recorder, Weights, forward
from tui_transformer.tokenizers import Tokenizer
from tui_transformer.training.corpus.toy import ANIMALS, OBJECTS, VERBS


@dataclass(frozen=True, slots=True)
class Heads:
    """Which head looks where, and how much of its attention is there, on average."""

    animal_head: int
    verb_head: int
    animal: float
    verb: float

    @property
    def readable(self) -> float:
        """The worse of the two: 1 is perfect."""
        return min(self.animal, self.verb)


def read_heads(weights: Weights, config: ModelConfig, tokenizer: Tokenizer) -> Heads:
    """Measure the first block's heads on every animal with every verb, in both kinds of sentence.

    Both after `the cat sat on the` and after a sentence before it, `the cat slept on the sofa .
    then it sat on the`, where the animal is ten places back. Each counts half.
    """
    looks = np.zeros((2, config.n_heads))  # [animal or verb, head]
    first = [f"the{a}{v} on the" for a, v in product(ANIMALS, VERBS)]
    again = [
        f"the{a}{before} on the{OBJECTS[before][i]} . then it{v} on the"
        for (i, a), before, v in product(enumerate(ANIMALS), VERBS, VERBS)
        if v != before
    ]
    for texts, verb_at in ((first, 2), (again, 9)):
        ids = np.array([tokenizer.encode(text) for text in texts])  # [text, pos]
        recorder = Recorder(lambda name: name == "blocks.0.attn.pattern")
        forward(ids, weights, config, recorder)
        last = recorder.tensors["blocks.0.attn.pattern"][:, :, -1]  # [text, head, key_pos]
        looks += last[:, :, [1, verb_at]].mean(axis=0).T / 2  # [animal or verb, head]
    pairs = [
        Heads(a, v, float(looks[0, a]), float(looks[1, v]))
        for a, v in product(range(config.n_heads), repeat=2)
        if a != v
    ]
    return max(pairs, key=lambda pair: pair.readable)
