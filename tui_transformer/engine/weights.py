"""The parameters of a model: which there are, their shapes, and the value that holds them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from math import prod

import numpy as np

from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.tap import Array
from tui_transformer.errors import WeightsError

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BlockWeights:
    """One block. Row vectors: `x @ W`. Heads lie side by side in the columns of q, k and v."""

    W_Q: Array  # [d_model, n_heads * d_head]
    W_K: Array  # [d_model, n_kv_heads * d_head]
    W_V: Array  # [d_model, n_kv_heads * d_head]
    W_O: Array  # [n_heads * d_head, d_model]
    W_in: Array | None = None  # [d_model, d_mlp]
    W_out: Array | None = None  # [d_mlp, d_model]
    W_gate: Array | None = None  # [d_model, d_mlp]
    b_Q: Array | None = None  # [n_heads * d_head]
    b_K: Array | None = None  # [n_kv_heads * d_head]
    b_V: Array | None = None  # [n_kv_heads * d_head]
    b_O: Array | None = None  # [d_model]
    b_in: Array | None = None  # [d_mlp]
    b_gate: Array | None = None  # [d_mlp]
    b_out: Array | None = None  # [d_model]
    ln1_w: Array | None = None  # [d_model]
    ln1_b: Array | None = None  # [d_model]
    ln2_w: Array | None = None  # [d_model]
    ln2_b: Array | None = None  # [d_model]
    q_norm_w: Array | None = None  # [d_head]
    k_norm_w: Array | None = None  # [d_head]
    W_QKV: Array | None = field(init=False, repr=False, default=None)
    """`W_Q`, `W_K` and `W_V` as one view, `[d_model, q + 2 kv]`, where they lie side by side."""
    b_QKV: Array | None = field(init=False, repr=False, default=None)
    """Their biases as one view, where `W_QKV` is one and there are biases."""

    def __post_init__(self) -> None:
        weight = side_by_side(self.W_Q, self.W_K, self.W_V)
        if weight is None:
            return
        if self.b_Q is not None and self.b_K is not None and self.b_V is not None:
            bias = side_by_side(self.b_Q, self.b_K, self.b_V)
            if bias is None:
                return
            object.__setattr__(self, "b_QKV", bias)
        object.__setattr__(self, "W_QKV", weight)


def side_by_side(*parts: Array) -> Array | None:
    """One view of arrays that follow one another along their last axis; `None` if they do not."""
    first = parts[0]
    end = first.ctypes.data
    for part in parts:
        same = (part.dtype, part.shape[:-1], part.strides) == (
            first.dtype, first.shape[:-1], first.strides,
        )  # fmt: skip
        if part.base is None or part.base is not first.base or not same or part.ctypes.data != end:
            return None
        end += part.shape[-1] * part.strides[-1]
    shape = (*first.shape[:-1], sum(part.shape[-1] for part in parts))
    return np.lib.stride_tricks.as_strided(first, shape, first.strides, writeable=False)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Every parameter of a model. `W_U` is there for tied models too, as a view of `W_E.T`."""

    W_E: Array  # [d_vocab, d_model]
    W_U: Array  # [d_model, d_vocab]
    blocks: tuple[BlockWeights, ...]
    W_pos: Array | None = None  # [n_ctx, d_model]
    ln_final_w: Array | None = None  # [d_model]
    ln_final_b: Array | None = None  # [d_model]

    def named(self) -> Iterator[tuple[str, Array]]:
        """Every parameter with its name; a tied `W_U` is counted once, as `W_E`."""
        tied = np.shares_memory(self.W_E, self.W_U)
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, np.ndarray) and not (tied and part.name == "W_U"):
                yield part.name, value
        for layer, block in enumerate(self.blocks):
            for part in fields(block):
                value = getattr(block, part.name)
                if value is not None and part.init:  # the others are views of these
                    yield f"blocks.{layer}.{part.name}", value


