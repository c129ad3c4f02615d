"""A picture of a tensor holds the tensor itself, the right labels and a scale that fits."""

import numpy as np
from hypothesis import given, settings

from tests.support import dense_weights, runs, tiny
from tui_transformer.engine import ModelConfig, Weights
from tui_transformer.engine.names import axes_of, tensor_names
from tui_transformer.trace import record
from tui_transformer.walkthrough import (
    Cursor,
    Limits,
    at_cell,
    at_token,
    exhibit,
    exhibits,
    limits_of,
    walk,
)

Run = tuple[ModelConfig, Weights, list[int]]


@given(runs())
@settings(max_examples=30)
def test_a_picture_shows_the_cells_of_its_tensor(run: Run) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    tokens = [f"t{n}" for n in range(len(ids))]
    vocabulary = [f"v{n}" for n in range(config.d_vocab)]
    for name in tensor_names(config, result=True):
        tensor = trace.tensor(name)
        for head in range(config.n_heads):
            shown = exhibit(trace, name, head, tokens, vocabulary)
            rows, cols = shown.values.shape
            assert (rows, len(shown.column_labels)) == (len(ids), cols)
            assert shown.row_labels == tuple(tokens)
            assert (shown.shape, shown.axes) == (tensor.shape, axes_of(name))
            for row in range(rows):
                for column in range(cols):
                    ref = shown.ref(row, column)
                    value = shown.values[row, column]
                    assert np.array_equal(tensor[ref.index], value, equal_nan=True)
            if shown.head is not None and shown.axes[0] == "kv_head":
                assert shown.head == head // config.group_size
            else:
                assert shown.head in {None, head}


@given(runs())
@settings(max_examples=20)
def test_labels_masks_and_scales(run: Run) -> None:
    config, weights, ids = run
    trace = record(ids, weights, config)
    tokens = [f"t{n}" for n in range(len(ids))]
    vocabulary = [f"v{n}" for n in range(config.d_vocab)]
    for step in walk(config):
        came, went = exhibits(trace, step, Cursor(step.name), tokens, vocabulary)
        assert [e.name for e in came] == list(step.reads(config))
        assert [e.name for e in went] == list(step.writes(config))
        for shown in (*came, *went):
            labels = list(shown.column_labels)
            match shown.column_axis:
                case "key_pos":
                    assert labels == tokens
                case "d_vocab":
                    assert labels == vocabulary
                case "one":
                    assert labels == ["scale"]
                case _:
                    assert labels == [str(n) for n in range(len(labels))]
            masked = shown.short_name in {"masked_scores", "pattern"}
            assert (shown.masked is not None) == masked
            if shown.masked is not None:
                query, key = np.arange(len(ids))[:, None], np.arange(len(ids))[None]
                window = config.sliding_window or len(ids)
                assert np.array_equal(shown.masked, (key > query) | (key <= query - window))
            finite = shown.values[np.isfinite(shown.values)]
            assert (finite <= shown.limits.high).all()
            assert (finite >= shown.limits.low).all()
            assert shown.limits.signed == (shown.short_name != "pattern")
    before = exhibit(trace, "blocks.0.attn.attn_scores", 0, tokens, vocabulary)
    after = exhibit(trace, "blocks.0.attn.masked_scores", 0, tokens, vocabulary)
    assert before.limits == after.limits


def test_a_scale_is_symmetric_and_never_empty() -> None:
    assert limits_of("embed", np.array([[-3.0, 1.0]])) == Limits(-3.0, 3.0)
    assert limits_of("logits", np.array([[0.0]])) == Limits(-1.0, 1.0)
    assert limits_of("logits", np.array([[np.nan, np.inf, -2.0]])) == Limits(-2.0, 2.0)
    assert limits_of("logits", np.array([[np.nan]])) == Limits(-1.0, 1.0)
    assert limits_of("blocks.0.attn.pattern", np.array([[0.2]])) == Limits(0.0, 1.0)


def test_a_scale_can_be_held() -> None:
    config = tiny()
    trace = record([1, 2], dense_weights(config), config)
    held = Limits(-9.0, 9.0)
    assert exhibit(trace, "embed", 0, ["a", "b"], [], held).limits == held


def test_a_cursor_is_put_on_a_cell_or_a_token() -> None:
    config = tiny(n_heads=4, n_kv_heads=2, positions="rotary")
    trace = record([0, 1, 2], dense_weights(config), config)
    tokens, vocabulary = ["a", "b", "c"], [str(n) for n in range(config.d_vocab)]
    before = Cursor("blocks.0.softmax", head=3, token=0, column=0)
    names = ("blocks.0.attn.pattern", "blocks.0.attn.masked_scores", "blocks.0.attn.k")

    def on(name: str, head: int, row: int, column: int) -> Cursor:
        shown = exhibit(trace, name, head, tokens, vocabulary)
        return at_cell(before, shown, row, column, names, 3)

    step = before.step
    assert on(names[0], 1, 1, 2) == Cursor(step, head=1, token=1, column=2)
    assert on(names[1], 1, 2, 0) == Cursor(step, head=1, token=None, column=0, tensor=names[1])
    assert on(names[2], 1, 0, 1) == Cursor(step, head=3, token=0, column=1, tensor=names[2])
    assert at_token(before, 1, 3).token == 1
    assert at_token(before, -4, 3).token == 0
    assert at_token(before, 2, 3).token is None
    assert at_token(before, 9, 3).token is None
