"""Why is this number what it is: one cell taken apart into what it was made from.

Every explanation is arithmetic over cells of the same trace; carried out, it gives the cell.
"""

from collections.abc import Callable, Sequence

import numpy as np

from tui_transformer.engine import Array, ModelConfig
from tui_transformer.engine.names import TensorRef, join_layer, split_layer
from tui_transformer.engine.ops import activate
from tui_transformer.trace import why_attention as attention
from tui_transformer.trace.output import read_cell
from tui_transformer.trace.protocol import NotHeldError, Trace
from tui_transformer.trace.terms import Explanation, Full, Parts, Place, Term, dot


def explain(trace: Trace, ref: TensorRef) -> Explanation:
    """Take one cell apart.

    Raises:
        InputError: there is no such tensor, or the index lies outside it.
        NotHeldError: the trace does not hold the cell.
    """
    value = read_cell(trace, ref)
    layer, inside = split_layer(ref.name)
    try:
        with np.errstate(all="ignore"):  # NaN and infinity are shown, not warned of
            parts = _MAKERS[inside](Place(trace, layer, ref))
    except NotHeldError as error:
        return Explanation(ref, value, "", (), (), lacks=str(error))
    return Explanation(ref, value, *parts)


def _embed(at: Place) -> Parts:
    pos, dim = at.ref.index
    token = at.trace.ids[pos]
    value = float(at.trace.weights.W_E[token, dim])
    return "W_E[token, d]", (Term("d_model", dim, (value,)),), (f"W_E[{token},{dim}]",)


def _pos_embed(at: Place) -> Parts:
    pos, dim = at.ref.index
    if at.trace.weights.W_pos is not None:
        value = float(at.trace.weights.W_pos[pos, dim])
        return "W_pos[pos, d]", (Term("d_model", dim, (value,)),), (f"W_pos[{pos},{dim}]",)
    pair, wave = dim - dim % 2, "sin" if dim % 2 == 0 else "cos"
    angle = pos / 10_000.0 ** (pair / at.trace.config.d_model)
    value = float(np.sin(angle) if wave == "sin" else np.cos(angle))
    formula = f"{wave}(pos / 10000^({pair}/{at.trace.config.d_model}))"
    return formula, (Term("angle", None, (value,)),), ()


def _resid_pre(at: Place) -> Parts:
    layer = at.layer or 0
    index = ",".join(map(str, at.ref.index))
    if layer:
        before = join_layer(layer - 1, "resid_post")
        value = float(at.trace.resid[layer][at.ref.index])
        return (
            "resid_post of the block before",
            (Term("stream", None, (value,)),),
            (f"{before}[{index}]",),
        )
    names = [n for n in ("embed", "pos_embed") if n in at.trace.names()]
    terms = tuple(Term(n, None, (float(at.trace.tensor(n)[at.ref.index]),)) for n in names)
    return " + ".join(names), terms, tuple(f"{n}[{index}]" for n in names)


def _adds(stream: str, part: str) -> Callable[[Place], Parts]:
    def make(at: Place) -> Parts:
        index = ",".join(map(str, at.ref.index))
        terms = tuple(Term(n, None, (float(at.read(n)[at.ref.index]),)) for n in (stream, part))
        reads = tuple(f"{at.name(n)}[{index}]" for n in (stream, part))
        return f"{stream} + {part}", terms, reads

    return make


def _resid_post(at: Place) -> Parts:
    only = at.trace.config.attn_only
    stream, part = ("resid_pre", "attn_out") if only else ("resid_mid", "mlp_out")
    return _adds(stream, part)(at)


def _stream_before(at: Place, norm: str) -> tuple[str, Array]:
    """What a norm reads: its name and values."""
    if norm == "ln_final":
        name = join_layer(at.trace.config.n_layers - 1, "resid_post")
        return name, at.trace.resid[-1]
    inside = "resid_pre" if norm == "ln1" else "resid_mid"
    return at.name(inside), at.read(inside)


def _before_norm(at: Place, norm: str) -> tuple[str, Array]:
    """What a norm is given: the residual stream, or the queries or keys."""
    if norm.startswith("attn."):
        source = norm.removesuffix("_norm")  # attn.q_norm -> attn.q
        return at.name(source), at.read(source)
    return _stream_before(at, norm)


def _at(index: Sequence[int]) -> str:
    return ",".join(map(str, index))


