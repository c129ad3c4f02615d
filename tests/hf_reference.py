"""The reference implementation (transformers, on torch), with every tensor that it has in reach.

Tensors come back under the engine's names and with its axes, so that a test is one comparison.
Nothing here is imported unless torch and transformers are installed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Tensors = dict[str, npt.NDArray[Any]]
Keep = Callable[[str, npt.NDArray[Any]], None]


def load(folder: Path) -> Any:
    """The reference model of a folder in float32, with the attention that shows its weights."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True
    )
    return model.eval()


def randomise(model: Any, seed: int) -> None:
    """Weights large enough that heads differ and no tensor is nearly zero."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim == 2:
                parameter.copy_(noise * 0.9 * parameter.shape[-1] ** -0.5)
            elif "norm" in name or ".ln_" in name:
                parameter.copy_(noise * 0.2 + (1.0 if name.endswith("weight") else 0.0))
            else:
                parameter.copy_(noise * 0.3)
        model.tie_weights()


def greedy(model: Any, ids: list[int], count: int) -> list[int]:
    """The continuation that takes the largest logit each time."""
    import torch

    prompt = torch.tensor([ids])
    out = model.generate(
        prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=count,
        min_new_tokens=count, pad_token_id=0,
    )  # fmt: skip
    return [int(token) for token in out[0, len(ids) :]]


def record(model: Any, ids: list[int]) -> Tensors:
    """Every tensor of one pass that the reference exposes, under the engine's names."""
    import torch

    kept: Tensors = {}
    with ExitStack() as stack, torch.no_grad():
        if model.config.model_type == "gpt2":
            _hook_gpt2(model, kept, stack)
        else:
            _hook_llama(model, kept, stack)
        stack.enter_context(_softmax_inputs(kept))
        out = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    for layer, pattern in enumerate(out.attentions):
        kept[f"blocks.{layer}.attn.pattern"] = _numpy(pattern[0])
        kept[f"blocks.{layer}.resid_pre"] = _numpy(out.hidden_states[layer][0])
    kept["ln_final.normalized"] = _numpy(out.hidden_states[-1][0])
    kept["logits"] = _numpy(out.logits[0])
    return kept


def _numpy(tensor: Any) -> npt.NDArray[Any]:
    return np.ascontiguousarray(tensor.detach().numpy())


