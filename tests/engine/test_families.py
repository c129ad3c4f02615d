"""What the engine does for the families beyond the plain GPT, each by itself."""

from dataclasses import replace

import numpy as np
import pytest

from tui_transformer.engine import (
    KVCache,
    ModelConfig,
    Recorder,
    RopeScaling,
    forward,
    random_weights,
    weight_shapes,
)
from tui_transformer.engine.attention import causal_mask
from tui_transformer.engine.names import axes_of, block_tensor_names, parse_place, tensor_names
from tui_transformer.engine.ops import rope_angles, rope_frequencies
from tui_transformer.errors import ConfigError

CONFIG = ModelConfig(
    d_model=8, n_layers=3, n_heads=4, n_kv_heads=2, d_head=6, d_mlp=10, d_vocab=11, n_ctx=40,
    act_fn="silu", gated_mlp=True, norm="rmsnorm", positions="rotary", qk_norm=True,
    sliding_window=4, qkv_bias=False, attn_out_bias=False, mlp_bias=False,
)  # fmt: skip
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]


def test_a_query_sees_itself_and_the_window_before_it() -> None:
    seen = np.isfinite(causal_mask(np.zeros((1, 6, 6), np.float32), window=3))[0]
    assert [list(np.flatnonzero(row)) for row in seen] == [
        [0], [0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5],
    ]  # fmt: skip
    later = np.isfinite(causal_mask(np.zeros((1, 2, 6), np.float32), window=3))[0]
    np.testing.assert_array_equal(later, seen[-2:])


@pytest.mark.parametrize("window", [1, 4, 40])
def test_a_window_with_a_cache_is_the_window_without(window: int) -> None:
    config = replace(CONFIG, sliding_window=window)
    weights = random_weights(config, np.random.default_rng(0), std=0.5)
    whole = forward(IDS, weights, config)
    cache = KVCache(config)
    parts = [forward(part, weights, config, cache=cache) for part in (IDS[:3], IDS[3:4], IDS[4:])]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-5)


def test_a_window_as_long_as_the_text_changes_nothing() -> None:
    weights = random_weights(CONFIG, np.random.default_rng(0), std=0.5)
    free = forward(IDS, weights, replace(CONFIG, sliding_window=None))
    long = forward(IDS, weights, replace(CONFIG, sliding_window=len(IDS)))
    short = forward(IDS, weights, replace(CONFIG, sliding_window=len(IDS) - 1))
    np.testing.assert_array_equal(free, long)
    assert not np.array_equal(free[-1], short[-1])
    np.testing.assert_array_equal(free[:-1], short[:-1])


def test_normed_queries_and_keys_have_names_of_their_own() -> None:
    weights = random_weights(CONFIG, np.random.default_rng(0), std=0.5)
    recorder = Recorder()
    forward(IDS, weights, CONFIG, recorder)
    assert set(recorder.tensors) == set(tensor_names(CONFIG, result=True))
    q = recorder.tensors["blocks.1.attn.q"]
    scale = recorder.tensors["blocks.1.attn.q_norm.scale"]
    normed = recorder.tensors["blocks.1.attn.q_norm.normalized"]
    assert (q.shape, scale.shape) == ((4, 10, 6), (4, 10, 1))
    np.testing.assert_allclose(
        scale[..., 0], np.sqrt((q.astype(np.float64) ** 2).mean(-1) + CONFIG.eps), rtol=1e-6
    )
    np.testing.assert_allclose(normed, q / scale, rtol=1e-6)
    assert recorder.tensors["blocks.1.attn.k_norm.normalized"].shape == (2, 10, 6)
    assert axes_of("blocks.1.attn.k_norm.scale") == ("kv_head", "pos", "one")
    place = parse_place("blocks.0.attn.hook_q_norm.normalized[head=1,2,3]", CONFIG)
    assert str(place) == "blocks.0.attn.q_norm.normalized[head=1,2,3]"


