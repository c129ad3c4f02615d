"""Tiny checkpoints of every family against what the reference implementation makes of them."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load_file

from tui_transformer.engine import KVCache, ModelConfig, Recorder, Weights, forward
from tui_transformer.engine.names import tensor_names
from tui_transformer.models.huggingface import read_config, read_weights

CHECKPOINTS = Path(__file__).parents[1] / "data" / "checkpoints"
NAMES = sorted(folder.name for folder in CHECKPOINTS.iterdir())
TOLERANCE = 2e-5

Golden = dict[str, npt.NDArray[Any]]


def opened(name: str) -> tuple[ModelConfig, Weights, Golden]:
    folder = CHECKPOINTS / name
    config, weights, _ = read_weights(folder, read_config(folder))
    return config, weights, load_file(folder / "golden.safetensors")


def exposed(config: ModelConfig) -> set[str]:
    """What the reference hands out: all but the insides of norms and the scores before masking."""
    hidden = (".scale", "attn.attn_scores")
    return {name for name in tensor_names(config) if not name.endswith(hidden)}


def test_every_family_and_variant_is_there() -> None:
    families = {name.split("-")[0] for name in NAMES}
    assert families == {"gpt2", "llama", "mistral", "qwen2", "qwen3"}
    assert len(NAMES) == 19


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_agrees_with_the_reference(name: str) -> None:
    config, weights, golden = opened(name)
    recorder = Recorder()
    forward([int(i) for i in golden["prompt"]], weights, config, recorder)
    assert exposed(config) == golden.keys() - {"prompt", "greedy"}
    for tensor in sorted(exposed(config)):
        found = recorder.tensors[tensor]
        assert found.dtype == np.float32, tensor
        assert np.ptp(found[np.isfinite(found)]) > 0.01, tensor
        np.testing.assert_allclose(
            found, golden[tensor], rtol=TOLERANCE, atol=TOLERANCE, err_msg=tensor
        )


@pytest.mark.parametrize("name", NAMES)
def test_scores_before_the_mask_are_those_after_it_where_a_key_is_seen(name: str) -> None:
    config, weights, golden = opened(name)
    recorder = Recorder()
    forward([int(i) for i in golden["prompt"]], weights, config, recorder)
    for layer in range(config.n_layers):
        masked = golden[f"blocks.{layer}.attn.masked_scores"]
        seen = np.isfinite(masked)
        scores = recorder.tensors[f"blocks.{layer}.attn.attn_scores"]
        np.testing.assert_allclose(scores[seen], masked[seen], rtol=TOLERANCE, atol=TOLERANCE)
        assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cached", [False, True])
def test_greedy_continuation_is_the_reference_s(name: str, cached: bool) -> None:
    config, weights, golden = opened(name)
    ids = [int(i) for i in golden["prompt"]]
    cache = KVCache(config) if cached else None
    made: list[int] = []
    new = ids
    while len(made) < len(golden["greedy"]):
        logits = forward(new if cached else ids + made, weights, config, cache=cache)
        made.append(int(logits[-1].argmax()))
        new = made[-1:]
    assert made == [int(i) for i in golden["greedy"]]


@pytest.mark.parametrize("name", NAMES)
def test_float32_weights_are_views_of_the_file(name: str) -> None:
    _, weights, _ = opened(name)
    converted = name in {"gpt2-f16", "llama-bf16-sharded"}
    for parameter, array in weights.named():
        assert array.flags.writeable == converted, parameter
        assert not array.flags.owndata, parameter


def test_the_sliding_window_is_shorter_than_the_prompt_and_cuts() -> None:
    config, _, golden = opened("mistral")
    assert config.sliding_window == 5
    pattern = golden["blocks.0.attn.pattern"]
    assert (pattern[:, 10, :6] == 0).all() and (pattern[:, 10, 6:11] > 0).all()


def test_what_the_variants_are_for_is_in_their_configurations() -> None:
    configs = {name: opened(name)[0] for name in NAMES}
    assert configs["gpt2-inverse-layer"].scale_attn_by_inverse_layer_idx
    assert configs["gpt2-inverse-layer"].d_mlp == 20
    assert not configs["gpt2-untied"].use_attn_scale
    assert not configs["gpt2-untied"].tie_embeddings
    assert configs["llama"].group_size == 1
    assert configs["llama-gqa-tied"].group_size == 2
    assert configs["llama-biases"].n_kv_heads == 1 and configs["llama-biases"].d_head == 6
    assert configs["llama-biases"].mlp_bias and configs["llama-biases"].attn_out_bias
    linear, llama3 = configs["llama-linear"], configs["llama-llama3"]
    assert linear.rope_scaling is not None and linear.rope_scaling.kind == "linear"
    assert linear.rope_theta == 5000
    assert llama3.rope_scaling is not None and llama3.rope_scaling.kind == "llama3"
    assert configs["llama-llama3-before-v5"] == llama3
    assert configs["mistral-no-window"].sliding_window is None
    assert configs["qwen2"].qkv_bias and not configs["qwen2"].attn_out_bias
    assert configs["qwen2-window"].sliding_window == 4
    assert configs["qwen3"].qk_norm and configs["qwen3"].d_head == 8
