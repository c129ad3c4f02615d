"""Folders in the Hugging Face layout: what opens, and what is refused with one sentence."""

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests import folders
from tests.folders import GPT2, LLAMA, gpt2_tensors, llama_tensors, write_gpt2, write_llama
from tui_transformer.engine import Recorder, RopeScaling, forward
from tui_transformer.errors import TuitfError
from tui_transformer.models import LoadedModel, load_model
from tui_transformer.models.families import model_config
from tui_transformer.models.huggingface import load_folder, read_config, read_weights


def refusal(call: Callable[[], object]) -> str:
    """The one line of a refusal, safe to print."""
    with pytest.raises(TuitfError) as caught:
        call()
    message = str(caught.value)
    assert message and message.isprintable()
    return message


def logits(model: LoadedModel) -> Any:
    return forward(model.tokenizer.encode("the cat sat"), model.weights, model.config)


def test_a_folder_opens_by_its_path_and_runs(tmp_path: Path) -> None:
    path = str(write_gpt2(tmp_path / "my\x1b model"))
    model = load_model(path + "/")
    assert model.card.display_name == "my␛ model"
    assert load_model(model.card.name).config == model.config
    assert model.notes == ()
    assert model.stops == {0, 5}
    assert model.tokenizer.bos == 0
    assert logits(model).shape == (model.tokenizer.encode("the cat sat").__len__(), 364)
    assert model.parameters == sum(array.size for _, array in model.weights.named())


def test_generation_config_says_where_to_stop(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path)
    (folder / "generation_config.json").write_text('{"eos_token_id": 9}', encoding="utf-8")
    assert load_folder(folder).stops == {9}


def test_labels_are_made_when_asked_for_and_cover_the_embedding(tmp_path: Path) -> None:
    labels = load_folder(write_gpt2(tmp_path)).labels
    assert len(labels) == 364
    assert labels[0] == "<|endoftext|>" and labels[-1] == labels[363] == "<unused 363>"
    assert labels[360:364] == tuple(f"<unused {token}>" for token in range(360, 364))
    assert list(labels)[33:36] == [labels[33], labels[34], labels[35]]
    with pytest.raises(IndexError):
        labels[364]


def test_a_tilde_in_a_path_is_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_gpt2(tmp_path / "models" / "tiny")
    assert load_model("~/models/tiny").card.display_name == "tiny"


def test_a_built_in_name_comes_before_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_gpt2(tmp_path / "toy")
    write_gpt2(tmp_path / "gpt2")
    monkeypatch.chdir(tmp_path)
    assert load_model("toy").config.d_vocab == 32
    assert load_model("./toy").config.d_vocab == 364
    assert load_model("gpt2").config.d_vocab == 364


