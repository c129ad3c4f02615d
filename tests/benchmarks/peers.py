"""The programs that are measured beside ours, each on the same weights or the same shape."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import gpt2_small as shape

THREADS = 2


class Transformers:
    """`transformers` on PyTorch: float32, sdpa."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import GPT2LMHeadModel

        torch.set_num_threads(THREADS)
        self.torch = torch
        self.model = GPT2LMHeadModel.from_pretrained(
            folder, attn_implementation="sdpa", dtype=torch.float32
        ).eval()

    def prefill(self, ids: Sequence[int], last: bool = False) -> Any:
        """One pass; the logits of all rows, or of the last alone."""
        tokens = self.torch.tensor([list(ids)])
        with self.torch.inference_mode():
            return self.model(tokens, use_cache=True, logits_to_keep=1 if last else 0)

    def distribution(self, ids: Sequence[int]) -> Any:
        """The probabilities of the next token."""
        with self.torch.inference_mode():
            return self.torch.softmax(self.prefill(ids, last=True).logits[0, -1], dim=-1)

    def decoder(self, ids: Sequence[int]) -> Callable[[Sequence[int]], object]:
        """Tokens one by one behind `ids`, from there again at each call."""
        cache = self.prefill(ids, last=True).past_key_values

        def decode(tokens: Sequence[int]) -> None:
            with self.torch.inference_mode():
                for token in tokens:
                    new = self.torch.tensor([[token]])
                    self.model(new, past_key_values=cache, use_cache=True)
                cache.crop(-len(tokens))

        return decode


class Lens:
    """TransformerLens, which keeps every activation."""

    def __init__(self) -> None:
        import torch
        from transformer_lens import HookedTransformer, HookedTransformerConfig

        torch.set_num_threads(THREADS)
        self.torch = torch
        self.model = HookedTransformer(
            HookedTransformerConfig(
                n_layers=shape.LAYERS, d_model=shape.D_MODEL, n_ctx=shape.CONTEXT,
                d_head=shape.D_MODEL // shape.HEADS, n_heads=shape.HEADS, d_vocab=shape.VOCAB,
                d_mlp=4 * shape.D_MODEL, act_fn="gelu_new", normalization_type="LN",
                device="cpu", seed=0,
            )
        )  # fmt: skip

    def run_with_cache(self, ids: Sequence[int]) -> Any:
        """One pass with everything kept."""
        tokens = self.torch.tensor([list(ids)])
        with self.torch.inference_mode():
            return self.model.run_with_cache(tokens)


class LlamaCpp:
    """llama.cpp with the same weights in float32."""

    def __init__(self, folder: Path) -> None:
        from llama_cpp import Llama

        path = folder / "model.gguf"
        if not path.exists():
            write_gguf(folder, path)
        self.model = Llama(
            str(path), n_ctx=shape.CONTEXT, n_threads=THREADS, n_threads_batch=THREADS,
            n_batch=1024, n_ubatch=1024, verbose=False,
        )  # fmt: skip

    def prefill(self, ids: Sequence[int]) -> None:
        """One pass; the logits of the last row alone."""
        self.model.reset()
        self.model.eval(list(ids))

    def decoder(self, ids: Sequence[int]) -> Callable[[Sequence[int]], object]:
        """Tokens one by one behind `ids`, from there again at each call."""
        self.prefill(ids)

        def decode(tokens: Sequence[int]) -> None:
            self.model.n_tokens = len(ids)
            for token in tokens:
                self.model.eval([token])

        return decode


def write_gguf(folder: Path, path: Path) -> None:
    """The weights of the folder as llama.cpp reads them; it stores matrices `[out, in]`."""
    from gguf import GGUFWriter
    from safetensors.numpy import load_file

    writer = GGUFWriter(path, "gpt2")
    writer.add_context_length(shape.CONTEXT)
    writer.add_embedding_length(shape.D_MODEL)
    writer.add_feed_forward_length(4 * shape.D_MODEL)
    writer.add_block_count(shape.LAYERS)
    writer.add_head_count(shape.HEADS)
    writer.add_layer_norm_eps(1e-5)
    writer.add_vocab_size(shape.VOCAB)
    writer.add_tokenizer_model("no_vocab")
    tensors = load_file(folder / "model.safetensors")
    names = {"wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm"}
    parts = {
        "ln_1": "attn_norm", "ln_2": "ffn_norm", "attn.c_attn": "attn_qkv",
        "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
    }  # fmt: skip
    for layer in range(shape.LAYERS):
        names |= {f"h.{layer}.{ours}": f"blk.{layer}.{theirs}" for ours, theirs in parts.items()}
    for name, tensor in tensors.items():
        owner, _, kind = name.removeprefix("transformer.").rpartition(".")
        turned = tensor.T if ".c_" in owner and kind == "weight" else tensor
        writer.add_tensor(f"{names[owner]}.{kind}", np.ascontiguousarray(turned))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
