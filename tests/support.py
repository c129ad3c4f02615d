"""Small models of every kind for the tests to run."""

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from tui_transformer.engine import (
    Array,
    KVCache,
    ModelConfig,
    Recorder,
    RopeScaling,
    Weights,
    forward,
    make_weights,
    weight_shapes,
)
from tui_transformer.engine.names import axes_of


def tiny(**changes: object) -> ModelConfig:
    """A small model with every part; `changes` are fields of the config."""
    fields: dict[str, object] = {
        "d_model": 6, "n_layers": 2, "n_heads": 2, "n_kv_heads": 2, "d_head": 4, "d_mlp": 5,
        "d_vocab": 7, "n_ctx": 8,
    }  # fmt: skip
    return ModelConfig(**(fields | changes))  # type: ignore[arg-type]


def dense_weights(config: ModelConfig, seed: int = 0, std: float = 0.4) -> Weights:
    """Weights with nothing at rest: gains around 1, shifts and biases around 0, none exactly."""
    rng = np.random.default_rng(seed)
    tensors: dict[str, Array] = {}
    for name, shape in weight_shapes(config).items():
        gain = name.rsplit(".", 1)[-1] in {"ln1_w", "ln2_w", "ln_final_w", "q_norm_w", "k_norm_w"}
        tensors[name] = (rng.normal(0.0, std, shape) + gain).astype(np.float32)
    return make_weights(config, tensors)


def record(
    ids: Sequence[int],
    weights: Weights,
    config: ModelConfig,
    cache: KVCache | None = None,
) -> dict[str, Array]:
    """Every tensor of a pass, by name."""
    recorder = Recorder()
    forward(ids, weights, config, recorder, cache)
    return recorder.tensors


class Spy:
    """A tap that keeps the order in which names come by; `optional`: it wants all there are."""

    def __init__(self, *, optional: bool = False) -> None:
        self.names: list[str] = []
        self.optional = optional

    def __call__(self, name: str, value: Array) -> Array:
        self.names.append(name)
        return value

    def wants(self, name: str) -> bool:
        return self.optional


@st.composite
def configs(draw: st.DrawFn, whole: bool = False) -> ModelConfig:
    """Tiny models of every variant. `n_heads * d_head` is not always `d_model`.

    `whole` leaves out those without norms and those without an MLP.
    """
    norm = draw(st.sampled_from(["layernorm", "rmsnorm"] + ["none"] * (not whole)))
    d_mlp = draw(st.sampled_from([1, 5, 8] + [0] * (not whole)))
    normed, with_mlp = norm != "none", d_mlp > 0
    positions = draw(st.sampled_from(["sinusoidal", "learned", "rotary"]))
    n_kv_heads = draw(st.sampled_from([1, 2, 3]))
    group = draw(st.sampled_from([1, 2])) if n_kv_heads < 3 else 1
    return tiny(
        d_model=draw(st.sampled_from([4, 6, 8] if positions == "sinusoidal" else [4, 5, 7, 8])),
        n_layers=draw(st.integers(1, 2)),
        n_heads=n_kv_heads * group,
        n_kv_heads=n_kv_heads,
        d_head=draw(st.sampled_from([2, 4, 6] if positions == "rotary" else [1, 2, 3, 4])),
        d_mlp=d_mlp,
        d_vocab=draw(st.integers(2, 9)),
        n_ctx=draw(st.integers(6, 9)),
        act_fn=draw(st.sampled_from(["relu", "gelu_tanh", "gelu", "silu"])),
        norm=norm,
        positions=positions,
        rope_theta=draw(st.sampled_from([10_000.0, 100.0])),
        eps=draw(st.sampled_from([1e-5, 1e-6, 1e-3])),
        gated_mlp=draw(st.booleans()) and with_mlp,
        norm_affine=draw(st.booleans()) and normed,
        final_norm=draw(st.booleans()) and normed,
        tie_embeddings=draw(st.booleans()),
        qkv_bias=draw(st.booleans()),
        attn_out_bias=draw(st.booleans()),
        mlp_bias=draw(st.booleans()) and with_mlp,
        qk_norm=draw(st.booleans()) and normed,
        sliding_window=draw(st.sampled_from([None, None, 1, 2, 4])),
        use_attn_scale=draw(st.booleans()),
        scale_attn_by_inverse_layer_idx=draw(st.booleans()),
        rope_scaling=draw(scalings()) if positions == "rotary" else None,
    )