def _hook(stack: ExitStack, module: Any, see: Callable[[Any, Any], None]) -> None:
    """Call `see(input, output)` when `module` runs; tuples are unpacked, the batch is dropped."""

    def hook(_module: Any, inputs: Any, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        see(inputs[0][0] if inputs else None, first[0])

    handle = module.register_forward_hook(hook)
    stack.callback(handle.remove)


def _hook_gpt2(model: Any, kept: Tensors, stack: ExitStack) -> None:
    body, n_heads = model.transformer, model.config.n_head

    def heads(x: Any) -> npt.NDArray[Any]:
        return _numpy(x.reshape(len(x), n_heads, -1).transpose(0, 1))

    _hook(stack, body.wte, lambda _, y: kept.update(embed=_numpy(y)))
    _hook(stack, body.wpe, lambda _, y: kept.update(pos_embed=_numpy(y)))
    for layer, block in enumerate(body.h):

        def keep(name: str, value: npt.NDArray[Any], layer: int = layer) -> None:
            kept[f"blocks.{layer}.{name}"] = value

        def qkv(_: Any, y: Any, keep: Keep = keep) -> None:
            for name, part in zip("qkv", y.chunk(3, dim=-1), strict=True):
                keep(f"attn.{name}", heads(part))

        _hook(stack, block.attn.c_attn, qkv)
        _hook_common(
            stack, keep, heads, block,
            (block.ln_1, block.attn.c_proj, block.ln_2, block.mlp.c_fc, block.mlp.c_proj),
        )  # fmt: skip


def _hook_llama(model: Any, kept: Tensors, stack: ExitStack) -> None:
    body, d_head = model.model, model.model.layers[0].self_attn.head_dim

    def heads(x: Any) -> npt.NDArray[Any]:
        return _numpy(x.reshape(len(x), -1, d_head).transpose(0, 1))

    _hook(stack, body.embed_tokens, lambda _, y: kept.update(embed=_numpy(y)))
    stack.enter_context(_rotations(model, kept))
    for layer, block in enumerate(body.layers):

        def keep(name: str, value: npt.NDArray[Any], layer: int = layer) -> None:
            kept[f"blocks.{layer}.{name}"] = value

        attn = block.self_attn
        modules = {"q": attn.q_proj, "k": attn.k_proj, "v": attn.v_proj}
        for name, module in modules.items():

            def projection(_: Any, y: Any, keep: Keep = keep, name: str = name) -> None:
                keep(f"attn.{name}", heads(y))

            _hook(stack, module, projection)
        norms = {name: getattr(attn, name, None) for name in ("q_norm", "k_norm")}
        for name, module in norms.items():
            if module is not None:

                def qk_norm(_: Any, y: Any, keep: Keep = keep, name: str = name) -> None:
                    keep(f"attn.{name}.normalized", _numpy(y.transpose(0, 1)))

                _hook(stack, module, qk_norm)

        def up(_: Any, y: Any, keep: Keep = keep) -> None:
            keep("mlp.pre_linear", _numpy(y))

        _hook(stack, block.mlp.up_proj, up)
        _hook_common(
            stack, keep, heads, block,
            (block.input_layernorm, attn.o_proj, block.post_attention_layernorm,
             block.mlp.gate_proj, block.mlp.down_proj),
        )  # fmt: skip


def _hook_common(
    stack: ExitStack,
    keep: Keep,
    heads: Callable[[Any], npt.NDArray[Any]],
    block: Any,
    modules: tuple[Any, ...],
) -> None:
    """What both kinds have: norms, attention's output, the MLP's insides."""
    ln1, attn_out, ln2, mlp_in, mlp_out = modules

    def attention(x: Any, y: Any) -> None:
        keep("attn.z", heads(x))
        keep("attn_out", _numpy(y))

    def second_norm(x: Any, y: Any) -> None:
        keep("resid_mid", _numpy(x))
        keep("ln2.normalized", _numpy(y))

    def down(x: Any, y: Any) -> None:
        keep("mlp.post", _numpy(x))
        keep("mlp_out", _numpy(y))

    _hook(stack, ln1, lambda _, y: keep("ln1.normalized", _numpy(y)))
    _hook(stack, attn_out, attention)
    _hook(stack, ln2, second_norm)
    _hook(stack, mlp_in, lambda _, y: keep("mlp.pre", _numpy(y)))
    _hook(stack, mlp_out, down)

    def whole(_module: Any, _inputs: Any, output: Any) -> None:
        stream = output[0] if isinstance(output, tuple) else output
        keep("resid_post", _numpy(stream[0]))

    stack.callback(block.register_forward_hook(whole).remove)


@contextmanager
def _rotations(model: Any, kept: Tensors) -> Iterator[None]:
    """Keep the rotated queries and keys, which no module hands out."""
    import importlib

    module: Any = importlib.import_module(type(model).__module__)
    original = module.apply_rotary_pos_emb
    layers = iter(range(model.config.num_hidden_layers))

    def seen(*args: Any, **kwargs: Any) -> Any:
        q, k = original(*args, **kwargs)
        layer = next(layers)
        kept[f"blocks.{layer}.attn.rot_q"] = _numpy(q[0])
        kept[f"blocks.{layer}.attn.rot_k"] = _numpy(k[0])
        return q, k

    module.apply_rotary_pos_emb = seen
    try:
        yield
    finally:
        module.apply_rotary_pos_emb = original


@contextmanager
def _softmax_inputs(kept: Tensors) -> Iterator[None]:
    """Keep what each softmax gets: the scores, masked with the smallest float for -inf."""
    import itertools

    from torch.nn import functional as torch_functional

    functional: Any = torch_functional
    original = functional.softmax
    layers = itertools.count()

    def seen(x: Any, *args: Any, **kwargs: Any) -> Any:
        scores = _numpy(x[0]).copy()
        scores[scores < -1e30] = -np.inf
        kept[f"blocks.{next(layers)}.attn.masked_scores"] = scores
        return original(x, *args, **kwargs)

    functional.softmax = seen
    try:
        yield
    finally:
        functional.softmax = original
