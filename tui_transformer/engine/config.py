"""What a decoder-only transformer is, as data."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

from tui_transformer.errors import ConfigError

Norm = Literal["layernorm", "rmsnorm"]
Positions = Literal["sinusoidal", "learned", "rotary"]
Activation = Literal["relu", "gelu_tanh", "gelu", "silu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The shape of a model; with weights that fit it, everything that `forward` needs.

    Sizes are counts. `n_kv_heads` equal to `n_heads` is multi-head attention, 1 is multi-query
    (Shazeer 2019), anything between is grouped-query (Ainslie et al. 2023): query head `h` reads
    key/value head `h // (n_heads // n_kv_heads)`. `gated_mlp` is SwiGLU and its kin (Shazeer
    2020): `act(x W_gate) * (x W_in)` in place of `act(x W_in)`.

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
    tie_embeddings: bool = True
    """Whether the unembedding is the transposed embedding (`W_U = W_E.T`)."""
    qkv_bias: bool = True
    attn_out_bias: bool = True
    mlp_bias: bool = True

    def __post_init__(self) -> None:
        for field in (
            "d_model", "n_layers", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "n_ctx",
        ):  # fmt: skip
            value = getattr(self, field)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(f"{field} must be a whole number of at least 1, not {value!r}")
        for field, kind in (("act_fn", Activation), ("norm", Norm), ("positions", Positions)):
            value = getattr(self, field)
            if value not in get_args(kind):
                choices = ", ".join(get_args(kind))
                raise ConfigError(f"{field} must be one of {choices}, not {value!r}")
        for field in (
            "gated_mlp", "norm_affine", "final_norm", "tie_embeddings",
            "qkv_bias", "attn_out_bias", "mlp_bias",
        ):  # fmt: skip
            value = getattr(self, field)
            if not isinstance(value, bool):
                raise ConfigError(f"{field} must be true or false, not {value!r}")
        if self.n_heads % self.n_kv_heads:
            raise ConfigError(
                f"n_kv_heads ({self.n_kv_heads}) must divide n_heads ({self.n_heads}): "
                "each key/value head serves the same number of query heads"
            )
        if self.positions == "rotary" and self.d_head % 2:
            raise ConfigError(f"d_head ({self.d_head}) must be even for rotary positions")
        if self.positions == "sinusoidal" and self.d_model % 2:
            raise ConfigError(f"d_model ({self.d_model}) must be even for sinusoidal positions")
        for field in ("eps", "rope_theta"):
            value = getattr(self, field)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not (number and isfinite(value) and value > 0):
                raise ConfigError(f"{field} must be a number above 0, not {value!r}")

    @property
    def group_size(self) -> int:
        """Query heads that share one key/value head."""
        return self.n_heads // self.n_kv_heads

    @property
    def adds_positions(self) -> bool:
        """Whether positions are added to the embeddings (rotary turns q and k instead)."""
        return self.positions != "rotary"
