"""`tuitf` itself: it opens the screen, or says why there is none."""

import subprocess
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import tui_transformer
from tests.cli.conftest import Run
from tests.cli.support import process, safe
from tui_transformer.cli import present
from tui_transformer.models import entries, load_model
from tui_transformer.models.catalogue import DEFAULT_MODEL
from tui_transformer.sampling import SamplingSettings
from tui_transformer.session import Session, SessionState
from tui_transformer.terminal.look import Look
from tui_transformer.walkthrough import Cursor, walk


@dataclass
class Screen:
    """Stands where the screen is opened, and keeps what it is opened with."""

    code: int = 0
    opened: list[tuple[Session, SessionState]] = field(default_factory=list)

    def run_app(self, session: Session, state: SessionState, look: Look) -> int:
        assert look.chosen.mouse
        self.opened.append((session, state))
        return self.code


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    found = Screen()
    module = types.ModuleType("tui_transformer.tui")
    module.run_app = found.run_app  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tui_transformer.tui", module)
    monkeypatch.setattr(tui_transformer, "tui", module, raising=False)
    monkeypatch.setattr(present, "why_plain", lambda: None)
    return found


@pytest.mark.usefixtures("_shipped_default")
def test_it_opens_on_the_default_model_and_its_prompt(run: Run, screen: Screen) -> None:
    found = run()
    assert (found.code, found.out, found.err) == (0, "", "")
    [(session, state)] = screen.opened
    card = load_model(DEFAULT_MODEL).card
    assert state == SessionState(model=card.name, prompt=card.prompt)
    assert not session.is_open


def test_every_option_reaches_the_state(run: Run, screen: Screen) -> None:
    run(
        "-p", "the dog", "-m", "toy", "--temperature", "0.8", "--top-k", "5", "--top-p", "0.9",
        "--min-p", "0.1", "--seed", "7", "--append", "1, 2",
        "--at", "blocks.0.attn.pattern[head=1,2,1]",
    )  # fmt: skip
    [(session, state)] = screen.opened
    assert state == SessionState(
        model="toy",
        prompt="the dog",
        generated=(1, 2),
        seed=7,
        sampling=SamplingSettings(0.8, 5, 0.9, 0.1),
        cursor=Cursor("blocks.0.softmax", head=1, token=2, column=1),
    )
    session.open(state)
    assert session.tokens == ("the", "dog", "cat", "sat")


def test_the_command_of_a_session_opens_it_again(run: Run, screen: Screen) -> None:
    import shlex

    run("-p", "the dog", "--temperature", "0.5", "--append", "3", "--at", "mlp_in")
    session, state = screen.opened[0]
    session.open(state)
    assert run(*shlex.split(session.command())[1:]).code == 0
    again, reopened = screen.opened[1]
    again.open(reopened)
    assert again.command() == session.command()
    assert again.trace.ids == session.trace.ids


