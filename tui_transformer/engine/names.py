"""The names of the tensors, their axes, and how a place in one is written.

Names follow TransformerLens (Nanda & Bloom 2022); a `hook_` inside one is accepted and ignored.
A place is a name and an index: `blocks.1.attn.pattern[head=2,4,1]`.
"""

import re
from dataclasses import dataclass

from tui_transformer.engine.config import ModelConfig
from tui_transformer.errors import InputError

AXES: dict[str, tuple[str, ...]] = {
    "embed": ("pos", "d_model"),
    "pos_embed": ("pos", "d_model"),
    "resid_pre": ("pos", "d_model"),
    "ln1.scale": ("pos", "one"),
    "ln1.normalized": ("pos", "d_model"),
    "attn.q": ("head", "pos", "d_head"),
    "attn.k": ("kv_head", "pos", "d_head"),
    "attn.v": ("kv_head", "pos", "d_head"),
    "attn.q_norm.scale": ("head", "pos", "one"),
    "attn.q_norm.normalized": ("head", "pos", "d_head"),
    "attn.k_norm.scale": ("kv_head", "pos", "one"),
    "attn.k_norm.normalized": ("kv_head", "pos", "d_head"),
    "attn.rot_q": ("head", "pos", "d_head"),
    "attn.rot_k": ("kv_head", "pos", "d_head"),
    "attn.attn_scores": ("head", "query_pos", "key_pos"),
    "attn.masked_scores": ("head", "query_pos", "key_pos"),
    "attn.pattern": ("head", "query_pos", "key_pos"),
    "attn.z": ("head", "pos", "d_head"),
    "attn.result": ("head", "pos", "d_model"),
    "attn_out": ("pos", "d_model"),
    "resid_mid": ("pos", "d_model"),
    "ln2.scale": ("pos", "one"),
    "ln2.normalized": ("pos", "d_model"),
    "mlp.pre": ("pos", "d_mlp"),
    "mlp.pre_linear": ("pos", "d_mlp"),
    "mlp.post": ("pos", "d_mlp"),
    "mlp_out": ("pos", "d_model"),
    "resid_post": ("pos", "d_model"),
    "ln_final.scale": ("pos", "one"),
    "ln_final.normalized": ("pos", "d_model"),
    "logits": ("pos", "d_vocab"),
}
"""Axes of every tensor, by its name without `blocks.{i}.`. `normalized` is what a norm hands on,
gain and shift applied; `q` and `k` are what the projections give, before any norm or rotation;
`attn_scores` are scaled and not yet masked."""

GLOSSARY: dict[str, str] = {
    "pos": "a token's place in the text, from 0",
    "head": "one of the attention heads",
    "kv_head": "a key/value head; with grouped queries it serves several heads",
    "query_pos": "the token that looks",
    "key_pos": "the token that is looked at",
    "d_model": "a dimension of the residual stream",
    "d_head": "a dimension inside one head",
    "d_mlp": "a neuron of the MLP",
    "d_vocab": "a token of the vocabulary",
    "one": "a single number per row",
}

_INSIDE = tuple(
    name for name in AXES
    if name not in {"embed", "pos_embed", "ln_final.scale", "ln_final.normalized", "logits"}
)  # fmt: skip
_BLOCK = re.compile(r"blocks\.([0-9]{1,9})\.(.+)")
_INDEX = re.compile(r"[0-9]{1,9}")
_PLACE = re.compile(r"(?P<name>[a-z0-9_.]+)(?:\[(?P<index>[^\]]*)\])?")


@dataclass(frozen=True, slots=True)
class TensorRef:
    """A tensor, or with `index` one cell of it (an index per axis, from 0)."""

    name: str
    index: tuple[int, ...] = ()

    def __str__(self) -> str:
        if not self.index:
            return self.name
        axes = axes_of(self.name)
        head = axes[0] in {"head", "kv_head"}
        parts = [f"head={i}" if head and n == 0 else str(i) for n, i in enumerate(self.index)]
        return f"{self.name}[{','.join(parts)}]"


def split_layer(name: str) -> tuple[int | None, str]:
    """`blocks.3.attn.q` → `(3, "attn.q")`; a name outside the blocks has no layer."""
    match = _BLOCK.fullmatch(name)
    return (int(match[1]), match[2]) if match else (None, name)


