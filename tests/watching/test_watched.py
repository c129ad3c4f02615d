"""A run that is watched: the same weights as any other, and the past as it was."""

from dataclasses import replace
from math import isfinite, isnan
from pathlib import Path

import numpy as np
import pytest

from tests.training.small import small_run
from tui_transformer.errors import Cancelled, InputError
from tui_transformer.models import load_model
from tui_transformer.training.run import Run
from tui_transformer.training.samples import sample
from tui_transformer.watching import Attended, Wanted, WatchedRun
from tui_transformer.watching.opening import NoRecipeError, command_of, resumed, run_of


def watch(run: Run, folder: Path | None = None, every: int | None = None) -> WatchedRun:
    watched = WatchedRun(Attended(run, folder, every))
    watched.begin()
    return watched


def test_watching_and_going_back_change_nothing() -> None:
    watched, other = watch(small_run(steps=12)), small_run(steps=12)
    state = watched.start_state()
    for step in range(12):
        watched.look(Wanted(state, row=step))
        watched.advance()
        watched.look(Wanted(state, place=(0, step // 2)))
        other.advance()
        assert np.array_equal(watched.run.trainer.parameters.flat, other.trainer.parameters.flat)
    assert watched.run.done
    for name, array in other.state().arrays.items():
        assert np.array_equal(watched.run.state().arrays[name], array)


def test_the_past_shows_the_weights_of_that_moment() -> None:
    watched = watch(small_run(steps=30))
    flats = {(0, 0): watched.run.trainer.parameters.flat.copy()}
    for _ in range(30):
        watched.advance()
        flats[watched.place] = watched.run.trainer.parameters.flat.copy()
    state = watched.start_state()
    seen = watched.look(Wanted(state))
    assert seen.is_latest
    assert seen.inside is None
    assert (0, 0) in seen.kept
    for place in seen.kept:
        past = watched.look(Wanted(state, place=place))
        assert past.place == place
        weights = dict(past.ready.model.weights.named())
        flat = np.concatenate([weights[n].reshape(-1) for n in weights])
        assert np.array_equal(np.sort(flat), np.sort(flats[place]))
        if past.inside is not None:
            assert np.array_equal(past.inside.parameters.flat, flats[place])
            assert past.inside.step == place[1]
    assert watched.place == (0, 30)
    # what is at hand is a copy: going on does not change what was looked at
    assert not np.shares_memory(
        seen.ready.model.weights.W_E, watched.run.trainer.parameters.weights.W_E
    )


def test_a_look_answers_what_it_shows_and_nothing_else() -> None:
    watched = watch(small_run(steps=2))
    state = watched.start_state()
    wanted = Wanted(state, row=1)
    seen = watched.look(wanted)
    assert seen.answers(wanted, 2)
    assert seen.answers(replace(wanted, place=(0, 0)), 2)
    assert not seen.answers(replace(wanted, row=0), 2)
    assert seen.answers(replace(wanted, row=0, inside=False), 2)  # no row is looked at
    assert not seen.answers(replace(wanted, place=(0, 1)), 2)
    assert not seen.answers(replace(wanted, state=watched.start_state("the dog")), 2)
    without = watched.look(replace(wanted, inside=False))
    assert without.inside is None
    assert not without.answers(wanted, 2)
    watched.advance()
    past = watched.look(replace(wanted, place=(0, 0)))
    assert not past.answers(wanted, 2)
    watched.advance()
    last = watched.look(wanted)
    assert last.inside is None
    assert last.answers(wanted, 2)  # there is no step that could be looked into


def test_the_prompt_runs_under_the_weights_of_the_moment() -> None:
    watched = watch(small_run(steps=40))
    state = watched.start_state("the dog sat on the")
    first = watched.look(Wanted(state))
    assert first.ready.model.card.display_name == "small (untrained)"
    for _ in range(40):
        watched.advance()
    last = watched.look(Wanted(state))
    assert last.ready.model.card.display_name == "small after 40 steps"
    assert not np.array_equal(first.ready.trace.logits_at(-1), last.ready.trace.logits_at(-1))
    again = watched.look(Wanted(state, place=(0, 0)))
    assert np.array_equal(first.ready.trace.logits_at(-1), again.ready.trace.logits_at(-1))
    assert last.curve.held_out[-1] < first.curve.held_out[0]


def test_the_curve_tells_the_losses() -> None:
    watched = watch(small_run(steps=6))
    losses = [watched.advance().loss for _ in range(6)]
    curve = watched.curve(0)
    assert curve.steps == (0, 1, 2, 3, 4, 5, 6)
    assert isnan(curve.train[0])
    assert curve.train[1:] == tuple(losses)
    assert isfinite(curve.held_out[-1])
    assert curve.held_out[-1] == watched.run.trainer.held_out_loss()


def test_one_candidate_after_the_other() -> None:
    watched = watch(small_run(steps=3, candidates=2))
    for _ in range(3):
        watched.advance()
    assert watched.place == (1, 0)  # the next one's first weights are there to be looked at
    assert watched.run.step == 3
    for _ in range(3):
        watched.advance()
    assert watched.run.done
    seen = watched.look(Wanted(watched.start_state()))
    assert seen.kept == tuple((c, s) for c in (0, 1) for s in range(4))
    assert watched.look(Wanted(watched.start_state(), place=(0, 3))).inside is None
    second = watched.look(Wanted(watched.start_state(), place=(1, 1)))
    assert second.inside is not None
    whole = small_run(steps=3, candidates=2)
    losses = [whole.advance().loss for _ in range(6)]
    assert second.inside.loss == losses[4]
    assert np.array_equal(watched.run.weights.W_E, whole.weights.W_E)


def test_a_watched_run_saves_what_an_unwatched_one_does(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    plain = Attended(small_run(steps=4), one, every=2)
    while not plain.run.done:
        plain.advance()
    watched = watch(small_run(steps=4), two, every=2)
    for _ in range(4):
        watched.look(Wanted(watched.start_state()))
        watched.advance()
    assert {p.name for p in one.iterdir()} == {p.name for p in two.iterdir()}
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()
    assert watched.attended.kept().startswith("the checkpoint of step 4 is kept in ")


def test_a_run_goes_on_from_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = watch(small_run(steps=6), folder, every=3)
    for _ in range(3):
        first.advance()
    model = load_model(str(folder))
    again = watch(resumed(folder, 1, model.tokenizer))
    assert again.place == (0, 3)
    assert again.curve(0).steps[0] == 3
    assert again.advance().loss == first.advance().loss
    by_model = run_of(model, threads=1)
    assert by_model.step == 3
    assert "--corpus toy --recipe small" in command_of(Attended(by_model))


def test_a_model_without_a_recipe_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoRecipeError, match="no recipe is known for worked"):
        run_of(load_model("worked"), threads=1)
    toy = run_of(load_model("toy"), threads=1, seed=3)
    assert (toy.candidates, toy.job.recipe.name, toy.job.seed) == (1, "toy", 3)
    assert command_of(Attended(toy)) == (
        "tuitf train --watch --corpus toy --recipe toy --seed 3 -o my-toy"
    )


def test_what_a_prompt_cannot_be_is_told_and_a_look_can_be_stopped() -> None:
    watched = watch(small_run(steps=2))
    state = watched.start_state()
    with pytest.raises(InputError):
        watched.look(Wanted(replace(state, prompt="the " * 40)))
    with pytest.raises(Cancelled):
        watched.look(Wanted(state), stopped=lambda: True)


def test_samples_do_not_disturb_the_run() -> None:
    watched, other = watch(small_run(steps=4), every=1), small_run(steps=4)
    for _ in range(4):
        watched.advance()
        other.advance()
    assert watched.attended.sample.startswith("the cat")
    assert np.array_equal(watched.run.trainer.parameters.flat, other.trainer.parameters.flat)
    rng = np.random.default_rng([0, 4])
    weights = watched.run.trainer.parameters.weights
    expected = sample(weights, watched.run.config, watched.run.tokenizer, "the cat", rng)
    assert watched.attended.sample == expected
