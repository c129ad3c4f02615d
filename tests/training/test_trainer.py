"""Steps: the same numbers every time, after a stop too, and nothing changed when they go wrong."""

import numpy as np
import pytest

from tests.training.small import SMALL_RECIPE, small_run
from tui_transformer.engine import Array, ModelConfig
from tui_transformer.engine.ops import sinusoids
from tui_transformer.training.checkpoint import ResumeError, State
from tui_transformer.training.heads import read_heads
from tui_transformer.training.recipe import Start
from tui_transformer.training.run import Run, job_of
from tui_transformer.training.trainer import DivergedError, first_parameters


def losses(run: Run, count: int) -> list[float]:
    return [run.advance().loss for _ in range(count)]


def test_a_model_learns() -> None:
    run = small_run(steps=60)
    before = run.trainer.held_out_loss()
    losses(run, 60)
    assert run.done
    assert run.trainer.held_out_loss() < 0.6 * before


def test_every_number_is_the_same_again_whatever_the_threads() -> None:
    one, two = small_run(steps=5), small_run(steps=5, threads=2)
    assert losses(one, 5) == losses(two, 5)
    assert np.array_equal(one.trainer.parameters.flat, two.trainer.parameters.flat)
    other = small_run(steps=5, seed=1)
    assert losses(other, 1) != losses(small_run(steps=5), 1)
    two.close()


@pytest.mark.parametrize("at", [3, 6, 7, 11])
def test_a_run_that_was_stopped_goes_on_to_the_same_numbers(at: int) -> None:
    whole = small_run(steps=6, candidates=2)
    parts = small_run(steps=6, candidates=2)
    expected = losses(whole, 12)
    assert losses(parts, at) == expected[:at]
    saved = parts.state()
    kept = State({k: v.copy() for k, v in saved.arrays.items()}, saved.facts)
    again = Run(job_of(kept.facts), None, 1)
    again.restore(kept)
    assert again.step == at
    assert losses(again, 12 - at) == expected[at:]
    assert again.done
    assert again.best == whole.best
    assert np.array_equal(again.weights.W_E, whole.weights.W_E)
    assert again.history == whole.history


def test_the_best_candidate_is_kept() -> None:
    run = small_run(steps=4, candidates=3)
    scores, flats = [], []
    while not run.done:
        run.advance()
        if run.trainer.done:
            scores.append(run.score())
            flats.append(run.trainer.parameters.flat.copy())
    assert len(scores) == 3
    best = int(np.argmax(scores))
    assert run.best == (best, scores[best])
    assert np.array_equal(run.weights.W_E.ravel(), flats[best][: run.weights.W_E.size])


def test_a_loss_that_is_no_number_stops_before_anything_is_changed() -> None:
    run = small_run(steps=5)
    run.advance()
    run.trainer.parameters.weights.W_E[0, 0] = np.nan
    before: Array = run.trainer.parameters.flat.copy()
    moments = run.trainer.moments.mean.copy()
    with pytest.raises(DivergedError, match="step 2"):
        run.advance()
    assert np.array_equal(run.trainer.parameters.flat, before, equal_nan=True)
    assert np.array_equal(run.trainer.moments.mean, moments)
    assert run.step == 1


def test_the_state_of_another_run_is_refused() -> None:
    small = small_run(steps=5)
    state = small.state()
    for name, value in (("parameters", np.zeros(3)), ("mean", None)):
        arrays = {k: v for k, v in state.arrays.items() if k != name}
        if value is not None:
            arrays[name] = value
        with pytest.raises(ResumeError):
            small_run(steps=5).restore(State(arrays, state.facts))
    for facts in ({}, state.facts | {"recipe": {"speed": 1}}, state.facts | {"corpus": {}}):
        with pytest.raises(ResumeError):
            job_of(facts)


def test_measuring_does_not_change_the_run() -> None:
    quiet, measured = small_run(steps=6), small_run(steps=6)
    expected = losses(quiet, 6)
    found = []
    for _ in range(6):
        found.append(measured.advance().loss)
        point = measured.measure()
        assert point.train == found[-1]
    assert found == expected
    assert [point.step for point in measured.history] == [1, 2, 3, 4, 5, 6]
    assert measured.history[-1].held_out == measured.trainer.held_out_loss()


def test_how_positions_begin() -> None:
    config = ModelConfig(**dict(SMALL_RECIPE.model) | {"d_vocab": 32, "positions": "learned"})
    noise = first_parameters(config, Start(positions_std=0.3), 0).weights.W_pos
    waves = first_parameters(config, Start(positions="sinusoidal", positions_std=0.3), 0)
    assert noise is not None
    assert waves.weights.W_pos is not None
    assert float(noise.std()) == pytest.approx(0.3, rel=0.2)
    table = sinusoids(np.arange(config.n_ctx), config.d_model)
    np.testing.assert_allclose(waves.weights.W_pos, table * 0.3 * 2**0.5, rtol=1e-6)
    assert float(np.square(waves.weights.W_pos).mean()) == pytest.approx(0.3**2)
    same = first_parameters(config, Start(positions_std=0.3), 0).weights.W_pos
    assert same is not None
    assert np.array_equal(noise, same)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_heads_can_begin_by_copying_what_is_like_them(kv_heads: int) -> None:
    config = ModelConfig(
        d_vocab=16, d_model=32, n_layers=2, n_heads=4, n_kv_heads=kv_heads, d_head=8, d_mlp=8,
        n_ctx=8,
    )  # fmt: skip
    plain = first_parameters(config, Start(std=0.1), 0).weights
    weights = first_parameters(config, Start(std=0.1, copying=True), 0).weights
    for layer, (w, before) in enumerate(zip(weights.blocks, plain.blocks, strict=True)):
        for name in ("W_K", "W_V", "W_in", "W_out"):
            assert np.array_equal(getattr(w, name), getattr(before, name))
        heads = w.W_O.reshape(4, 8, 32)
        values = np.repeat(w.W_V.reshape(32, kv_heads, 8).swapaxes(0, 1), 4 // kv_heads, axis=0)
        copied = values @ heads  # [head, d_model, d_model]
        np.testing.assert_allclose(copied, copied.swapaxes(1, 2), atol=1e-7)
        assert np.trace(copied[0]) > 0.2, "what is seen is added again"
        queries = w.W_Q.reshape(32, 4, 8).swapaxes(0, 1)
        keys = np.repeat(w.W_K.reshape(32, kv_heads, 8).swapaxes(0, 1), 4 // kv_heads, axis=0)
        likeness = [float(np.trace(q @ k.T)) for q, k in zip(queries, keys, strict=True)]
        spread = 0.1 * 0.1 * (32 * 8) ** 0.5  # of the trace if the two have nothing in common
        assert (likeness[0] > 5 * spread) == (layer > 0)
        assert max(map(abs, likeness[1:])) < 5 * spread
        assert np.array_equal(w.W_Q[:, 8:], before.W_Q[:, 8:])
        assert len(np.unique(queries, axis=0)) == 4, "no two heads are alike for ever"


def test_heads_that_look_everywhere_alike() -> None:
    run = small_run(steps=1)
    for block in run.trainer.parameters.weights.blocks:
        block.W_Q[...] = 0
    heads = read_heads(run.weights, run.config, run.tokenizer)
    assert heads.readable == pytest.approx((1 / 5 + 1 / 12) / 2)
    assert heads.animal_head != heads.verb_head
