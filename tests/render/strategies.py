"""Pictures of tensors of any shape and content, for the tests of what is drawn."""

import numpy as np
from hypothesis import strategies as st

from tui_transformer.engine import Array
from tui_transformer.walkthrough import Exhibit, Limits, limits_of

NAMES = {
    "blocks.0.attn.pattern": ("head", "query_pos", "key_pos"),
    "blocks.0.attn.masked_scores": ("head", "query_pos", "key_pos"),
    "blocks.0.attn.q": ("head", "pos", "d_head"),
    "blocks.0.resid_mid": ("pos", "d_model"),
    "blocks.0.ln1.scale": ("pos", "one"),
    "logits": ("pos", "d_vocab"),
}

labels = st.text(
    alphabet=st.sampled_from("abcxyz·éЖ猫中字ﬀ…↵\u0301\u0302"), min_size=0, max_size=14
)
floats = st.one_of(
    st.floats(-5, 5, width=32),
    st.floats(-5, 5, width=32),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1e-30, -1e30, float("nan"), float("inf"), float("-inf")]),
)


@st.composite
def pictures(draw: st.DrawFn, most: int = 90, labelled: bool = True) -> Exhibit:
    """A picture of a tensor with up to `most` rows and columns."""
    name = draw(st.sampled_from(sorted(NAMES)))
    axes = NAMES[name]
    rows = draw(st.integers(1, most))
    cols = {"key_pos": rows, "one": 1}.get(axes[-1]) or draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    values: Array = rng.normal(0, draw(st.sampled_from([0.01, 1.0, 300.0])), (rows, cols))
    if name.endswith("pattern"):
        values = np.abs(values) % 1.0
    values = values.astype(np.float32)
    for value in draw(st.lists(floats, max_size=4)):
        values[rng.integers(rows), rng.integers(cols)] = value
    masked = None
    if axes[-1] == "key_pos":
        masked = ~np.tri(rows, cols, dtype=np.bool_)
        values[masked] = 0.0 if name.endswith("pattern") else -np.inf
    limits = limits_of(name, values)
    if draw(st.integers(0, 3)) == 0 and limits.signed:  # held from an earlier look
        held = float(draw(st.floats(0.001, 50)))
        limits = Limits(-held, held)
    name_of = labels if labelled else st.just("t")
    own = draw(st.lists(name_of, min_size=1, max_size=5))
    return Exhibit(
        name=name,
        axes=axes,
        shape=values.shape if len(axes) == 2 else (2, *values.shape),
        values=values,
        limits=limits,
        role="stream",
        row_labels=tuple(own[n % len(own)] for n in range(rows)),
        column_labels=(
            tuple(own[n % len(own)] for n in range(cols))
            if axes[-1] in {"key_pos", "d_vocab"}
            else tuple(str(n) for n in range(cols))
        ),
        head=None if len(axes) == 2 else 1,
        masked=masked,
    )
