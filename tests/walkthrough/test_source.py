"""The code that is shown is the code in the file."""

from collections.abc import Callable
from inspect import getsourcefile, getsourcelines, unwrap
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support import tiny
from tui_transformer.engine import ModelConfig
from tui_transformer.engine.config import Activation
from tui_transformer.walkthrough import place_of, source_of, walk

Function = Callable[..., object]

ACTIVATIONS: tuple[Activation, ...] = ("relu", "gelu_tanh", "gelu", "silu")

CONFIGS = [
    tiny(),
    tiny(positions="rotary", norm="rmsnorm", gated_mlp=True, tie_embeddings=False),
    *(tiny(positions="sinusoidal", act_fn=act_fn) for act_fn in ACTIVATIONS),
]


def functions() -> list[Function]:
    """What ran, at every step of every kind of model."""
    found = [step.stage.ran(config) for config in CONFIGS for step in walk(config)]
    return list(dict.fromkeys(function for function in found if function is not None))


@pytest.mark.parametrize("function", functions(), ids=lambda f: f.__name__)
def test_the_lines_stand_in_the_file_like_that(function: Function) -> None:
    shown = source_of(function)
    assert shown
    path = getsourcefile(unwrap(function))
    assert path is not None
    written, first = getsourcelines(function)
    in_file = Path(path).read_text("utf-8").splitlines()[first - 1 : first - 1 + len(written)]
    assert [line.rstrip("\n") for line in written] == in_file
    tail = dedent("\n".join(in_file[-len(shown) :])).splitlines()
    assert list(shown) == tail
    assert not any('"""' in line for line in shown)
    before = "\n".join(in_file[: -len(shown)])
    assert before.rstrip().endswith(('"""', ":"))


@pytest.mark.parametrize("function", functions(), ids=lambda f: f.__name__)
def test_it_says_where_they_stand(function: Function) -> None:
    file, _, name = place_of(function).partition(" · ")
    assert name == function.__name__
    path = getsourcefile(unwrap(function))
    assert path is not None
    assert path.replace("\\", "/").endswith(f"tui_transformer/{file}")


def test_every_step_that_computes_has_its_function() -> None:
    for config in CONFIGS:
        for step in walk(config):
            if step.writes(config):
                assert step.stage.ran(config) is not None, step


def test_the_function_of_an_activation_is_the_one_of_the_model() -> None:
    names: dict[str, ModelConfig] = {act_fn: tiny(act_fn=act_fn) for act_fn in ACTIVATIONS}
    ran = {}
    for name, config in names.items():
        step = next(step for step in walk(config) if step.stage.key == "activation")
        ran[name] = step.stage.ran(config)
    assert len(set(ran.values())) == len(names)
