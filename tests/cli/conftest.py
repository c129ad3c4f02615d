"""Running the command line inside the test."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tui_transformer.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on stderr, after checking that it is one and that nothing else happened."""
        assert self.code == 2
        assert self.out == ""
        assert self.err.startswith("tuitf: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("tuitf: ").removesuffix("\n")


Run = Callable[..., Outcome]


SMALL_MODEL = "toy"


@pytest.fixture(autouse=True)
def _small_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that are given no model run a small one here, so that tests are quick."""
    for place in ("tui_transformer.models", "tui_transformer.cli.opening"):
        monkeypatch.setattr(f"{place}.DEFAULT_MODEL", SMALL_MODEL)


@pytest.fixture
def _shipped_default(monkeypatch: pytest.MonkeyPatch, _small_default: None) -> None:
    """Commands that are given no model run the one that users get."""
    from tui_transformer.models.catalogue import DEFAULT_MODEL

    for place in ("tui_transformer.models", "tui_transformer.cli.opening"):
        monkeypatch.setattr(f"{place}.DEFAULT_MODEL", DEFAULT_MODEL)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")

    def call(*args: str) -> Outcome:
        capsys.readouterr()
        code = main(args)
        caught = capsys.readouterr()
        return Outcome(code, caught.out, caught.err)

    return call