def test_the_model_is_loaded_once(
    run: Run, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_transformer.cli import opening

    loads: list[str] = []

    def load(name: str) -> object:
        loads.append(name)
        return load_model(name)

    monkeypatch.setattr(opening, "open_model", load)
    run("-m", "worked")
    session, state = screen.opened[0]
    session.open(state)
    assert loads == ["worked"]
    session.open(session.with_model("toy"))
    assert session.model.card.name == "toy"


def test_the_screen_decides_the_exit_code(run: Run, screen: Screen) -> None:
    screen.code = 3
    assert run().code == 3


def test_what_is_wrong_is_said_before_the_screen_opens(run: Run, screen: Screen) -> None:
    for args in (("--at", "nope"), ("-p", ""), ("-m", "worked", "-p", "zebra")):
        assert run(*args).complaint
    assert screen.opened == []


@pytest.mark.usefixtures("_shipped_default")
def test_without_a_terminal_it_is_plain_text_and_says_why(run: Run) -> None:
    found = run()
    assert found.code == 0
    assert found.err.startswith("tuitf: the output is not a terminal, so this is plain text")
    assert found.err.count("\n") == 1
    model = load_model(DEFAULT_MODEL)
    assert found.out.startswith(f"{DEFAULT_MODEL} · ")
    for step in walk(model.config):
        if step.writes(model.config):
            assert f"  {step.stage.title} " in found.out
    session = Session()
    session.open(SessionState(model=DEFAULT_MODEL, prompt=model.card.prompt))
    best = int(session.distribution_at().order[0])
    assert f"  {model.labels[best]} " in found.out
    assert max(map(len, found.out.splitlines())) <= 80


def test_without_a_terminal_a_place_is_its_stage(run: Run) -> None:
    found = run("-m", "worked", "--at", "softmax")
    assert found.out == run("explain", "the cat sat on", "-m", "worked", "--stage", "softmax").out


@pytest.mark.parametrize(
    ("kind", "words"),
    [("dumb", "TERM=dumb"), ("unknown", "TERM does not say"), ("", "TERM does not say")],
)
def test_a_terminal_that_cannot_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("tui_transformer.cli.streams.on_terminal", lambda: True)
    monkeypatch.setenv("TERM", kind)
    assert words in (present.why_plain() or "")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert present.why_plain() is None
    monkeypatch.setattr(sys, "stdin", None)
    assert present.why_plain() == "the input is not a terminal"


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"tuitf {tui_transformer.__version__}\n"
    for args in ((), ("generate",), ("explain",), ("models",)):
        for flag in ("--help", "-h"):
            found = run(*args, flag)
            assert (found.code, found.err) == (0, "")
            assert "Examples:" in found.out
            assert max(map(len, found.out.splitlines())) <= 80
            assert safe(found.out)


def test_help_names_every_option(run: Run) -> None:
    shared = {"--model", "--temperature", "--top-k", "--top-p", "--min-p", "--seed"}
    for args, options in (
        ((), shared | {"--prompt", "--append", "--at", "--version", "--show-completion"}),
        (("generate",), shared | {"--count"}),
        (("explain",), shared | {"--stage", "--layer", "--head", "--token", "--at", "--format"}),
    ):
        text = run(*args, "--help").out
        assert all(option in text for option in options)


def test_the_shell_completes_models_and_stages(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for words, expected in (
        ("tuitf -m ", {entry.card.name for entry in entries()}),
        ("tuitf models w", {"worked"}),
        ("tuitf models gpt2", {"gpt2", "gpt2-medium"}),
        ("tuitf pull dist", {"distilgpt2"}),
        (f"tuitf trace -m {tmp_path}/mi", {f"{tmp_path}/mine"}),
        ("tuitf explain --stage s", {"scores", "softmax", "sample"}),
        ("tuitf g", {"generate"}),
    ):
        done = process(
            env={
                "_TUITF_COMPLETE": "complete_bash",
                "HF_HOME": str(tmp_path),
                "COMP_WORDS": words,
                "COMP_CWORD": str(words.count(" ")),
            }
        )
        assert done.returncode == 0
        found = set(done.stdout.decode().split())
        assert expected <= found
        assert all(word.startswith(words.rsplit(" ", 1)[1]) for word in found)


def test_python_m_is_the_same_program() -> None:
    done = process("--version")
    assert done.stdout.decode() == f"tuitf {tui_transformer.__version__}\n"


def test_a_real_process_without_a_terminal() -> None:
    done = process("-m", "worked", env={"TERM": "dumb"})
    assert done.returncode == 0
    assert safe(done.stdout.decode())
    assert done.stderr.startswith(b"tuitf: ")
    assert done.stderr.count(b"\n") == 1


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, tui_transformer.cli as cli\n"
        "heavy = {'numpy', 'textual', 'rich', 'typer', 'tokenizers', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "cli.main(['--version'])\n"
        "heavy.remove('typer')\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "cli.main(['generate', 'the cat', '-n', '1'])\n"
        "assert 'textual' not in sys.modules\n"
        "cli.main(['explain', 'the cat'])\n"
        "assert 'textual' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
