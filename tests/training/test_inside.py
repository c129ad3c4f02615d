"""A step looked into before it is made: its numbers are those of the step, and nothing changes."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.small import SMALL_RECIPE, small_run
from tui_transformer.engine import Array, Edit, forward
from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.inside import Inside, look_inside
from tui_transformer.training.loss import surprise
from tui_transformer.training.parameters import layout, parameters_in, views
from tui_transformer.training.recipe import Optimizer, Phase, Recipe
from tui_transformer.training.run import Job, Run
from tui_transformer.training.update import explain_update, place_in


def run_of(recipe: Recipe, steps: int = 20, threads: int = 1) -> Run:
    return Run(Job(recipe, CorpusName("toy"), 0, steps), None, threads)


def inside_of(run: Run, row: int = 0) -> Inside:
    t = run.trainer
    return look_inside(
        t.recipe, t.source, t.seed, t.steps, t.step, t.parameters, t.moments, t.workers, row
    )


@pytest.mark.parametrize("threads", [1, 2])
def test_a_watched_run_makes_the_same_steps_as_any_other(threads: int) -> None:
    watched, other = small_run(steps=6, threads=threads), small_run(steps=6)
    for row in range(6):
        inside = inside_of(watched, row)
        step, expected = watched.advance(), other.advance()
        assert step == expected
        assert (inside.loss, inside.norm, inside.rate) == (step.loss, step.norm, step.rate)
        assert np.array_equal(watched.trainer.parameters.flat, other.trainer.parameters.flat)
    for name, array in watched.trainer.state().items():
        assert np.array_equal(array, other.trainer.state()[name])
    watched.close()


@pytest.mark.parametrize(
    "optimizer",
    [
        Optimizer(learning_rate=0.03, warmup=2, clip=0.3),
        Optimizer(learning_rate=0.01, warmup=0, weight_decay=0.0, clip=0.0, beta2=0.999),
        Optimizer(learning_rate=1.0, warmup=0, weight_decay=0.9, clip=1e-3, beta1=0.0),
    ],
)
def test_the_terms_of_an_update_total_to_the_new_weight(optimizer: Optimizer) -> None:
    run = run_of(replace(SMALL_RECIPE, optimizer=optimizer))
    for _ in range(3):
        inside = inside_of(run)
        before = views(run.trainer.parameters.flat.copy(), run.config)
        explained = [
            explain_update(inside, run.config, name, index)
            for name, shape in layout(run.config).items()
            for index in list(np.ndindex(*shape))[:: max(1, int(np.prod(shape)) // 9)]
        ]
        run.advance()
        after = views(run.trainer.parameters.flat, run.config)
        moments = run.trainer.moments
        means = views(moments.mean, run.config)
        squares = views(moments.square, run.config)
        for u in explained:
            assert u.weight == before[u.name][u.index]
            assert u.new == after[u.name][u.index]
            assert u.total == u.new
            assert u.mean == means[u.name][u.index]
            assert u.square == squares[u.name][u.index]
            matrix = len(before[u.name].shape) > 1
            assert u.decay == (optimizer.weight_decay if matrix else 0.0)
            # and the words of the formula say the same, as far as float32 goes
            step = u.rate * u.mean_corrected / u.below
            assert step == pytest.approx(u.taken, rel=1e-4, abs=1e-12)
            assert u.decayed == pytest.approx(u.weight * (1 - u.rate * u.decay), rel=1e-6)
            assert u.clipped == pytest.approx(u.gradient * inside.factor, rel=1e-6)


def test_a_phase_can_have_a_weight_decay_of_its_own() -> None:
    first, second = Phase(share=2), Phase(share=2, decay=0.0)
    optimizer = Optimizer(learning_rate=0.02, warmup=0, weight_decay=0.5)
    run = run_of(replace(SMALL_RECIPE, optimizer=optimizer, phases=(first, second)), steps=4)
    for step in range(4):
        u = explain_update(inside_of(run), run.config, "W_E", (1, 2))
        assert u.decay == (0.5 if step < 2 else 0.0)
        assert (u.decayed == u.weight) == (step >= 2)
        run.advance()
        assert u.new == run.trainer.parameters.weights.W_E[1, 2]


def test_the_gradient_of_a_tensor_is_how_the_loss_changes_with_it() -> None:
    run = run_of(SMALL_RECIPE)
    for _ in range(3):
        run.advance()
    row = 4
    inside = inside_of(run, row)
    weights = inside.parameters.weights
    for name in ("blocks.0.resid_mid", "blocks.0.attn.pattern", "blocks.0.mlp.post", "embed"):
        gradient = inside.gradients[name]
        places = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
        at = tuple(int(place) for place in places)

        def loss(by: float, name: str = name, at: tuple[int, ...] = at) -> float:
            def change(value: Array) -> Array:
                value[(row, *at)] += by
                return value

            logits = forward(inside.batch.inputs, weights, run.config, Edit(name, change))
            return float(surprise(logits, inside.batch.targets)[0].mean(dtype=np.float64))

        measured = (loss(0.01) - loss(-0.01)) / 0.02
        assert measured == pytest.approx(float(gradient[at]), rel=0.02)


def test_every_tensor_of_the_row_is_that_of_the_pass() -> None:
    run = run_of(SMALL_RECIPE, threads=1)
    one, other = inside_of(run, 0), inside_of(run, 7)
    assert one.tensors.keys() == one.gradients.keys()
    assert all(one.tensors[name].shape == g.shape for name, g in one.gradients.items())
    logits = forward(one.batch.inputs[7], one.parameters.weights, run.config)
    assert np.allclose(other.tensors["logits"], logits, atol=1e-5)
    assert not np.array_equal(one.tensors["logits"], other.tensors["logits"])
    assert one.nats.mean() == pytest.approx(one.loss, rel=1e-5)
    assert np.array_equal(one.tensors["pos_embed"], other.tensors["pos_embed"])
    assert np.array_equal(one.gradients["pos_embed"], other.gradients["pos_embed"])


def test_where_the_loss_does_not_count_it_is_0() -> None:
    recipe = replace(SMALL_RECIPE, phases=(Phase(repeated_rows=0.5),))
    inside = inside_of(run_of(recipe), row=99)
    assert inside.row == 7
    mask = inside.batch.mask
    assert mask is not None
    assert not mask.all()
    assert not inside.nats[~mask].any()
    assert inside.nats[mask].mean() == pytest.approx(inside.loss, rel=1e-5)
    assert not inside.gradients["logits"][~mask[7]].any()


def test_a_place_outside_a_parameter_is_refused() -> None:
    config = small_run(steps=1).config
    assert place_in(config, "W_E", (0, 0)) == 0
    with pytest.raises(IndexError):
        place_in(config, "W_E", (0, 8))
    with pytest.raises(IndexError):
        place_in(config, "W_E", (0,))
    with pytest.raises(KeyError):
        place_in(config, "W_X", (0, 0))


def test_no_step_follows_the_last_one() -> None:
    run = run_of(SMALL_RECIPE, steps=1)
    run.advance()
    with pytest.raises(ValueError, match="step 1 of 1"):
        inside_of(run)


def test_a_flat_array_is_a_model_without_a_copy() -> None:
    run = small_run(steps=1)
    again = parameters_in(run.trainer.parameters.flat, run.config)
    assert again.matrices == run.trainer.parameters.matrices
    assert np.shares_memory(again.weights.W_E, run.trainer.parameters.weights.W_E)
