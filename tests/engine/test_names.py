"""Names, axes and places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import Spy, configs, record, runs, tiny
from tui_transformer.engine import ModelConfig, Weights, forward
from tui_transformer.engine.names import (
    AXES,
    GLOSSARY,
    TensorRef,
    axes_of,
    block_tensor_names,
    canonical,
    join_layer,
    parse_place,
    split_layer,
    tensor_names,
)
from tui_transformer.errors import InputError

Run = tuple[ModelConfig, Weights, list[int]]


def sizes(config: ModelConfig, pos: int) -> dict[str, int]:
    return {
        "pos": pos, "query_pos": pos, "key_pos": pos, "one": 1,
        "head": config.n_heads, "kv_head": config.n_kv_heads, "d_model": config.d_model,
        "d_head": config.d_head, "d_mlp": config.d_mlp, "d_vocab": config.d_vocab,
    }  # fmt: skip


@given(runs())
def test_names_are_those_that_come_by_in_that_order(run: Run) -> None:
    config, weights, ids = run
    everything = tensor_names(config, result=True)
    unasked = ("attn.attn_scores", "attn.masked_scores", "attn.pattern", "attn.result")
    for optional in (True, False):
        spy = Spy(optional=optional)
        forward(ids, weights, config, spy)
        expected = [name for name in everything if optional or not name.endswith(unasked)]
        assert spy.names == expected
        assert len(set(spy.names)) == len(spy.names)


@given(runs())
def test_shapes_fit_the_axes(run: Run) -> None:
    config, weights, ids = run
    size = sizes(config, len(ids))
    for name, value in record(ids, weights, config).items():
        assert value.shape == tuple(size[axis] for axis in axes_of(name)), name


def test_every_name_is_made_by_some_model_and_every_axis_is_explained() -> None:
    made = {
        split_layer(name)[1]
        for config in (tiny(), tiny(positions="rotary", gated_mlp=True, qk_norm=True))
        for name in tensor_names(config, result=True)
    }
    assert made == set(AXES)
    assert {axis for axes in AXES.values() for axis in axes} == set(GLOSSARY)


def test_names_of_a_small_gpt() -> None:
    assert tensor_names(tiny(n_layers=1)) == (
        "embed", "pos_embed", "blocks.0.resid_pre", "blocks.0.ln1.scale",
        "blocks.0.ln1.normalized", "blocks.0.attn.q", "blocks.0.attn.k", "blocks.0.attn.v",
        "blocks.0.attn.attn_scores", "blocks.0.attn.masked_scores", "blocks.0.attn.pattern",
        "blocks.0.attn.z", "blocks.0.attn_out", "blocks.0.resid_mid", "blocks.0.ln2.scale",
        "blocks.0.ln2.normalized", "blocks.0.mlp.pre", "blocks.0.mlp.post", "blocks.0.mlp_out",
        "blocks.0.resid_post", "ln_final.scale", "ln_final.normalized", "logits",
    )  # fmt: skip


def test_names_of_a_small_llama() -> None:
    names = block_tensor_names(tiny(positions="rotary", gated_mlp=True), result=True)
    assert names[5:13] == (
        "attn.v", "attn.rot_q", "attn.rot_k", "attn.attn_scores", "attn.masked_scores",
        "attn.pattern", "attn.z", "attn.result",
    )  # fmt: skip
    assert names[-5:] == ("mlp.pre", "mlp.pre_linear", "mlp.post", "mlp_out", "resid_post")


@given(configs(), st.data())
def test_a_place_reads_back_as_itself(config: ModelConfig, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(tensor_names(config, result=True)))
    size = sizes(config, config.n_ctx)
    whole = tuple(data.draw(st.integers(0, size[axis] - 1)) for axis in axes_of(name))
    for count in range(len(whole) + 1):
        ref = TensorRef(name, whole[:count])
        assert parse_place(str(ref), config) == ref


@given(st.integers(0, 40), st.sampled_from(sorted(AXES)))
def test_layers_split_off_and_join_on(layer: int, name: str) -> None:
    assert split_layer(join_layer(layer, name)) == (layer, name)
    assert split_layer(join_layer(None, name)) == (None, name)


PATTERN = TensorRef("blocks.1.attn.pattern", (1, 4, 1))


@pytest.mark.parametrize(
    "text",
    [
        "blocks.1.attn.pattern[head=1,4,1]",
        "blocks.1.attn.pattern[1,4,1]",
        "blocks.1.attn.hook_pattern[head=1,4,1]",
        "  Blocks.1.Attn.Hook_Pattern [ 1, 4, 1 ] ",
        "blocks.1.attn.pattern[head=1,query_pos=4,key_pos=1]",
        "blocks.1.attn.pattern[head=1,query=4,key=1]",
    ],
)
def test_ways_to_write_a_place(text: str) -> None:
    assert parse_place(text, tiny()) == PATTERN
    assert str(PATTERN) == "blocks.1.attn.pattern[head=1,4,1]"


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("logits", TensorRef("logits")),
        ("hook_embed[2]", TensorRef("embed", (2,))),
        ("blocks.0.hook_resid_mid[3,5]", TensorRef("blocks.0.resid_mid", (3, 5))),
        ("blocks.0.attn.k[head=1]", TensorRef("blocks.0.attn.k", (1,))),
        ("blocks.0.attn.k[kv_head=1]", TensorRef("blocks.0.attn.k", (1,))),
        ("blocks.0.attn.result[0]", TensorRef("blocks.0.attn.result", (0,))),
        ("blocks.0.ln1.scale[7,0]", TensorRef("blocks.0.ln1.scale", (7, 0))),
    ],
)
def test_places(text: str, ref: TensorRef) -> None:
    assert parse_place(text, tiny()) == ref


def test_hooks_are_ignored_in_names() -> None:
    assert canonical("blocks.0.attn.hook_pattern") == "blocks.0.attn.pattern"
    assert canonical(" blocks.0.hook_resid_pre ") == "blocks.0.resid_pre"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a place; write it like"),
        ("blocks.0.attn.pattern[1", "is not a place"),
        ("blocks.0.attn.patern", "no tensor called 'blocks.0.attn.patern'"),
        ("attn.pattern", "no tensor called 'attn.pattern'"),
        ("blocks.0.logits", "no tensor called"),
        ("blocks.0.attn.rot_q", "no tensor called"),
        ("blocks.0.mlp.pre_linear", "no tensor called"),
        ("blocks.2.attn.pattern", "this model has 2 blocks, 0 to 1"),
        ("blocks.99999999999999999999.attn.pattern", "no tensor called"),
        ("blocks.0.attn.pattern[a]", "'a' is not an index"),
        ("blocks.0.attn.pattern[-1]", "'-1' is not an index"),
        ("blocks.0.attn.pattern[1,,1]", "'' is not an index"),
        ("blocks.0.attn.pattern[²]", "'²' is not an index"),
        ("blocks.0.attn.pattern[1.5]", "'1.5' is not an index"),
        ("blocks.0.attn.pattern[" + "9" * 5000 + "]", "is not an index"),
        ("blocks.0.attn.pattern[query=1]", "axis head comes where 'query' stands"),
        ("blocks.0.attn.pattern[0,0,0,0]", r"has 3 axes \(head, query_pos, key_pos\)"),
        ("blocks.0.attn.pattern[2]", "head goes from 0 to 1"),
        ("blocks.0.attn.pattern[0,8]", "query_pos goes from 0 to 7"),
        ("logits[0,7]", "d_vocab goes from 0 to 6"),
        ("blocks.0.ln1.scale[0,1]", "one goes from 0 to 0"),
    ],
)
def test_places_that_are_none(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_place(text, tiny())


@given(st.text(st.characters(codec="utf-8")) | st.from_regex(r"blocks\.\d+\.[a-z_.0-9]+\[.*\]"))
def test_any_text_is_a_place_or_is_refused(text: str) -> None:
    try:
        ref = parse_place(text, tiny())
    except InputError:
        return
    assert ref.name in tensor_names(tiny(), result=True)


@pytest.mark.parametrize("name", ["", "pattern", "attn.pattern", "blocks.0.embed", "blocks.x.z"])
def test_axes_of_no_tensor(name: str) -> None:
    with pytest.raises(InputError, match="there is no tensor called"):
        axes_of(name)
