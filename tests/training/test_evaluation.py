"""The sets that measure a model: seeded, right, and unseen where they say so."""

from functools import partial

import pytest

from tui_transformer.training import corpus
from tui_transformer.training.corpus import evaluation
from tui_transformer.training.corpus.agreement import VERB_PAIRS
from tui_transformer.training.corpus.people import PAIRS


def test_every_set_is_decided_by_its_seed() -> None:
    makers = (
        evaluation.questions, evaluation.agreements, evaluation.inductions, evaluation.openings,
        evaluation.analogy_prompts, evaluation.noun_prompts, evaluation.fresh_documents,
    )  # fmt: skip
    for make in makers:
        one, two, other = (list(make(20, seed)) for seed in (0, 0, 1))
        assert one == two
        assert one != other
        assert len(one) == 20


@pytest.mark.parametrize(
    "make",
    [
        evaluation.questions, partial(evaluation.questions, kind="recall"),
        evaluation.analogy_prompts, evaluation.noun_prompts,
    ],
)  # fmt: skip
def test_answers_are_the_only_ones_that_the_grammar_takes(make: type) -> None:
    for prompt in make(60, 0):
        following = corpus.next_word_distribution(prompt.text, splits="all")
        assert list(following) == [prompt.answer.split()[0].strip(".,")]
        assert corpus.judge(prompt.text + prompt.answer).fits


@pytest.mark.parametrize("make", [evaluation.analogy_prompts])
def test_held_out_analogies_are_unseen(make: type) -> None:
    for prompt in make(60, 0):
        assert not corpus.judge(prompt.text, splits="train").fits


def test_held_out_cues_are_unseen_as_pairs() -> None:
    for prompt in evaluation.noun_prompts(60, 0):
        only = {"pair": 1.0}
        assert not corpus.judge(prompt.text + prompt.answer, only, "train").fits


@pytest.mark.parametrize("splits", ["held out", "train"])
def test_agreements_conflict_and_are_marked(splits: str) -> None:
    items = evaluation.agreements(100, 0, splits)
    plural = 0
    for item in items:
        assert {item.right, item.wrong} in [set(pair) for pair in VERB_PAIRS]
        verb = item.sentence[slice(*item.verb)]
        assert " " + verb == item.right
        assert item.sentence.startswith(item.text + item.right)
        following = corpus.next_word_distribution(item.text, splits="all")
        assert following[item.right.strip()] > 0
        assert item.wrong.strip() not in following
        assert corpus.judge(item.sentence, splits="train").fits == (splits == "train")
        assert item.text[slice(*item.subject)] != item.text[slice(*item.other)]
        plural += item.right in [many for _, many in VERB_PAIRS]
    assert plural == len(items) // 2


def test_analogies_are_all_there() -> None:
    found = evaluation.analogies()
    assert len(found) == len(set(found)) == len(PAIRS) * (len(PAIRS) - 1) * 2
    assert evaluation.Analogy("king", "man", "woman", "queen") in found
    assert evaluation.Analogy("woman", "queen", "king", "man") in found


def test_inductions_repeat() -> None:
    for item in evaluation.inductions(10, 0, length=9):
        words = item.text.split()
        assert len(words) == 18
        assert words[:9] == words[9:]
        assert len(set(words)) == 9
    with pytest.raises(corpus.CorpusError):
        evaluation.inductions(1, 0, length=10_000)


def test_openings_are_unseen_and_can_go_on() -> None:
    found = evaluation.openings(100, 0)
    assert len(set(found)) == 100
    for opening in found:
        assert corpus.judge(opening).fits
        assert not corpus.judge(opening, splits="train").fits
        assert corpus.next_word_distribution(opening, splits="all")


def test_nothing_is_held_out_of_lists() -> None:
    with pytest.raises(corpus.CorpusError, match="list"):
        evaluation.held_out("list", 1, 0)


def test_questions_are_about_facts_of_different_verbs() -> None:
    verbs = {" has a", " is", " found", " hid", " likes"}
    for prompt in evaluation.questions(60, 0):
        *facts, _question = prompt.text.split(".")
        told = [next(verb for verb in verbs if f"{verb} " in fact.lower()) for fact in facts]
        assert len(set(told)) == len(told) >= 2


@pytest.mark.parametrize("named", [True, False])
def test_questions_by_a_name_and_by_a_thing(named: bool) -> None:
    for prompt in evaluation.questions(60, 0, "recall", named):
        question = prompt.text.rsplit(". ", 1)[1]
        assert question.endswith("?")
        capitals = [word for word in question.split()[1:] if word[0].isupper()]
        assert bool(capitals) == named
