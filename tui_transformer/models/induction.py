"""`copy`: an induction circuit (Olsson et al. 2022) with weights that were written by hand.

Four letters and a start, two blocks of attention with one head each, no MLP, no norm, no bias. The
16 dimensions of the stream are four groups of four, and every group has one meaning:

    0–3    letter   which letter stands here
    4–7    before   the letter before it, twice; block 1 writes it
    8–11   next     the guess for what comes next; block 2 writes it
    12–15  place    where this is: +1 and −1

The head of block 1 looks one place back and copies the letter from there into `before`. The head of
block 2 looks for a place whose `before` is the letter that stands here, and copies that place's
letter into `next`. So `A B C A B` goes on with `C`, whatever the letters are.

Places are the states of a Johnson counter, a ring of eight (`_RING`). The product of two of them is
4 where they are the same, 2 for neighbours, and less further away. The place before is made from a
place by moving the numbers by one and turning one sign, which a matrix can do (`_BACK`).

The start holds no letter, and `before` is 1 for all letters there: half as much as a match. So a
head that finds no match looks at the start and copies nothing.

In both blocks the best score is 256 and the next best 128. In float32 exp(−128) is 0: every weight
of the two patterns is exactly 1 or 0 (or ½ or ⅓, where several places fit equally well), and every
number of the model a small whole one.
"""

import numpy as np

from tui_transformer.engine import Array, ModelConfig, make_weights
from tui_transformer.models.loaded import LoadedModel, ModelCard, Provenance, assemble
from tui_transformer.tokenizers import WordTokenizer

START = "<s>"
LETTERS = ("A", "B", "C", "D")
PLACES = 8

LETTER, BEFORE, NEXT, PLACE = (slice(4 * group, 4 * group + 4) for group in range(4))
"""The dimensions of the stream by what they mean."""

CONFIG = ModelConfig(
    d_model=16, n_layers=2, n_heads=1, n_kv_heads=1, d_head=4, d_mlp=0, d_vocab=5, n_ctx=PLACES,
    norm="none", norm_affine=False, final_norm=False, positions="learned", tie_embeddings=False,
    qkv_bias=False, attn_out_bias=False, mlp_bias=False,
)  # fmt: skip

CARD = ModelCard(
    name="copy",
    summary="by hand: an induction circuit",
    description=(
        "Says a pattern of letters again: A B C A B goes on with C. Nobody trained it. Every "
        "number was put where it is, so that a head of block 1 finds out which letter came "
        "before, and a head of block 2 finds what followed this letter the last time. Two such "
        "heads are called an induction circuit; trained models come to have them by themselves."
    ),
    weights="hand-made",
    prompt="A B C A B",
    source="the induction heads of Olsson et al. 2022, in attention-only models without norms",
    provenance=Provenance(
        licence="MIT",
        parts=(
            ("dimensions 0–3", "letter: a 1 for the letter that stands here (W_E)"),
            ("dimensions 4–7", "before: a 2 for the letter before it; <s> has a 1 for each"),
            ("dimensions 8–11", "next: a 1 for the letter that is guessed"),
            ("dimensions 12–15", "place: +1 and −1, a wave that moves on by one (W_pos)"),
            ("block 1, W_Q", "8 × the place before this one: what the query asks for"),
            ("block 1, W_K", "16 × this place; the place before scores 256, its neighbours 128"),
            ("block 1, W_V W_O", "the letter found is copied into before, times 2"),
            ("block 2, W_Q", "16 × the letter that stands here: what the query asks for"),
            ("block 2, W_K", "16 × before; a match scores 256, <s> 128, all others 0"),
            ("block 2, W_V W_O", "the letter found is copied into next"),
            ("W_U", "8 × next is the logit of a letter; <s> has −8 after any letter"),
        ),
        limits=(
            "It reads eight tokens, the start among them.",
            "It goes by the last letter alone: where that was followed by different letters, each "
            "gets a share of the guess as large as its share of those times.",
            "After a letter that has not been seen before, all letters are equally likely.",
        ),
    ),
)

_RING = ("++++", "-+++", "--++", "---+", "----", "+---", "++--", "+++-")
_BACK = np.array([[0, 0, 0, -1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
"""From the place of a token to the place before it: `place @ _BACK`."""


def _zeros(*shape: int) -> Array:
    return np.zeros(shape, dtype=np.float32)


def _embedding() -> Array:
    table = _zeros(CONFIG.d_vocab, CONFIG.d_model)
    table[0, BEFORE] = 1  # the start, half as good as a match
    table[1:, LETTER] = np.eye(4)
    return table


def _places() -> Array:
    table = _zeros(PLACES, CONFIG.d_model)
    table[:, PLACE] = [[1 if sign == "+" else -1 for sign in state] for state in _RING]
    return table


def _reads(group: slice, what: Array) -> Array:
    """A matrix that makes four numbers from one group of the stream, `[d_model, d_head]`."""
    matrix = _zeros(CONFIG.d_model, CONFIG.d_head)
    matrix[group] = what
    return matrix


def load() -> LoadedModel:
    """The model, ready to run."""
    same = np.eye(4)
    unembedding = _zeros(CONFIG.d_model, CONFIG.d_vocab)
    unembedding[NEXT, 1:] = 8 * same
    unembedding[LETTER, 0] = -8
    tensors = {
        "W_E": _embedding(),
        "W_pos": _places(),
        "blocks.0.W_Q": _reads(PLACE, 8 * _BACK),
        "blocks.0.W_K": _reads(PLACE, 16 * same),
        "blocks.0.W_V": _reads(LETTER, same),
        "blocks.0.W_O": _reads(BEFORE, 2 * same).T.copy(),
        "blocks.1.W_Q": _reads(LETTER, 16 * same),
        "blocks.1.W_K": _reads(BEFORE, 16 * same),
        "blocks.1.W_V": _reads(LETTER, same),
        "blocks.1.W_O": _reads(NEXT, same).T.copy(),
        "W_U": unembedding,
    }
    tokenizer = WordTokenizer((START, *LETTERS), bos=START)
    return assemble(CARD, CONFIG, make_weights(CONFIG, tensors), tokenizer)
