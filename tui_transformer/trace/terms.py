"""What an explanation of a cell is made of: terms that are multiplied and added up."""

from dataclasses import dataclass
from math import prod, sqrt
from typing import Literal

from tui_transformer.engine import Array
from tui_transformer.engine.names import TensorRef, join_layer
from tui_transformer.trace.output import read_tensor
from tui_transformer.trace.protocol import Trace

Combine = Literal["sum", "share", "root"]


@dataclass(frozen=True, slots=True)
class Term:
    """One summand: the product of its factors.

    `axis` and `index` say what it stands for (`d_model` 3, `key_pos` 1); terms that are not one
    of many have an axis of their own, such as `bias`.
    """

    axis: str
    index: int | None
    factors: tuple[float, ...]

    @property
    def value(self) -> float:
        """The product of the factors."""
        return prod(self.factors)


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one cell came about.

    `combine` says what is done with the terms: `sum` adds them and multiplies by `scale`; `share`
    divides the chosen one by the sum of all (softmax); `root` takes the square root of the sum.
    `formula` names the factors in their order; `reads` are the rows and columns that were read,
    as a tensor (or weight) name with an index, `:` for a whole axis. Where a trace holds the cell
    but not what it was made from, `lacks` says so, and there are no terms.
    """

    ref: TensorRef
    value: float
    formula: str
    terms: tuple[Term, ...]
    reads: tuple[str, ...]
    combine: Combine = "sum"
    scale: float = 1.0
    chosen: int = 0
    lacks: str = ""

    @property
    def total(self) -> float:
        """What the terms give; equal to `value` but for float32 rounding."""
        values = [term.value for term in self.terms]
        if self.combine == "share":
            return values[self.chosen] / sum(values)
        if self.combine == "root":
            return sqrt(sum(values))
        return sum(values) * self.scale

    def largest(self, count: int) -> tuple[tuple[Term, ...], float]:
        """The `count` terms of greatest size, largest first, and the sum of the others."""
        ranked = sorted(self.terms, key=lambda term: -abs(term.value))
        return tuple(ranked[:count]), sum(term.value for term in ranked[count:])


@dataclass(frozen=True, slots=True)
class Place:
    """Where we are, and the ways to what was read there."""

    trace: Trace
    layer: int | None
    ref: TensorRef

    def name(self, inside: str) -> str:
        """The full name of a tensor of this block."""
        return join_layer(self.layer, inside)

    def read(self, inside: str) -> Array:
        """A tensor of this block."""
        return read_tensor(self.trace, self.name(inside))

    def weight(self, name: str) -> Array | None:
        """A weight of this block, where it has one."""
        owner = self.trace.weights if self.layer is None else self.trace.weights.blocks[self.layer]
        found: Array | None = getattr(owner, name, None)
        return found

    def weight_name(self, name: str) -> str:
        """The full name of a weight of this block."""
        return join_layer(self.layer, name)


Parts = tuple[str, tuple[Term, ...], tuple[str, ...]]
Full = tuple[str, tuple[Term, ...], tuple[str, ...], Combine, float, int]


def dot(axis: str, a: Array, b: Array, bias: float | None = None) -> tuple[Term, ...]:
    """The terms of `a · b + bias`, both `[n]`."""
    terms = [
        Term(axis, i, (float(x), float(y)))
        for i, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True))
    ]
    if bias is not None:
        terms.append(Term("bias", None, (float(bias),)))
    return tuple(terms)
