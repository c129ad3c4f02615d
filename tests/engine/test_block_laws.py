"""What holds in every pass of every model, exactly where arithmetic allows it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rounding import tolerances
from tests.support import along_pos, close, dense_weights, record, runs, tiny, within
from tui_transformer.engine import Array, Chain, Edit, ModelConfig, Recorder, Weights, forward
from tui_transformer.engine.names import axes_of, tensor_names

Run = tuple[ModelConfig, Weights, list[int]]


@given(runs())
def test_rows_of_the_pattern_sum_to_one_and_never_look_ahead(run: Run) -> None:
    config, weights, ids = run
    tensors = record(ids, weights, config)
    for layer in range(config.n_layers):
        pattern = tensors[f"blocks.{layer}.attn.pattern"]
        assert (pattern >= 0).all()
        assert np.abs(pattern.sum(axis=-1) - 1).max() < 1e-6
        assert not pattern[:, ~np.tri(len(ids), dtype=bool)].any()
        assert (pattern[:, 0, 0] == 1).all()


@given(runs(at_least=2), st.data())
def test_a_later_token_changes_nothing_earlier(run: Run, data: st.DataObject) -> None:
    config, weights, ids = run
    at = data.draw(st.integers(1, len(ids) - 1))
    other = [*ids[:at], (ids[at] + 1) % config.d_vocab, *ids[at + 1 :]]
    before, after = record(ids, weights, config), record(other, weights, config)
    for name, value in before.items():
        axis = along_pos(name)
        kept = value.take(range(at), axis=axis)
        found = after[name].take(range(at), axis=axis)
        if "key_pos" in axes_of(name):  # scores are there before the mask takes them away
            kept, found = kept[..., :at], found[..., :at]
        assert np.array_equal(kept, found), name
    assert not np.array_equal(before["embed"], after["embed"])


@given(runs(at_least=2), st.data())
def test_a_shorter_text_is_the_start_of_a_longer_one(run: Run, data: st.DataObject) -> None:
    config, weights, ids = run
    at = data.draw(st.integers(1, len(ids) - 1))
    shorter, longer = forward(ids[:at], weights, config), forward(ids, weights, config)
    assert within(shorter, longer[:at], tolerances(ids, weights, config)["logits"])


@given(runs())
def test_the_stream_is_a_sum_to_the_last_bit(run: Run) -> None:
    config, weights, ids = run
    t = record(ids, weights, config)
    start = t["embed"] + t["pos_embed"] if config.adds_positions else t["embed"]
    assert np.array_equal(t["blocks.0.resid_pre"], start)
    for layer in range(config.n_layers):
        at = f"blocks.{layer}."
        after = t[at + "resid_pre"] + t[at + "attn_out"]
        if not config.attn_only:
            assert np.array_equal(t[at + "resid_mid"], after)
            after = after + t[at + "mlp_out"]
        assert np.array_equal(t[at + "resid_post"], after)
        if layer:
            assert np.array_equal(t[at + "resid_pre"], t[f"blocks.{layer - 1}.resid_post"])


@given(runs())
def test_results_by_head_and_the_bias_sum_to_what_attention_adds(run: Run) -> None:
    config, weights, ids = run
    tensors = record(ids, weights, config)
    for layer, w in enumerate(weights.blocks):
        total = tensors[f"blocks.{layer}.attn.result"].astype(np.float64).sum(axis=0)
        if w.b_O is not None:
            total = total + w.b_O
        assert close(tensors[f"blocks.{layer}.attn_out"], total)


def noise(name: str, value: Array) -> Array:
    """Another tensor of the same shape, positive where the pass needs that."""
    rng = np.random.default_rng(len(name))
    if name.endswith("scale"):
        return value * 3
    if name.endswith("pattern"):
        return value[..., ::-1].copy()
    return value + rng.normal(0.0, 2.0, value.shape)


VARIANTS = {
    "gpt2": tiny(),
    "llama": tiny(
        norm="rmsnorm", positions="rotary", act_fn="silu", gated_mlp=True, n_heads=4, d_head=2,
        tie_embeddings=False, qkv_bias=False, attn_out_bias=False, mlp_bias=False,
    ),
    "vaswani": tiny(positions="sinusoidal", act_fn="gelu", tie_embeddings=False),
    "bare": tiny(norm_affine=False, final_norm=False, n_kv_heads=1),
    "attention only": tiny(
        d_mlp=0, mlp_bias=False, norm="none", norm_affine=False, final_norm=False
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("variant", "name"),
    [(v, name) for v, config in VARIANTS.items() for name in tensor_names(config, result=True)],
)
def test_an_edit_changes_what_follows_and_nothing_before(variant: str, name: str) -> None:
    config = VARIANTS[variant]
    weights = dense_weights(config, 5)
    ids = [3, 1, 6, 2]
    plain = record(ids, weights, config)
    seen, edited = Recorder(), Recorder()
    taps = (seen, Edit(name, lambda value: noise(name, value)), edited)
    logits = forward(ids, weights, config, Chain(taps))
    order = list(tensor_names(config, result=True))
    for earlier in order[: order.index(name)]:
        assert np.array_equal(edited.tensors[earlier], plain[earlier]), earlier
    assert np.array_equal(seen.tensors[name], plain[name])
    assert close(edited.tensors[name], noise(name, plain[name]), 1e-6)
    assert edited.tensors[name].dtype == np.float32
    assert np.abs(logits - plain["logits"]).max() > 1e-5
    assert logits is edited.tensors["logits"]


@pytest.mark.parametrize("name", ["resid_mid", "attn_out", "mlp_out", "resid_post", "resid_pre"])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_an_edit_at_one_token_reaches_that_token_and_later_ones(name: str, at: int) -> None:
    config = VARIANTS["gpt2"]
    weights = dense_weights(config, 6)
    ids = [3, 1, 6, 2]
    plain = forward(ids, weights, config)

    def change(value: Array) -> Array:
        value[at] += np.arange(config.d_model)
        return value

    found = forward(ids, weights, config, Edit(f"blocks.0.{name}", change))
    assert np.array_equal(found[:at], plain[:at])
    assert all(np.abs(found[row] - plain[row]).max() > 1e-5 for row in range(at, len(ids)))


def test_inside_one_block_the_mlp_keeps_tokens_apart() -> None:
    config = VARIANTS["gpt2"]
    weights = dense_weights(config, 6)

    def change(value: Array) -> Array:
        value[1] = 2.0
        return value

    plain, after = Recorder(), Recorder()
    forward([3, 1, 6, 2], weights, config, plain)
    forward([3, 1, 6, 2], weights, config, Chain([Edit("blocks.0.ln2.normalized", change), after]))
    rows = plain.tensors["blocks.0.mlp_out"] != after.tensors["blocks.0.mlp_out"]
    assert rows.any(axis=1).tolist() == [False, True, False, False]


@given(runs(), st.data())
def test_a_head_switched_off_takes_away_its_own_result(run: Run, data: st.DataObject) -> None:
    config, weights, ids = run
    head = data.draw(st.integers(0, config.n_heads - 1))
    plain = record(ids, weights, config)

    def off(value: Array) -> Array:
        value[head] = 0
        return value

    by_result, by_z = Recorder(), Recorder()
    forward(ids, weights, config, Chain([Edit("blocks.0.attn.result", off), by_result]))
    forward(ids, weights, config, Chain([Edit("blocks.0.attn.z", off), by_z]))
    expected = plain["blocks.0.attn_out"].astype(np.float64)
    expected = expected - plain["blocks.0.attn.result"][head]
    assert close(by_result.tensors["blocks.0.attn_out"], expected)
    assert close(by_z.tensors["blocks.0.attn_out"], expected)
    assert close(by_result.tensors["logits"], by_z.tensors["logits"], 1e-4)
