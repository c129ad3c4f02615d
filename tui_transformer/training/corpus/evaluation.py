"""Texts for each property that a trained model must show, seeded, with what is right marked.

Offsets are characters of the text, so that any tokenizer can find its tokens: a span covers a word
without the space before it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from tui_transformer.training.corpus.agreement import FORMS, VERB_PAIRS, pair_is_reserved
from tui_transformer.training.corpus.grammar import uniforms, words_of
from tui_transformer.training.corpus.kinds import (
    BY_NAME,
    CorpusError,
    Document,
    answer_parts,
    documents,
    write,
)
from tui_transformer.training.corpus.people import NAMES, PAIRS
from tui_transformer.training.corpus.repeats import WORDS
from tui_transformer.training.corpus.score import judge

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A beginning and the continuation that is right, up to and with its full stop."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """A sentence up to its verb; the verb that agrees, and the one that agrees with the distractor.

    `right` and `wrong` have the space before them.
    """

    text: str
    right: str
    wrong: str
    subject: Span
    other: Span
    sentence: str
    """The whole sentence, for the attention from the verb to the subject."""
    verb: Span


@dataclass(frozen=True, slots=True)
class Analogy:
    """`king − man + woman = queen`: plus, minus, plus, and what is right, bare words."""

    start: str
    minus: str
    plus: str
    answer: str


@dataclass(frozen=True, slots=True)
class Induction:
    """Random words said twice. Word i + length is word i again, from i = 0."""

    text: str
    length: int


HELD_OUT_SEED = 0x5EED
"""Mixed into every seed here, so that no training run with a small seed meets the same numbers."""


def _rng(seed: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([HELD_OUT_SEED, seed, stream])


def _some(
    kind: str, rng: np.random.Generator, splits: str, lower: bool = False
) -> Iterator[Document]:
    draws = uniforms(rng)
    while True:
        yield write(BY_NAME[kind], draws, lower=lower, splits=splits)


def _offsets(document: Document, name: str) -> list[int]:
    return [at for found, at in document.marks if found == name]


def _span(text: str, at: int) -> Span:
    """The word that begins at an offset."""
    word = words_of(text[at:])[0].strip()
    return at, at + len(word)


def fresh_documents(n: int, seed: int, kind: str | None = None) -> list[Document]:
    """Documents of the training distribution from a stream that training does not use.

    For cross-entropy against entropy, by kind or in the usual mix.
    """
    shares = None if kind is None else {kind: 1.0}
    return list(islice(documents(_rng(seed, 0), shares), n))


def _question(text: str) -> str:
    """The last sentence of a text that ends with a question."""
    return text[text.rindex(".") + 1 :].strip()


def questions(n: int, seed: int, kind: str = "question", named: bool | None = None) -> list[Prompt]:
    """Facts and a question, `"… Where is Tom?"`, and the answer, `" Tom is in the park."`.

    Args:
        n: how many.
        seed: decides which.
        kind: "question", or "recall" for facts that are all alike.
        named: whether they name someone ("Where is Tom?") or only a thing or place ("Who is in the
            park?"); some of both if left out.
    """
    names = {person.name for person in NAMES.values}
    found: list[Prompt] = []
    documents = _some(kind, _rng(seed, 1), "train")
    while len(found) < n:
        document = next(documents)
        (asked, _), (answer, _), *_ = answer_parts(document)
        prompt = Prompt(asked, answer)
        if named is None or named == (not names.isdisjoint(words_of(_question(prompt.text)))):
            found.append(prompt)
    return found


def agreements(n: int, seed: int, splits: str = "held out") -> list[Agreement]:
    """Sentences with one distractor whose number is not the subject's, half of them plural.

    With `splits` "held out" no pair of nouns here stands in a sentence of the training corpus.
    """
    forms = {form.word: form for form in FORMS}
    found: list[Agreement] = []
    for document in _some("agreement", _rng(seed, 2), splits):
        others = _offsets(document, "other")
        if len(others) != 1:
            continue
        text = document.text
        subject = _span(text, _offsets(document, "subject")[0])
        start = others[0] + len("the ")
        other = _span(text, start)
        verb = _span(text, _offsets(document, "verb")[0])
        one, two = forms[" " + text[slice(*subject)]], forms[" " + text[slice(*other)]]
        if one.plural == two.plural or one.plural != (len(found) % 2 == 1):
            continue
        assert splits != "held out" or pair_is_reserved(one.noun, two.noun)
        right = " " + text[slice(*verb)]
        pair = next(p for p in VERB_PAIRS if p[one.plural] == right)
        found.append(
            Agreement(text[: verb[0] - 1], right, pair[two.plural], subject, other, text, verb)
        )
        if len(found) == n:
            break
    return found


def analogies() -> list[Analogy]:
    """Every `a − b + c = d` over two of the pairs, in both directions."""
    return [
        Analogy(one[side].strip(), two[side].strip(), two[1 - side].strip(), one[1 - side].strip())
        for one in PAIRS
        for two in PAIRS
        if one is not two
        for side in (0, 1)
    ]


def analogy_prompts(n: int, seed: int) -> list[Prompt]:
    """`"King is to queen as man is to"` → `" woman."`, in combinations kept from training."""
    return _to_noun(n, seed, 3, lambda text: " is to " in text)


def noun_prompts(n: int, seed: int) -> list[Prompt]:
    """`"She lives in a castle. She is"` → `" a queen."`, from cues kept from training."""
    return _to_noun(n, seed, 4, lambda text: " is to " not in text)


def _to_noun(n: int, seed: int, stream: int, wanted: Callable[[str], bool]) -> list[Prompt]:
    found: list[Prompt] = []
    for document in _some("pair", _rng(seed, stream), "held out"):
        if not _offsets(document, "reserved") or not wanted(document.text):
            continue
        at = _offsets(document, "noun")[-1] - 1
        end = document.text.index(".", at) + 1
        found.append(Prompt(document.text[:at], document.text[at:end]))
        if len(found) == n:
            break
    return found


def inductions(n: int, seed: int, length: int = 12) -> list[Induction]:
    """Random words of the lexicon, `length` different ones and then the same again.

    Raises:
        CorpusError: more words than there are.
    """
    if not 1 <= length <= len(WORDS):
        raise CorpusError(f"there are {len(WORDS)} words to repeat: ask for 1 to {len(WORDS)}")
    rng = _rng(seed, 5)
    found = []
    for _ in range(n):
        order = rng.permutation(len(WORDS))[:length]
        words = [WORDS.pieces[i].strip() for i in order]
        found.append(Induction(" ".join(words + words), length))
    return found


def openings(n: int, seed: int) -> list[str]:
    """The beginnings of documents that training never writes, different from each other.

    To be continued greedily and judged: `judge(opening + continuation)`.
    """
    found: dict[str, None] = {}
    for document in _some("story", _rng(seed, 6), "held out"):
        if not _offsets(document, "reserved"):
            continue
        beginning = document.text[: _offsets(document, "opening")[0] - 1]
        if not judge(beginning, splits="train").fits:  # no other kind begins so
            found[beginning] = None
        if len(found) == n:
            break
    return list(found)


def held_out(name: str, n: int, seed: int) -> list[Document]:
    """Whole documents with a reserved combination in them.

    Args:
        name: "story" (openings), "agreement" (noun pairs) or "pair" (cues and analogies).
        n: how many.
        seed: decides which.

    Raises:
        CorpusError: nothing is reserved in that kind.
    """
    marked = {"story": "reserved", "agreement": "other", "pair": "reserved"}
    if name not in marked:
        raise CorpusError(f"nothing is held out of {name!r}: ask for {', '.join(marked)}")
    source = _some(name, _rng(seed, 7), "held out")
    return list(islice((d for d in source if _offsets(d, marked[name])), n))
