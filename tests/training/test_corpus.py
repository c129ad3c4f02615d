"""The corpus: what is written is read back, what is wrong is refused, probabilities are true."""

import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from itertools import islice, pairwise
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_transformer.training import corpus
from tui_transformer.training.corpus import evaluation, lexicon, people
from tui_transformer.training.corpus.agreement import VERB_PAIRS
from tui_transformer.training.corpus.exercises import EXERCISES
from tui_transformer.training.corpus.grammar import Choice, Writer, split, uniforms, words_of
from tui_transformer.training.corpus.kinds import BY_NAME, KINDS, leaves, write
from tui_transformer.training.corpus.reading import read
from tui_transformer.training.corpus.world import BY_WORD, HABITS

T = TypeVar("T")
NAMES = [kind.name for kind in KINDS]
LONGEST = 115
NUMBER = {word.strip(): n for n, word in enumerate(lexicon.NUMBERS, 1)}


def some(kind: str, n: int, seed: int, *, splits: str = "train") -> list[corpus.Document]:
    draws = uniforms(np.random.default_rng(seed))
    return [write(BY_NAME[kind], draws, splits=splits) for _ in range(n)]


@given(st.sampled_from(NAMES), st.integers(0, 2**63), st.booleans())
def test_every_document_is_read_back_to_exactly_its_probability(
    kind: str, seed: int, lower: bool
) -> None:
    draws = uniforms(np.random.default_rng(seed))
    for splits in ("train", "held out", "all"):
        document = write(BY_NAME[kind], draws, lower=lower, splits=splits)
        words = words_of(document.text)
        reading = read(BY_NAME[kind].grammar, words, lower=lower, splits=splits)
        assert reading.departure is None, reading.departure.reason
        assert reading.log_prob == document.log_prob
        assert len(words) <= LONGEST


class WaryWriter(Writer):
    """Checks rule 2: what can follow something left out never begins with its first word.

    It looks at every option that could be written, not only at the one that is drawn.
    """

    __slots__ = ("_barred",)

    def __init__(self, seed: int) -> None:
        super().__init__(uniforms(np.random.default_rng(seed)), "all")
        self._barred: set[str] = set()

    def _check(self, firsts: set[str]) -> None:
        assert not firsts & self._barred, (firsts & self._barred, self.text)

    @staticmethod
    def _firsts(choice: Choice[T], but: Collection[T]) -> set[str]:
        return {
            split(piece)[0].lower()
            for piece, value in zip(choice.pieces, choice.values, strict=True)
            if value not in but
        }

    def say(self, piece: str) -> None:
        self._check({split(piece)[0].lower()})
        self._barred = set()
        super().say(piece)

    def recall(self, piece: str, fact: str) -> None:
        self.say(piece)

    def pick(self, choice: Choice[T], but: Collection[T] = ()) -> T:
        self._check(self._firsts(choice, but))
        self._barred = set()
        return super().pick(choice, but)

    def maybe(self, p: float, choice: Choice[T], but: Collection[T] = ()) -> T | None:
        firsts = self._firsts(choice, but)
        self._check(firsts)
        before, self._barred = self._barred, set()
        taken = super().maybe(p, choice, but)
        if taken is None:
            self._barred = before | firsts
        return taken

    def perhaps(self, p: float, piece: str) -> bool:
        return self.maybe(p, Choice([(piece, True, 1.0)])) is not None


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_no_document_can_be_written_in_two_ways(kind: corpus.kinds.Kind) -> None:
    for seed in range(1500):
        kind.grammar(WaryWriter(seed))


@given(st.sampled_from(NAMES), st.integers(0, 2**32), st.data())
def test_next_words_multiply_to_the_probability_of_the_text(
    kind: str, seed: int, data: st.DataObject
) -> None:
    document = write(BY_NAME[kind], uniforms(np.random.default_rng(seed)))
    words = words_of(document.text)
    cut = data.draw(st.integers(0, len(words) - 1))
    prefix = "".join(words[:cut])[1:]
    shares = None if kind in corpus.SHARES else {kind: 1.0}
    following = corpus.next_word_distribution(prefix, shares)
    assert math.fsum(following.values()) == pytest.approx(1.0, abs=1e-9)
    one_more = "".join(words[: cut + 1])[1:]
    before, after = (
        corpus.judge(text, shares, "train").prefix_log_prob for text in (prefix, one_more)
    )
    p = following[words[cut].strip()]
    assert after - before == pytest.approx(math.log(p), abs=1e-9)


