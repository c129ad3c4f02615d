"""What `config.json` says, as a :class:`ModelConfig`, and where each parameter is in the files.

The field names, their defaults and the tensor names are those of the Hugging Face implementations,
one family a `model_type`. What is not supported is refused by name: a checkpoint is run as it was
meant or not at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui_transformer.engine import ModelConfig, RopeScaling
from tui_transformer.errors import ConfigError
from tui_transformer.models.fields import (
    Fields,
    activation,
    count,
    flag,
    number,
    optional_count,
    shown,
)

FAMILIES = ("gpt2", "llama", "mistral", "qwen2", "qwen3")

OWN_FIELD = "tuitf"
"""The field with what a model that was saved here has beyond its family (see `export.py`)."""

_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_intermediate_size")


@dataclass(frozen=True, slots=True)
class Source:
    """Where one parameter lies in a checkpoint.

    `name` and `shape` are those of the stored tensor, the name without the family's prefix;
    `columns` is the part of its last axis that is meant, `transposed` says that it is stored
    `[d_out, d_in]`. Both make views.
    """

    name: str
    shape: tuple[int, ...]
    columns: tuple[int, int] | None = None
    transposed: bool = False


def model_config(fields: Fields) -> ModelConfig:
    """The configuration that a `config.json` describes.

    Raises:
        ConfigError: a field is missing, of the wrong kind, or asks for what is not supported.
    """
    model_type = fields.get("model_type")
    if model_type not in FAMILIES:
        known = ", ".join(FAMILIES)
        said = "gives no model_type" if model_type is None else f"says {shown(model_type)}"
        raise ConfigError(f"config.json {said}; the supported model types are {known}")
    if fields.get("quantization_config"):
        raise ConfigError(
            "quantization_config is not supported: choose the checkpoint that is not quantized"
        )
    for name in _EXPERTS:
        if fields.get(name):
            raise ConfigError(f"{name} is not supported: mixture-of-experts models cannot be run")
    return _gpt2(fields) if model_type == "gpt2" else _llama(fields, str(model_type))


def own_fields(fields: Fields) -> Mapping[str, Any]:
    """What a model that was saved here says beyond its family; empty for all others."""
    own = fields.get(OWN_FIELD)
    return own if isinstance(own, dict) else {}


def _gpt2(fields: Fields) -> ModelConfig:
    """GPT-2 (Radford et al. 2019) and models of its shape."""
    if flag(fields, "add_cross_attention", False):
        raise ConfigError("add_cross_attention is not supported: choose a decoder-only model")
    d_model = count(fields, "n_embd", 768, "hidden_size")
    n_heads = count(fields, "n_head", 12, "num_attention_heads")
    if d_model % n_heads:
        raise ConfigError(f"config.json: n_head ({n_heads}) must divide n_embd ({d_model})")
    return ModelConfig(
        d_model=d_model,
        n_layers=count(fields, "n_layer", 12, "num_hidden_layers"),
        n_heads=n_heads,
        n_kv_heads=n_heads,
        d_head=d_model // n_heads,
        d_mlp=count(fields, "n_inner", 4 * d_model),
        d_vocab=count(fields, "vocab_size", 50257),
        n_ctx=count(fields, "n_positions", 1024, "max_position_embeddings"),
        act_fn=activation(fields, "activation_function", "gelu_new"),
        eps=number(fields, "layer_norm_epsilon", 1e-5),
        positions="sinusoidal"
        if own_fields(fields).get("positions") == "sinusoidal"
        else "learned",
        tie_embeddings=flag(fields, "tie_word_embeddings", True),
        use_attn_scale=flag(fields, "scale_attn_weights", True),
        scale_attn_by_inverse_layer_idx=flag(fields, "scale_attn_by_inverse_layer_idx", False),
    )


def _llama(fields: Fields, model_type: str) -> ModelConfig:
    """LLaMA (Touvron et al. 2023) and its kin: RMSNorm, SwiGLU, rotary positions.

    Mistral (Jiang et al. 2023) adds a sliding window, Qwen2 biases on q, k and v, Qwen3 norms of
    q and k.
    """
    default = _DEFAULTS[model_type]
    d_model = count(fields, "hidden_size", 4096)
    n_layers = count(fields, "num_hidden_layers", 32)
    n_heads = count(fields, "num_attention_heads", 32)
    n_ctx = count(fields, "max_position_embeddings", default.n_ctx)
    written = "num_key_value_heads" in fields  # null means n_heads, but absent is a default
    n_kv_heads = n_heads if written else default.n_kv_heads or n_heads
    attention_bias = model_type in {"llama", "qwen3"} and flag(fields, "attention_bias", False)
    theta, scaling = rope(fields, n_ctx)
    return ModelConfig(
        d_model=d_model,
        n_layers=n_layers,
        n_heads=n_heads,
        n_kv_heads=count(fields, "num_key_value_heads", n_kv_heads),
        d_head=count(fields, "head_dim", default.d_head or d_model // n_heads),
        d_mlp=count(fields, "intermediate_size", default.d_mlp),
        d_vocab=count(fields, "vocab_size", default.d_vocab),
        n_ctx=n_ctx,
        act_fn=activation(fields, "hidden_act", "silu"),
        gated_mlp=True,
        norm="rmsnorm",
        eps=number(fields, "rms_norm_eps", 1e-6),
        positions="rotary",
        rope_theta=theta,
        rope_scaling=scaling,
        tie_embeddings=flag(fields, "tie_word_embeddings", False),
        qkv_bias=attention_bias or model_type == "qwen2",
        attn_out_bias=attention_bias,
        mlp_bias=model_type == "llama" and flag(fields, "mlp_bias", False),
        qk_norm=model_type == "qwen3",
        sliding_window=_window(fields, model_type, n_layers),
    )


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What a field that `config.json` leaves out stands for; `None` is worked out from others."""

    d_mlp: int
    d_vocab: int
    n_ctx: int
    n_kv_heads: int | None = None
    d_head: int | None = None


