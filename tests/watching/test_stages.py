"""The loop as data: stages, the code that ran, and every tensor with its gradient."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.small import SMALL_RECIPE, small_run
from tui_transformer.engine import ModelConfig
from tui_transformer.engine.names import tensor_names
from tui_transformer.errors import InputError
from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.recipe import Recipe, recipe_named
from tui_transformer.training.run import Job, Run
from tui_transformer.walkthrough import place_of, source_of
from tui_transformer.watching import STAGES, Attended, WatchedRun, stage_named
from tui_transformer.watching.cursor import (
    LoopCursor,
    at_stage,
    choices,
    ends,
    in_block,
    moved,
    other_tensor,
)
from tui_transformer.watching.tensors import (
    all_tensors,
    is_weight,
    loss_picture,
    maker_of,
    pictures,
    place_of_cell,
    values_of,
    weights_of,
)

MODERN = {
    "d_model": 8, "n_layers": 2, "n_heads": 4, "n_kv_heads": 2, "d_head": 4, "d_mlp": 12,
    "n_ctx": 32, "act_fn": "silu", "gated_mlp": True, "norm": "rmsnorm", "positions": "rotary",
    "qkv_bias": False, "attn_out_bias": False, "mlp_bias": False, "tie_embeddings": True,
    "qk_norm": True,
}  # fmt: skip
GPT2 = {
    "d_model": 8, "n_layers": 2, "n_heads": 2, "n_kv_heads": 2, "d_head": 4, "d_mlp": 12,
    "n_ctx": 32, "positions": "learned", "tie_embeddings": True,
}  # fmt: skip


def watched(recipe: Recipe = SMALL_RECIPE) -> WatchedRun:
    run = Run(Job(recipe, CorpusName("toy"), 0, 5), None, 1)
    return WatchedRun(Attended(run))


def test_every_stage_says_what_it_does_and_shows_the_code_that_ran() -> None:
    facts = watched().facts
    assert [stage.key for stage in STAGES] == [
        "text", "batch", "forward", "loss", "backward", "clip", "update", "repeat",
    ]  # fmt: skip
    for stage in STAGES:
        assert stage.reads
        assert stage.writes
        assert stage.formula(facts)
        assert stage.explanation(facts).endswith(".")
        ran = stage.ran(facts)
        assert ran is not None
        assert source_of(ran)
        assert place_of(ran).startswith(("training/", "engine/"))
        assert stage_named(stage.key) is stage
    made = {name for stage in STAGES for name in stage.writes}
    needed = {name for stage in STAGES for name in stage.reads}
    assert needed - made <= {"corpus", "rate", "tensors"}
    with pytest.raises(InputError, match="no stage called 'nothing'"):
        stage_named("nothing")


def test_the_words_follow_the_recipe() -> None:
    small, toy = watched().facts, watched(recipe_named("toy")).facts
    assert "clips nothing" in stage_named("clip").explanation(toy)
    assert "may be 1 long" in stage_named("clip").explanation(small)
    assert "Matrices also lose 0.1" in stage_named("update").explanation(small)
    assert "Matrices" not in stage_named("update").explanation(toy)


@pytest.mark.parametrize("model", [None, MODERN, GPT2])
def test_every_tensor_has_a_picture_of_its_values_and_of_its_gradient(
    model: dict[str, object] | None,
) -> None:
    recipe = SMALL_RECIPE if model is None else replace(SMALL_RECIPE, model=model)
    one = watched(recipe)
    one.begin()
    one.advance()
    inside = one.inside(one._snapshot(), 2)
    config, labels = one.run.config, one._model.labels
    tokens = [labels[t] for t in inside.batch.inputs[2]]
    names = all_tensors(config)
    assert set(tensor_names(config)) <= set(names)
    assert set(weights_of(config)) == {name for name, _ in inside.parameters.weights.named()}
    total = 0.0
    for name in names:
        values, gradient = values_of(inside, config, name)
        shown, slope = pictures(inside, config, name, 1, tokens, labels)
        assert shown.values.shape == slope.values.shape
        assert shown.values.shape == (len(shown.row_labels), len(shown.column_labels))
        assert slope.limits.signed
        whole = values if values.ndim > 1 else values[None]
        part = whole if shown.head is None else whole[shown.head]
        assert np.array_equal(shown.values, part)
        steep = gradient if gradient.ndim > 1 else gradient[None]
        assert np.array_equal(slope.values, steep if slope.head is None else steep[slope.head])
        assert source_of(maker_of(name, config))
        if is_weight(name):
            row, column = 0, shown.values.shape[1] - 1
            assert values[place_of_cell(name, row, column)] == shown.values[row, column]
            total += float(np.square(gradient, dtype=np.float64).sum())
    assert total**0.5 == pytest.approx(inside.norm, rel=1e-6)


def test_the_picture_of_the_loss() -> None:
    one = watched()
    one.begin()
    inside = one.inside(one._snapshot(), 0)
    shown = loss_picture(inside, 32)
    assert np.array_equal(shown.values, inside.nats)
    assert shown.limits.low == 0
    assert shown.limits.high == pytest.approx(1.5 * np.log(32))


def config() -> ModelConfig:
    return replace(small_run(steps=1).config, n_layers=3)


def test_moving_through_the_stages_goes_around() -> None:
    here = LoopCursor()
    seen = []
    for _ in STAGES:
        seen.append(here.stage)
        here = moved(here, config(), 1)
    assert seen == [stage.key for stage in STAGES]
    assert here.stage == "text"
    assert moved(here, config(), -1).stage == "repeat"
    assert ends(here, config(), True).stage == "repeat"


def test_an_update_is_of_a_weight() -> None:
    at = at_stage(LoopCursor(stage="backward", tensor="blocks.1.attn.pattern"), config(), "update")
    assert at.tensor == "blocks.1.b_V"
    assert at_stage(LoopCursor(tensor="embed"), config(), "update").tensor == "W_E"
    kept = at_stage(LoopCursor(tensor="blocks.2.W_in", cell=(3, 4)), config(), "update")
    assert (kept.tensor, kept.cell) == ("blocks.2.W_in", (3, 4))
    assert set(choices(kept, config())) == set(weights_of(config()))


def test_other_tensors_and_other_blocks() -> None:
    c = config()
    here = LoopCursor(stage="backward", tensor="W_E")
    assert other_tensor(here, c, -1) == here
    assert other_tensor(here, c, 1).tensor == "embed"
    assert other_tensor(here, c, 10_000).tensor == "logits"
    assert in_block(here, c, 1).tensor == "blocks.0.resid_pre"
    at = replace(here, tensor="blocks.1.attn.q", cell=(1, 1))
    assert in_block(at, c, 1) == replace(at, tensor="blocks.2.attn.q")
    assert in_block(at, c, -5).tensor == "blocks.0.attn.q"
    assert in_block(replace(here, tensor="logits"), c, -1).tensor.startswith("blocks.2.")
