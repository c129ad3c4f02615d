"""A folder with the shape of GPT-2 small and random weights, to measure on."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

D_MODEL, LAYERS, HEADS, VOCAB, CONTEXT = 768, 12, 12, 50_257, 1024

FIELDS = {
    "model_type": "gpt2", "vocab_size": VOCAB, "n_positions": CONTEXT, "n_embd": D_MODEL,
    "n_layer": LAYERS, "n_head": HEADS, "bos_token_id": VOCAB - 1, "eos_token_id": VOCAB - 1,
    "architectures": ["GPT2LMHeadModel"],
}  # fmt: skip


def write(folder: Path) -> Path:
    """Configuration, 498 MB of float32 weights and a tokenizer of 50,257 tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(FIELDS), encoding="utf-8")
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> "np.typing.NDArray[np.float32]":
        return rng.standard_normal(shape, dtype=np.float32) * np.float32(0.02)

    d = D_MODEL
    tensors = {"wte.weight": normal(VOCAB, d), "wpe.weight": normal(CONTEXT, d)}
    for layer in range(LAYERS):
        at = f"h.{layer}."
        for norm in ("ln_1", "ln_2"):
            tensors[f"{at}{norm}.weight"] = 1 + normal(d)
            tensors[f"{at}{norm}.bias"] = normal(d)
        for part, wide, out in (
            ("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d),
            ("mlp.c_fc", d, 4 * d), ("mlp.c_proj", 4 * d, d),
        ):  # fmt: skip
            tensors[f"{at}{part}.weight"] = normal(wide, out)
            tensors[f"{at}{part}.bias"] = normal(out)
    tensors |= {"ln_f.weight": 1 + normal(d), "ln_f.bias": normal(d)}
    named = {f"transformer.{name}": tensor for name, tensor in tensors.items()}
    save_file(named, folder / "model.safetensors", metadata={"format": "pt"})
    write_tokenizer(folder / "tokenizer.json")
    return folder


def write_tokenizer(path: Path) -> None:
    """Byte-level BPE of GPT-2's size: each merge joins two earlier entries."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    pieces = sorted(pre_tokenizers.ByteLevel.alphabet())
    known, merges, rng = set(pieces), [], np.random.default_rng(0)
    while len(pieces) < VOCAB - 1:
        first, second = (pieces[int(rng.integers(min(len(pieces), 2000)))] for _ in range(2))
        if first + second not in known:
            known.add(first + second)
            pieces.append(first + second)
            merges.append((first, second))
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.save(str(path))