def test_the_cat_sits_on_the_mat() -> None:
    for prompt in ("the cat sat on the", "The cat sat on the"):
        following = corpus.next_word_distribution(prompt)
        assert next(iter(following)) == "mat"
        assert following["mat"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    "prompt",
    [
        "Once upon a time", "once upon a time there was a", "The king", "The dog ran to the",
        "She was very", "the keys near the door", "My name is", "I like", "It was a", "There was a",
        "One day", "King is to queen as", "Tom went to the",
        "Two and two make", "The opposite of big is", "The sun is", "We went to the",
    ],
)  # fmt: skip
def test_ordinary_prompts_are_inside(prompt: str) -> None:
    assert corpus.next_word_distribution(prompt)


def test_frequencies_agree_with_the_stated_probabilities() -> None:
    n = 30_000
    found = Counter(
        tuple(words_of(d.text)[:2])
        for d in islice(corpus.documents(np.random.default_rng(7), splits="train"), n)
    )
    firsts = Counter[str]()
    for (first, *_), count in found.items():
        firsts[first.strip()] += count
    for word, p in corpus.next_word_distribution("").items():
        assert abs(firsts[word] - n * p) < 6 * math.sqrt(n * p * (1 - p)) + 1, word
    seconds = corpus.next_word_distribution("The")
    total = firsts["The"]
    for word, p in seconds.items():
        error = abs(found[" The", f" {word}"] - total * p)
        assert error < 6 * math.sqrt(total * p * (1 - p)) + 1, word


def test_the_same_seed_writes_the_same() -> None:
    one, two, other = (
        [d.text for d in islice(corpus.documents(np.random.default_rng(seed)), 200)]
        for seed in (3, 3, 4)
    )
    assert one == two != other


