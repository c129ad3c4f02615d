"""Random configurations against the reference implementation, where torch is installed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import hf_reference as reference
from tests.models.test_golden import TOLERANCE, exposed
from tests.nasty import TEXTS
from tui_transformer.engine import KVCache, Recorder, forward
from tui_transformer.models.huggingface import read_config, read_weights
from tui_transformer.tokenizers.bpe import load_tokenizer

D_VOCAB, N_CTX = 60, 48
ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh", "gelu", "relu", "silu", "swish", "gelu_fast")


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    yield
    logging.enable_progress_bar()


@st.composite
def gpt2_fields(draw: st.DrawFn) -> dict[str, Any]:
    n_head = draw(st.sampled_from([1, 2, 4]))
    return {
        "model_type": "gpt2", "n_head": n_head, "n_embd": n_head * draw(st.sampled_from([4, 8])),
        "n_layer": draw(st.integers(1, 3)), "n_positions": N_CTX,
        "n_inner": draw(st.sampled_from([None, 7, 32])),
        "activation_function": draw(st.sampled_from(ACTIVATIONS)),
        "layer_norm_epsilon": draw(st.sampled_from([1e-5, 1e-3])),
        "scale_attn_weights": draw(st.booleans()),
        "scale_attn_by_inverse_layer_idx": draw(st.booleans()),
        "reorder_and_upcast_attn": draw(st.booleans()),
        "tie_word_embeddings": draw(st.booleans()),
    }  # fmt: skip


@st.composite
def llama_fields(draw: st.DrawFn) -> dict[str, Any]:
    model_type = draw(st.sampled_from(["llama", "mistral", "qwen2", "qwen3"]))
    kv_heads, group = draw(st.sampled_from([1, 2, 3])), draw(st.sampled_from([1, 2]))
    heads = kv_heads * group
    d_head = draw(st.sampled_from([2, 4, 10, 16]))
    own = draw(st.booleans())  # heads that are not d_model side by side
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": draw(st.sampled_from([1e4, 5e5]))}
    kind = draw(st.sampled_from(["default", "linear", "llama3"]))
    if kind != "default":
        rope |= {"rope_type": kind, "factor": draw(st.sampled_from([1.0, 2.5, 8.0]))}
    if kind == "llama3":
        rope |= {
            "low_freq_factor": 1.0, "high_freq_factor": draw(st.sampled_from([2.0, 4.0])),
            "original_max_position_embeddings": draw(st.sampled_from([8, 32])),
        }  # fmt: skip
    fields: dict[str, Any] = {
        "model_type": model_type, "num_attention_heads": heads, "num_key_value_heads": kv_heads,
        "head_dim": d_head, "hidden_size": heads * (4 if own else d_head),
        "intermediate_size": draw(st.sampled_from([5, 16])),
        "num_hidden_layers": draw(st.integers(1, 3)), "max_position_embeddings": N_CTX,
        "hidden_act": draw(st.sampled_from(ACTIVATIONS)),
        "rms_norm_eps": draw(st.sampled_from([1e-6, 1e-3])),
        "rope_parameters": rope, "tie_word_embeddings": draw(st.booleans()),
    }  # fmt: skip
    window = draw(st.sampled_from([None, 1, 3, 8]))
    if model_type == "llama":
        fields |= {"attention_bias": draw(st.booleans()), "mlp_bias": draw(st.booleans())}
    elif model_type == "mistral":
        fields["sliding_window"] = window
    else:
        first = draw(st.sampled_from([0, 9]))
        fields |= {
            "use_sliding_window": window is not None, "sliding_window": window,
            "max_window_layers": first,
        }  # fmt: skip
    if model_type == "qwen3":
        fields["attention_bias"] = draw(st.booleans())
    return fields


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    fields=gpt2_fields() | llama_fields(),
    ids=st.lists(st.integers(0, D_VOCAB - 1), min_size=1, max_size=20),
    split=st.integers(0, 20),
    seed=st.integers(0, 1000),
)
def test_every_tensor_of_random_models(
    tmp_path_factory: pytest.TempPathFactory,
    fields: dict[str, Any],
    ids: list[int],
    split: int,
    seed: int,
) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    own = {"vocab_size": D_VOCAB, "bos_token_id": None, "eos_token_id": None}
    config = AutoConfig.for_model(**fields, **own)
    fresh = AutoModelForCausalLM.from_config(config)
    reference.randomise(fresh, seed)
    folder = tmp_path_factory.mktemp("model")
    fresh.save_pretrained(folder)
    golden = reference.record(reference.load(folder), ids)

    ours, weights, notes = read_weights(folder, read_config(folder))
    assert notes == ()
    recorder = Recorder()
    forward(ids, weights, ours, recorder)
    assert exposed(ours) == golden.keys()
    for name in sorted(golden):
        np.testing.assert_allclose(
            recorder.tensors[name], golden[name], rtol=TOLERANCE, atol=TOLERANCE, err_msg=name
        )
    cache = KVCache(ours)
    parts = [part for part in (ids[:split], ids[split:]) if part]
    logits = [forward(part, weights, ours, cache=cache) for part in parts]
    np.testing.assert_allclose(
        np.concatenate(logits), golden["logits"], rtol=TOLERANCE, atol=TOLERANCE
    )


def test_a_long_prompt_still_agrees(tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=D_VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=1024,
        bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    fresh = LlamaForCausalLM(config)
    reference.randomise(fresh, 5)
    fresh.save_pretrained(tmp_path)
    ids = [int(i) for i in np.random.default_rng(5).integers(0, D_VOCAB, 1024)]
    golden = reference.record(reference.load(tmp_path), ids)
    ours, weights, _ = read_weights(tmp_path, read_config(tmp_path))
    recorder = Recorder()
    forward(ids, weights, ours, recorder)
    for name in ("blocks.0.attn.rot_q", "blocks.1.attn.rot_k", "blocks.1.attn.pattern", "logits"):
        np.testing.assert_allclose(
            recorder.tensors[name], golden[name], rtol=TOLERANCE, atol=TOLERANCE, err_msg=name
        )


TOKENIZERS = Path(__file__).parents[1] / "data" / "tokenizers"


@settings(max_examples=60, deadline=None)
@given(text=st.text() | st.lists(st.sampled_from(TEXTS)).map("".join))
@pytest.mark.parametrize("name", ["gpt2-whole", "gpt2-pair", "llama", "llama-converted", "llama3"])
def test_ids_and_text_of_random_texts(name: str, text: str) -> None:
    from transformers import GPT2Tokenizer, LlamaTokenizer, PreTrainedTokenizerFast

    classes = {"gpt2-whole": GPT2Tokenizer, "gpt2-pair": GPT2Tokenizer, "llama": LlamaTokenizer}
    made = _CACHE.get(name)
    if made is None:
        theirs = classes.get(name, PreTrainedTokenizerFast).from_pretrained(TOKENIZERS / name)
        made = (theirs, load_tokenizer(TOKENIZERS / name, byte_level=name.startswith("gpt2")))
        _CACHE[name] = made
    theirs, ours = made
    ids = theirs(text)["input_ids"]
    assert list(ours.encode(text)) == ids
    assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=True)


_CACHE: dict[str, tuple[Any, Any]] = {}


def test_golden_tokenizers_are_those_of_the_installed_reference() -> None:
    from transformers import GPT2Tokenizer

    golden = json.loads((TOKENIZERS / "gpt2-whole" / "golden.json").read_text("utf-8"))
    theirs = GPT2Tokenizer.from_pretrained(TOKENIZERS / "gpt2-whole")
    for text, want in zip(TEXTS, golden["texts"], strict=True):
        assert theirs(text)["input_ids"] == want["ids"]
