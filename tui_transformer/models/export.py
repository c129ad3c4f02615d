"""A model as the files of a folder in the Hugging Face layout: what `huggingface.py` opens.

GPT-2's family and LLaMA's can be written, whichever the configuration is one of. `transformers`
opens both. Two things it has no words for go into a field of their own, `tuitf`, which it passes
over:

- `positions: sinusoidal`: the table is stored as if it had been learned, so that the numbers are
  the same there; here it is worked out again.
- `prompt`: what the model opens with.

Whole words are stored as a `WordLevel` tokenizer with a pattern that cuts text in the same places.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors.numpy import save

from tui_transformer.engine import Array, ModelConfig, Weights
from tui_transformer.engine.config import Activation
from tui_transformer.engine.ops import sinusoids
from tui_transformer.errors import ConfigError
from tui_transformer.models.checkpoint import SINGLE_FILE
from tui_transformer.models.families import OWN_FIELD, Source, sources
from tui_transformer.models.huggingface import CONFIG_FILE, PREFIXES, UNEMBEDDING, view
from tui_transformer.tokenizers import Tokenizer, WordTokenizer
from tui_transformer.tokenizers.bpe import SETTINGS_FILE, WHOLE_FILE, BPETokenizer

_ACTIVATIONS: Mapping[Activation, str] = {
    "gelu_tanh": "gelu_new", "gelu": "gelu", "relu": "relu", "silu": "silu",
}  # fmt: skip

Needs = Mapping[str, tuple[object, object]]
"""Fields of a configuration: what a model has, and what the files of a family can say."""


def folder_files(
    config: ModelConfig, weights: Weights, tokenizer: Tokenizer, prompt: str = ""
) -> dict[str, bytes]:
    """The files of a model by name.

    Args:
        config: its shape.
        weights: what it has learned.
        tokenizer: whole words, or BPE.
        prompt: what it opens with.

    Raises:
        ConfigError: it is neither of GPT-2's family nor of LLaMA's.
    """
    family = family_of(config)
    fields = (_gpt2 if family == "gpt2" else _llama)(config)
    own = {"prompt": prompt} if prompt else {}
    if config.positions == "sinusoidal":
        own["positions"] = "sinusoidal"
    if isinstance(tokenizer, WordTokenizer):
        own["tokenizer"] = "words"
    fields |= {
        "dtype": "float32", "vocab_size": config.d_vocab,
        "tie_word_embeddings": config.tie_embeddings,
        "bos_token_id": tokenizer.bos, "eos_token_id": tokenizer.bos,
    }  # fmt: skip
    if own:
        fields[OWN_FIELD] = own
    stored = save(stored_tensors(family, config, weights), {"format": "pt"})
    return {
        CONFIG_FILE: _json(fields),
        SINGLE_FILE: stored,
        **_tokenizer_files(tokenizer, config),
    }


def family_of(config: ModelConfig) -> str:
    """Which family's layout holds a model.

    Raises:
        ConfigError: none does; the message names the first field in the way.
    """
    c = config
    both: Needs = {
        "norm": (c.norm == "none", False), "d_mlp": (c.attn_only, False),
        "norm_affine": (c.norm_affine, True), "final_norm": (c.final_norm, True),
        "qk_norm": (c.qk_norm, False), "sliding_window": (c.sliding_window, None),
    }  # fmt: skip
    needs: Needs
    if c.norm == "layernorm":
        family, needs = "gpt2", {
            "gated_mlp": (c.gated_mlp, False), "n_kv_heads": (c.n_kv_heads, c.n_heads),
            "d_head": (c.n_heads * c.d_head, c.d_model), "qkv_bias": (c.qkv_bias, True),
            "attn_out_bias": (c.attn_out_bias, True), "mlp_bias": (c.mlp_bias, True),
            "positions": (c.adds_positions, True),
        }  # fmt: skip
    else:
        family, needs = "llama", {
            "gated_mlp": (c.gated_mlp, True), "attn_out_bias": (c.attn_out_bias, c.qkv_bias),
            "d_model": (c.d_model % c.n_heads, 0),  # the reference refuses others
            "positions": (c.adds_positions, False), "use_attn_scale": (c.use_attn_scale, True),
            "scale_attn_by_inverse_layer_idx": (c.scale_attn_by_inverse_layer_idx, False),
            "rope_scaling": (c.rope_scaling, None),
        }  # fmt: skip
    for field, (found, needed) in (dict(both) | dict(needs)).items():
        if found != needed:
            raise ConfigError(
                f"{field} of this model has no place in the files of {family} models: it cannot "
                "be saved"
            )
    return family


def stored_tensors(family: str, config: ModelConfig, weights: Weights) -> dict[str, Array]:
    """Every tensor under the name and in the layout in which the family stores it."""
    ours = dict(weights.named())
    stored: dict[str, Array] = {}
    for name, source in sources(family, config):
        key = PREFIXES.get(family, "model.") + source.name
        if key not in stored:  # q, k and v of GPT-2 share one
            stored[key] = np.empty(source.shape, dtype=np.float32)
        view(stored[key], source)[...] = ours[name]
    if config.positions == "sinusoidal":
        table = sinusoids(np.arange(config.n_ctx), config.d_model)
        stored[PREFIXES[family] + "wpe.weight"] = table.astype(np.float32)
    if not config.tie_embeddings:
        source = Source(UNEMBEDDING, (config.d_vocab, config.d_model), transposed=True)
        stored[UNEMBEDDING] = np.empty(source.shape, dtype=np.float32)
        view(stored[UNEMBEDDING], source)[...] = weights.W_U
    return stored


def _gpt2(c: ModelConfig) -> dict[str, Any]:
    return {
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2",
        "n_embd": c.d_model, "n_layer": c.n_layers, "n_head": c.n_heads, "n_inner": c.d_mlp,
        "n_positions": c.n_ctx, "activation_function": _ACTIVATIONS[c.act_fn],
        "layer_norm_epsilon": c.eps, "scale_attn_weights": c.use_attn_scale,
        "scale_attn_by_inverse_layer_idx": c.scale_attn_by_inverse_layer_idx,
        "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0,
    }  # fmt: skip


def _llama(c: ModelConfig) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama",
        "hidden_size": c.d_model, "num_hidden_layers": c.n_layers,
        "num_attention_heads": c.n_heads, "num_key_value_heads": c.n_kv_heads,
        "head_dim": c.d_head, "intermediate_size": c.d_mlp, "max_position_embeddings": c.n_ctx,
        "hidden_act": _ACTIVATIONS[c.act_fn], "rms_norm_eps": c.eps,
        "rope_theta": c.rope_theta, "rope_parameters": {
            "rope_theta": c.rope_theta, "rope_type": "default",
        },
        "attention_bias": c.qkv_bias, "mlp_bias": c.mlp_bias, "attention_dropout": 0.0,
    }  # fmt: skip


def _tokenizer_files(tokenizer: Tokenizer, config: ModelConfig) -> dict[str, bytes]:
    from tui_transformer.tokenizers.learn import END_OF_TEXT, words_json

    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "model_max_length": config.n_ctx,
    }
    if isinstance(tokenizer, WordTokenizer):
        whole = words_json(tokenizer)
    elif isinstance(tokenizer, BPETokenizer):
        whole = tokenizer.to_json()
        if tokenizer.bos is not None:
            settings |= dict.fromkeys(("bos_token", "eos_token"), END_OF_TEXT)
    else:
        raise ConfigError("this model's tokenizer is of a kind that cannot be saved")
    return {WHOLE_FILE: whole.encode(), SETTINGS_FILE: _json(settings)}


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
