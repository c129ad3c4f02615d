"""The walk: every step exists, in order, and a place can be written down and read back."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import configs, dense_weights, tiny
from tui_transformer.engine import ModelConfig
from tui_transformer.engine.names import axes_of, split_layer, tensor_names
from tui_transformer.errors import InputError
from tui_transformer.trace import record
from tui_transformer.walkthrough import (
    ROLES,
    Cursor,
    brief,
    cursor_at,
    in_layer,
    moved,
    step_named,
    summary,
    walk,
)


@given(configs())
def test_every_step_reads_and_writes_what_the_pass_makes(config: ModelConfig) -> None:
    known = tensor_names(config)
    made: list[str] = []
    for step in walk(config):
        for name in (*step.reads(config), *step.writes(config), *step.shows(config)):
            assert name in known
            assert split_layer(name)[1] in ROLES
        reads = [name for name in step.reads(config) if not name.endswith("resid_pre")]
        assert all(name in made or name == "pos_embed" for name in reads), step
        made += step.writes(config)
    made += [name for name in known if name == "pos_embed" or name.endswith(".resid_pre")]
    assert set(known) == set(made)


@given(configs())
def test_the_steps_of_a_walk_are_found_by_their_names(config: ModelConfig) -> None:
    steps = walk(config)
    assert len({step.name for step in steps}) == len(steps)
    assert [step_named(step.name, config) for step in steps] == list(steps)
    assert (steps[0].name, steps[-1].name) == ("tokens", "sample")
    layers = [step.layer for step in steps if step.layer is not None]
    assert layers == sorted(layers)
    assert set(layers) == set(range(config.n_layers))
    for step in steps:
        assert step.heading(config)
        assert step.stage.formula(config)
        assert step.stage.explanation(config)


def cells(config: ModelConfig, length: int) -> list[Cursor]:
    """A cursor in every tensor of every step: every head and token, a few columns."""
    found = []
    for step in walk(config):
        for name in step.shows(config):
            axes = axes_of(name)
            heads = range(config.n_heads) if len(axes) == 3 else (0,)
            width = {"key_pos": length, "one": 1}.get(axes[-1]) or getattr(config, axes[-1])
            for head in heads:
                for row in range(length):
                    found += [
                        Cursor(step.name, head, row, column, name)
                        for column in {0, width // 2, width - 1}
                    ]
    return found


def cell_of(cursor: Cursor, config: ModelConfig, length: int) -> tuple[object, ...]:
    """What a cursor stands for: step, tensor, the index of the cell in it."""
    step = step_named(cursor.step, config)
    name = cursor.tensor or (step.shows(config) or ("",))[0]
    index: list[int] = [cursor.row(length), cursor.column]
    if name and len(axes_of(name)) == 3:
        kv = axes_of(name)[0] == "kv_head"
        index.insert(0, cursor.head // config.group_size if kv else cursor.head)
    return (step, name, *index)


@given(configs(), st.integers(1, 4))
@settings(max_examples=12)
def test_a_place_can_be_read_back(config: ModelConfig, length: int) -> None:
    for cursor in cells(config, length):
        text = cursor.place(config, length)
        back = cursor_at(text, config)
        assert cell_of(back, config, length) == cell_of(cursor, config, length), text
        assert back.place(config, length) == text


@given(configs(), st.integers(1, 4), st.data())
def test_a_step_without_a_tensor_of_its_own_keeps_the_token(
    config: ModelConfig, length: int, data: st.DataObject
) -> None:
    for step in walk(config):
        if step.writes(config):
            continue
        row = data.draw(st.integers(0, length - 1))
        column = data.draw(st.integers(0, config.d_vocab - 1)) if step.shows(config) else 0
        cursor = Cursor(step.name, token=row, column=column)
        back = cursor_at(cursor.place(config, length), config)
        assert (back.step, back.row(length), back.column) == (step.name, row, column)


@given(configs())
def test_a_stage_or_a_whole_tensor_is_a_place_too(config: ModelConfig) -> None:
    for step in walk(config):
        assert cursor_at(step.name, config).step == step.name
    for name in tensor_names(config):
        cursor = cursor_at(name, config)
        assert cell_of(cursor, config, 3)[1] == name
        assert cursor.token is None


places = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="blocks.0129[]=,:attnpreshdq_ \x1b\u202e\x00−１", max_size=40),
    st.builds(
        "{}{}.{}[{}]".format,
        st.sampled_from(["blocks.", "hook_blocks.", "BLOCKS.", " blocks.", "mix:blocks."]),
        st.one_of(st.integers(-2, 10**12), st.sampled_from(["0", "00", "١", ""])),
        st.sampled_from([
            "attn.pattern", "attn.k", "ln1.scale", "attn.result", "attn.rot_q", "softmax", "mlp.pre"
        ]),
        st.one_of(
            st.text(alphabet="head=0123456789,:- kv_", max_size=16),
            st.lists(st.integers(-3, 12)).map(lambda ns: ",".join(map(str, ns))),
        ),
    ),
)  # fmt: skip


@given(configs(), places)
@settings(max_examples=300)
def test_a_hostile_place_is_refused_in_one_way_only(config: ModelConfig, text: str) -> None:
    try:
        cursor = cursor_at(text, config)
    except InputError as error:
        assert str(error)
    else:
        assert cursor.step in {step.name for step in walk(config)}
        assert 0 <= cursor.head < config.n_heads
        assert cursor.place(config, 2)


@pytest.mark.parametrize("name", ["blocks.9.softmax", "soft", "", "blocks.0.tokens", "blocks.x"])
def test_a_stage_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        step_named(name, tiny())


@given(configs(), st.integers(-50, 50))
def test_moving_stays_inside_the_walk(config: ModelConfig, by: int) -> None:
    steps = walk(config)
    for n, step in enumerate(steps):
        cursor = Cursor(step.name, token=1, column=3)
        to = moved(cursor, config, by)
        assert to.step == steps[max(0, min(n + by, len(steps) - 1))].name
        assert to.token == 1


@given(configs(), st.sampled_from([-1, 1]))
def test_another_block_shows_the_same_stage(config: ModelConfig, by: int) -> None:
    for step in walk(config):
        for name in ("", *step.shows(config)):
            to = in_layer(Cursor(step.name, tensor=name), config, by)
            there = step_named(to.step, config)
            assert there.layer is not None
            if step.layer is not None:
                assert there.stage == step.stage
                assert there.layer == max(0, min(step.layer + by, config.n_layers - 1))
                assert to.tensor in ("", *there.shows(config))


@given(configs(), st.integers(1, 5))
@settings(max_examples=20)
def test_the_words_about_a_step_hold_numbers_of_this_pass(config: ModelConfig, length: int) -> None:
    trace = record([0] * length, dense_weights(config), config)
    tokens = [f"w{n}" for n in range(length)]
    for step in walk(config):
        for row in range(length):
            cursor = Cursor(step.name, token=row)
            line = summary(trace, step, cursor, tokens)
            writes = step.writes(config)
            if writes:
                values = trace.tensor(writes[0])
                assert "×".join(map(str, values.shape)) in line
                finite = values[abs(values) < float("inf")]
                assert f"{finite.max():.2f}".replace("-", "−") in line
            assert "\n" not in brief(trace, step, cursor, tokens)
        if step.stage.key == "softmax":
            pattern = trace.tensor(writes[0])[0, -1]
            assert brief(trace, step, Cursor(step.name), tokens).endswith(f"{pattern.max():.2f}")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_and_infinity_can_be_put_into_words() -> None:
    config = tiny()
    weights = dense_weights(config)
    weights.W_E[2] = float("nan")
    weights.W_E[3] = 3e38
    for ids in ([2, 1], [1, 2], [2, 2], [3, 1], [1, 3, 2]):
        trace = record(ids, weights, config)
        tokens = [str(token) for token in ids]
        for step in walk(config):
            for row in range(len(ids)):
                cursor = replace(Cursor(step.name), token=row)
                line = summary(trace, step, cursor, tokens)
                brief(trace, step, cursor, tokens)
                if step.stage.key == "norm2" and ids == [2, 2]:
                    assert "NaN" in line