def scalings() -> st.SearchStrategy[RopeScaling | None]:
    """No stretching of rotary positions, or one of each kind."""
    linear = RopeScaling(kind="linear", factor=2.5)
    llama3 = RopeScaling(kind="llama3", factor=4.0, original_n_ctx=8)
    return st.sampled_from([None, linear, llama3])


@st.composite
def models(draw: st.DrawFn, whole: bool = False) -> tuple[ModelConfig, Weights]:
    """A tiny model of any variant with dense weights."""
    config = draw(configs(whole))
    return config, dense_weights(config, draw(st.integers(0, 2**32 - 1)))


@st.composite
def runs(
    draw: st.DrawFn, at_least: int = 1, whole: bool = False
) -> tuple[ModelConfig, Weights, list[int]]:
    """A tiny model of any variant and tokens for it; its norms can be computed in float32."""
    config, weights = draw(models(whole))
    token = st.integers(0, config.d_vocab - 1)
    ids = draw(st.lists(token, min_size=at_least, max_size=min(6, config.n_ctx)))
    assume(worst_condition(config, weights, ids) < WORST_CONDITION)
    return config, weights, ids


WORST_CONDITION = 25.0
"""How many times a norm may enlarge the rounding of what it is given, in a model of a test."""


def worst_condition(config: ModelConfig, weights: Weights, ids: Sequence[int]) -> float:
    """How much the norms of a pass enlarge rounding, where they do most.

    Of 0.7001 and 0.7002 less their mean hardly a digit is left, and no way to compute it in float32
    agrees with another. Such a draw tests nothing.
    """
    tensors = record(ids, weights, config)
    scales = [name for name in tensors if name.endswith(".scale")]
    found = [condition(given_to_norm(name, tensors), tensors[name]).max() for name in scales]
    return float(max([1.0, *found]))


def condition(x: Array, scale: Array) -> Array:
    """How much a norm enlarges the rounding of what it is given, `[..., n]` and `[..., 1]` to
    `[..., 1]`: the largest number over what it is divided by.

    LayerNorm takes the mean away before it divides, and what is left can be small.
    """
    if x.shape[-1] == 1:  # a single number less its mean is 0, exactly
        return np.ones_like(scale)
    return np.abs(x).max(-1, keepdims=True) / scale


def given_to_norm(scale: str, tensors: Mapping[str, Array]) -> Array:
    """What was given to the norm whose divisor is called `scale`; the tensors are in the order of
    the pass.
    """
    given = {"q_norm": "q", "k_norm": "k"}.get(scale.split(".")[-2])
    if given is not None:
        return tensors[scale.replace(f"{given}_norm.scale", given)]
    before = list(tensors)
    if scale in tensors:
        before = before[: before.index(scale)]
    return tensors[next(n for n in reversed(before) if not n.endswith((".normalized", ".scale")))]


def largest(values: Array) -> float:
    """The largest finite size of a number in an array, 1 at the least."""
    finite = values[np.isfinite(values)]
    return max(1.0, float(np.abs(finite).max(initial=0.0)))


def close(found: Array, expected: Array, tolerance: float = 1e-5) -> bool:
    """Whether two arrays agree to `tolerance`, relative to the largest finite number in them.

    Cells of -inf must be the same ones.
    """
    return within(found, expected, tolerance * largest(np.asarray(expected)))


def within(found: Array, expected: Array, apart: float) -> bool:
    """Whether no number is further than `apart` from what is expected; those that are not finite
    must be the same.
    """
    expected = np.asarray(expected)
    if found.shape != expected.shape:
        return False
    finite = np.isfinite(expected)
    if not np.array_equal(np.isfinite(found), finite):
        return False
    if not np.array_equal(found[~finite], expected[~finite]):
        return False
    return bool((np.abs(found[finite] - expected[finite]) <= apart).all())


def along_pos(name: str) -> int:
    """The axis of a tensor that counts the tokens that were run."""
    axes = axes_of(name)
    return axes.index("query_pos") if "query_pos" in axes else axes.index("pos")