def test_models_without_those_norms_have_none_of_it() -> None:
    config = replace(CONFIG, qk_norm=False)
    assert not any("q_norm" in name for name in block_tensor_names(config))
    assert not any("q_norm" in name for name in weight_shapes(config))
    assert weight_shapes(CONFIG)["blocks.0.q_norm_w"] == (6,)


def test_the_scale_of_the_scores() -> None:
    assert CONFIG.attn_scale(0) == CONFIG.attn_scale(2) == 6**-0.5
    inverse = replace(CONFIG, scale_attn_by_inverse_layer_idx=True)
    assert [inverse.attn_scale(layer) for layer in range(3)] == pytest.approx(
        [6**-0.5, 6**-0.5 / 2, 6**-0.5 / 3]
    )
    assert replace(inverse, use_attn_scale=False).attn_scale(3) == 0.25
    weights = random_weights(inverse, np.random.default_rng(0), std=0.5)
    recorder = Recorder()
    forward(IDS, weights, inverse, recorder)
    q = recorder.tensors["blocks.2.attn.rot_q"][3]
    k = recorder.tensors["blocks.2.attn.rot_k"][1]
    np.testing.assert_allclose(
        recorder.tensors["blocks.2.attn.attn_scores"][3], q @ k.T * 6**-0.5 / 3, atol=1e-6
    )


def test_linear_stretching_is_a_slower_clock() -> None:
    stretched = rope_angles(np.arange(20), 8, 1e4, RopeScaling(kind="linear", factor=4))
    plain = rope_angles(np.arange(20), 8, 1e4)
    for long, short in zip(stretched, plain, strict=True):
        assert long.dtype == np.float32
        np.testing.assert_allclose(long[::4], short[:5], atol=1e-6)


def test_llama3_stretching_slows_slow_pairs_and_leaves_fast_ones() -> None:
    plain = rope_frequencies(64, 5e5)
    scaling = RopeScaling(kind="llama3", factor=8, original_n_ctx=8192)
    ratio = rope_frequencies(64, 5e5, scaling) / plain
    turns = 8192 * plain / (2 * np.pi)
    np.testing.assert_array_equal(ratio[turns > 4], 1)
    np.testing.assert_allclose(ratio[turns < 1], 1 / 8, rtol=1e-6)
    between = ratio[(turns > 1) & (turns < 4)]
    assert len(between) and (between > 1 / 8).all() and (between < 1).all()
    assert (np.diff(ratio) <= 0).all()


def test_angles_stay_close_to_the_exact_ones() -> None:
    cos, sin = rope_angles(np.arange(2000), 64, 1e4)
    exact = np.arange(2000)[:, None] * 1e4 ** (-np.arange(0, 64, 2) / 64)
    assert abs(cos - np.cos(exact)).max() < 2e-4
    assert abs(sin - np.sin(exact)).max() < 2e-4


BAD = [
    (lambda: replace(CONFIG, sliding_window=0), "sliding_window"),
    (lambda: replace(CONFIG, sliding_window=2.5), "sliding_window"),  # type: ignore[arg-type]
    (lambda: RopeScaling(kind="yarn", factor=2), "rope_scaling"),  # type: ignore[arg-type]
    (lambda: RopeScaling(kind="linear", factor=0), "factor"),
    (lambda: RopeScaling(kind="linear", factor=float("inf")), "factor"),
    (lambda: RopeScaling(kind="llama3", factor=2, low_freq_factor=4), "low_freq_factor"),
    (lambda: RopeScaling(kind="llama3", factor=2, original_n_ctx=0), "original_n_ctx"),
    (
        lambda: replace(
            CONFIG, positions="learned", rope_scaling=RopeScaling(kind="linear", factor=2)
        ),
        "rotary",
    ),
]


@pytest.mark.parametrize(("make", "field"), BAD)
def test_what_cannot_be_is_refused(make: object, field: str) -> None:
    assert callable(make)
    with pytest.raises(ConfigError, match=field):
        make()