_DEFAULTS = {
    "llama": _Defaults(d_mlp=11008, d_vocab=32000, n_ctx=2048),
    "mistral": _Defaults(d_mlp=14336, d_vocab=32000, n_ctx=131072, n_kv_heads=8),
    "qwen2": _Defaults(d_mlp=22016, d_vocab=151936, n_ctx=32768, n_kv_heads=32),
    "qwen3": _Defaults(d_mlp=22016, d_vocab=151936, n_ctx=32768, n_kv_heads=32, d_head=128),
}


def _window(fields: Fields, model_type: str, n_layers: int) -> int | None:
    """The sliding window that every block uses, or none.

    Raises:
        ConfigError: some blocks use it and some do not.
    """
    kinds = fields.get("layer_types")
    if model_type == "mistral":
        if kinds is not None:
            raise ConfigError("layer_types is not supported for the model type mistral")
        return optional_count(fields, "sliding_window", 4096)
    window = None
    if model_type != "llama" and flag(fields, "use_sliding_window", False):
        window = optional_count(fields, "sliding_window", 4096)
    if kinds is None:
        first = 28 if fields.get("max_window_layers") is None else fields["max_window_layers"]
        if type(first) is not int:
            raise ConfigError(
                f"config.json: max_window_layers must be a number, not {shown(first)}"
            )
        slides = {window is not None and layer >= first for layer in (0, n_layers - 1)}
    elif isinstance(kinds, list) and len(kinds) == n_layers:
        other = [kind for kind in kinds if kind not in ("sliding_attention", "full_attention")]
        if other:
            raise ConfigError(f"layer_types {shown(other[0])} is not supported")
        slides = {kind == "sliding_attention" for kind in kinds}
    else:
        raise ConfigError(f"config.json: layer_types must list {n_layers} blocks")
    if len(slides) > 1 or (True in slides and window is None):
        raise ConfigError("a sliding window in some blocks and not in others is not supported")
    return window if True in slides else None


def rope(fields: Fields, n_ctx: int) -> tuple[float, RopeScaling | None]:
    """`rope_theta` and how positions are stretched.

    Older files write `rope_theta` and `rope_scaling`, newer ones `rope_parameters` with both in it.

    Raises:
        ConfigError: a kind of stretching that is not supported.
    """
    given = fields.get("rope_scaling") or fields.get("rope_parameters") or {}
    if not isinstance(given, dict):
        raise ConfigError(f"config.json: rope_scaling must be an object, not {shown(given)}")
    nested = [name for name, value in given.items() if isinstance(value, dict)]
    if nested:
        raise ConfigError(f"rope_parameters of its own for {shown(nested[0])} is not supported")
    theta = number(given, "rope_theta", number(fields, "rope_theta", 10_000.0))
    if number(given, "partial_rotary_factor", number(fields, "partial_rotary_factor", 1.0)) != 1:
        raise ConfigError("partial_rotary_factor is not supported: all of a head must be rotated")
    kind = given.get("rope_type", given.get("type", "default"))
    if kind in ("default", None):
        return theta, None
    if kind == "linear":
        return theta, RopeScaling(kind="linear", factor=number(given, "factor", None))
    if kind == "llama3":
        name = "original_max_position_embeddings"
        return theta, RopeScaling(
            kind="llama3",
            factor=number(given, "factor", None),
            low_freq_factor=number(given, "low_freq_factor", None),
            high_freq_factor=number(given, "high_freq_factor", None),
            original_n_ctx=count(fields, name, count(given, name, n_ctx)),
        )
    raise ConfigError(f"rope_scaling type {shown(kind)} is not supported")