def test_the_same_seed_writes_the_same_in_another_process() -> None:
    code = (
        "import numpy as np, itertools; from tui_transformer.training import corpus;"
        "mix = corpus.documents(np.random.default_rng(3), splits='held out');"
        "print([(d.text, d.log_prob) for d in itertools.islice(mix, 200)])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(runs) == 1


STORY = (
    "Lily was a kind girl. One day, she lost her red ball. She looked under the bed and on the"
    " roof, but it was not there. Then her friend Ben came to help. He looked in the barn and found"
    ' the ball! "Thank you," said Lily. They laughed and went home.'
)
START = "Lily was a kind girl. One day, she lost"
ASKED = "Tom has a red ball. Mia has a blue kite. "


@pytest.mark.parametrize(
    ("right", "wrong", "fact"),
    [
        (STORY, STORY.replace("One day, she", "One day, he"), "person"),
        (STORY, STORY.replace("her red ball", "his red ball"), "pronoun"),
        (STORY, STORY.replace("found the ball", "found the kite"), "thing"),
        (STORY, STORY.replace("He looked in", "She looked in"), "person"),
        (STORY, STORY.replace("said Lily", "said Ben"), "person"),
        (ASKED + "Who has the kite? Mia has a blue kite.",
         ASKED + "Who has the kite? Tom has a red ball.", "owner"),
        (ASKED + "What colour is the ball? The ball is red.",
         ASKED + "What colour is the ball? The ball is blue.", "colour"),
        (ASKED + "What does Tom have? Tom has a red ball.",
         ASKED + "What does Tom have? Tom has a red kite.", "thing"),
        (ASKED + "Who has the kite? Mia has a blue kite.",
         ASKED + "Who has the drum? Mia has a blue kite.", "what was said before"),
        ("The keys near the doors are old.", "The keys near the doors is old.", "agreement"),
        ("The key near the doors is old.", "The key near the doors are old.", "agreement"),
        ("She has a crown. She is a queen.", "She has a crown. She is a king.", "pair"),
        ("She has a crown. She is a queen.", "She has a crown. She is a witch.", "pair"),
        ("King is to queen as man is to woman.", "King is to queen as man is to girl.", "pair"),
        ("Two and two make four.", "Two and two make five.", "fact"),
        ("Monday, Tuesday, Wednesday.", "Monday, Tuesday, Thursday.", "order"),
    ],
)  # fmt: skip
def test_contradictions_are_found_and_named(right: str, wrong: str, fact: str) -> None:
    assert corpus.judge(right).complete, corpus.judge(right).reason
    verdict = corpus.judge(wrong)
    assert right != wrong
    assert not verdict.fits
    assert not verdict.consistent
    assert verdict.departure is not None
    assert verdict.departure.fact == fact
    assert fact in verdict.reason


def swapped(text: str, swaps: dict[str, str]) -> str | None:
    """The text with the first of these words replaced, `None` if it has none of them."""
    found = re.search(r"\b(" + "|".join(swaps) + r")\b", text)
    if found is None:
        return None
    return text[: found.start()] + swaps[found[1]] + text[found.end() :]


PRONOUNS = {"he": "she", "she": "he", "He": "She", "She": "He", "his": "her", "him": "her"}


@given(st.sampled_from(["story", "pair", "agreement"]), st.integers(0, 2**32))
def test_a_wrong_pronoun_is_refused_wherever_it_stands(kind: str, seed: int) -> None:
    document = write(BY_NAME[kind], uniforms(np.random.default_rng(seed)))
    wrong = swapped(document.text, PRONOUNS)
    if wrong is None:
        return
    if kind == "pair" and wrong.startswith(("He", "She")):
        return  # the document says nobody's gender before
    verdict = corpus.judge(wrong, {kind: 1.0})
    assert not verdict.fits, wrong
    assert not verdict.consistent, wrong


@given(st.integers(0, 2**32))
def test_a_verb_in_the_wrong_number_is_refused(seed: int) -> None:
    document = write(BY_NAME["agreement"], uniforms(np.random.default_rng(seed)))
    at = next(at for name, at in document.marks if name == "verb")
    swaps = {f[i].strip(): f[1 - i].strip() for f in VERB_PAIRS for i in (0, 1)}
    wrong = swapped(document.text[at:], swaps)
    assert wrong is not None
    verdict = corpus.judge(document.text[:at] + wrong)
    assert verdict.departure is not None
    assert verdict.departure.fact == "agreement"


@pytest.mark.parametrize("kind", ["question", "recall"])
@given(seed=st.integers(0, 2**32), other=st.integers(0, 2**32))
def test_an_answer_to_another_question_is_refused(kind: str, seed: int, other: int) -> None:
    documents = [write(BY_NAME[kind], uniforms(np.random.default_rng(s))) for s in (seed, other)]
    starts = [next(at for name, at in d.marks if name == "answer") for d in documents]
    right, wrong = (d.text[at:].split(".")[0] for d, at in zip(documents, starts, strict=True))
    verdict = corpus.judge(documents[0].text[: starts[0]] + wrong + ".")
    assert verdict.fits == (right == wrong)
    assert verdict.consistent == (right == wrong)


@pytest.mark.parametrize("text", ["Hello world.", "The cat sat the on.", "Once  upon a time", "é"])
def test_what_is_no_english_of_ours_contradicts_nothing(text: str) -> None:
    verdict = corpus.judge(text)
    assert not verdict.fits
    assert verdict.consistent
    assert verdict.reason


def test_a_beginning_fits_but_is_not_complete() -> None:
    verdict = corpus.judge(START)
    assert verdict.fits
    assert not verdict.complete
    assert corpus.judge(STORY).complete
    assert math.isnan(corpus.log_prob_given("Hello", " world."))
    given_half = corpus.log_prob_given(START, STORY.removeprefix(START))
    assert given_half == pytest.approx(
        corpus.judge(STORY).log_prob - corpus.judge(START).prefix_log_prob
    )
    assert corpus.log_prob_given(START, " dog") == -math.inf


def test_a_text_of_several_kinds_has_the_sum_of_their_probabilities() -> None:
    text = "The king was very happy."
    parts = [
        weight * math.exp(read(kind.grammar, words_of(text), lower=lower).prefix_log_prob)
        for kind, lower, weight in leaves()
    ]
    assert sum(p > 0 for p in parts) >= 2
    together = math.exp(corpus.judge(text, splits="train").prefix_log_prob)
    assert together == pytest.approx(math.fsum(parts), rel=1e-12)


def test_the_entropy_can_be_computed_again() -> None:
    one, two = (corpus.entropy("pair", 300, np.random.default_rng(5)) for _ in range(2))
    assert one == two
    far = corpus.entropy("pair", 300, np.random.default_rng(6))
    error = math.hypot(one.nats_error, far.nats_error)
    assert abs(one.nats - far.nats) < 5 * error
    assert one.own < one.nats


def test_shares_are_checked() -> None:
    for shares, what in (({"poem": 1.0}, "poem"), ({"story": -1.0}, "story"), ({}, "nothing")):
        with pytest.raises(corpus.CorpusError, match=what):
            next(corpus.documents(np.random.default_rng(0), shares))
    assert math.fsum(p for _, _, p in leaves()) == pytest.approx(1.0)
    assert math.fsum(corpus.SHARES.values()) == pytest.approx(1.0)


def test_the_lexicon_is_large_enough() -> None:
    assert len(lexicon.RANDOM_WORDS) >= 300
    assert len(people.BOYS + people.GIRLS) >= 30
    assert len(people.PAIRS) >= 10
    functional = {w for w in corpus.vocabulary() if len(w) < 3}
    assert len(corpus.vocabulary() - functional) >= 700
    names = {name.strip().lower() for name in people.BOYS + people.GIRLS}
    assert not names & {word.strip() for word in lexicon.RANDOM_WORDS}


def test_articles_fit_everywhere() -> None:
    for document in islice(corpus.documents(np.random.default_rng(11), splits="all"), 5000):
        if document.kind == "repeat":
            continue
        assert not re.search(r"\b[Aa] [aeiouAEIOU]", document.text), document.text
        assert not re.search(r"\b[Aa]n [^aeiouAEIOU]", document.text), document.text


def test_marks_and_spaces_are_in_their_places() -> None:
    for document in islice(corpus.documents(np.random.default_rng(12), splits="all"), 3000):
        text = document.text
        assert not re.search(r"  | [.,?!:]|[.,?!:]{2}|^ | $", text), text
        assert text.count('"') % 2 == 0
        if document.kind != "repeat":
            assert text[-1] in '.!?"'
        words = [w.strip().lower() for w in words_of(text) if '"' not in w]
        assert all(a != b for a, b in pairwise(words)), text


def test_training_never_writes_what_is_held_out() -> None:
    for name in ("story", "agreement", "pair"):
        only = {name: 1.0}
        for document in evaluation.held_out(name, 100, seed=1):
            assert corpus.judge(document.text, only, "all").complete
            assert not corpus.judge(document.text, only, "train").fits


def test_exercises_ask_for_a_word_that_was_said() -> None:
    for document in some("echo", 60, 4):
        lines = document.text.lower().removeprefix("echo. ").rstrip(".").split(". ")
        assert len(set(lines)) == 4
        assert all(re.fullmatch(r"(\w+): \1", line) for line in lines)


def test_exercises_ask_for_the_other_word_of_a_pair() -> None:
    carried = 0
    for document in some("mirror", 60, 4):
        text = document.text.lower().removeprefix("pairs. ").rstrip(".").replace("?", "")
        carried += document.text.count("?")
        pairs, turned = (part.split(". ") for part in text.split(": "))
        assert 2 <= len(pairs) <= 4
        assert sorted(" ".join(pair.split()[::-1]) for pair in turned) == sorted(pairs)
    assert 60 < carried < 120, "every other time a question mark stands between"


def test_exercises_ask_for_a_pair_with_words_between() -> None:
    for document in some("between", 60, 4):
        first, *lines = re.split(r"[.:] ", document.text.lower().rstrip("."))
        middle = first.removeprefix("between ").replace(" and ", " ")
        assert 4 <= len(lines) <= 8
        assert sorted(lines[: len(lines) // 2]) == sorted(lines[len(lines) // 2 :])
        assert all(re.fullmatch(rf"\w+ {middle} \w+", line) for line in lines)


def test_exercises_ask_for_facts_that_were_told_once() -> None:
    for document in some("told again", 60, 4):
        once, again = (part.rstrip(".").split(". ") for part in document.text.split(" Again: "))
        assert 2 <= len(set(once)) == len(once) <= 4
        assert sorted(once) == sorted(again)


def test_exercises_ask_for_who_did_it() -> None:
    for document in some("turned", 60, 4):
        sentences = document.text.rstrip(".").replace("?", "").split(". ")
        facts, turned = sentences[: len(sentences) // 2], sentences[len(sentences) // 2 :]
        said = {(fact.split()[0], fact.split()[-1]) for fact in facts}
        assert len({name for name, _ in said}) == len(turned) == len(facts)
        for line in turned:
            thing, _, name = line.rpartition(" ")
            assert sum(fact.startswith(f"{name} ") and thing in fact for fact in facts) == 1


def test_exercises_ask_questions_that_name_no_one() -> None:
    for document in some("asked back", 60, 4):
        told, *asked = re.split(r"(?<=\.) (?=[^.]*\?)", document.text)
        assert 2 <= told.count(".") == len(asked) == len(set(asked)) <= 4
        names = {fact.split()[0] for fact in told.split(". ")}
        for one in asked:
            question = one.partition("?")[0]
            assert names.isdisjoint(question.split())


def test_exercises_ask_for_colours() -> None:
    for document in some("coloured", 60, 4):
        told, *asked = re.split(r" what colour is the ", document.text.lower())
        has = {(thing, colour) for colour, thing in re.findall(r"has an? (\w+) (\w+)", told)}
        assert 2 <= len(has) <= 4
        assert {tuple(re.findall(r"the (\w+) is (\w+)\.", one)[0]) for one in asked} == has


def test_exercises_ask_who_has_a_thing_of_some_colour() -> None:
    for document in some("owned", 60, 4):
        told, *asked = re.split(r" who has the ", document.text.lower())
        has = set(re.findall(r"(\w+) has an? (\w+) (\w+)", told))
        assert 2 <= len(has) <= 4
        answers = [re.findall(r"^(\w+)\? (\w+) has an? (\w+) (\w+)\.", one)[0] for one in asked]
        assert all(thing == told_of for thing, *_, told_of in answers)
        assert {(name, colour, thing) for _, name, colour, thing in answers} == has


def answers_of(asked: list[str]) -> list[str]:
    """What stands after the question mark of each, without the full stop."""
    return [one.partition("? ")[2].rstrip(".") for one in asked]


def test_exercises_ask_where_someone_is() -> None:
    for document in some("placed", 60, 4):
        told, *asked = re.split(r" where is ", document.text.lower())
        facts = set(re.findall(r"(\w+ is [^.]+)\.", told))
        assert 2 <= len(facts) <= 4
        assert set(answers_of(asked)) == facts


def test_exercises_ask_for_things_that_are_away() -> None:
    for document in some("away", 60, 4):
        told, *asked = re.split(r" (?:who (?:gave|hid)|where is) the ", document.text.lower())
        facts = set(re.findall(r"(\w+ (?:gave|hid) [^.]+)\.", told))
        assert 2 <= len(facts) <= 4
        assert set(answers_of(asked)) == facts
        assert all(f" the {one.split()[0].strip('?')} " in one.partition("? ")[2] for one in asked)


def test_exercises_ask_for_sums_of_coins() -> None:
    for document in some("earned", 60, 4):
        sums = re.findall(r"cost (\w+) coins, .*? only (\w+) coins?\. .*? gave \w+ (\w+) coins?\.",
                          document.text, re.IGNORECASE)  # fmt: skip
        assert len(sums) == 2
        for price, owned, got in sums:
            assert NUMBER[price.lower()] - NUMBER[owned.lower()] == NUMBER[got.lower()]


def test_exercises_ask_for_sums_alone() -> None:
    for document in some("summed", 60, 4):
        sums = re.findall(r"(\w+) and (\w+) make (\w+)\.", document.text.lower())
        assert len({total for *_, total in sums}) == len(sums) == 4
        assert all(NUMBER[a] + NUMBER[b] == NUMBER[total] for a, b, total in sums)


def test_exercises_ask_for_what_animals_eat() -> None:
    for document in some("fed", 60, 4):
        told = document.text.lower()
        meals = re.findall(r"the (\w+) was hungry\. \w+ gave it some (\w+)\.", told)
        assert len(set(meals)) == 3
        assert all(HABITS[BY_WORD[animal]][0] == f" {food}" for animal, food in meals)


def test_exercises_are_not_in_the_usual_mix() -> None:
    assert BY_NAME.keys() - corpus.SHARES.keys() == EXERCISES.keys()
    for kind in EXERCISES:
        for document in some(kind, 5, 1):
            assert corpus.judge(document.text, {kind: 1.0}).complete
