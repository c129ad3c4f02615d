"""The code that ran: read from the engine's own source, so that it cannot drift."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=64)
def source_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The lines of a function's body as they stand in the file, without its docstring."""
    text = textwrap.dedent(inspect.getsource(function))
    lines = text.splitlines()
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    body = node.body
    documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    first = body[1 if documented and len(body) > 1 else 0]
    return tuple(textwrap.dedent("\n".join(lines[first.lineno - 1 :])).splitlines())


def place_of(function: Callable[..., Any]) -> str:
    """Where it stands: `engine/ops.py · softmax`."""
    module = function.__module__.removeprefix("tui_transformer.").replace(".", "/")
    return f"{module}.py · {function.__name__}"
