"""What the tests of the command line share."""

import os
import subprocess
import sys
import unicodedata
from collections.abc import Sequence

import numpy as np

from tui_transformer.engine import ModelConfig, random_weights
from tui_transformer.models import LoadedModel, ModelCard
from tui_transformer.models.loaded import assemble
from tui_transformer.tokenizers import visible

HOSTILE = (
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\u202eright to left",
    "\u2066isolated\u2069",
    "\x9b31m C1",
    "\x00nul",
    "bell\x07 back\x08 del\x7f",
    "lone \udce2 byte",
    "high \ud83d half",
    "two\r\nlines\u2028three",
    "zero\u200bwidth\u200d",
    "a" + "\u0301" * 40,
    "word " * 20_000,
    "w" * 100_000,
)


def safe(text: str, *, also: str = "\n") -> bool:
    """Whether nothing in a text acts on a terminal; `also` is allowed."""
    return all(
        char in also or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        for char in text
    )


def process(*args: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[bytes]":
    """The program as a person starts it, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tui_transformer", *args],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"} | (env or {}),
        timeout=120,
        check=False,
    )


class ByteTokenizer:
    """One token a byte, with every hostile byte there is, and characters cut in two."""

    size = 256

    def __init__(self, bos: int | None = None) -> None:
        self.bos = bos

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(text.encode("utf-8", "surrogateescape"))

    def decode(self, ids: Sequence[int]) -> str:
        return bytes(ids).decode("utf-8", "replace")

    def label(self, token: int) -> str:
        return visible(bytes([token]), leading_space=True)


def byte_model(*, seed: int = 0, n_ctx: int = 64, bos: int | None = None) -> LoadedModel:
    """A two-layer rotary model with shared key/value heads over bytes."""
    config = ModelConfig(
        d_model=8, n_layers=2, n_heads=4, n_kv_heads=2, d_head=4, d_mlp=12, d_vocab=256,
        n_ctx=n_ctx, act_fn="silu", gated_mlp=True, norm="rmsnorm", positions="rotary",
    )  # fmt: skip
    weights = random_weights(config, np.random.default_rng(seed), std=0.5)
    card = ModelCard(
        name="bytes\x1b[31m\u202e",
        summary="a byte \x9b a token",
        description="hostile \x1b]0;t\x07 to the last \u2066byte",
        weights="random",
        prompt="héllo",
        source="nowhere\x00",
    )
    return assemble(card, config, weights, ByteTokenizer(bos))
