"""What a stage of the pipeline is, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tui_transformer.engine import ModelConfig

Role = Literal["stream", "q", "k", "v", "weights", "score", "activation", "logit", "probability"]
"""What a tensor is for: one hue a role, the same everywhere."""

Place = Literal["input", "block", "output"]

Text = Callable[[ModelConfig], str]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the pipeline.

    `reads` and `writes` are tensor names without `blocks.{i}.`; `function` is what the engine ran
    (`function_for` tells it where that depends on the model), so that the code shown is the code
    itself; `formula` and `explanation` are worded for the model at hand.
    """

    key: str
    title: str
    place: Place
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    formula: Text
    explanation: Text
    function: Callable[..., Any] | None = None
    function_for: Callable[[ModelConfig], Callable[..., Any]] | None = None

    def ran(self, config: ModelConfig) -> Callable[..., Any] | None:
        """The engine function that ran in a model of this configuration."""
        return self.function if self.function_for is None else self.function_for(config)

    @property
    def output(self) -> str | None:
        """The tensor that this stage is about, where it makes one."""
        return self.writes[0] if self.writes else None


ROLES: dict[str, Role] = {
    "embed": "stream",
    "pos_embed": "stream",
    "resid_pre": "stream",
    "resid_mid": "stream",
    "resid_post": "stream",
    "attn_out": "stream",
    "mlp_out": "stream",
    "attn.result": "stream",
    "ln1.scale": "activation",
    "ln2.scale": "activation",
    "ln_final.scale": "activation",
    "ln1.normalized": "activation",
    "ln2.normalized": "activation",
    "ln_final.normalized": "activation",
    "attn.q": "q",
    "attn.rot_q": "q",
    "attn.k": "k",
    "attn.rot_k": "k",
    "attn.v": "v",
    "attn.z": "v",
    "attn.attn_scores": "score",
    "attn.masked_scores": "score",
    "attn.pattern": "weights",
    "mlp.pre": "activation",
    "mlp.pre_linear": "activation",
    "mlp.post": "activation",
    "logits": "logit",
}
"""The role of each tensor, by its name without `blocks.{i}.`."""
