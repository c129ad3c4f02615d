"""The walk: every stage of every block in order, and how a place in it is written."""

from dataclasses import dataclass, replace
from functools import lru_cache

from tui_transformer.engine import ModelConfig
from tui_transformer.engine.names import (
    TensorRef,
    axes_of,
    canonical,
    join_layer,
    parse_place,
    split_layer,
    tensor_names,
)
from tui_transformer.errors import InputError
from tui_transformer.walkthrough import stages
from tui_transformer.walkthrough.stage import Stage

_ATTENTION = stages.BLOCK[: [stage.key for stage in stages.BLOCK].index("norm2")]
_MLP = frozenset(stage.key for stage in stages.BLOCK if stage not in _ATTENTION)


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of the walk: a stage, in a block or outside."""

    stage: Stage
    layer: int | None

    @property
    def name(self) -> str:
        """How the step is written: `blocks.1.softmax`; blocks count from 0."""
        return join_layer(self.layer, self.stage.key)

    @property
    def part(self) -> str:
        """Which half of a block it belongs to: `attention`, `MLP`, or none."""
        if self.layer is None:
            return ""
        return "attention" if self.stage in _ATTENTION else "MLP"

    def heading(self, config: ModelConfig) -> str:
        """Where this is, in words: `block 2 of 4 · attention · softmax`; blocks count from 1."""
        if self.layer is None:
            return self.stage.title
        return f"block {self.layer + 1} of {config.n_layers} · {self.part} · {self.stage.title}"

    def full(self, inside: str, config: ModelConfig) -> str:
        """The full name of a tensor that this step reads or writes."""
        if inside in {"embed", "pos_embed", "logits"} or inside.startswith("ln_final."):
            return inside
        layer = self.layer
        if layer is None:
            layer = 0 if self.stage.place == "input" else config.n_layers - 1
        return join_layer(layer, inside)

    def reads(self, config: ModelConfig) -> tuple[str, ...]:
        """Full names of the tensors that it reads, those only that this model has."""
        return self._present(self._inputs(config), config)

    def writes(self, config: ModelConfig) -> tuple[str, ...]:
        """Full names of the tensors that it makes, the main one first."""
        if self.stage.key == "add1" and config.attn_only:  # the block ends with this sum
            return self._present(("resid_post",), config)
        return self._present(self.stage.writes, config)

    def shows(self, config: ModelConfig) -> tuple[str, ...]:
        """Full names of the tensors that can be looked at here, the main one first.

        Scores, mask and softmax show each other's: they are one picture where there is room.
        """
        names = (*self.writes(config), *self.reads(config))
        if self.stage.key in {"scores", "mask", "softmax"}:
            names += self._present(
                ("attn.attn_scores", "attn.masked_scores", "attn.pattern"), config
            )
        return tuple(dict.fromkeys(names))

    def _inputs(self, config: ModelConfig) -> tuple[str, ...]:
        if self.stage.key == "scores" and config.positions == "rotary":
            return ("attn.rot_q", "attn.rot_k")
        if self.stage.key in {"rotate", "scores"} and config.qk_norm:
            return ("attn.q_norm.normalized", "attn.k_norm.normalized")
        if self.stage.key in {"qkv", "mlp_in"} and config.norm == "none":
            return ("resid_pre",) if self.stage.key == "qkv" else ("resid_mid",)
        if self.stage.key == "unembed" and not config.final_norm:
            return ("resid_post",)
        return self.stage.reads

    def _present(self, names: tuple[str, ...], config: ModelConfig) -> tuple[str, ...]:
        full = (self.full(name, config) for name in names)
        known = _made(config)
        return tuple(name for name in full if name in known)


@lru_cache(maxsize=16)
def _made(config: ModelConfig) -> frozenset[str]:
    """The tensors that a pass of this model makes."""
    return frozenset(tensor_names(config))


@lru_cache(maxsize=16)
def walk(config: ModelConfig) -> tuple[Step, ...]:
    """Every step of a pass through this model, first to last."""
    steps = [Step(stages.TOKENS, None), Step(stages.EMBED, None)]
    if config.adds_positions:
        steps.append(Step(stages.POSITION, None))
    absent = set() if config.positions == "rotary" else {"rotate"}
    absent |= set() if config.qk_norm else {"qk_norm"}
    absent |= {"norm1", "norm2"} if config.norm == "none" else set()
    absent |= _MLP if config.attn_only else set()
    inside = [stage for stage in stages.BLOCK if stage.key not in absent]
    for layer in range(config.n_layers):
        steps += [Step(stage, layer) for stage in inside]
    if config.final_norm:
        steps.append(Step(stages.FINAL_NORM, None))
    steps += [Step(s, None) for s in (stages.UNEMBED, stages.PROBABILITIES, stages.SAMPLE)]
    return tuple(steps)


@lru_cache(maxsize=16)
def _places(config: ModelConfig) -> dict[tuple[str, int | None], int]:
    """The number of each step in the walk, by stage and block."""
    return {(step.stage.key, step.layer): n for n, step in enumerate(walk(config))}


def step_index(step: Step, config: ModelConfig) -> int:
    """The number of a step in the walk, from 0."""
    return _places(config)[step.stage.key, step.layer]


def step_named(name: str, config: ModelConfig) -> Step:
    """The step of that name; a block's stage without its block is taken in the first.

    Raises:
        InputError: there is none; the message names the stages that there are.
    """
    layer, key = split_layer(canonical(name))
    known = _places(config)
    at = known.get((key, layer), known.get((key, 0)) if layer is None else None)
    if at is not None:
        return walk(config)[at]
    if layer is not None and layer >= config.n_layers:
        raise InputError(f"{name}: this model has {config.n_layers} blocks, counted from 0")
    keys = ", ".join(dict.fromkeys(step.stage.key for step in walk(config)))
    raise InputError(f"there is no stage called {name!r}; there are: {keys}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a person is: the step, the tensor of it, the head, the token and the column.

    `tensor` is the full name of the tensor that has focus, `""` for the step's own output. `token`
    is the row (a query, where rows look at columns); `None` is the last one, and stays the last
    one when tokens are added.
    """

    step: str = "tokens"
    head: int = 0
    token: int | None = None
    column: int = 0
    tensor: str = ""

    def row(self, length: int) -> int:
        """The row of the token in focus, of `length` rows."""
        return length - 1 if self.token is None else max(0, min(self.token, length - 1))

    def place(self, config: ModelConfig, length: int) -> str:
        """The place as `--at` takes it: the step, or the tensor with the index of the cell."""
        step = step_named(self.step, config)
        writes = step.writes(config)
        name = self.tensor or (writes[0] if writes else "")
        if not name:
            if self.token is None and self.column == 0:
                return self.step
            name = "embed" if step.stage.place == "input" else "logits"  # they have a row a token
        index = [self.row(length), self.column]
        if len(axes_of(name)) == 3:
            kv = axes_of(name)[0] == "kv_head"
            index.insert(0, self.head // config.group_size if kv else self.head)
        ref = str(TensorRef(name, tuple(index)))
        if name in writes and _maker(name, config) == step:
            return ref
        return f"{self.step}:{ref}"


def _maker(name: str, config: ModelConfig) -> Step | None:
    """The first step that writes a tensor."""
    return next((step for step in walk(config) if name in step.writes(config)), None)


def cursor_at(text: str, config: ModelConfig) -> Cursor:
    """Read a place: a stage (`blocks.1.softmax`), a tensor (`blocks.1.attn.pattern[head=2,4,1]`),
    or a tensor as seen from another stage (`blocks.1.mix:blocks.1.attn.pattern[head=2,4,1]`).

    Raises:
        InputError: there is no such stage or tensor, or the index does not fit.
    """
    stage, colon, tensor = text.rpartition(":")
    if not colon:
        try:
            return Cursor(step=step_named(text, config).name)
        except InputError:
            if "." not in text and "[" not in text and text not in tensor_names(config):
                raise
    ref = parse_place(tensor, config)
    at = step_named(stage, config) if colon else _first_with(ref.name, config)
    axes = axes_of(ref.name)
    index = dict(zip(axes, ref.index, strict=False))
    head = index.pop("head", index.pop("kv_head", 0) * config.group_size)
    if head >= config.n_heads:
        raise InputError(
            f"{text}: this model has {config.n_heads} heads, 0 to {config.n_heads - 1}"
        )
    rest = [index[axis] for axis in axes if axis in index]
    writes = at.writes(config)
    return Cursor(
        step=at.name,
        head=head,
        token=rest[0] if rest else None,
        column=rest[1] if len(rest) > 1 else 0,
        tensor="" if writes and writes[0] == ref.name else ref.name,
    )


def _first_with(name: str, config: ModelConfig) -> Step:
    """The step that makes a tensor, or else the first that reads it."""
    made = _maker(name, config)
    if made is not None:
        return made
    for step in walk(config):
        if name in step.reads(config):
            return step
    raise InputError(f"{name} is made inside a step that has no picture of it")


def moved(cursor: Cursor, config: ModelConfig, by: int) -> Cursor:
    """The cursor `by` steps on (or back), at most to the ends of the walk."""
    steps = walk(config)
    at = step_index(step_named(cursor.step, config), config)
    to = max(0, min(at + by, len(steps) - 1))
    return cursor if to == at else replace(cursor, step=steps[to].name, tensor="", column=0)


def in_layer(cursor: Cursor, config: ModelConfig, by: int) -> Cursor:
    """The same stage `by` blocks on; from outside the blocks, the first stage of the nearest."""
    step = step_named(cursor.step, config)
    if step.layer is None:
        inside = 0 if step.stage.place == "input" else config.n_layers - 1
        first = next(step for step in walk(config) if step.layer == inside)
        return replace(cursor, step=first.name, tensor="", column=0)
    layer = max(0, min(step.layer + by, config.n_layers - 1))
    if layer == step.layer:
        return cursor
    tensor = cursor.tensor and join_layer(layer, split_layer(cursor.tensor)[1])
    return replace(cursor, step=join_layer(layer, step.stage.key), tensor=tensor)


def at_token(cursor: Cursor, token: int, length: int) -> Cursor:
    """The cursor on another token, held inside a text of `length` tokens."""
    token = max(0, min(token, length - 1))
    return replace(cursor, token=None if token == length - 1 else token)
