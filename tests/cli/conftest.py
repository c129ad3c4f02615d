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
