"""What a decoder-only transformer is, as data."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

from tui_transformer.errors import ConfigError

Norm = Literal["layernorm", "rmsnorm", "none"]
Positions = Literal["sinusoidal", "learned", "rotary"]
Activation = Literal["relu", "gelu_tanh", "gelu", "silu"]
RopeScalingKind = Literal["linear", "llama3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RopeScaling:
    """How a rotary model was stretched to a longer context than it was first trained on.

    `linear` (Chen et al. 2023, position interpolation) divides every frequency by `factor`.
    `llama3` (Grattafiori et al. 2024; the bounds are those of the released code) divides those
    that turn less than `low_freq_factor` times in `original_n_ctx` positions, leaves those that
    turn more than `high_freq_factor` times, and blends the ones between. The last three fields
    are read by `llama3` only.

    Raises:
        ConfigError: a value that has no meaning; the message names the field.
    """

    kind: RopeScalingKind
    factor: float
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_n_ctx: int = 8192

    def __post_init__(self) -> None:
        if self.kind not in get_args(RopeScalingKind):
            choices = ", ".join(get_args(RopeScalingKind))
            raise ConfigError(f"rope_scaling must be one of {choices}, not {self.kind!r}")
        if not (isfinite(self.factor) and self.factor > 0):
            raise ConfigError(f"rope_scaling factor must be above 0, not {self.factor!r}")
        if not 0 < self.low_freq_factor < self.high_freq_factor:
            raise ConfigError(
                f"rope_scaling low_freq_factor ({self.low_freq_factor}) must be above 0 and below "
                f"high_freq_factor ({self.high_freq_factor})"
            )
        if self.original_n_ctx < 1:
            raise ConfigError(
                f"rope_scaling original_n_ctx must be at least 1, not {self.original_n_ctx!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The shape of a model; with weights that fit it, everything that `forward` needs.

    Sizes are counts. `n_kv_heads` equal to `n_heads` is multi-head attention, 1 is multi-query
    (Shazeer 2019), anything between is grouped-query (Ainslie et al. 2023): query head `h` reads
    key/value head `h // (n_heads // n_kv_heads)`. `gated_mlp` is SwiGLU and its kin (Shazeer
    2020): `act(x W_gate) * (x W_in)` in place of `act(x W_in)`. A `d_mlp` of 0 is a model of
    attention only, and the norm `none` one that reads the stream as it is (both as in Elhage et
    al. 2021); the fields of what is not there must then be false.

    Raises:
        ConfigError: a combination that cannot be run; the message names the field.
    """

    d_model: int
    n_layers: int
    n_heads: int
    d_mlp: int
    d_vocab: int
    n_ctx: int
    n_kv_heads: int
    d_head: int
    act_fn: Activation = "gelu_tanh"
    gated_mlp: bool = False
    norm: Norm = "layernorm"
    norm_affine: bool = True
    """Whether norms carry a gain (and LayerNorm a shift) per dimension."""
    final_norm: bool = True
    eps: float = 1e-5
    positions: Positions = "learned"
    rope_theta: float = 10_000.0
    rope_scaling: RopeScaling | None = None
    tie_embeddings: bool = True
    """Whether the unembedding is the transposed embedding (`W_U = W_E.T`)."""
    qkv_bias: bool = True
    attn_out_bias: bool = True
    mlp_bias: bool = True
    qk_norm: bool = False
    """Whether queries and keys are normalised head by head, with a gain, before they are used
    (Henry et al. 2020; here the model's own kind of norm, as in Qwen3)."""
    sliding_window: int | None = None
    """How many positions back a query sees, itself included (Beltagy et al. 2020); `None`: all."""
    use_attn_scale: bool = True
    """Whether scores are divided by `√d_head`."""
    scale_attn_by_inverse_layer_idx: bool = False
    """Whether block `i` divides its scores by `i + 1` as well (a GPT-2 option)."""

    def __post_init__(self) -> None:
        for field in (
            "d_model", "n_layers", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "n_ctx",
        ):  # fmt: skip
            value, least = getattr(self, field), 0 if field == "d_mlp" else 1
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ConfigError(
                    f"{field} must be a whole number of at least {least}, not {value!r}"
                )
        for field, kind in (("act_fn", Activation), ("norm", Norm), ("positions", Positions)):
            value = getattr(self, field)
            if value not in get_args(kind):
                choices = ", ".join(get_args(kind))
                raise ConfigError(f"{field} must be one of {choices}, not {value!r}")
        for field in (
            "gated_mlp", "norm_affine", "final_norm", "tie_embeddings",
            "qkv_bias", "attn_out_bias", "mlp_bias", "qk_norm", "use_attn_scale",
            "scale_attn_by_inverse_layer_idx",
        ):  # fmt: skip
            value = getattr(self, field)
            if not isinstance(value, bool):
                raise ConfigError(f"{field} must be true or false, not {value!r}")
        self._refuse_parts_of_what_is_not_there()
        if self.n_heads % self.n_kv_heads:
            raise ConfigError(
                f"n_kv_heads ({self.n_kv_heads}) must divide n_heads ({self.n_heads}): "
                "each key/value head serves the same number of query heads"
            )
        if self.positions == "rotary" and self.d_head % 2:
            raise ConfigError(f"d_head ({self.d_head}) must be even for rotary positions")
        if self.positions == "sinusoidal" and self.d_model % 2:
            raise ConfigError(f"d_model ({self.d_model}) must be even for sinusoidal positions")
        window = self.sliding_window
        whole = isinstance(window, int) and not isinstance(window, bool)
        if window is not None and not (whole and window >= 1):
            raise ConfigError(f"sliding_window must be at least 1, not {window!r}")
        if self.rope_scaling is not None and self.positions != "rotary":
            raise ConfigError(f"rope_scaling needs rotary positions, not {self.positions}")
        for field in ("eps", "rope_theta"):
            value = getattr(self, field)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not (number and isfinite(value) and value > 0):
                raise ConfigError(f"{field} must be a number above 0, not {value!r}")

    def _refuse_parts_of_what_is_not_there(self) -> None:
        """Fields that say something about an MLP or a norm that the model does not have."""
        absent: dict[str, tuple[str, ...]] = {}
        if self.attn_only:
            absent["a model without an MLP (d_mlp 0)"] = ("gated_mlp", "mlp_bias")
        if self.norm == "none":
            absent["a model without norms"] = ("norm_affine", "final_norm", "qk_norm")
        for what, fields in absent.items():
            for field in fields:
                if getattr(self, field):
                    raise ConfigError(f"{field} must be false in {what}")

    @property
    def attn_only(self) -> bool:
        """Whether blocks are attention and nothing else."""
        return self.d_mlp == 0

    @property
    def group_size(self) -> int:
        """Query heads that share one key/value head."""
        return self.n_heads // self.n_kv_heads

    def attn_scale(self, layer: int) -> float:
        """What block `layer` multiplies `q · k` by; `1/√d_head` unless the model says otherwise."""
        scale = float(self.d_head) ** -0.5 if self.use_attn_scale else 1.0
        return scale / (layer + 1) if self.scale_attn_by_inverse_layer_idx else scale

    @property
    def adds_positions(self) -> bool:
        """Whether positions are added to the embeddings (rotary turns q and k instead)."""
        return self.positions != "rotary"
