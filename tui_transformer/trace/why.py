"""Why is this number what it is: one cell taken apart into what it was made from.

Every explanation is arithmetic over cells of the same trace; carried out, it gives the cell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, prod, sqrt
from typing import Literal

import numpy as np

from tui_transformer.engine import Array
from tui_transformer.engine.names import TensorRef, join_layer, split_layer
from tui_transformer.engine.ops import activate, rope_angles
from tui_transformer.trace.record import Trace

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
    as a tensor (or weight) name with an index, `:` for a whole axis.
    """

    ref: TensorRef
    value: float
    formula: str
    terms: tuple[Term, ...]
    reads: tuple[str, ...]
    combine: Combine = "sum"
    scale: float = 1.0
    chosen: int = 0

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


def explain(trace: Trace, ref: TensorRef) -> Explanation:
    """Take one cell apart.

    Raises:
        InputError: there is no such tensor, or the index lies outside it.
    """
    value = trace.cell(ref)
    layer, inside = split_layer(ref.name)
    parts = _MAKERS[inside](_Place(trace, layer, ref))
    return Explanation(ref, value, *parts)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are, and the ways to what was read there."""

    trace: Trace
    layer: int | None
    ref: TensorRef

    def name(self, inside: str) -> str:
        return join_layer(self.layer, inside)

    def read(self, inside: str) -> Array:
        return self.trace.tensor(self.name(inside))

    def weight(self, name: str) -> Array | None:
        owner = self.trace.weights if self.layer is None else self.trace.weights.blocks[self.layer]
        found: Array | None = getattr(owner, name, None)
        return found

    def weight_name(self, name: str) -> str:
        return join_layer(self.layer, name)


_Parts = tuple[str, tuple[Term, ...], tuple[str, ...]]
_Full = tuple[str, tuple[Term, ...], tuple[str, ...], Combine, float, int]


def _dot(axis: str, a: Array, b: Array, bias: float | None = None) -> tuple[Term, ...]:
    """The terms of `a · b + bias`, both `[n]`."""
    terms = [
        Term(axis, i, (float(x), float(y)))
        for i, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True))
    ]
    if bias is not None:
        terms.append(Term("bias", None, (float(bias),)))
    return tuple(terms)


def _embed(at: _Place) -> _Parts:
    pos, dim = at.ref.index
    token = at.trace.ids[pos]
    value = float(at.trace.weights.W_E[token, dim])
    return "W_E[token, d]", (Term("d_model", dim, (value,)),), (f"W_E[{token},{dim}]",)


def _pos_embed(at: _Place) -> _Parts:
    pos, dim = at.ref.index
    if at.trace.weights.W_pos is not None:
        value = float(at.trace.weights.W_pos[pos, dim])
        return "W_pos[pos, d]", (Term("d_model", dim, (value,)),), (f"W_pos[{pos},{dim}]",)
    pair, wave = dim - dim % 2, "sin" if dim % 2 == 0 else "cos"
    angle = pos / 10_000.0 ** (pair / at.trace.config.d_model)
    value = float(np.sin(angle) if wave == "sin" else np.cos(angle))
    formula = f"{wave}(pos / 10000^({pair}/{at.trace.config.d_model}))"
    return formula, (Term("angle", None, (value,)),), ()


def _resid_pre(at: _Place) -> _Parts:
    layer = at.layer or 0
    index = ",".join(map(str, at.ref.index))
    if layer:
        before = join_layer(layer - 1, "resid_post")
        value = float(at.trace.tensor(before)[at.ref.index])
        return (
            "resid_post of the block before",
            (Term("stream", None, (value,)),),
            (f"{before}[{index}]",),
        )
    names = [n for n in ("embed", "pos_embed") if n in at.trace.names()]
    terms = tuple(Term(n, None, (float(at.trace.tensor(n)[at.ref.index]),)) for n in names)
    return " + ".join(names), terms, tuple(f"{n}[{index}]" for n in names)


def _adds(stream: str, part: str) -> Callable[[_Place], _Parts]:
    def make(at: _Place) -> _Parts:
        index = ",".join(map(str, at.ref.index))
        terms = tuple(Term(n, None, (float(at.read(n)[at.ref.index]),)) for n in (stream, part))
        reads = tuple(f"{at.name(n)}[{index}]" for n in (stream, part))
        return f"{stream} + {part}", terms, reads

    return make


def _stream_before(at: _Place, norm: str) -> tuple[str, Array]:
    """What a norm reads: its name and values."""
    if norm == "ln_final":
        name = join_layer(at.trace.config.n_layers - 1, "resid_post")
        return name, at.trace.resid[-1]
    inside = "resid_pre" if norm == "ln1" else "resid_mid"
    return at.name(inside), at.read(inside)


def _before_norm(at: _Place, norm: str) -> tuple[str, Array]:
    """What a norm is given: the residual stream, or the queries or keys."""
    if norm.startswith("attn."):
        source = norm.removesuffix("_norm")  # attn.q_norm -> attn.q
        return at.name(source), at.read(source)
    return _stream_before(at, norm)


def _at(index: Sequence[int]) -> str:
    return ",".join(map(str, index))


def _scale(norm: str, axis: str = "d_model") -> Callable[[_Place], _Full]:
    def make(at: _Place) -> _Full:
        *lead, _ = at.ref.index  # pos, or head and pos
        name, stream = _before_norm(at, norm)
        row = stream[tuple(lead)].astype(np.float64)  # [d_model], or [d_head]
        config = at.trace.config
        layernorm = config.norm == "layernorm"
        mean = float(row.mean()) if layernorm else 0.0
        share = 1.0 / len(row)
        terms = [Term(axis, i, (x - mean, x - mean, share)) for i, x in enumerate(row.tolist())]
        terms.append(Term("eps", None, (config.eps,)))
        formula = "√(mean((x − mean)²) + eps)" if layernorm else "√(mean(x²) + eps)"
        return formula, tuple(terms), (f"{name}[{_at(lead)},:]",), "root", 1.0, 0

    return make


def _normalized(norm: str, axis: str = "d_model") -> Callable[[_Place], _Parts]:
    parameter = norm.removeprefix("attn.")

    def make(at: _Place) -> _Parts:
        *lead, dim = at.ref.index  # before dim: pos, or head and pos
        name, stream = _before_norm(at, norm)
        row = stream[tuple(lead)].astype(np.float64)  # [d_model], or [d_head]
        mean = float(row.mean()) if at.trace.config.norm == "layernorm" else 0.0
        factors = [float(row[dim]) - mean, 1.0 / float(at.read(f"{norm}.scale")[(*lead, 0)])]
        reads = [f"{name}[{_at(lead)},:]", f"{at.name(f'{norm}.scale')}[{_at(lead)},0]"]
        formula = (
            "(x − mean) × 1/scale"
            if mean or at.trace.config.norm == "layernorm"
            else ("x × 1/scale")
        )
        gain, shift = at.weight(f"{parameter}_w"), at.weight(f"{parameter}_b")
        if gain is not None:
            factors.append(float(gain[dim]))
            formula += " × gain"
            reads.append(f"{at.weight_name(f'{parameter}_w')}[{dim}]")
        terms = [Term(axis, dim, tuple(factors))]
        if shift is not None:
            terms.append(Term("bias", None, (float(shift[dim]),)))
            formula += " + shift"
            reads.append(f"{at.weight_name(f'{parameter}_b')}[{dim}]")
        return formula, tuple(terms), tuple(reads)

    return make


def _projected(source: str, weight: str, bias: str, axis: str) -> Callable[[_Place], _Parts]:
    """A cell of `source @ weight + bias`; for per-head results the head picks the columns."""

    def make(at: _Place) -> _Parts:
        *head, pos, dim = at.ref.index
        column = head[0] * at.trace.config.d_head + dim if head else dim
        w, b = at.weight(weight), at.weight(bias)
        assert w is not None
        terms = _dot(axis, at.read(source)[pos], w[:, column], None if b is None else b[column])
        formula = f"{source} · {weight}" + ("" if b is None else f" + {bias}")
        reads = [f"{at.name(source)}[{pos},:]", f"{at.weight_name(weight)}[:,{column}]"]
        if b is not None:
            reads.append(f"{at.weight_name(bias)}[{column}]")
        return formula, terms, tuple(reads)

    return make


def _rotated(which: str) -> Callable[[_Place], _Parts]:
    def make(at: _Place) -> _Parts:
        head, pos, dim = at.ref.index
        config = at.trace.config
        source = f"attn.{which}_norm.normalized" if config.qk_norm else f"attn.{which}"
        half = config.d_head // 2
        pair = dim % half
        other = pair + half if dim < half else pair
        positions = np.array([pos])
        cos, sin = rope_angles(positions, config.d_head, config.rope_theta, config.rope_scaling)
        row = at.read(source)[head, pos]  # [d_head]
        turn = float(sin[0, pair]) * (-1.0 if dim < half else 1.0)
        terms = (
            Term("d_head", dim, (float(row[dim]), float(cos[0, pair]))),
            Term("d_head", other, (float(row[other]), turn)),
        )
        name = at.name(source)
        reads = (f"{name}[{head},{pos},{dim}]", f"{name}[{head},{pos},{other}]")
        sign = "−" if dim < half else "+"
        inside = f"norm({which})" if config.qk_norm else which
        return f"{inside}[{dim}] cos {sign} {inside}[{other}] sin", terms, reads

    return make


def _attn_scores(at: _Place) -> _Full:
    head, query, key = at.ref.index
    config, layer = at.trace.config, at.layer or 0
    group = head // config.group_size
    form = {(True, False): "rot_{}", (False, True): "{}_norm.normalized", (False, False): "{}"}
    named = form.get((config.positions == "rotary", config.qk_norm), "rot_{}")
    q_name, k_name = f"attn.{named.format('q')}", f"attn.{named.format('k')}"
    q, k = at.read(q_name)[head, query], at.read(k_name)[group, key]  # each [d_head]
    reads = (f"{at.name(q_name)}[{head},{query},:]", f"{at.name(k_name)}[{group},{key},:]")
    turned = "rot_" if config.positions == "rotary" else ""
    formula = f"{turned}q · {turned}k"
    if config.use_attn_scale:
        formula += f" / √{config.d_head}"
    if config.scale_attn_by_inverse_layer_idx:
        formula += f" / {layer + 1}"
    return formula, _dot("d_head", q, k), reads, "sum", config.attn_scale(layer), 0


def _masked_scores(at: _Place) -> _Parts:
    head, query, key = at.ref.index
    window = at.trace.config.sliding_window
    later, gone = key > query, window is not None and key <= query - window
    value = -inf if later or gone else float(at.read("attn.attn_scores")[at.ref.index])
    formula = "score: the key is not after the query"
    if later:
        formula = "−∞: the key comes later"
    elif gone:
        formula = f"−∞: the key is outside the window of {window}"
    name = at.name("attn.attn_scores")
    return formula, (Term("key_pos", key, (value,)),), (f"{name}[{head},{query},{key}]",)


def _pattern(at: _Place) -> _Full:
    head, query, key = at.ref.index
    row = at.read("attn.masked_scores")[head, query].astype(np.float64)  # [key_pos]
    shifted = np.exp(row - row.max())
    terms = tuple(Term("key_pos", i, (float(e),)) for i, e in enumerate(shifted))
    reads = (f"{at.name('attn.masked_scores')}[{head},{query},:]",)
    return "exp(s − max) / ∑ exp(s − max)", terms, reads, "share", 1.0, key


def _z(at: _Place) -> _Parts:
    head, query, dim = at.ref.index
    group = head // at.trace.config.group_size
    weights = at.read("attn.pattern")[head, query]  # [key_pos]
    values = at.read("attn.v")[group, :, dim]  # [key_pos]
    reads = (
        f"{at.name('attn.pattern')}[{head},{query},:]",
        f"{at.name('attn.v')}[{group},:,{dim}]",
    )
    return "∑ pattern × v", _dot("key_pos", weights, values), reads


def _result(at: _Place) -> _Parts:
    head, pos, dim = at.ref.index
    d_head = at.trace.config.d_head
    w = at.trace.weights.blocks[at.layer or 0].W_O
    column = w[head * d_head : (head + 1) * d_head, dim]  # [d_head]
    reads = (
        f"{at.name('attn.z')}[{head},{pos},:]",
        f"{at.weight_name('W_O')}[{head * d_head}:{(head + 1) * d_head},{dim}]",
    )
    return "z · W_O", _dot("d_head", at.read("attn.z")[head, pos], column), reads


def _attn_out(at: _Place) -> _Parts:
    pos, dim = at.ref.index
    b = at.weight("b_O")
    each = at.read("attn.result")[:, pos, dim]  # [head]
    terms = [Term("head", h, (float(value),)) for h, value in enumerate(each)]
    reads = [f"{at.name('attn.result')}[:,{pos},{dim}]"]
    formula = "∑ over heads of z · W_O"
    if b is not None:
        terms.append(Term("bias", None, (float(b[dim]),)))
        reads.append(f"{at.weight_name('b_O')}[{dim}]")
        formula += " + b_O"
    return formula, tuple(terms), tuple(reads)


def _mlp_pre(at: _Place) -> _Parts:
    gated = at.trace.config.gated_mlp
    weight, bias = ("W_gate", "b_gate") if gated else ("W_in", "b_in")
    return _projected("ln2.normalized", weight, bias, "d_model")(at)


def _post(at: _Place) -> _Parts:
    pos, dim = at.ref.index
    act_fn = at.trace.config.act_fn
    pre = at.read("mlp.pre")[pos, dim]
    factors = [float(activate(np.asarray([pre]), act_fn)[0])]
    reads = [f"{at.name('mlp.pre')}[{pos},{dim}]"]
    formula = f"{act_fn}(pre)"
    if at.trace.config.gated_mlp:
        factors.append(float(at.read("mlp.pre_linear")[pos, dim]))
        reads.append(f"{at.name('mlp.pre_linear')}[{pos},{dim}]")
        formula += " × pre_linear"
    return formula, (Term("d_mlp", dim, tuple(factors)),), tuple(reads)


def _logits(at: _Place) -> _Parts:
    pos, token = at.ref.index
    if at.trace.config.final_norm:
        name, x = "ln_final.normalized", at.read("ln_final.normalized")[pos]
    else:
        name = join_layer(at.trace.config.n_layers - 1, "resid_post")
        x = at.trace.resid[-1, pos]
    terms = _dot("d_model", x, at.trace.weights.W_U[:, token])
    return f"{split_layer(name)[1]} · W_U", terms, (f"{name}[{pos},:]", f"W_U[:,{token}]")


_MAKERS: dict[str, Callable[[_Place], _Parts | _Full]] = {
    "embed": _embed,
    "pos_embed": _pos_embed,
    "resid_pre": _resid_pre,
    "ln1.scale": _scale("ln1"),
    "ln1.normalized": _normalized("ln1"),
    "attn.q": _projected("ln1.normalized", "W_Q", "b_Q", "d_model"),
    "attn.k": _projected("ln1.normalized", "W_K", "b_K", "d_model"),
    "attn.v": _projected("ln1.normalized", "W_V", "b_V", "d_model"),
    "attn.q_norm.scale": _scale("attn.q_norm", "d_head"),
    "attn.q_norm.normalized": _normalized("attn.q_norm", "d_head"),
    "attn.k_norm.scale": _scale("attn.k_norm", "d_head"),
    "attn.k_norm.normalized": _normalized("attn.k_norm", "d_head"),
    "attn.rot_q": _rotated("q"),
    "attn.rot_k": _rotated("k"),
    "attn.attn_scores": _attn_scores,
    "attn.masked_scores": _masked_scores,
    "attn.pattern": _pattern,
    "attn.z": _z,
    "attn.result": _result,
    "attn_out": _attn_out,
    "resid_mid": _adds("resid_pre", "attn_out"),
    "ln2.scale": _scale("ln2"),
    "ln2.normalized": _normalized("ln2"),
    "mlp.pre": _mlp_pre,
    "mlp.pre_linear": _projected("ln2.normalized", "W_in", "b_in", "d_model"),
    "mlp.post": _post,
    "mlp_out": _projected("mlp.post", "W_out", "b_out", "d_mlp"),
    "resid_post": _adds("resid_mid", "mlp_out"),
    "ln_final.scale": _scale("ln_final"),
    "ln_final.normalized": _normalized("ln_final"),
    "logits": _logits,
}