def test_only_real_checkpoints_import_what_they_need() -> None:
    code = (
        "import sys; from tui_transformer.models import load_model; load_model('toy');"
        "print({'tokenizers', 'safetensors', 'huggingface_hub'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# weights


def test_unaligned_numbers_are_copied_and_right(tmp_path: Path) -> None:
    folder, tensors = write_gpt2(tmp_path), gpt2_tensors()
    header, data = {}, b""
    for name, array in tensors.items():
        raw = array.tobytes()
        place = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": place}
        data += raw
    raw_header = json.dumps(header).encode()
    raw_header += b" " * ((3 - len(raw_header)) % 4)
    folders.write_header(folder / "model.safetensors", raw_header, data)
    _, weights, _ = read_weights(folder, read_config(folder))
    assert weights.W_E.flags.aligned
    np.testing.assert_array_equal(weights.W_E, tensors["transformer.wte.weight"])


def test_half_precision_is_converted_exactly_and_said(tmp_path: Path) -> None:
    tensors = {name: array.astype(np.float16) for name, array in gpt2_tensors().items()}
    model = load_folder(folders.write(tmp_path, GPT2, tensors))
    assert model.notes == ("the float16 weights were converted to float32, every value exactly",)
    assert model.weights.W_E.dtype == np.float32
    np.testing.assert_array_equal(model.weights.W_E, tensors["transformer.wte.weight"])


def test_every_bfloat16_there_is(tmp_path: Path) -> None:
    every = np.arange(65536, dtype=np.uint16)
    tensors = gpt2_tensors()
    wide = {name: array for name, array in tensors.items() if "wte" not in name}
    save_file(wide, tmp_path / "rest.safetensors")
    raw = (tmp_path / "rest.safetensors").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    header["transformer.wte.weight"] = {
        "dtype": "BF16", "shape": [8192, 8], "data_offsets": [len(data), len(data) + 131072],
    }  # fmt: skip
    folder = write_gpt2(tmp_path / "model", vocab_size=8192)
    folders.write_header(folder / "model.safetensors", header, data + every.tobytes())
    _, weights, notes = read_weights(folder, read_config(folder))
    expected = (every.astype(np.uint32) << 16).view(np.float32).reshape(8192, 8)
    np.testing.assert_array_equal(weights.W_E, expected)
    assert "bfloat16" in notes[0]


def test_surplus_tensors_are_left_out_with_a_note(tmp_path: Path) -> None:
    extra = {f"extra\x1b.{i}": np.zeros(1, np.float32) for i in range(5)}
    old = {"transformer.h.0.attn.bias": np.zeros((1, 1, 32, 32), np.float32)}
    model = load_folder(folders.write(tmp_path, GPT2, gpt2_tensors() | extra | old))
    assert model.notes == (
        "not part of this kind of model and left out: extra␛.0, extra␛.1, extra␛.2 and 2 more",
    )


def test_an_unembedding_that_differs_is_believed_over_the_configuration(tmp_path: Path) -> None:
    tensors = llama_tensors()
    same = tensors | {"lm_head.weight": tensors["model.embed_tokens.weight"].copy()}
    model = load_folder(folders.write(tmp_path / "same", LLAMA, same, "llama"))
    assert model.config.tie_embeddings and model.notes == ()
    other = same | {"lm_head.weight": same["lm_head.weight"] * 2}
    model = load_folder(folders.write(tmp_path / "other", LLAMA, other, "llama"))
    assert not model.config.tie_embeddings and "the file is believed" in model.notes[0]
    np.testing.assert_array_equal(model.weights.W_U, other["lm_head.weight"].T)


def test_nan_and_inf_are_shown_where_they_first_appear_and_nothing_is_printed(
    tmp_path: Path,
) -> None:
    tensors = gpt2_tensors()
    tensors["transformer.h.1.mlp.c_fc.weight"][3, 4] = np.nan
    tensors["transformer.h.0.attn.c_proj.bias"][0] = np.inf
    model = load_folder(folders.write(tmp_path, GPT2, tensors))
    recorder = Recorder()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forward(model.tokenizer.encode("the cat"), model.weights, model.config, recorder)
    names = list(recorder.tensors)
    finite = (".attn_scores", ".masked_scores")
    broken = [
        name for name in names
        if not np.isfinite(recorder.tensors[name]).all() and not name.endswith(finite)
    ]  # fmt: skip
    assert broken[0] == "blocks.0.attn_out"
    assert np.isnan(recorder.tensors["logits"]).any()


MISSING = ["wte.weight", "h.1.attn.c_attn.bias", "ln_f.weight"]


@pytest.mark.parametrize("name", MISSING)
def test_missing_tensors_are_named(tmp_path: Path, name: str) -> None:
    tensors = gpt2_tensors()
    shape = list(tensors.pop(f"transformer.{name}").shape)
    folder = folders.write(tmp_path, GPT2, tensors)
    assert f"lacks transformer.{name} {shape}" in refusal(lambda: load_folder(folder))


def test_a_missing_unembedding_is_named(tmp_path: Path) -> None:
    folder = write_llama(tmp_path, tie_word_embeddings=False)
    assert "lacks lm_head.weight [409, 8]" in refusal(lambda: load_folder(folder))


SHAPES: list[tuple[dict[str, Any], str]] = [
    ({"n_layer": 3}, "lacks transformer.h.2.ln_1.weight [8]"),
    ({"n_layer": 10**9}, "lacks transformer.h.2.ln_1.weight [8]"),
    ({"vocab_size": 365}, "wte.weight has the shape [364, 8], config.json calls for [365, 8]"),
    ({"n_positions": 31}, "wpe.weight has the shape [32, 8], config.json calls for [31, 8]"),
    ({"n_embd": 16}, "wte.weight has the shape [364, 8], config.json calls for [364, 16]"),
    ({"n_inner": 33}, "mlp.c_fc.weight has the shape [8, 32], config.json calls for [8, 33]"),
]


@pytest.mark.parametrize(("fields", "message"), SHAPES)
def test_configurations_that_disagree_with_the_weights(
    tmp_path: Path, fields: dict[str, Any], message: str
) -> None:
    folder = write_gpt2(tmp_path, **fields)
    assert message in refusal(lambda: load_folder(folder))


def test_numbers_of_another_kind_are_refused(tmp_path: Path) -> None:
    tensors = gpt2_tensors()
    tensors["transformer.ln_f.bias"] = np.zeros(8, dtype=np.int32)
    folder = folders.write(tmp_path, GPT2, tensors)
    assert "ln_f.bias holds I32 numbers" in refusal(lambda: load_folder(folder))


def test_a_tokenizer_with_a_larger_vocabulary_than_the_embedding(tmp_path: Path) -> None:
    tensors = gpt2_tensors()
    tensors["transformer.wte.weight"] = tensors["transformer.wte.weight"][:100].copy()
    folder = folders.write(tmp_path, GPT2 | {"vocab_size": 100}, tensors)
    message = refusal(lambda: load_folder(folder))
    assert "360 tokens" in message and "100 rows" in message


# files


def test_folders_that_are_no_model(tmp_path: Path) -> None:
    assert "is not a folder" in refusal(lambda: load_folder(tmp_path / "gone"))
    assert "has no config.json" in refusal(lambda: load_folder(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"")
    path = tmp_path / "model.safetensors"
    assert "is a file: give the folder" in refusal(lambda: load_model(str(path)))
    assert "has no config.json" in refusal(lambda: load_model(str(tmp_path)))


def test_names_that_cannot_be(tmp_path: Path) -> None:
    for name in ("", "\x00", "\x1b[2J", "../" * 50, "a" * 5000, "no such", "/", "~nobody-here"):
        refusal(lambda name=name: load_model(name))  # type: ignore[misc]


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl"])
def test_pickles_are_not_opened(tmp_path: Path, name: str) -> None:
    folder = write_gpt2(tmp_path)
    (folder / "model.safetensors").rename(folder / name)
    message = refusal(lambda: load_folder(folder))
    assert f"only {name}, which is never opened" in message


def test_another_name_for_the_weights(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path)
    (folder / "model.safetensors").rename(folder / "other.safetensors")
    assert "rename other.safetensors" in refusal(lambda: load_folder(folder))


def test_every_truncation_is_seen(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path)
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    for length in [*range(12), 100, 1000, 3000, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:length])
        message = refusal(lambda: load_folder(folder))
        assert "model.safetensors is truncated or corrupt" in message, length


def entry(**changes: Any) -> dict[str, Any]:
    return {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes}


HEADERS: dict[str, dict[str, Any] | bytes] = {
    "not json": b"{{{{",
    "not utf-8": b"\xff\xff\xff",
    "a list": b"[]",
    "deep": b"[" * 200_000,
    "an entry of text": {"a": "b"},
    "no type": entry(dtype=None),
    "a number for a type": entry(dtype=5),
    "no shape": entry(shape=None),
    "a negative shape": entry(shape=[-2]),
    "a shape of floats": entry(shape=[2.0]),
    "a shape of truths": entry(shape=[True]),
    "a shape without end": entry(shape=[10**4000]),
    "no place": entry(data_offsets=None),
    "one end": entry(data_offsets=[0]),
    "turned round": entry(data_offsets=[8, 0]),
    "before the numbers": entry(data_offsets=[-8, 0]),
    "behind the end": entry(data_offsets=[0, 10**30]),
    "too few bytes": entry(shape=[3]),
    "a hostile name": {"\x1b[2J\u202e": 5},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_corrupt_headers(tmp_path: Path, header: dict[str, Any] | bytes) -> None:
    folder = write_gpt2(tmp_path)
    folders.write_header(folder / "model.safetensors", header, bytes(8))
    assert "truncated or corrupt" in refusal(lambda: load_folder(folder))


def test_a_header_of_absurd_length(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path)
    (folder / "model.safetensors").write_bytes(b"\xff" * 8 + b"{}")
    message = refusal(lambda: load_folder(folder))
    assert "its header claims 18,446,744,073,709,551,615 bytes, the file has 10" in message


def test_random_damage_is_refused_or_harmless(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path)
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(300):
        damaged = bytearray(whole)
        for place in rng.integers(0, 2500, 3):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            read_weights(folder, read_config(folder))
        except TuitfError as error:
            assert str(error).isprintable()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    folder = write_gpt2(tmp_path)
    (folder / name).unlink()
    (folder / name).mkdir()
    assert f"{name} cannot be read" in refusal(lambda: load_folder(folder))


CONFIGS = {"empty": "", "not json": "{", "a list": "[]", "deep": "[" * 100_000, "bytes": "\udcff"}


@pytest.mark.parametrize("content", CONFIGS.values(), ids=CONFIGS.keys())
def test_configurations_that_are_no_json_object(tmp_path: Path, content: str) -> None:
    folder = write_gpt2(tmp_path)
    (folder / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert "config.json is not" in refusal(lambda: load_folder(folder))


def sharded(tmp_path: Path) -> Path:
    """A whole LLaMA in three shards."""
    folder = write_llama(tmp_path)
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    weight_map: dict[str, str] = {}
    for shard in range(3):
        part = names[shard::3]
        save_file({name: tensors[name] for name in part}, folder / f"{shard}.safetensors")
        weight_map |= dict.fromkeys(part, f"{shard}.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return folder


def test_shards(tmp_path: Path) -> None:
    folder = sharded(tmp_path)
    whole = load_folder(write_llama(tmp_path / "whole"))
    np.testing.assert_array_equal(logits(load_folder(folder)), logits(whole))
    (folder / "1.safetensors").rename(folder / "aside")
    assert "1.safetensors is missing" in refusal(lambda: load_folder(folder))
    (folder / "aside").write_bytes((folder / "2.safetensors").read_bytes())
    (folder / "aside").rename(folder / "1.safetensors")
    assert "1.safetensors lacks " in refusal(lambda: load_folder(folder))


@pytest.mark.parametrize(
    "content",
    [
        "{}", '{"weight_map": []}', '{"weight_map": {}}', '{"weight_map": {"a": 5}}',
        '{"weight_map": {"a": "../x.safetensors"}}', '{"weight_map": {"a": "/etc/passwd"}}',
        '{"weight_map": {"a": "pytorch_model.bin"}}',
        '{"weight_map": {"a": "\\u0000.safetensors"}}',
    ],
)  # fmt: skip
def test_indices_that_are_none(tmp_path: Path, content: str) -> None:
    folder = sharded(tmp_path)
    (folder / "model.safetensors.index.json").write_text(content)
    assert "model.safetensors.index.json" in refusal(lambda: load_folder(folder))


def test_a_vocabulary_full_of_escape_sequences_has_safe_labels(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path)
    content = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    content["decoder"] = None
    vocab = content["model"]["vocab"]
    content["model"]["merges"] = []
    content["model"]["vocab"] = {f"\x1b]{i}\x07\u202e\n": i for i in vocab.values()}
    content["added_tokens"] = []
    (folder / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    model = load_folder(folder)
    assert all(label.isprintable() for label in model.labels)
    assert model.labels[7] == "␛]7␇<202E>↵"


# configurations

LLAMA3 = {
    "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}  # fmt: skip
QWEN = {"model_type": "qwen2", "num_hidden_layers": 4}

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"model_type": "bert"}, "says bert; the supported model types are gpt2, llama"),
    ({"model_type": None}, "gives no model_type"),
    ({"model_type": ["gpt2"]}, "the supported model types are"),
    ({"model_type": "\x1b[2J"}, "says ␛[2J"),
    ({"rope_scaling": {"type": "yarn", "factor": 2}}, "rope_scaling type yarn is not supported"),
    ({"rope_parameters": {"rope_type": "dynamic"}}, "rope_scaling type dynamic is not supported"),
    ({"rope_parameters": {"rope_type": "longrope"}}, "type longrope is not supported"),
    ({"rope_scaling": {"type": ["x"]}}, "is not supported"),
    ({"rope_scaling": {"type": "linear"}}, "factor must be a number, not None"),
    ({"rope_scaling": {"type": "linear", "factor": 0}}, "factor must be above 0"),
    ({"rope_scaling": {"rope_type": "llama3", "factor": 2}}, "low_freq_factor must be a number"),
    ({"rope_scaling": 5}, "rope_scaling must be an object"),
    ({"rope_parameters": {"full_attention": {}}}, "of its own for full_attention"),
    ({"partial_rotary_factor": 0.5}, "partial_rotary_factor is not supported"),
    ({"rope_parameters": {"partial_rotary_factor": 0.25}}, "partial_rotary_factor is not"),
    ({"quantization_config": {"bits": 4}}, "quantization_config is not supported"),
    ({"num_local_experts": 8}, "mixture-of-experts"),
    ({"num_experts": 60}, "mixture-of-experts"),
    ({"hidden_act": "quick_gelu"}, "hidden_act quick_gelu is not supported"),
    ({"hidden_act": {}}, "is not supported"),
    ({"hidden_size": "big"}, "hidden_size must be a whole number of at least 1, not big"),
    ({"hidden_size": 8.0}, "hidden_size must be a whole number"),
    ({"num_hidden_layers": True}, "num_hidden_layers must be a whole number"),
    ({"num_hidden_layers": 0}, "num_hidden_layers must be a whole number"),
    ({"num_key_value_heads": 3}, "must divide n_heads"),
    ({"head_dim": 3}, "must be even for rotary positions"),
    ({"rms_norm_eps": "small"}, "rms_norm_eps must be a number"),
    ({"rms_norm_eps": 10**400}, "rms_norm_eps must be a number"),
    ({"rms_norm_eps": -1}, "eps must be a number above 0"),
    ({"rope_theta": float("nan")}, "rope_theta must be a number"),
    ({"rope_theta": 0}, "rope_theta must be a number above 0"),
    ({"attention_bias": "yes"}, "attention_bias must be true or false"),
    ({"hidden_size": 10**5000}, "hidden_size must be a whole number"),
    ({"hidden_size": 2**31}, "hidden_size must be a whole number"),
    ({"layer_types": ["sliding_attention"]}, "in some blocks and not in others"),
    ({"layer_types": ["chunked_attention"]}, "layer_types chunked_attention is not supported"),
    ({"layer_types": ["full_attention"] * 2}, "must list 1 blocks"),
    ({"layer_types": 5}, "must list 1 blocks"),
    ({"layer_types": [["x"]]}, "is not supported"),
    ({"model_type": "mistral", "layer_types": ["full_attention"]}, "layer_types is not supported"),
    ({"model_type": "mistral", "sliding_window": 0}, "sliding_window must be"),
    (QWEN | {"use_sliding_window": True, "max_window_layers": 2}, "in some blocks"),
    (QWEN | {"use_sliding_window": True, "max_window_layers": []}, "max_window_layers must be"),
    ({"model_type": "gpt2", "add_cross_attention": True}, "add_cross_attention is not supported"),
    ({"model_type": "gpt2", "n_embd": 10, "n_head": 4}, "n_head (4) must divide n_embd (10)"),
    ({"model_type": "gpt2", "activation_function": "mish"}, "activation_function mish is not"),
]


@pytest.mark.parametrize(("fields", "message"), REFUSED)
def test_what_is_not_supported_is_refused_by_name(
    tmp_path: Path, fields: dict[str, Any], message: str
) -> None:
    folder = write_llama(tmp_path)
    fields = LLAMA | fields

    def load() -> None:
        read_weights(folder, fields)

    assert message in refusal(load)


def test_fields_left_out_have_the_reference_s_defaults() -> None:
    gpt2 = model_config({"model_type": "gpt2"})
    assert (gpt2.d_model, gpt2.n_layers, gpt2.n_heads, gpt2.d_mlp) == (768, 12, 12, 3072)
    assert (gpt2.d_vocab, gpt2.n_ctx, gpt2.act_fn, gpt2.eps) == (50257, 1024, "gelu_tanh", 1e-5)
    assert gpt2.tie_embeddings
    llama = model_config({"model_type": "llama"})
    assert (llama.d_model, llama.d_mlp, llama.n_kv_heads, llama.d_head) == (4096, 11008, 32, 128)
    assert (llama.n_ctx, llama.eps, llama.rope_theta) == (2048, 1e-6, 10_000)
    assert not llama.tie_embeddings and not llama.qkv_bias and not llama.mlp_bias
    mistral = model_config({"model_type": "mistral"})
    assert (mistral.n_kv_heads, mistral.sliding_window, mistral.n_ctx) == (8, 4096, 131072)
    qwen2 = model_config({"model_type": "qwen2", "num_attention_heads": 64})
    assert (qwen2.n_kv_heads, qwen2.sliding_window, qwen2.d_head) == (32, None, 64)
    assert qwen2.qkv_bias and not qwen2.attn_out_bias
    qwen3 = model_config({"model_type": "qwen3", "num_key_value_heads": None})
    assert (qwen3.n_kv_heads, qwen3.d_head, qwen3.qk_norm) == (32, 128, True)


def test_windows() -> None:
    slides = QWEN | {"use_sliding_window": True, "sliding_window": 9}
    assert model_config(slides | {"max_window_layers": 0}).sliding_window == 9
    assert model_config(slides | {"max_window_layers": 4}).sliding_window is None
    assert model_config(slides).sliding_window is None  # the first 28 blocks see everything
    assert model_config(slides | {"layer_types": ["sliding_attention"] * 4}).sliding_window == 9
    assert model_config(slides | {"layer_types": ["full_attention"] * 4}).sliding_window is None
    assert model_config(QWEN | {"sliding_window": 9}).sliding_window is None
    assert model_config({"model_type": "mistral", "sliding_window": None}).sliding_window is None


def test_rope_in_old_and_new_words() -> None:
    old = model_config(LLAMA | {"rope_theta": 5e5, "rope_scaling": {"type": "llama3"} | LLAMA3})
    new = model_config(
        LLAMA | {"rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5} | LLAMA3}
    )
    assert old == new
    assert old.rope_theta == 5e5
    assert old.rope_scaling == RopeScaling(kind="llama3", factor=8, original_n_ctx=16)
    assert model_config(LLAMA | {"rope_scaling": None}).rope_scaling is None
    assert model_config(LLAMA | {"rope_scaling": {"type": "default"}}).rope_scaling is None


def test_nothing_is_written(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    load_folder(folder)
    (folder / "model.safetensors").write_bytes(b"short")
    refusal(lambda: load_folder(folder))
    assert set(tmp_path.rglob("*")) == before.keys()


def test_a_link_to_weights_that_are_gone(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(tmp_path / "gone")
    with pytest.raises(TuitfError, match="a link to a file that is gone: download"):
        load_folder(folder)
