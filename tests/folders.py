"""Folders in the Hugging Face layout, made on the spot: a whole small model to open or to break."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

DATA = Path(__file__).parent / "data"

GPT2 = {
    "model_type": "gpt2", "vocab_size": 364, "n_positions": 32, "n_embd": 8, "n_layer": 2,
    "n_head": 2, "bos_token_id": 0, "eos_token_id": [0, 5],
}  # fmt: skip
LLAMA = {
    "model_type": "llama", "vocab_size": 409, "hidden_size": 8, "intermediate_size": 12,
    "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 32,
    "tie_word_embeddings": True,
}  # fmt: skip

Tensors = dict[str, npt.NDArray[Any]]


def gpt2_tensors(seed: int = 0) -> Tensors:
    """Random weights that fit :data:`GPT2`."""
    shapes: dict[str, tuple[int, ...]] = {"wte.weight": (364, 8), "wpe.weight": (32, 8)}
    for i in range(2):
        shapes |= {
            f"h.{i}.ln_1.weight": (8,), f"h.{i}.ln_1.bias": (8,),
            f"h.{i}.ln_2.weight": (8,), f"h.{i}.ln_2.bias": (8,),
            f"h.{i}.attn.c_attn.weight": (8, 24), f"h.{i}.attn.c_attn.bias": (24,),
            f"h.{i}.attn.c_proj.weight": (8, 8), f"h.{i}.attn.c_proj.bias": (8,),
            f"h.{i}.mlp.c_fc.weight": (8, 32), f"h.{i}.mlp.c_fc.bias": (32,),
            f"h.{i}.mlp.c_proj.weight": (32, 8), f"h.{i}.mlp.c_proj.bias": (8,),
        }  # fmt: skip
    return _random(shapes | {"ln_f.weight": (8,), "ln_f.bias": (8,)}, "transformer.", seed)


def llama_tensors(seed: int = 0) -> Tensors:
    """Random weights that fit :data:`LLAMA`."""
    shapes: dict[str, tuple[int, ...]] = {
        "embed_tokens.weight": (409, 8), "norm.weight": (8,),
        "layers.0.input_layernorm.weight": (8,), "layers.0.post_attention_layernorm.weight": (8,),
        "layers.0.mlp.gate_proj.weight": (12, 8), "layers.0.mlp.up_proj.weight": (12, 8),
        "layers.0.mlp.down_proj.weight": (8, 12),
    }  # fmt: skip
    shapes |= {f"layers.0.self_attn.{part}_proj.weight": (8, 8) for part in "qkvo"}
    return _random(shapes, "model.", seed)


def _random(shapes: dict[str, tuple[int, ...]], prefix: str, seed: int) -> Tensors:
    rng = np.random.default_rng(seed)
    return {
        prefix + name: rng.normal(0, 0.5, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def write(
    folder: Path, fields: dict[str, Any], tensors: Tensors, tokenizer: str = "gpt2-whole"
) -> Path:
    """A folder with that configuration, those weights and a tokenizer of `tests/data`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(fields), encoding="utf-8")
    save_file(tensors, folder / "model.safetensors")
    for path in (DATA / "tokenizers" / tokenizer).iterdir():
        if path.name != "golden.json":
            shutil.copy(path, folder)
    return folder


def write_gpt2(folder: Path, **fields: Any) -> Path:
    """A whole small GPT-2; `fields` go over those of its configuration."""
    return write(folder, GPT2 | fields, gpt2_tensors())


def write_llama(folder: Path, **fields: Any) -> Path:
    """A whole small LLaMA; `fields` go over those of its configuration."""
    return write(folder, LLAMA | fields, llama_tensors(), "llama")


def write_header(path: Path, header: dict[str, Any] | bytes, data: bytes = b"") -> None:
    """A safetensors file with any header."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + data)
