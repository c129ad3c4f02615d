"""How a model is trained, as data: its shape, the optimizer, and what it reads when.

A recipe is a TOML file; those of the package are in `recipes/`. Every field has the name that it
has there. Nothing in a recipe depends on the machine: recipe, corpus, seed and number of steps
decide a run.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from tui_transformer.engine import ModelConfig
from tui_transformer.errors import ConfigError, TuitfError
from tui_transformer.tokenizers import visible

T = TypeVar("T")

OF_MODELS = ("toy", "story", "story-llama")
"""Recipes of the package with the names of the models that they made."""
PACKAGED = (*OF_MODELS, "text", "text-llama")
"""All of them; the others are for a text of one's own."""


class RecipeError(TuitfError):
    """A recipe that cannot be followed. Names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Where tokens come from."""

    kind: Literal["bytes", "words"] = "bytes"
    """`bytes`: byte-level BPE, learned from the corpus; `words`: the words of the toy corpus."""
    size: int = 2048
    """Tokens at most, the 256 bytes and the end of text among them (`bytes` only)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What one step reads."""

    rows: int = 16
    length: int = 128
    """Positions of a row."""
    parts: int = 4
    """Into how many parts the rows are divided for the threads; part of what fixes the numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimizer:
    """AdamW (Loshchilov & Hutter 2019) and the norm to which gradients are clipped."""

    learning_rate: float = 2e-3
    warmup: int = 100
    """Steps over which the learning rate rises from 0."""
    beta1: float = 0.9
    beta2: float = 0.98
    eps: float = 1e-8
    weight_decay: float = 0.1
    """Of matrices, per step and unit of learning rate."""
    clip: float = 1.0
    """The largest norm of a gradient; 0 leaves all as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The weights before the first step."""

    std: float = 0.02
    positions: Literal["normal", "sinusoidal"] = "normal"
    """Learned position embeddings begin as noise, or as the sinusoidal table."""
    positions_std: float = 0.02
    copying: bool = False
    """Whether heads begin by copying what they look at, and one in each block but the first by
    looking at what is like the query: after the idea of mimetic initialization (Trockman & Kolter
    2023). To look up what was said takes both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of training."""

    share: float = 1.0
    """How much of all steps, in any unit."""
    rate: tuple[float, float] = (1.0, 0.0)
    """The learning rate at the start and the end, in units of the optimizer's; a half cosine
    between (Loshchilov & Hutter 2017, eq. 5)."""
    decay: float = 1.0
    """The weight decay, in units of the optimizer's."""
    repeated_rows: float = 0.0
    """How much of the rows are random tokens said again, with the loss on what can be predicted."""
    exercise_rows: float = 0.0
    """How much of the rows are exercises in looking up what was said, with the loss on that alone.
    A corpus that has none reads plain rows instead."""
    exercises: Mapping[str, float] = field(default_factory=dict)
    """Shares of the kinds of exercises."""
    documents: Mapping[str, float] = field(default_factory=dict)
    """Shares of the kinds of documents; the corpus's usual mix if empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything about a training run but the corpus, the seed and the number of steps."""

    name: str
    summary: str = ""
    corpus: str = ""
    """The corpus that it is for, where none is given."""
    steps: int = 1000
    """How many, where no number is given."""
    candidates: int = 1
    """How many models to train, each with a seed of its own, one after the other."""
    keep: Literal["loss", "heads"] = "loss"
    """Which of several to keep: the one with the least loss on held-out text, or (for the toy
    corpus) the one whose two heads read best."""
    prompt: str = ""
    """What samples begin with."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """Fields of :class:`~tui_transformer.engine.ModelConfig`, but for the vocabulary's size."""
    vocabulary: Vocabulary = Vocabulary()
    batch: Rows = Rows()
    optimizer: Optimizer = Optimizer()
    start: Start = Start()
    phases: tuple[Phase, ...] = (Phase(),)

    def config(self, d_vocab: int) -> ModelConfig:
        """The model's shape for a vocabulary.

        Raises:
            RecipeError: fields of the model that no model has, or that do not go together.
        """
        try:
            return ModelConfig(**dict(self.model) | {"d_vocab": d_vocab})
        except (ConfigError, TypeError) as error:
            raise RecipeError(
                f"recipe {visible(self.name)}, model: {visible(str(error))}"
            ) from None


