"""The corpora by name: what a recipe's vocabulary is learned from, and what is read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate, islice
from pathlib import Path

import numpy as np

from tui_transformer.tokenizers import Tokenizer, WordTokenizer, visible
from tui_transformer.tokenizers.bpe import BPETokenizer
from tui_transformer.tokenizers.learn import learn_bpe
from tui_transformer.training import corpus as story
from tui_transformer.training.corpus import toy
from tui_transformer.training.corpus.exercises import EXERCISES
from tui_transformer.training.corpus.grammar import uniforms
from tui_transformer.training.corpus.kinds import answer_parts
from tui_transformer.training.data import (
    DataError,
    Documents,
    Ids,
    Marked,
    Source,
    in_batches,
    text_source,
)
from tui_transformer.training.recipe import Recipe, RecipeError

GENERATED = ("story", "toy")
_LEARN_FROM = 20_000
"""Documents from which the vocabulary of a generated corpus is learned."""
_VOCABULARY_STREAM = 0x70C4


@dataclass(frozen=True, slots=True)
class CorpusName:
    """Which corpus: a generated one, or a file and what it held."""

    name: str
    """`story`, `toy`, or the path of a text file."""
    digest: str = ""
    """SHA-256 of the file, so that a run that goes on reads the same text."""


def corpus_texts(name: str, rng: np.random.Generator, shares: Mapping[str, float]) -> Iterator[str]:
    """The documents of a generated corpus."""
    if name == "toy":
        return toy.texts(uniforms(rng))
    return (document.text for document in story.documents(rng, shares or None))


def read_text(path: str) -> tuple[str, CorpusName]:
    """A text file of one's own.

    Raises:
        DataError: it is unreadable, no text, or empty.
    """
    shown = visible(path)
    try:
        content = Path(path).read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        known = ", ".join(GENERATED)
        raise DataError(
            f"{shown} cannot be read ({error.strerror}): give a text file, or one of {known}"
        ) from None
    except UnicodeDecodeError:
        raise DataError(f"{shown} is not UTF-8 text: save it as UTF-8 and try again") from None
    if not text.strip():
        raise DataError(f"{shown} is empty: give a file with text in it")
    return text, CorpusName(path, sha256(content).hexdigest())


def make_tokenizer(recipe: Recipe, corpus: str, text: str | None) -> Tokenizer:
    """The tokenizer that a recipe asks for.

    Args:
        recipe: says of which kind, and how many tokens.
        corpus: the name of the corpus.
        text: what a file holds, `None` for a generated corpus.

    Raises:
        RecipeError: the words of the toy corpus for another corpus.
    """
    if recipe.vocabulary.kind == "words":
        if corpus != "toy":
            raise RecipeError(
                f"recipe {visible(recipe.name)} knows the {len(toy.VOCABULARY)} words of the toy "
                "corpus and no others: choose another recipe, or the corpus toy"
            )
        return WordTokenizer(toy.VOCABULARY)
    if text is not None:
        return learn_bpe(text.splitlines(keepends=True), recipe.vocabulary.size)
    texts = corpus_texts(corpus, np.random.default_rng(_VOCABULARY_STREAM), {})
    return learn_bpe(islice(texts, _LEARN_FROM), recipe.vocabulary.size, space_before=True)


def make_source(recipe: Recipe, corpus: str, text: str | None, tokenizer: Tokenizer) -> Source:
    """Where batches come from.

    Raises:
        DataError: a text too short for the recipe's rows.
        RecipeError: exercises that the corpus does not have.
    """

    one = lru_cache(maxsize=1 << 16)(tokenizer.encode)  # few texts of few words differ

    def encode(texts: list[str]) -> Sequence[Ids]:
        if isinstance(tokenizer, BPETokenizer):
            return tokenizer.encode_bare(texts)
        return [one(text) for text in texts]

    if text is not None:
        return text_source(text, tokenizer, encode([text])[0], recipe.batch)

    def write(rng: np.random.Generator, shares: Mapping[str, float]) -> Iterator[Ids]:
        return in_batches(corpus_texts(corpus, rng, shares), encode)

    if corpus != "story":
        return Documents(write, tokenizer.bos, tokenizer.size)
    unknown = {name for phase in recipe.phases for name in phase.exercises} - set(EXERCISES)
    if unknown:
        raise RecipeError(
            f"recipe {visible(recipe.name)}: there is no exercise called "
            f"{visible(min(unknown))!r}; there are: {', '.join(EXERCISES)}"
        )

    def exercises(rng: np.random.Generator, shares: Mapping[str, float]) -> Iterator[Marked]:
        return (marked(document, encode) for document in story.documents(rng, shares))

    return Documents(write, tokenizer.bos, tokenizer.size, exercises=exercises)


def marked(document: story.Document, encode: Callable[[list[str]], Sequence[Ids]]) -> Marked:
    """The tokens of an exercise, and which of them belong to what it asks for.

    A tokenizer that cuts a text before the space of each word first gives the same tokens for the
    beginning of a text as for the whole.
    """
    parts = answer_parts(document)
    ends = list(accumulate(len(text) for text, _ in parts))
    beginnings = encode([document.text[:end] for end in ends])
    found: list[tuple[int, bool]] = []
    for ids, (_, asked) in zip(beginnings, parts, strict=True):
        found += [(token, asked) for token in ids[len(found) :]]
    return found