def sources(model_type: str, config: ModelConfig) -> Iterator[tuple[str, Source]]:
    """Every parameter of the engine with its place in the files, without the prefix.

    Names follow the order of a pass; one at a time, so that a configuration that claims a million
    blocks fails at the first one that the files lack.
    """
    return _gpt2_sources(config) if model_type == "gpt2" else _llama_sources(config)


def _gpt2_sources(c: ModelConfig) -> Iterator[tuple[str, Source]]:
    """GPT-2 stores `[d_in, d_out]`, with q, k and v side by side in one tensor."""
    d = c.d_model
    yield "W_E", Source("wte.weight", (c.d_vocab, d))
    if c.positions == "learned":
        yield "W_pos", Source("wpe.weight", (c.n_ctx, d))
    for layer in range(c.n_layers):
        ours, theirs = f"blocks.{layer}.", f"h.{layer}."
        for norm, stored in (("ln1", "ln_1"), ("ln2", "ln_2")):
            yield f"{ours}{norm}_w", Source(f"{theirs}{stored}.weight", (d,))
            yield f"{ours}{norm}_b", Source(f"{theirs}{stored}.bias", (d,))
        for i, part in enumerate("QKV"):
            columns = (i * d, (i + 1) * d)
            yield f"{ours}W_{part}", Source(f"{theirs}attn.c_attn.weight", (d, 3 * d), columns)
            yield f"{ours}b_{part}", Source(f"{theirs}attn.c_attn.bias", (3 * d,), columns)
        for part, stored, wide, out in (
            ("O", "attn.c_proj", d, d),
            ("in", "mlp.c_fc", d, c.d_mlp),
            ("out", "mlp.c_proj", c.d_mlp, d),
        ):
            yield f"{ours}W_{part}", Source(f"{theirs}{stored}.weight", (wide, out))
            yield f"{ours}b_{part}", Source(f"{theirs}{stored}.bias", (out,))
    yield "ln_final_w", Source("ln_f.weight", (d,))
    yield "ln_final_b", Source("ln_f.bias", (d,))


def _llama_sources(c: ModelConfig) -> Iterator[tuple[str, Source]]:
    """LLaMA stores `[d_out, d_in]`: the engine's weights are transposed views."""
    d, q, kv = c.d_model, c.n_heads * c.d_head, c.n_kv_heads * c.d_head
    yield "W_E", Source("embed_tokens.weight", (c.d_vocab, d))
    for layer in range(c.n_layers):
        ours, theirs = f"blocks.{layer}.", f"layers.{layer}."
        yield f"{ours}ln1_w", Source(f"{theirs}input_layernorm.weight", (d,))
        yield f"{ours}ln2_w", Source(f"{theirs}post_attention_layernorm.weight", (d,))
        for part, stored, out, wide, biased in (
            ("Q", "self_attn.q_proj", q, d, c.qkv_bias),
            ("K", "self_attn.k_proj", kv, d, c.qkv_bias),
            ("V", "self_attn.v_proj", kv, d, c.qkv_bias),
            ("O", "self_attn.o_proj", d, q, c.attn_out_bias),
            ("gate", "mlp.gate_proj", c.d_mlp, d, c.mlp_bias),
            ("in", "mlp.up_proj", c.d_mlp, d, c.mlp_bias),
            ("out", "mlp.down_proj", d, c.d_mlp, c.mlp_bias),
        ):
            weight = Source(f"{theirs}{stored}.weight", (out, wide), transposed=True)
            yield f"{ours}W_{part}", weight
            if biased:
                yield f"{ours}b_{part}", Source(f"{theirs}{stored}.bias", (out,))
        if c.qk_norm:
            yield f"{ours}q_norm_w", Source(f"{theirs}self_attn.q_norm.weight", (c.d_head,))
            yield f"{ours}k_norm_w", Source(f"{theirs}self_attn.k_norm.weight", (c.d_head,))
    yield "ln_final_w", Source("norm.weight", (d,))
