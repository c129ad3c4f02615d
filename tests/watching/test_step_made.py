"""A step that is made in memory is the step of the run, wherever the run stands."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.small import SMALL_RECIPE, small_run
from tests.watching.test_stages import GPT2, MODERN
from tui_transformer.engine import Array
from tui_transformer.errors import InputError
from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.parameters import views
from tui_transformer.training.run import Job, Run
from tui_transformer.watching.places import place_at, place_text
from tui_transformer.watching.step_made import StepMade, make_step
from tui_transformer.watching.tensors import all_tensors, is_weight, values_of, weights_of


def run_of(model: dict[str, object] | None = None, steps: int = 5) -> Run:
    recipe = SMALL_RECIPE if model is None else replace(SMALL_RECIPE, model=model)
    return Run(Job(recipe, CorpusName("toy"), 0, steps), None, 1)


def flats(run: Run) -> list[Array]:
    """The parameters before the first step and after each, of every candidate one after another."""
    kept = [run.trainer.parameters.flat.copy()]
    while not run.done:
        run.advance()
        kept.append(run.trainer.parameters.flat.copy())
        if run.trainer.done and not run.done:
            run.begin_next()
            kept.append(run.trainer.parameters.flat.copy())
    return kept


def test_a_step_is_that_of_the_run_wherever_the_run_stands() -> None:
    known = flats(small_run(steps=4, candidates=2))  # 0 to 4, then 0 to 4 again
    run = small_run(steps=4, candidates=2)
    for stands in range(9):
        state = {name: array.copy() for name, array in run.trainer.state().items()}
        for number in range(1, 9):
            told: list[int] = []
            made = make_step(run, number, told=told.append)
            at = number - 1 + (number > 4)
            assert np.array_equal(made.inside.parameters.flat, known[at])
            assert np.array_equal(made.new.flat, known[at + 1])
            assert (made.candidate, made.inside.step) == divmod(number - 1, 4)
            assert (made.number, made.steps, made.seed) == (number, 8, made.candidate)
            ahead = run.candidate == made.candidate and run.trainer.step <= made.inside.step
            assert told == [made.inside.step - (run.trainer.step if ahead else 0)]
            for name, array in run.trainer.state().items():
                assert np.array_equal(state[name], array)  # the run stays where it is
        if stands < 8:
            run.advance()


def test_the_models_before_and_after_are_those_of_the_step() -> None:
    made = make_step(small_run(steps=3), 2)
    for model, parameters in ((made.before, made.inside.parameters), (made.after, made.new)):
        for name, values in model.weights.named():
            assert np.array_equal(values, views(parameters.flat, made.config)[name])
    before, after = made.sessions()
    assert not np.array_equal(before.trace.logits_at(-1), after.trace.logits_at(-1))
    again = make_step(small_run(steps=3), 2)
    assert made.loss_after == again.loss_after
    assert made.loss_after != made.inside.loss


def test_what_there_is_not_is_refused() -> None:
    run = small_run(steps=3)
    for number in (0, -1, 4):
        with pytest.raises(InputError, match=r"the steps 1 to 3, not"):
            make_step(run, number)
    for row in (-1, 8):
        with pytest.raises(InputError, match=r"the rows 0 to 7, not"):
            make_step(run, 1, row)


@pytest.mark.parametrize("model", [None, MODERN, GPT2])
def test_every_weight_becomes_what_its_terms_make(model: dict[str, object] | None) -> None:
    made = make_step(run_of(model), 3, row=2)
    largest = 0.0
    for name in weights_of(made.config):
        where, index = made.steepest(name)
        assert where == name
        update = made.update(name, index)
        assert update.total == update.new == made.made(name, index)
        slopes = values_of(made.inside, made.config, name)[1]
        assert abs(update.gradient) == np.abs(slopes).max()
        largest = max(largest, abs(update.gradient))
    assert abs(made.update(*made.steepest()).gradient) == largest
    squares = sum(square for *_, square in made.lengths())
    assert squares**0.5 == pytest.approx(made.inside.norm, rel=1e-6)
    assert made.row_ids[1:] == made.inside.batch.targets[2].tolist()


def corners(made: StepMade, name: str) -> list[tuple[int, ...]]:
    shape = values_of(made.inside, made.config, name)[0].shape
    return [(), tuple(0 for _ in shape), tuple(size - 1 for size in shape)]


@pytest.mark.parametrize("model", [None, MODERN, GPT2])
def test_a_place_is_read_as_it_is_told(model: dict[str, object] | None) -> None:
    made = make_step(run_of(model), 1)
    length = made.inside.batch.inputs.shape[1]
    for name in all_tensors(made.config):
        for index in corners(made, name):
            text = place_text((name, index))
            assert place_at(text, made.config, length) == (name, index)
            assert place_at(f" {text.lower()} ", made.config, length) == (name, index)
            if not index or not is_weight(name):
                continue
            beyond = [at + 1 for at in index[:-1]] + [index[-1] + 10_000]
            with pytest.raises(InputError, match=r"goes from 0 to|an index of"):
                place_at(place_text((name, tuple(beyond))), made.config, length)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("b_Q", r"no tensor called b_Q; try blocks.0.b_Q\[0\]"),
        ("nothing", r"no tensor called nothing; try W_E\[0,0\]"),
        ("blocks.7.W_Q[1,1]", r"try blocks.0.W_Q\[0,0\]"),
        ("W_E[2]", r"takes 2 indices, as W_E\[0,0\]"),
        ("W_E[2,]", r"takes 2 indices"),
        ("blocks.0.b_in[1,2]", r"takes one index, as blocks.0.b_in\[0\]"),
        ("blocks.0.attn.pattern[head=9,0,0]", "head goes from 0 to 1"),
        ("blocks.0.attn.pattern[head=0,18,0]", "query_pos goes from 0 to 17 in a batch"),
        ("blocks.0.attn.result[head=0,0,0]", "has no gradient of its own"),
        ("\x1b[2J", r"is not a place"),
    ],
)
def test_a_place_that_is_none_is_told_with_a_way_out(text: str, complaint: str) -> None:
    run = run_of()
    with pytest.raises(InputError, match=complaint):
        place_at(text, run.config, run.job.recipe.batch.length)
