"""Which models there can be."""

import dataclasses
import math
from itertools import product

import numpy as np
import pytest

from tests.support import dense_weights, record, tiny
from tui_transformer.engine import NO_TAP, ModelConfig, forward
from tui_transformer.errors import ConfigError

SIZES = ("d_model", "n_layers", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "n_ctx")
CHOICES = ("act_fn", "norm", "positions")
SWITCHES = (
    "gated_mlp", "norm_affine", "final_norm", "tie_embeddings",
    "qkv_bias", "attn_out_bias", "mlp_bias",
)  # fmt: skip


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "rotary"])
@pytest.mark.parametrize("norm", ["layernorm", "rmsnorm"])
@pytest.mark.parametrize("n_kv_heads", [4, 2, 1], ids=["mha", "gqa", "mqa"])
def test_every_combination_runs_in_float32(norm: str, positions: str, n_kv_heads: int) -> None:
    activations = ("relu", "gelu_tanh", "gelu", "silu")
    on_off = (True, False)
    for act_fn, gated, affine, final, tied, biases in product(activations, *[on_off] * 5):
        config = tiny(
            d_model=4, n_layers=1, n_heads=4, d_head=2, norm=norm, positions=positions,
            n_kv_heads=n_kv_heads, act_fn=act_fn, gated_mlp=gated, norm_affine=affine,
            final_norm=final, tie_embeddings=tied, qkv_bias=biases, attn_out_bias=biases,
            mlp_bias=biases,
        )  # fmt: skip
        tensors = record([1, 5, 0], dense_weights(config), config)
        assert tensors["logits"].shape == (3, 7)
        assert np.isfinite(tensors["logits"]).all()
        assert {name: value.dtype for name, value in tensors.items()} == dict.fromkeys(
            tensors, np.dtype(np.float32)
        )


@pytest.mark.parametrize("switch", ["qkv_bias", "attn_out_bias", "mlp_bias"])
def test_each_bias_is_a_switch_of_its_own(switch: str) -> None:
    with_it, without = tiny(), tiny(**{switch: False})
    weights = dense_weights(with_it)
    bare = dense_weights(without)
    assert len(dict(bare.named())) < len(dict(weights.named()))
    assert forward([1, 2], bare, without).shape == (2, 7)


@pytest.mark.parametrize("field", SIZES)
@pytest.mark.parametrize("value", [0, -1, 1.0, 2.5, True, "4", None])
def test_a_size_is_a_whole_number_of_at_least_one(field: str, value: object) -> None:
    if (field, value) == ("d_mlp", 0):
        return  # a model of attention only
    with pytest.raises(ConfigError, match=rf"^{field} must be a whole number.*not {value!r}$"):
        tiny(**{field: value})


@pytest.mark.parametrize("field", ["gated_mlp", "mlp_bias"])
def test_what_says_something_about_an_mlp_needs_one(field: str) -> None:
    bare = {"d_mlp": 0, "mlp_bias": False}
    assert tiny(**bare).attn_only
    assert not tiny().attn_only
    with pytest.raises(ConfigError, match=rf"^{field} must be false in a model without an MLP"):
        tiny(**(bare | {field: True}))


@pytest.mark.parametrize("field", ["norm_affine", "final_norm", "qk_norm"])
def test_what_says_something_about_norms_needs_them(field: str) -> None:
    bare = {"norm": "none", "norm_affine": False, "final_norm": False}
    assert tiny(**bare).norm == "none"
    with pytest.raises(ConfigError, match=rf"^{field} must be false in a model without norms"):
        tiny(**(bare | {field: True}))


@pytest.mark.parametrize("field", CHOICES)
@pytest.mark.parametrize("value", ["", "tanh", None, 3, ["relu"]])
def test_a_choice_names_the_field_and_what_there_is(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"^{field} must be one of \w+, \w+") as caught:
        tiny(**{field: value})
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("field", SWITCHES)
@pytest.mark.parametrize("value", [1, 0, "false", None])
def test_a_switch_is_true_or_false(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"^{field} must be true or false"):
        tiny(**{field: value})


@pytest.mark.parametrize("field", ["eps", "rope_theta"])
@pytest.mark.parametrize("value", [0, 0.0, -1e-5, math.nan, math.inf, "1e-5", None, True])
def test_a_constant_is_a_number_above_zero(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"^{field} must be a number above 0"):
        tiny(**{field: value})


@pytest.mark.parametrize(("n_heads", "n_kv_heads"), [(2, 3), (3, 2), (4, 3), (2, 4), (1, 2)])
def test_key_value_heads_divide_the_heads(n_heads: int, n_kv_heads: int) -> None:
    with pytest.raises(ConfigError, match=r"^n_kv_heads \(\d\) must divide n_heads \(\d\)"):
        tiny(n_heads=n_heads, n_kv_heads=n_kv_heads)


def test_rotary_positions_need_an_even_d_head() -> None:
    with pytest.raises(ConfigError, match=r"^d_head \(3\) must be even for rotary"):
        tiny(positions="rotary", d_head=3)
    assert tiny(positions="learned", d_head=3).d_head == 3


def test_sinusoids_need_an_even_d_model() -> None:
    with pytest.raises(ConfigError, match=r"^d_model \(5\) must be even for sinusoidal"):
        tiny(positions="sinusoidal", d_model=5)
    assert tiny(positions="learned", d_model=5).d_model == 5


@pytest.mark.parametrize(("n_heads", "n_kv_heads", "group"), [(4, 4, 1), (4, 2, 2), (6, 1, 6)])
def test_group_size(n_heads: int, n_kv_heads: int, group: int) -> None:
    assert tiny(n_heads=n_heads, n_kv_heads=n_kv_heads).group_size == group


def test_a_config_does_not_change() -> None:
    config = tiny()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.d_model = 3  # type: ignore[misc]
    assert config == tiny()
    assert hash(config) == hash(tiny())


def test_the_smallest_model_there_can_be_runs() -> None:
    config = ModelConfig(
        d_model=1, n_layers=1, n_heads=1, n_kv_heads=1, d_head=1, d_mlp=1, d_vocab=1, n_ctx=1
    )
    assert forward([0], dense_weights(config), config, NO_TAP).shape == (1, 1)
