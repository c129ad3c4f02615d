"""The parameters: which there are, and what is said of those that do not fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import configs, dense_weights, tiny
from tui_transformer.engine import (
    Array,
    ModelConfig,
    count_parameters,
    make_weights,
    random_weights,
    weight_shapes,
)
from tui_transformer.errors import WeightsError
from tui_transformer.models import entries


def zeros(config: ModelConfig) -> dict[str, Array]:
    return {name: np.zeros(shape, np.float32) for name, shape in weight_shapes(config).items()}


@given(configs(), st.data())
def test_a_missing_tensor_is_named(config: ModelConfig, data: st.DataObject) -> None:
    tensors = zeros(config)
    name = data.draw(st.sampled_from(sorted(tensors)))
    shape = list(tensors.pop(name).shape)
    with pytest.raises(WeightsError) as caught:
        make_weights(config, tensors)
    assert str(caught.value) == f"the weights lack {name} {shape}"


@given(configs(), st.data())
def test_a_tensor_of_another_shape_is_named(config: ModelConfig, data: st.DataObject) -> None:
    tensors = zeros(config)
    name = data.draw(st.sampled_from(sorted(tensors)))
    right = tensors[name]
    wrong = data.draw(
        st.sampled_from([right[None], np.zeros((*right.shape[:-1], right.shape[-1] + 1))])
    )
    with pytest.raises(WeightsError) as caught:
        make_weights(config, tensors | {name: wrong})
    expected = f"{name} has the shape {list(wrong.shape)}, expected {list(right.shape)}"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    "name", ["blocks.0.W_gate", "blocks.2.W_Q", "W_U", "blocks.0.b_gate", "ln_final_c", "x"]
)
def test_a_surplus_tensor_is_named(name: str) -> None:
    config = tiny()
    with pytest.raises(WeightsError, match=rf"a tensor that this model does not: {name}$"):
        make_weights(config, zeros(config) | {name: np.zeros((2, 2), np.float32)})


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.complex64])
def test_a_tensor_of_other_than_floats_is_named(dtype: type[np.generic]) -> None:
    config = tiny()
    tensors = zeros(config)
    wrong = tensors["blocks.1.W_in"].astype(dtype)
    with pytest.raises(WeightsError, match=r"^blocks.1.W_in holds \w+, expected floating-point"):
        make_weights(config, tensors | {"blocks.1.W_in": wrong})


@given(configs())
def test_parameters_are_counted_as_they_lie(config: ModelConfig) -> None:
    weights = dense_weights(config)
    named = dict(weights.named())
    assert {name: value.shape for name, value in named.items()} == weight_shapes(config)
    assert sum(value.size for value in named.values()) == count_parameters(config)


def test_parameters_of_the_built_in_models() -> None:
    counted = {entry.card.name: count_parameters(entry.config) for entry in entries()}
    assert (counted["worked"], counted["toy"]) == (160, 1128)
    for entry in entries():
        named = entry.load().weights.named()
        assert sum(value.size for _, value in named) == counted[entry.card.name]


def test_parameters_of_the_smallest_gpt2() -> None:
    gpt2 = ModelConfig(
        d_model=768, n_layers=12, n_heads=12, n_kv_heads=12, d_head=64, d_mlp=3072,
        d_vocab=50257, n_ctx=1024,
    )  # fmt: skip
    assert count_parameters(gpt2) == 124_439_808


def test_parameters_of_a_seven_billion_llama() -> None:
    llama = ModelConfig(
        d_model=4096, n_layers=32, n_heads=32, n_kv_heads=32, d_head=128, d_mlp=11008,
        d_vocab=32000, n_ctx=4096, act_fn="silu", gated_mlp=True, norm="rmsnorm",
        positions="rotary", tie_embeddings=False, qkv_bias=False, attn_out_bias=False,
        mlp_bias=False,
    )  # fmt: skip
    assert count_parameters(llama) == 6_738_415_616


def test_a_tied_unembedding_is_the_embedding_itself() -> None:
    weights = dense_weights(tiny(tie_embeddings=True))
    assert np.shares_memory(weights.W_U, weights.W_E)
    assert np.array_equal(weights.W_U, weights.W_E.T)
    loose = dense_weights(tiny(tie_embeddings=False))
    assert not np.shares_memory(loose.W_U, loose.W_E)


@given(configs())
def test_weights_are_never_rewritten(config: ModelConfig) -> None:
    tensors = zeros(config)
    held = dict(make_weights(config, tensors).named())
    assert all(held[name] is tensors[name] for name in tensors)


@given(configs(), st.integers(0, 2**32 - 1))
def test_fresh_weights_are_a_function_of_the_seed(config: ModelConfig, seed: int) -> None:
    one = dict(random_weights(config, np.random.default_rng(seed)).named())
    two = dict(random_weights(config, np.random.default_rng(seed)).named())
    other = dict(random_weights(config, np.random.default_rng(seed + 1)).named())
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert not np.array_equal(one["W_E"], other["W_E"])
    assert {value.dtype for value in one.values()} == {np.dtype(np.float32)}


def test_fresh_weights_have_the_spread_of_gpt2() -> None:
    config = tiny(d_model=64, d_mlp=256, n_heads=4, n_kv_heads=4, d_head=16, n_layers=8)
    named = dict(random_weights(config, np.random.default_rng(0), std=0.1).named())
    for name, value in named.items():
        last = name.rsplit(".", 1)[-1]
        if last in {"ln1_w", "ln2_w", "ln_final_w"}:
            assert (value == 1).all(), name
        elif last.startswith("b_") or last.endswith("_b"):
            assert (value == 0).all(), name
        else:
            expected = 0.1 / 4 if last in {"W_O", "W_out"} else 0.1
            assert value.std() == pytest.approx(expected, rel=0.1), name
            assert abs(value.mean()) < 0.02, name
