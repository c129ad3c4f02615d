"""Make the tiny checkpoints of `tests/data/checkpoints` and what the reference does with them.

Run by hand where torch and transformers are installed:  python -m tests.make_golden
Every weight comes from a fixed seed. Each folder gets `golden.safetensors`: a prompt, its greedy
continuation and every tensor of the pass that the reference exposes, under the engine's names.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from tests import hf_reference as reference
from tests.make_tokenizers import make_tokenizers

DATA = Path(__file__).parent / "data"
CHECKPOINTS = DATA / "checkpoints"
PROMPT_LENGTH, CONTINUATION = 14, 24

SMALL = {"vocab_size": 96, "bos_token_id": None, "eos_token_id": None}
GPT2 = SMALL | {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 64}
LLAMA = SMALL | {
    "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64,
}  # fmt: skip
MHA = LLAMA | {"num_key_value_heads": 4}
TIED = {"tie_word_embeddings": True}
LLAMA3 = {
    "rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16, "rope_theta": 10000.0,
}  # fmt: skip


def bare_names(folder: Path) -> None:
    """Names without the prefix, as files have them that hold the body alone, and old buffers."""
    path = folder / "model.safetensors"
    tensors = {name.removeprefix("transformer."): t for name, t in load_file(path).items()}
    tensors["h.0.attn.bias"] = np.tri(64, dtype=np.float32)[None, None]
    tensors["h.0.attn.masked_bias"] = np.array(-10000.0, dtype=np.float32)
    save_file(tensors, path, {"format": "pt"})


def written_before_v5(folder: Path) -> None:
    """`rope_theta` and `rope_scaling` as fields of their own."""
    path = folder / "config.json"
    fields = json.loads(path.read_text())
    rope = fields.pop("rope_parameters")
    fields["rope_theta"] = rope.pop("rope_theta")
    fields["rope_scaling"] = {"type": rope.pop("rope_type"), **rope}
    fields["torch_dtype"] = fields.pop("dtype")
    path.write_text(json.dumps(fields, indent=2))


def tied_to_unembedding(folder: Path) -> None:
    """The one shared matrix under the unembedding's name."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["lm_head.weight"] = tensors.pop("model.embed_tokens.weight")
    save_file(tensors, path, {"format": "pt"})


Edit = Callable[[Path], None]
VARIANTS: dict[str, tuple[str, dict[str, Any], dict[str, Any], Edit | None]] = {
    # name: (model type, fields, how to save, what to change in the files)
    "gpt2": ("gpt2", GPT2, {}, None),
    "gpt2-inverse-layer": (
        "gpt2", GPT2 | {"n_layer": 3, "scale_attn_by_inverse_layer_idx": True, "n_inner": 20}, {},
        None,
    ),
    "gpt2-untied": (
        "gpt2",
        GPT2 | {"tie_word_embeddings": False, "scale_attn_weights": False,
                "activation_function": "gelu"},
        {}, None,
    ),
    "gpt2-bare-names": ("gpt2", GPT2 | {"activation_function": "relu"}, {}, bare_names),
    "gpt2-f16": ("gpt2", GPT2, {"dtype": "float16"}, None),
    "llama": ("llama", MHA, {}, None),
    "llama-gqa-tied": ("llama", LLAMA | TIED, {}, None),
    "llama-tied-to-unembedding": ("llama", LLAMA | TIED, {}, tied_to_unembedding),
    "llama-biases": (
        "llama",
        LLAMA | {"attention_bias": True, "mlp_bias": True, "hidden_act": "gelu_pytorch_tanh",
                 "head_dim": 6, "num_key_value_heads": 1},
        {}, None,
    ),
    "llama-linear": (
        "llama", LLAMA | {"rope_parameters": {"rope_type": "linear", "factor": 2.5,
                                              "rope_theta": 5000.0}},
        {}, written_before_v5,
    ),
    "llama-llama3": ("llama", LLAMA | {"head_dim": 16, "rope_parameters": LLAMA3}, {}, None),
    "llama-llama3-before-v5": (
        "llama", LLAMA | {"head_dim": 16, "rope_parameters": LLAMA3}, {}, written_before_v5,
    ),
    "llama-bf16-sharded": (
        "llama", LLAMA, {"dtype": "bfloat16", "max_shard_size": "6KB"}, None,
    ),
    "mistral": ("mistral", LLAMA | {"sliding_window": 5}, {}, None),
    "mistral-no-window": ("mistral", LLAMA | {"sliding_window": None, "head_dim": 8}, {}, None),
    "qwen2": ("qwen2", LLAMA | TIED, {}, None),
    "qwen2-window": (
        "qwen2",
        LLAMA | {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 0}, {},
        None,
    ),
    "qwen3": ("qwen3", LLAMA | TIED | {"head_dim": 8}, {}, None),
    "qwen3-bias": ("qwen3", LLAMA | {"head_dim": 10, "attention_bias": True}, {}, None),
}  # fmt: skip


def make(name: str, seed: int) -> None:
    """One checkpoint and its golden file."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    model_type, fields, saving, edit = VARIANTS[name]
    folder = CHECKPOINTS / name
    shutil.rmtree(folder, ignore_errors=True)
    config = AutoConfig.for_model(model_type, **fields)
    model = AutoModelForCausalLM.from_config(config)
    reference.randomise(model, seed)
    model = model.to(getattr(torch, saving.get("dtype", "float32")))
    kwargs = {key: value for key, value in saving.items() if key != "dtype"}
    model.save_pretrained(folder, **kwargs)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if edit is not None:
        edit(folder)

    model = reference.load(folder)
    ids = [int(i) for i in np.random.default_rng(seed).integers(0, 96, PROMPT_LENGTH)]
    golden = reference.record(model, ids)
    golden["prompt"] = np.array(ids)
    golden["greedy"] = np.array(reference.greedy(model, ids, CONTINUATION))
    save_file(golden, folder / "golden.safetensors")
    print(f"{name}: {len(golden)} tensors, ends on {golden['greedy'][-4:]}")


if __name__ == "__main__":
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(VARIANTS):
        make(name, seed)
    make_tokenizers(DATA / "tokenizers")