def weight_shapes(config: ModelConfig) -> dict[str, Shape]:
    """The name and shape of every parameter that a model of this configuration has."""
    c = config
    gains: dict[str, Shape] = {}
    if c.norm_affine:
        gains["w"] = (c.d_model,)
        if c.norm == "layernorm":
            gains["b"] = (c.d_model,)
    block = _block_shapes(c)
    for part, shape in gains.items():
        block[f"ln1_{part}"] = shape
        if not c.attn_only:
            block[f"ln2_{part}"] = shape

    shapes: dict[str, Shape] = {"W_E": (c.d_vocab, c.d_model)}
    if c.positions == "learned":
        shapes["W_pos"] = (c.n_ctx, c.d_model)
    for layer in range(c.n_layers):
        shapes |= {f"blocks.{layer}.{name}": shape for name, shape in block.items()}
    if c.final_norm:
        shapes |= {f"ln_final_{part}": shape for part, shape in gains.items()}
    if not c.tie_embeddings:
        shapes["W_U"] = (c.d_model, c.d_vocab)
    return shapes


def _block_shapes(c: ModelConfig) -> dict[str, Shape]:
    """The parameters of attention and MLP in one block, without the two norms before them."""
    q, kv = c.n_heads * c.d_head, c.n_kv_heads * c.d_head
    block: dict[str, Shape] = {
        "W_Q": (c.d_model, q), "W_K": (c.d_model, kv), "W_V": (c.d_model, kv),
        "W_O": (q, c.d_model),
    }  # fmt: skip
    if not c.attn_only:
        block |= {"W_in": (c.d_model, c.d_mlp), "W_out": (c.d_mlp, c.d_model)}
    if c.gated_mlp:
        block["W_gate"] = (c.d_model, c.d_mlp)
    if c.qkv_bias:
        block |= {"b_Q": (q,), "b_K": (kv,), "b_V": (kv,)}
    if c.attn_out_bias:
        block["b_O"] = (c.d_model,)
    if c.mlp_bias:
        block |= {"b_in": (c.d_mlp,), "b_out": (c.d_model,)}
        if c.gated_mlp:
            block["b_gate"] = (c.d_mlp,)
    if c.qk_norm:
        block |= {"q_norm_w": (c.d_head,), "k_norm_w": (c.d_head,)}
    return block


def count_parameters(config: ModelConfig) -> int:
    """How many numbers the model has learned (or was given), a tied unembedding counted once."""
    return sum(prod(shape) for shape in weight_shapes(config).values())


def make_weights(config: ModelConfig, tensors: Mapping[str, Array]) -> Weights:
    """Gather named tensors into :class:`Weights`.

    Args:
        config: what the tensors must fit.
        tensors: one array for every name of :func:`weight_shapes`.

    Raises:
        WeightsError: a tensor is missing, surplus, of another shape or not of floats.
    """
    shapes = weight_shapes(config)
    for name, shape in shapes.items():
        if name not in tensors:
            raise WeightsError(f"the weights lack {name} {list(shape)}")
        found = tensors[name]
        if found.shape != shape:
            raise WeightsError(f"{name} has the shape {list(found.shape)}, expected {list(shape)}")
        if not np.issubdtype(found.dtype, np.floating):
            raise WeightsError(f"{name} holds {found.dtype}, expected floating-point numbers")
    surplus = sorted(tensors.keys() - shapes.keys())
    if surplus:
        raise WeightsError(f"the weights have a tensor that this model does not: {surplus[0]}")

    blocks = []
    for layer in range(config.n_layers):
        prefix = f"blocks.{layer}."
        blocks.append(
            BlockWeights(
                **{
                    name.removeprefix(prefix): tensors[name]
                    for name in shapes
                    if name.startswith(prefix)
                }
            )
        )
    outside = {name: tensors[name] for name in shapes if not name.startswith("blocks.")}
    outside.setdefault("W_U", tensors["W_E"].T)
    return Weights(blocks=tuple(blocks), **outside)


def random_weights(config: ModelConfig, rng: np.random.Generator, std: float = 0.02) -> Weights:
    """Fresh weights, as a model has before training: normal(0, `std`), gains 1, biases 0.

    Projections back into the residual stream are divided by `√(2 n_layers)` (GPT-2, §2.3).
    """
    tensors: dict[str, Array] = {}
    for name, shape in weight_shapes(config).items():
        last = name.rsplit(".", 1)[-1]
        if last.endswith("_w"):
            tensors[name] = np.ones(shape, dtype=np.float32)
        elif last.startswith("b_") or last.endswith("_b"):
            tensors[name] = np.zeros(shape, dtype=np.float32)
        else:
            into_stream = last in {"W_O", "W_out"}
            spread = std / (2 * config.n_layers) ** 0.5 if into_stream else std
            tensors[name] = rng.normal(0.0, spread, shape).astype(np.float32)
    return make_weights(config, tensors)
