"""Where a person is in a step of training, and how they move."""

from dataclasses import dataclass, replace

from tui_transformer.engine import ModelConfig
from tui_transformer.engine.names import join_layer, split_layer
from tui_transformer.watching.stages import STAGES, after
from tui_transformer.watching.tensors import all_tensors, is_weight, weights_of

WITH_ROW = ("forward", "backward")
"""The stages that show tensors of one row of the batch."""


@dataclass(frozen=True, slots=True)
class LoopCursor:
    """The stage, the row and position of the batch, the tensor with its head and its cell."""

    stage: str = "text"
    row: int = 0
    position: int = 0
    tensor: str = "logits"
    head: int = 0
    cell: tuple[int, int] = (0, 0)


def moved(cursor: LoopCursor, config: ModelConfig, by: int) -> LoopCursor:
    """The stage `by` stages on, around at the ends; the update is of a parameter."""
    return at_stage(cursor, config, after(cursor.stage, by))


def at_stage(cursor: LoopCursor, config: ModelConfig, stage: str) -> LoopCursor:
    """Another stage. Where only parameters are shown, the tensor becomes one that made it."""
    tensor = cursor.tensor
    if stage in {"update", "clip"} and not is_weight(tensor):
        tensor = weight_near(tensor, config)
    if tensor != cursor.tensor:
        return replace(cursor, stage=stage, tensor=tensor, cell=(0, 0))
    return replace(cursor, stage=stage)


def weight_near(tensor: str, config: ModelConfig) -> str:
    """The last parameter that a tensor depends on, the first one of all if it depends on none."""
    names = all_tensors(config)
    before = [name for name in names[: names.index(tensor) + 1] if is_weight(name)]
    return before[-1] if before else weights_of(config)[0]


def choices(cursor: LoopCursor, config: ModelConfig) -> tuple[str, ...]:
    """The tensors that the stage can show."""
    if cursor.stage in {"update", "clip"}:
        return weights_of(config)
    return all_tensors(config)


def other_tensor(cursor: LoopCursor, config: ModelConfig, by: int) -> LoopCursor:
    """The tensor `by` places on in the order of the forward pass, at most to the ends."""
    names = choices(cursor, config)
    at = names.index(cursor.tensor) if cursor.tensor in names else 0
    return to_tensor(cursor, names[max(0, min(at + by, len(names) - 1))])


def to_tensor(cursor: LoopCursor, name: str) -> LoopCursor:
    """Another tensor, its first cell."""
    return cursor if name == cursor.tensor else replace(cursor, tensor=name, cell=(0, 0))


def in_block(cursor: LoopCursor, config: ModelConfig, by: int) -> LoopCursor:
    """The same tensor `by` blocks on; from outside the blocks, the first of the nearest."""
    layer, inside = split_layer(cursor.tensor)
    if layer is None:
        nearest = config.n_layers - 1 if inside.startswith(("ln_final", "logits", "W_U")) else 0
        found = [name for name in choices(cursor, config) if split_layer(name)[0] == nearest]
        return to_tensor(cursor, found[0])
    to = max(0, min(layer + by, config.n_layers - 1))
    return replace(cursor, tensor=join_layer(to, inside))


def ends(cursor: LoopCursor, config: ModelConfig, last: bool) -> LoopCursor:
    """The first stage, or the last."""
    return at_stage(cursor, config, STAGES[-1 if last else 0].key)