def recipe_named(name: str) -> Recipe:
    """A recipe of the package, or one in a TOML file.

    Raises:
        RecipeError: there is none, or it cannot be followed.
    """
    if name in PACKAGED:
        text = (files(__package__) / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
        return read_recipe(text, name)
    path = Path(name)
    if path.suffix != ".toml":
        raise RecipeError(
            f"there is no recipe called {visible(name)}; there are {', '.join(PACKAGED)}, or give "
            "the path of a .toml file"
        )
    try:
        return read_recipe(path.read_text(encoding="utf-8"), path.stem)
    except OSError as error:
        raise RecipeError(f"{visible(name)} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecipeError(f"{visible(name)} is not UTF-8 text: give a TOML file") from None


def read_recipe(text: str, name: str) -> Recipe:
    """Read the TOML form.

    Raises:
        RecipeError: it is not TOML, or a field is unknown or has a value that it cannot have.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = visible(str(error))
        raise RecipeError(f"recipe {visible(name)} is not TOML: {reason}") from None
    return recipe_of(found | {"name": name})


def recipe_of(found: Mapping[str, Any]) -> Recipe:
    """A recipe from plain dictionaries, lists and numbers, checked.

    Raises:
        RecipeError: a field is unknown or has a value that it cannot have.
    """
    recipe = _fill(Recipe, found, f"recipe {visible(str(found.get('name', '')))}")
    _check(recipe)
    return recipe


def fields_of(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain dictionaries, lists and numbers: what :func:`recipe_of` reads."""
    return asdict(recipe)


def _fill(kind: type[T], found: Mapping[str, Any], where: str) -> T:
    """A dataclass from a table, every value of the kind that its field has."""
    hints = get_type_hints(kind)
    unknown = sorted(found.keys() - hints.keys())
    if unknown:
        raise RecipeError(f"{where} has no field {visible(unknown[0])!r}")
    return kind(**{key: _value(hints[key], v, f"{where}, {key}") for key, v in found.items()})


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        return _fill(hint, value, where)
    if origin is tuple and isinstance(value, list | tuple):
        if parts[-1] is Ellipsis:
            return tuple(_value(parts[0], one, where) for one in value)
        if len(value) == len(parts):
            return tuple(_value(p, one, where) for p, one in zip(parts, value, strict=True))
    if origin is Literal and value in parts:
        return value
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        if isfinite(value) and value >= 0:
            return float(value)
    elif hint is int and type(value) is int:
        if value >= 0:
            return value
    elif hint in (bool, str) and isinstance(value, hint):
        return value
    elif isinstance(value, Mapping) and parts and parts[0] is str:
        return {str(key): _value(parts[1], one, f"{where}, {key}") for key, one in value.items()}
    elif hint is Any:
        return value
    raise RecipeError(f"{where} cannot be {visible(repr(value))[:60]}")


def _check(recipe: Recipe) -> None:
    """Refuse what has no meaning although every field by itself has one."""
    where = f"recipe {visible(recipe.name)}"
    at_least_one = (
        (recipe.steps, "steps"), (recipe.candidates, "candidates"), (recipe.batch.rows, "rows"),
        (recipe.batch.length, "length"), (recipe.batch.parts, "parts"),
    )  # fmt: skip
    for value, name in at_least_one:
        if value < 1:
            raise RecipeError(f"{where}: {name} must be at least 1")
    o = recipe.optimizer
    if not (o.beta1 < 1 and o.beta2 < 1 and o.eps > 0):
        raise RecipeError(f"{where}: beta1 and beta2 must be below 1 and eps above 0")
    if not sum(phase.share for phase in recipe.phases) > 0:
        raise RecipeError(f"{where} has no phase: give at least one a share above 0")
    for phase in recipe.phases:
        if phase.repeated_rows + phase.exercise_rows > 1:
            raise RecipeError(
                f"{where}: repeated_rows and exercise_rows are shares, together from 0 to 1"
            )
        if phase.exercise_rows and not sum(phase.exercises.values()):
            raise RecipeError(f"{where}: exercise_rows need exercises, with shares above 0")
    if recipe.vocabulary.kind == "bytes" and recipe.vocabulary.size < 257:
        raise RecipeError(f"{where}: a vocabulary of bytes has at least 257 tokens")
    config = recipe.config(d_vocab=recipe.vocabulary.size)
    if config.n_ctx < recipe.batch.length:
        raise RecipeError(f"{where}: rows of {recipe.batch.length} do not fit into {config.n_ctx}")
