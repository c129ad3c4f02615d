"""`card.json`: what a model's folder says about how the model was made and what it can do.

The file is an object. `summary` is a few words, `description` a few sentences, `source` where the
idea comes from, `weights` is `trained` or `hand-made`; `corpus`, `recipe`, `seed`, `steps`,
`tokens_seen`, `command` and `licence` say how it was made; `figures` is a list of what was measured
(`what`, `value`, `bar`, `holds`, `n`), `parts` a list of what its numbers do (`part`, `does`),
`limits` a list of sentences; `prompt` is what the model opens with, where it is not what its
configuration says. All of them may be left out; other fields are passed over.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any, Literal

from tui_transformer.models.checkpoint import CheckpointError
from tui_transformer.models.loaded import Figure, ModelCard, Provenance

CARD_FILE = "card.json"

_WEIGHTS: Mapping[str, Literal["trained", "hand-made"]] = {
    "trained": "trained", "hand-made": "hand-made",
}  # fmt: skip


def with_card_file(card: ModelCard, fields: Mapping[str, Any]) -> ModelCard:
    """A card with what a `card.json` says.

    Args:
        card: what is known without it.
        fields: what the file holds.

    Raises:
        CheckpointError: a field is of the wrong kind; the message names it.
    """
    weights = _text(fields, "weights", card.weights)
    if weights not in (*_WEIGHTS, card.weights):
        raise _wrong("weights", "trained or hand-made")
    return replace(
        card,
        summary=_text(fields, "summary", card.summary),
        description=_text(fields, "description", card.description),
        source=_text(fields, "source", ""),
        prompt=_text(fields, "prompt", card.prompt),
        weights=_WEIGHTS.get(weights, card.weights),
        provenance=Provenance(
            corpus=_text(fields, "corpus"),
            recipe=_text(fields, "recipe"),
            seed=_count(fields, "seed"),
            steps=_count(fields, "steps"),
            tokens_seen=_count(fields, "tokens_seen"),
            command=_text(fields, "command"),
            licence=_text(fields, "licence"),
            figures=tuple(_figure(one) for one in _list(fields, "figures")),
            parts=tuple(_part(one) for one in _list(fields, "parts")),
            limits=tuple(_text({"limits": one}, "limits") for one in _list(fields, "limits")),
        ),
    )


def _figure(one: object) -> Figure:
    if not isinstance(one, dict):
        raise _wrong("figures", "a list of objects")
    value, holds = one.get("value"), one.get("holds")
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        raise _wrong("value", "a number")
    if not isinstance(holds, bool | None):
        raise _wrong("holds", "true or false")
    bar = one.get("bar")
    written = f"{bar:g}" if isinstance(bar, int | float) else _text(one, "bar")
    return Figure(_text(one, "what"), float(value), written, holds, _count(one, "n"))


def _part(one: object) -> tuple[str, str]:
    if not isinstance(one, dict):
        raise _wrong("parts", "a list of objects")
    return _text(one, "part"), _text(one, "does")


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    value = [] if value is None else value
    if not isinstance(value, list):
        raise _wrong(name, "a list")
    return value


def _text(fields: Mapping[str, Any], name: str, default: str = "") -> str:
    value = fields.get(name)
    value = default if value is None else value
    if not isinstance(value, str):
        raise _wrong(name, "text")
    return value


def _count(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if value is None or (type(value) is int and value >= 0):
        return value
    raise _wrong(name, "a whole number")


def _wrong(name: str, what: str) -> CheckpointError:
    return CheckpointError(f"{CARD_FILE} is left out: {name} must be {what}")
