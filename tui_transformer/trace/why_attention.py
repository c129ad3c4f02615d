"""Cells of attention, taken apart: rotation, scores, mask, softmax, the mix of values."""

from collections.abc import Callable
from math import inf

import numpy as np

from tui_transformer.engine.ops import rope_angles
from tui_transformer.trace.terms import Full, Parts, Place, Term, dot


def rotated(which: str) -> Callable[[Place], Parts]:
    """A cell of `rot_q` or `rot_k`: the two coordinates of its pair, turned."""

    def make(at: Place) -> Parts:
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


def attn_scores(at: Place) -> Full:
    """A query times a key, scaled."""
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
    return formula, dot("d_head", q, k), reads, "sum", config.attn_scale(layer), 0


def masked_scores(at: Place) -> Parts:
    """A score that the mask left, or -inf."""
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


def pattern(at: Place) -> Full:
    """One share of the softmax over a row of scores."""
    head, query, key = at.ref.index
    row = at.read("attn.masked_scores")[head, query].astype(np.float64)  # [key_pos]
    shifted = np.exp(row - row.max())
    terms = tuple(Term("key_pos", i, (float(e),)) for i, e in enumerate(shifted))
    reads = (f"{at.name('attn.masked_scores')}[{head},{query},:]",)
    return "exp(s − max) / ∑ exp(s − max)", terms, reads, "share", 1.0, key


def z(at: Place) -> Parts:
    """The weighted sum of one coordinate of the values."""
    head, query, dim = at.ref.index
    group = head // at.trace.config.group_size
    weights = at.read("attn.pattern")[head, query]  # [key_pos]
    values = at.read("attn.v")[group, :, dim]  # [key_pos]
    reads = (
        f"{at.name('attn.pattern')}[{head},{query},:]",
        f"{at.name('attn.v')}[{group},:,{dim}]",
    )
    return "∑ pattern × v", dot("key_pos", weights, values), reads


def result(at: Place) -> Parts:
    """What one head writes into a dimension of the stream."""
    head, pos, dim = at.ref.index
    d_head = at.trace.config.d_head
    w = at.trace.weights.blocks[at.layer or 0].W_O
    column = w[head * d_head : (head + 1) * d_head, dim]  # [d_head]
    reads = (
        f"{at.name('attn.z')}[{head},{pos},:]",
        f"{at.weight_name('W_O')}[{head * d_head}:{(head + 1) * d_head},{dim}]",
    )
    return "z · W_O", dot("d_head", at.read("attn.z")[head, pos], column), reads


def attn_out(at: Place) -> Parts:
    """The sum of what the heads write."""
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
