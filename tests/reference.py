"""A transformer in plain Python: loops over positions, heads and dimensions, float64 throughout.

Written from the papers, not from the engine; nothing of the engine's arithmetic is used. Slow, and
meant to be obviously right.

Sources: Vaswani et al. 2017 (attention, sinusoids, MLP), Ba et al. 2016 (LayerNorm), Zhang &
Sennrich 2019 (RMSNorm), Radford et al. 2019 (pre-norm order), Su et al. 2021 (rotary positions, as
complex numbers), Shazeer 2019 and Ainslie et al. 2023 (shared key/value heads), Shazeer 2020
(gated MLP), Hendrycks & Gimpel 2016 (GELU), Elhage et al. 2021 (attention only, without norms).
"""

import cmath
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tui_transformer.engine import ModelConfig, RopeScaling

Vector = list[float]
Matrix = list[Vector]
Named = dict[str, npt.NDArray[np.float64]]


def softmax(row: Vector) -> Vector:
    top = max(row)
    powers = [math.exp(x - top) for x in row]
    total = math.fsum(powers)
    return [power / total for power in powers]


def norm_scale(row: Vector, kind: str, eps: float) -> float:
    if kind == "layernorm":
        mean = math.fsum(row) / len(row)
        return math.sqrt(math.fsum((x - mean) ** 2 for x in row) / len(row) + eps)
    return math.sqrt(math.fsum(x * x for x in row) / len(row) + eps)


def normalize(
    row: Vector, kind: str, eps: float, gain: Vector | None, shift: Vector | None
) -> Vector:
    scale = norm_scale(row, kind, eps)
    mean = math.fsum(row) / len(row) if kind == "layernorm" else 0.0
    out = []
    for i, x in enumerate(row):
        y = (x - mean) / scale
        if gain is not None:
            y *= gain[i]
        if shift is not None:
            y += shift[i]
        out.append(y)
    return out


def activation(x: float, kind: str) -> float:
    if kind == "relu":
        return x if x > 0 else 0.0
    if kind == "silu":
        return x / (1 + math.exp(-x))
    if kind == "gelu":
        return x * 0.5 * (1 + math.erf(x / math.sqrt(2)))
    if kind == "gelu_tanh":
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    raise AssertionError(kind)


def sinusoid(pos: int, dim: int, d_model: int) -> float:
    angle = pos / 10_000 ** ((dim - dim % 2) / d_model)
    return math.cos(angle) if dim % 2 else math.sin(angle)


def stretched(frequency: float, scaling: RopeScaling | None) -> float:
    """A rotary frequency after linear or LLaMA 3 stretching."""
    if scaling is None:
        return frequency
    slow = frequency / scaling.factor
    if scaling.kind == "linear":
        return slow
    turns = scaling.original_n_ctx * frequency / (2 * math.pi)
    low, high = scaling.low_freq_factor, scaling.high_freq_factor
    share = min(1.0, max(0.0, (turns - low) / (high - low)))
    return (1 - share) * slow + share * frequency


def turn(row: Vector, pos: int, theta: float, scaling: RopeScaling | None) -> Vector:
    """Rotary positions: dimensions `i` and `i + d/2` are one complex number, turned by an angle."""
    half = len(row) // 2
    frequencies = [stretched(theta ** (-2 * i / len(row)), scaling) for i in range(half)]
    turned = [
        complex(row[i], row[i + half]) * cmath.exp(1j * pos * frequencies[i]) for i in range(half)
    ]
    return [z.real for z in turned] + [z.imag for z in turned]


def dot(a: Vector, b: Vector) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def times(row: Vector, matrix: Matrix, bias: Vector | None = None) -> Vector:
    """`row @ matrix + bias`."""
    out = []
    for column in range(len(matrix[0])):
        value = math.fsum(row[i] * matrix[i][column] for i in range(len(row)))
        out.append(value if bias is None else value + bias[column])
    return out


def plus(a: Vector, b: Vector) -> Vector:
    return [x + y for x, y in zip(a, b, strict=True)]