def _scale(norm: str, axis: str = "d_model") -> Callable[[Place], Full]:
    def make(at: Place) -> Full:
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


def _normalized(norm: str, axis: str = "d_model") -> Callable[[Place], Parts]:
    parameter = norm.removeprefix("attn.")

    def make(at: Place) -> Parts:
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


def _read_by(norm: str, config: ModelConfig) -> str:
    """What the projections read: the norm's output, or without norms the stream itself."""
    if config.norm != "none":
        return f"{norm}.normalized"
    return "resid_pre" if norm == "ln1" else "resid_mid"


def _from_norm(norm: str, weight: str, bias: str) -> Callable[[Place], Parts]:
    """A cell of what a norm hands on, `@ weight + bias`."""

    def make(at: Place) -> Parts:
        source = _read_by(norm, at.trace.config)
        return _projected(source, weight, bias, "d_model")(at)

    return make


def _projected(source: str, weight: str, bias: str, axis: str) -> Callable[[Place], Parts]:
    """A cell of `source @ weight + bias`; for per-head results the head picks the columns."""

    def make(at: Place) -> Parts:
        *head, pos, dim = at.ref.index
        column = head[0] * at.trace.config.d_head + dim if head else dim
        w, b = at.weight(weight), at.weight(bias)
        assert w is not None
        terms = dot(axis, at.read(source)[pos], w[:, column], None if b is None else b[column])
        formula = f"{source} · {weight}" + ("" if b is None else f" + {bias}")
        reads = [f"{at.name(source)}[{pos},:]", f"{at.weight_name(weight)}[:,{column}]"]
        if b is not None:
            reads.append(f"{at.weight_name(bias)}[{column}]")
        return formula, terms, tuple(reads)

    return make


def _mlp_pre(at: Place) -> Parts:
    gated = at.trace.config.gated_mlp
    weight, bias = ("W_gate", "b_gate") if gated else ("W_in", "b_in")
    return _from_norm("ln2", weight, bias)(at)


def _post(at: Place) -> Parts:
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


def _logits(at: Place) -> Parts:
    pos, token = at.ref.index
    if at.trace.config.final_norm:
        name, x = "ln_final.normalized", at.read("ln_final.normalized")[pos]
    else:
        name = join_layer(at.trace.config.n_layers - 1, "resid_post")
        x = at.trace.resid[-1, pos]
    terms = dot("d_model", x, at.trace.weights.W_U[:, token])
    return f"{split_layer(name)[1]} · W_U", terms, (f"{name}[{pos},:]", f"W_U[:,{token}]")


_MAKERS: dict[str, Callable[[Place], Parts | Full]] = {
    "embed": _embed,
    "pos_embed": _pos_embed,
    "resid_pre": _resid_pre,
    "ln1.scale": _scale("ln1"),
    "ln1.normalized": _normalized("ln1"),
    "attn.q": _from_norm("ln1", "W_Q", "b_Q"),
    "attn.k": _from_norm("ln1", "W_K", "b_K"),
    "attn.v": _from_norm("ln1", "W_V", "b_V"),
    "attn.q_norm.scale": _scale("attn.q_norm", "d_head"),
    "attn.q_norm.normalized": _normalized("attn.q_norm", "d_head"),
    "attn.k_norm.scale": _scale("attn.k_norm", "d_head"),
    "attn.k_norm.normalized": _normalized("attn.k_norm", "d_head"),
    "attn.rot_q": attention.rotated("q"),
    "attn.rot_k": attention.rotated("k"),
    "attn.attn_scores": attention.attn_scores,
    "attn.masked_scores": attention.masked_scores,
    "attn.pattern": attention.pattern,
    "attn.z": attention.z,
    "attn.result": attention.result,
    "attn_out": attention.attn_out,
    "resid_mid": _adds("resid_pre", "attn_out"),
    "ln2.scale": _scale("ln2"),
    "ln2.normalized": _normalized("ln2"),
    "mlp.pre": _mlp_pre,
    "mlp.pre_linear": _from_norm("ln2", "W_in", "b_in"),
    "mlp.post": _post,
    "mlp_out": _projected("mlp.post", "W_out", "b_out", "d_mlp"),
    "resid_post": _resid_post,
    "ln_final.scale": _scale("ln_final"),
    "ln_final.normalized": _normalized("ln_final"),
    "logits": _logits,
}
