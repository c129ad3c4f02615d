"""A cell of a tensor of a training step, as it is typed and as it is told."""

import re

from tui_transformer.engine import ModelConfig
from tui_transformer.engine.names import parse_place, split_layer
from tui_transformer.errors import InputError
from tui_transformer.tokenizers import visible
from tui_transformer.training.parameters import layout
from tui_transformer.watching.tensors import all_tensors, axes_in, is_weight

Place = tuple[str, tuple[int, ...]]
"""A tensor, and the index of a cell of it; no index where that is all of it."""

_PLACE = re.compile(r"(?P<name>[A-Za-z0-9_.]+)(?:\[(?P<index>[0-9, ]*)\])?")
_TOKENS = frozenset({"pos", "query_pos", "key_pos"})


def place_text(place: Place) -> str:
    """`blocks.0.W_Q[2,3]`, `blocks.0.attn.pattern[head=1,4,2]`, or the name alone."""
    name, index = place
    head = axes_in(name)[0] in {"head", "kv_head"}
    parts = [f"head={i}" if head and n == 0 else str(i) for n, i in enumerate(index)]
    return f"{name}[{','.join(parts)}]" if index else name


def place_at(text: str, config: ModelConfig, length: int) -> Place:
    """Read a weight, or a tensor of a row of the batch, or a cell of either.

    Args:
        text: what was typed.
        config: the model's shape.
        length: how many positions a row has.

    Raises:
        InputError: there is no such tensor, or the index does not fit it.
    """
    found = _PLACE.fullmatch(text.strip())
    names = {name.lower(): name for name in all_tensors(config) if is_weight(name)}
    name = names.get(found["name"].lower()) if found is not None else None
    if found is None or name is None:
        return _activation(text, config, length, tuple(names.values()))
    if not found["index"]:
        return name, ()
    shape = layout(config)[name]
    parts = found["index"].split(",")
    if len(parts) != len(shape) or not all(part.strip() for part in parts):
        many = "one index" if len(shape) == 1 else f"{len(shape)} indices"
        raise InputError(
            f"{visible(text)}: {name} takes {many}, as {name}[{','.join('0' * len(shape))}]"
        )
    index = tuple(map(int, parts))
    for at, size in zip(index, shape, strict=True):
        if at >= size:
            raise InputError(f"{visible(text)}: an index of {name} goes from 0 to {size - 1}")
    return name, index


def _activation(text: str, config: ModelConfig, length: int, weights: tuple[str, ...]) -> Place:
    """A tensor that the forward pass makes."""
    try:
        ref = parse_place(text, config)
    except InputError as error:
        if "tensor called" not in str(error):
            raise
        inside = split_layer(text.partition("[")[0].strip())[1].lower()
        known = (name for name in weights if split_layer(name)[1].lower() == inside)
        near = next(known, weights[0])
        indices = ",".join("0" for _ in layout(config)[near])
        raise InputError(
            f"a step of this model has no tensor called {visible(text)}; try {near}[{indices}] or "
            "logits"
        ) from None
    if ref.name not in all_tensors(config):
        raise InputError(f"{ref.name} has no gradient of its own; try blocks.0.attn_out")
    for axis, at in zip(axes_in(ref.name), ref.index, strict=False):
        if axis in _TOKENS and at >= length:
            raise InputError(f"{visible(text)}: {axis} goes from 0 to {length - 1} in a batch")
    return ref.name, ref.index
