"""Steps of training beside the same model and batch in PyTorch, on the same two threads.

Run where torch and transformers are installed:  python -m tests.benchmarks.bench_training [RECIPE]
Both make whole steps (forward, loss, backward, clipping, AdamW) on the same tokens, by turns, so
that whatever else the machine does falls on both. The bar is 0.75 of PyTorch's tokens a second.
"""

import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from tui_transformer.engine import ModelConfig
from tui_transformer.training.corpora import make_source, make_tokenizer
from tui_transformer.training.gradients import Batch
from tui_transformer.training.recipe import Recipe, recipe_named
from tui_transformer.training.trainer import Trainer

THREADS, ROUNDS = 2, 12
BAR = 0.75


def torch_step(config: ModelConfig, recipe: Recipe, batch: Batch) -> Callable[[], None]:
    """One step of the same model in PyTorch."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(THREADS)
    shared = {"vocab_size": config.d_vocab, "bos_token_id": 0, "eos_token_id": 0}
    model: Any
    if config.norm == "layernorm":
        model = GPT2LMHeadModel(
            GPT2Config(
                n_embd=config.d_model, n_layer=config.n_layers, n_head=config.n_heads,
                n_inner=config.d_mlp, n_positions=config.n_ctx, resid_pdrop=0.0, embd_pdrop=0.0,
                attn_pdrop=0.0, attn_implementation="sdpa", **shared,
            )
        )  # fmt: skip
    else:
        model = LlamaForCausalLM(
            LlamaConfig(
                hidden_size=config.d_model, num_hidden_layers=config.n_layers,
                num_attention_heads=config.n_heads, num_key_value_heads=config.n_kv_heads,
                intermediate_size=config.d_mlp, max_position_embeddings=config.n_ctx,
                tie_word_embeddings=config.tie_embeddings, attn_implementation="sdpa", **shared,
            )
        )  # fmt: skip
    model.train()
    o = recipe.optimizer
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-4, betas=(o.beta1, o.beta2), weight_decay=o.weight_decay
    )
    inputs, targets = torch.tensor(batch.inputs), torch.tensor(batch.targets)

    def step() -> None:
        optimizer.zero_grad()
        logits = model(inputs).logits
        loss = torch.nn.functional.cross_entropy(
            logits.reshape(-1, config.d_vocab), targets.reshape(-1)
        )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), o.clip)
        optimizer.step()

    return step


def main(name: str = "story") -> None:
    """Print both speeds and their ratio."""
    recipe = recipe_named(name)
    tokenizer = make_tokenizer(recipe, "story", None)
    source = make_source(recipe, "story", None, tokenizer)
    config = recipe.config(tokenizer.size)
    trainer = Trainer(recipe, config, source, 0, 10_000, THREADS)
    batch = source.batch(np.random.default_rng(0), recipe.batch, recipe.phases[0])
    steps: dict[str, Callable[[], object]] = {
        "tuitf": trainer.advance,  # makes its batch as well
        "torch": torch_step(config, recipe, batch),
    }
    seconds: dict[str, list[float]] = {who: [] for who in steps}
    for turn in range(ROUNDS + 2):
        for who, step in steps.items():
            start = perf_counter()
            step()
            if turn >= 2:
                seconds[who].append(perf_counter() - start)
    tokens = batch.inputs.size
    print(f"{name}: {trainer.parameters.flat.size:,} parameters, {tokens:,} tokens a step")
    for who, taken in seconds.items():
        print(
            f"  {who}: {tokens / median(taken):,.0f} tokens/s in the median step, "
            f"{tokens / min(taken):,.0f} in the best"
        )
    ratios = [t / own for own, t in zip(seconds["tuitf"], seconds["torch"], strict=True)]
    print(f"  ratio: median {median(ratios):.2f} (the bar is {BAR})")
    trainer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