def join_layer(layer: int | None, name: str) -> str:
    """The full name of a tensor: the reverse of :func:`split_layer`."""
    return name if layer is None else f"blocks.{layer}.{name}"


def canonical(name: str) -> str:
    """The name without any `hook_`, in lower case."""
    return name.strip().lower().replace("hook_", "")


def axes_of(name: str) -> tuple[str, ...]:
    """The axes of a tensor.

    Raises:
        InputError: there is no tensor of that name.
    """
    layer, inside = split_layer(name)
    if inside not in AXES or (layer is None) == (inside in _INSIDE):
        raise InputError(f"there is no tensor called {name!r}; try blocks.0.attn.pattern or logits")
    return AXES[inside]


def block_tensor_names(config: ModelConfig, *, result: bool = False) -> tuple[str, ...]:
    """The tensors of one block, in the order in which the pass makes them, without a prefix."""
    absent = set()
    if config.positions != "rotary":
        absent |= {"attn.rot_q", "attn.rot_k"}
    if not config.qk_norm:
        absent |= {name for name in _INSIDE if "_norm." in name}
    if not config.gated_mlp:
        absent.add("mlp.pre_linear")
    if config.norm == "none":
        absent |= {name for name in _INSIDE if name.startswith("ln")}
    if config.attn_only:
        absent |= {name for name in _INSIDE if name.startswith(("ln2", "mlp"))} | {"resid_mid"}
    if not result:
        absent.add("attn.result")
    return tuple(name for name in _INSIDE if name not in absent)


def tensor_names(config: ModelConfig, *, result: bool = False) -> tuple[str, ...]:
    """Every tensor that a pass of this model makes, in order; `result` only when asked for."""
    names = ["embed", "pos_embed"] if config.adds_positions else ["embed"]
    for layer in range(config.n_layers):
        names += [join_layer(layer, name) for name in block_tensor_names(config, result=result)]
    if config.final_norm:
        names += ["ln_final.scale", "ln_final.normalized"]
    return (*names, "logits")


def _limit(axis: str, config: ModelConfig) -> int:
    """How long an axis can be in this model."""
    sizes = {"head": config.n_heads, "kv_head": config.n_kv_heads, "one": 1}
    sizes |= dict.fromkeys(("pos", "query_pos", "key_pos"), config.n_ctx)
    return sizes[axis] if axis in sizes else getattr(config, axis)


def parse_place(text: str, config: ModelConfig) -> TensorRef:
    """Read `blocks.1.attn.pattern[head=2,4,1]`; the index may be left out, axis names too.

    Raises:
        InputError: no such tensor in this model, or an index that does not fit its axes.
    """
    match = _PLACE.fullmatch(canonical(text).replace(" ", ""))
    if match is None:
        raise InputError(
            f"{text!r} is not a place; write it like blocks.0.attn.pattern[head=0,1,1]"
        )
    name = match["name"]
    if name not in tensor_names(config, result=True):
        layer, inside = split_layer(name)
        if layer is not None and layer >= config.n_layers and inside in AXES:
            raise InputError(
                f"{name}: this model has {config.n_layers} blocks, 0 to {config.n_layers - 1}"
            )
        raise InputError(f"this model has no tensor called {name!r}; try blocks.0.attn.pattern")
    axes = axes_of(name)
    if not match["index"]:
        return TensorRef(name)
    index: dict[str, int] = {}
    for axis, part in zip(axes, parts := match["index"].split(","), strict=False):
        label, _, number = part.rpartition("=")
        if label and label not in {axis, axis.removeprefix("kv_"), axis.split("_")[0]}:
            raise InputError(f"{text!r}: axis {axis} comes where {label!r} stands")
        if not _INDEX.fullmatch(number):
            raise InputError(f"{text!r}: {part!r} is not an index; indices count from 0")
        index[axis] = int(number)
        if index[axis] >= _limit(axis, config):
            raise InputError(f"{text!r}: {axis} goes from 0 to {_limit(axis, config) - 1}")
    if len(parts) > len(axes):
        raise InputError(f"{text!r}: {name} has {len(axes)} axes ({', '.join(axes)})")
    return TensorRef(name, tuple(index.values()))
