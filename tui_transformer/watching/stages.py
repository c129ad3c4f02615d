"""The stages of one step of training, in their order, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui_transformer.engine import ModelConfig, forward
from tui_transformer.errors import InputError
from tui_transformer.training.adamw import adamw, gradient_norm
from tui_transformer.training.backward import backward
from tui_transformer.training.data import Source, Text, next_tokens, packed
from tui_transformer.training.loss import surprise
from tui_transformer.training.recipe import Recipe
from tui_transformer.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Facts:
    """What the words of the stages depend on."""

    recipe: Recipe
    config: ModelConfig
    source: Source
    corpus: str
    """Its name, safe to show."""

    @property
    def rows(self) -> int:
        """How many rows a batch has."""
        return self.recipe.batch.rows

    @property
    def length(self) -> int:
        """How many positions a row has."""
        return self.recipe.batch.length


@dataclass(frozen=True, slots=True)
class LoopStage:
    """One stage of a step of training.

    `reads` and `writes` say in the words of the code what goes in and what comes out; `function` is
    what ran (`function_for` tells it where that depends on the run), so that the code shown is the
    code itself. What stands after four spaces in a formula are the sizes.
    """

    key: str
    title: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    formula: Callable[[Facts], str]
    explanation: Callable[[Facts], str]
    function: Callable[..., Any] | None = None
    function_for: Callable[[Facts], Callable[..., Any]] | None = None

    def ran(self, facts: Facts) -> Callable[..., Any] | None:
        """The function that ran."""
        return self.function if self.function_for is None else self.function_for(facts)


def _clip_text(facts: Facts) -> str:
    clip = facts.recipe.optimizer.clip
    told = (
        f"Here it may be {clip:g} long; a longer one is scaled down, its direction stays."
        if clip
        else "This recipe clips nothing: every gradient is taken as it is."
    )
    return (
        "All gradients together are one long vector. A rare batch can make it so long that one "
        f"step would ruin what was learned. {told}"
    )


def _update_text(facts: Facts) -> str:
    rates = {facts.recipe.optimizer.weight_decay * phase.decay for phase in facts.recipe.phases}
    less = ", in some phases less" if len(rates) > 1 else ""
    decay = (
        f" Matrices also lose {max(rates):g} × the learning rate of themselves{less}."
        if any(rates)
        else ""
    )
    return (
        "AdamW keeps two running means of every gradient: of itself and of its square. The step is "
        "their quotient times the learning rate, so that every weight moves about as far, however "
        f"large its gradient.{decay}"
    )


STAGES: tuple[LoopStage, ...] = (
    LoopStage(
        "text", "text", ("corpus",), ("rows",),
        formula=lambda f: (
            f"text → tokens → rows    {f.rows} rows of {f.length} + 1 tokens, from {f.corpus}"
        ),
        explanation=lambda f: (
            "Text is cut into tokens, and the tokens of one document after another fill a row. A "
            "row has one token more than the model reads: the last one is only ever a target."
            if not isinstance(f.source, Text)
            else "The text is one long stream of tokens. A row is a piece of it that begins "
            "anywhere, with one token more than the model reads: the last one is only a target."
        ),
        function_for=lambda f: Text.batch if isinstance(f.source, Text) else packed,
    ),
    LoopStage(
        "batch", "batch", ("rows",), ("inputs", "targets"),
        formula=lambda f: (
            f"inputs = rows[:, :-1]   targets = rows[:, 1:]    both [{f.rows}×{f.length}]"
        ),
        explanation=lambda f: (
            "Each row is used twice: as it is, and shifted by one. The target of every position is "
            f"the token that comes next. One step reads {f.rows} rows side by side: "
            f"{f.rows * f.length:,} predictions to learn from at once."
        ),
        function=next_tokens,
    ),
    LoopStage(
        "forward", "forward", ("inputs", "weights"), ("logits",),
        formula=lambda f: (
            f"logits = forward(inputs)    [{f.rows}×{f.length}] → "
            f"[{f.rows}×{f.length}×{f.config.d_vocab:,}]"
        ),
        explanation=lambda f: (
            "The same forward pass as for a prompt, over all rows at once. It keeps what it "
            "computes on the way, because the way back needs it."
        ),
        function=forward,
    ),
    LoopStage(
        "loss", "loss", ("logits", "targets"), ("loss",),
        formula=lambda f: "loss = mean of −ln softmax(logits)[target]    in nats, one a position",
        explanation=lambda f: (
            "How surprised the model is by what really comes next: minus the logarithm of the "
            "probability that it gave it. Certain and right costs 0; all "
            f"{f.config.d_vocab:,} tokens alike would cost ln {f.config.d_vocab:,}. The loss of "
            "the step is the mean."
        ),
        function=surprise,
    ),
    LoopStage(
        "backward", "backward", ("loss", "tensors", "weights"), ("gradients",),
        formula=lambda f: "∂L/∂x for every tensor x    from the loss back to the embedding",
        explanation=lambda f: (
            "The chain rule, from the loss back to the embedding. A gradient says how much the "
            "loss grows if its number grows a little: positive (orange) is worse, negative "
            "(blue) is better."
        ),
        function=backward,
    ),
    LoopStage(
        "clip", "clip", ("gradients",), ("factor",),
        formula=lambda f: (
            f"g × min(1, {f.recipe.optimizer.clip:g} / ‖g‖)    ‖g‖ = √∑ g² over all weights"
            if f.recipe.optimizer.clip
            else "‖g‖ = √∑ g²    over all weights; this recipe clips nothing"
        ),
        explanation=_clip_text,
        function=gradient_norm,
    ),
    LoopStage(
        "update", "update", ("weights", "gradients", "moments", "rate"), ("weights", "moments"),
        formula=lambda f: "w ← w − rate × (m̂ / (√v̂ + ε) + decay × w)    AdamW, one weight",
        explanation=_update_text,
        function=adamw,
    ),
    LoopStage(
        "repeat", "repeat", ("weights",), ("weights",),
        formula=lambda f: "again, with the next batch    the same prompt under the weights of now",
        explanation=lambda f: (
            "Every weight has moved a little, and the next batch is read. Nothing else happens in "
            "training: what the heads look at and what comes next follow from the steps."
        ),
        function=Trainer.advance,
    ),
)  # fmt: skip

_BY_KEY = {stage.key: stage for stage in STAGES}


def stage_named(key: str) -> LoopStage:
    """A stage by its key.

    Raises:
        InputError: there is none; the message names those that there are.
    """
    if key not in _BY_KEY:
        known = ", ".join(_BY_KEY)
        raise InputError(f"a step of training has no stage called {key!r}; there are: {known}")
    return _BY_KEY[key]


def after(key: str, by: int) -> str:
    """The stage `by` stages on (or back), around at the ends."""
    keys = [stage.key for stage in STAGES]
    return keys[(keys.index(key) + by) % len(keys)]