class Reference:
    """One pass over `ids`; `tensors` holds everything by name."""

    def __init__(
        self,
        ids: Sequence[int],
        config: ModelConfig,
        weights: dict[str, npt.NDArray[np.floating]],
    ) -> None:
        self.c = config
        self.w = {name: value.astype(np.float64).tolist() for name, value in weights.items()}
        self.tensors: Named = {}
        self._run(ids)

    def _keep(self, name: str, value: object) -> None:
        self.tensors[name] = np.array(value, dtype=np.float64)

    def _run(self, ids: Sequence[int]) -> None:
        c, w = self.c, self.w
        stream: Matrix = [list(w["W_E"][token]) for token in ids]
        self._keep("embed", stream)
        if c.positions != "rotary":
            if c.positions == "learned":
                added = [w["W_pos"][pos] for pos in range(len(ids))]
            else:
                added = [
                    [sinusoid(pos, dim, c.d_model) for dim in range(c.d_model)]
                    for pos in range(len(ids))
                ]
            self._keep("pos_embed", added)
            stream = [plus(row, position) for row, position in zip(stream, added, strict=True)]
        for layer in range(c.n_layers):
            stream = self._block(stream, f"blocks.{layer}.")
        if c.final_norm:
            stream = self._norm(stream, "ln_final.", w.get("ln_final_w"), w.get("ln_final_b"))
        logits = []
        for row in stream:
            if c.tie_embeddings:
                logits.append([dot(row, w["W_E"][token]) for token in range(c.d_vocab)])
            else:
                logits.append(times(row, w["W_U"]))
        self._keep("logits", logits)

    def _norm(self, stream: Matrix, name: str, gain: Vector | None, shift: Vector | None) -> Matrix:
        c = self.c
        if c.norm == "none":
            return stream
        self._keep(name + "scale", [[norm_scale(row, c.norm, c.eps)] for row in stream])
        out = [normalize(row, c.norm, c.eps, gain, shift) for row in stream]
        self._keep(name + "normalized", out)
        return out

    def _block(self, stream: Matrix, at: str) -> Matrix:
        w = self.w
        self._keep(at + "resid_pre", stream)
        x = self._norm(stream, at + "ln1.", w.get(at + "ln1_w"), w.get(at + "ln1_b"))
        attn_out = self._attention(x, at)
        self._keep(at + "attn_out", attn_out)
        middle = [plus(a, b) for a, b in zip(stream, attn_out, strict=True)]
        if self.c.d_mlp == 0:
            self._keep(at + "resid_post", middle)
            return middle
        self._keep(at + "resid_mid", middle)
        x = self._norm(middle, at + "ln2.", w.get(at + "ln2_w"), w.get(at + "ln2_b"))
        mlp_out = self._mlp(x, at)
        self._keep(at + "mlp_out", mlp_out)
        after = [plus(a, b) for a, b in zip(middle, mlp_out, strict=True)]
        self._keep(at + "resid_post", after)
        return after

    def _heads(self, x: Matrix, at: str, which: str, count: int) -> list[Matrix]:
        """`[head][pos][d_head]`: head `h` owns columns `h * d_head` to `(h + 1) * d_head - 1`."""
        size = self.c.d_head
        rows = [times(row, self.w[f"{at}W_{which}"], self.w.get(f"{at}b_{which}")) for row in x]
        heads = [[row[h * size : (h + 1) * size] for row in rows] for h in range(count)]
        self._keep(f"{at}attn.{which.lower()}", heads)
        return heads

    def _norm_heads(self, heads: list[Matrix], name: str, gain: Vector) -> list[Matrix]:
        c = self.c
        scales = [[[norm_scale(row, c.norm, c.eps)] for row in head] for head in heads]
        self._keep(name + "scale", scales)
        out = [[normalize(row, c.norm, c.eps, gain, None) for row in head] for head in heads]
        self._keep(name + "normalized", out)
        return out

    def _attention(self, x: Matrix, at: str) -> Matrix:
        c, w = self.c, self.w
        q = self._heads(x, at, "Q", c.n_heads)
        k = self._heads(x, at, "K", c.n_kv_heads)
        v = self._heads(x, at, "V", c.n_kv_heads)
        if c.qk_norm:
            q = self._norm_heads(q, at + "attn.q_norm.", w[at + "q_norm_w"])
            k = self._norm_heads(k, at + "attn.k_norm.", w[at + "k_norm_w"])
        if c.positions == "rotary":
            how = (c.rope_theta, c.rope_scaling)
            q = [[turn(row, pos, *how) for pos, row in enumerate(head)] for head in q]
            k = [[turn(row, pos, *how) for pos, row in enumerate(head)] for head in k]
            self._keep(at + "attn.rot_q", q)
            self._keep(at + "attn.rot_k", k)
        divisor = math.sqrt(c.d_head) if c.use_attn_scale else 1.0
        if c.scale_attn_by_inverse_layer_idx:
            divisor *= int(at.split(".")[1]) + 1
        window = c.sliding_window or len(x)
        kept: dict[str, list[Matrix]] = {
            name: [] for name in ("attn_scores", "masked_scores", "pattern", "z", "result")
        }
        for head in range(c.n_heads):
            shared = head // (c.n_heads // c.n_kv_heads)
            for matrices in kept.values():
                matrices.append([])
            for query in range(len(x)):
                scores = [dot(q[head][query], k[shared][key]) / divisor for key in range(len(x))]
                masked = [
                    s if query - window < key <= query else -math.inf
                    for key, s in enumerate(scores)
                ]
                pattern = softmax(masked)
                z = [
                    math.fsum(pattern[key] * v[shared][key][i] for key in range(len(x)))
                    for i in range(c.d_head)
                ]
                own_rows = w[at + "W_O"][head * c.d_head : (head + 1) * c.d_head]
                for name, row in (
                    ("attn_scores", scores),
                    ("masked_scores", masked),
                    ("pattern", pattern),
                    ("z", z),
                    ("result", times(z, own_rows)),
                ):
                    kept[name][head].append(row)
        for name, value in kept.items():
            self._keep(f"{at}attn.{name}", value)
        out = []
        for pos in range(len(x)):
            row = [0.0] * c.d_model
            for head in range(c.n_heads):
                row = plus(row, kept["result"][head][pos])
            out.append(plus(row, w[at + "b_O"]) if c.attn_out_bias else row)
        return out

    def _mlp(self, x: Matrix, at: str) -> Matrix:
        c, w = self.c, self.w
        inner = [times(row, w[at + "W_in"], w.get(at + "b_in")) for row in x]
        if c.gated_mlp:
            gate = [times(row, w[at + "W_gate"], w.get(at + "b_gate")) for row in x]
            self._keep(at + "mlp.pre", gate)
            self._keep(at + "mlp.pre_linear", inner)
            post = [
                [activation(g, c.act_fn) * i for g, i in zip(gates, inners, strict=True)]
                for gates, inners in zip(gate, inner, strict=True)
            ]
        else:
            self._keep(at + "mlp.pre", inner)
            post = [[activation(i, c.act_fn) for i in row] for row in inner]
        self._keep(at + "mlp.post", post)
        return [times(row, w[at + "W_out"], w.get(at + "b_out")) for row in post]
