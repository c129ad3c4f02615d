"""The fields of a `config.json`, each read as what it must be or refused by name."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from tui_transformer.engine.config import Activation
from tui_transformer.errors import ConfigError
from tui_transformer.tokenizers import visible

Fields = Mapping[str, Any]

_ACTIVATIONS: dict[str, Activation] = {
    "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "gelu_python_tanh": "gelu_tanh",
    "gelu_fast": "gelu_tanh", "gelu_accurate": "gelu_tanh", "gelu": "gelu", "gelu_python": "gelu",
    "relu": "relu", "silu": "silu", "swish": "silu",
}  # fmt: skip


def count(fields: Fields, name: str, default: int | None, alias: str = "") -> int:
    """A whole number from 1 to 2³¹ - 1; absent or null is the default."""
    value = fields.get(name)
    if value is None and alias:
        value = fields.get(alias)
    value = default if value is None else value
    if type(value) is not int or not 1 <= value < 2**31:
        raise ConfigError(
            f"config.json: {name} must be a whole number of at least 1, not {shown(value)}"
        )
    return value


def optional_count(fields: Fields, name: str, default: int) -> int | None:
    """As :func:`count`, but null means that there is none."""
    return None if name in fields and fields[name] is None else count(fields, name, default)


def number(fields: Fields, name: str, default: float | None) -> float:
    """A finite number; absent or null is the default."""
    value = fields.get(name)
    value = default if value is None else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            if isfinite(value):
                return float(value)
        except OverflowError:  # whole numbers in JSON have no limit
            pass
    raise ConfigError(f"config.json: {name} must be a number, not {shown(value)}")


def flag(fields: Fields, name: str, default: bool) -> bool:
    """True or false; absent or null is the default."""
    value = fields.get(name)
    value = default if value is None else value
    if not isinstance(value, bool):
        raise ConfigError(f"config.json: {name} must be true or false, not {shown(value)}")
    return value


def activation(fields: Fields, name: str, default: str) -> Activation:
    """The MLP's nonlinearity, given under its Hugging Face name."""
    value = fields.get(name)
    value = default if value is None else value
    if not isinstance(value, str) or value not in _ACTIVATIONS:
        known = ", ".join(_ACTIVATIONS)
        raise ConfigError(f"{name} {shown(value)} is not supported; supported are {known}")
    return _ACTIVATIONS[value]


def shown(value: object) -> str:
    """A value from outside, short and safe to print."""
    try:
        text = visible(str(value))
    except ValueError:  # a whole number of more digits than Python prints
        text = "a number without end"
    return text if len(text) <= 60 else text[:59] + "…"
