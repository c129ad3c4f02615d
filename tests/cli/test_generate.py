"""`tuitf generate`: the text of the tokens, as they come, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from tests.cli.conftest import Run
from tests.cli.support import HOSTILE, byte_model, process, safe
from tui_transformer.cli import generate as command
from tui_transformer.cli import opening, streams
from tui_transformer.engine import forward
from tui_transformer.models import LoadedModel, load_model
from tui_transformer.models.catalogue import DEFAULT_MODEL
from tui_transformer.sampling import SamplingSettings, distribution, draw, generator_for
from tui_transformer.tokenizers import visible


def continued(
    model: LoadedModel, prompt: str, count: int, settings: SamplingSettings, seed: int
) -> list[int]:
    """The tokens that a plain loop over whole passes gives, without any cache."""
    ids = list(model.tokenizer.encode(prompt))
    for step in range(count):
        if len(ids) == model.config.n_ctx:
            break
        logits = forward(ids, model.weights, model.config)[-1]
        ids.append(draw(distribution(logits, settings), generator_for(seed, step)).token)
    return ids


@pytest.mark.parametrize("seed", [0, 7])
def test_the_text_is_the_prompt_and_what_was_sampled(run: Run, seed: int) -> None:
    model = load_model("toy")
    settings = SamplingSettings(0.8, 9, 0.95, 0.01)
    ids = continued(model, "the cat", 11, settings, seed)
    found = run(
        "generate", "the cat", "-m", "toy", "-n", "11", "--temperature", "0.8", "--top-k", "9",
        "--top-p", "0.95", "--min-p", "0.01", "--seed", str(seed),
    )  # fmt: skip
    assert (found.code, found.err) == (0, "")
    assert found.out == model.tokenizer.decode(ids) + "\n"


def test_temperature_0_takes_the_largest_logit(run: Run) -> None:
    model = load_model("toy")
    ids = list(model.tokenizer.encode("the cat"))
    for _ in range(6):
        ids.append(int(np.argmax(forward(ids, model.weights, model.config)[-1])))
    for seed in ("1", "2"):
        found = run("generate", "the cat", "-n", "6", "--temperature", "0", "--seed", seed)
        assert found.out == model.tokenizer.decode(ids) + "\n"


def test_the_default_is_twenty_tokens(run: Run) -> None:
    found = run("generate", "the cat")
    assert len(found.out.split()) == 22
    assert set(found.out.split()) <= set(load_model("toy").labels)


@pytest.mark.usefixtures("_shipped_default")
def test_it_is_the_default_model_that_goes_on(run: Run) -> None:
    args = ("generate", "the cat", "-n", "5", "--seed", "3")
    assert run(*args).out == run(*args, "-m", DEFAULT_MODEL).out


def test_the_end_of_the_context_stops_and_says_so(run: Run) -> None:
    model = load_model("worked")
    found = run("generate", "the cat", "-m", "worked", "-n", "9", "--seed", "3")
    ids = continued(model, "the cat", 9, SamplingSettings(), 3)
    assert len(ids) == model.config.n_ctx
    assert found.code == 0
    assert found.out == model.tokenizer.decode(ids) + "\n"
    assert found.err == (
        "tuitf: the context is full: worked reads at most 4 tokens, so 2 of 9 were generated\n"
    )
    exact = run("generate", "the cat", "-m", "worked", "-n", "2", "--seed", "3")
    assert (exact.out, exact.err) == (found.out, "")


@pytest.fixture
def bytes_model(monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    model = byte_model()
    monkeypatch.setattr(opening, "open_model", lambda name: model)
    return model


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written, piece by piece."""
    written: list[str] = []
    write: Callable[..., None] = streams.write

    def keep(text: str, *, flush: bool = False) -> None:
        written.append(text)
        write(text, flush=flush)

    monkeypatch.setattr(streams, "write", keep)
    return written


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_hostile_bytes_are_streamed_safely(
    run: Run,
    bytes_model: LoadedModel,
    chunks: list[str],
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    seed: int,
) -> None:
    monkeypatch.setattr(streams, "on_terminal", lambda: terminal)
    found = run("generate", "h\x1b[31mé\n\u202e\x9b", "-n", "40", "--seed", str(seed))
    ids = continued(bytes_model, "h\x1b[31mé\n\u202e\x9b", 40, SamplingSettings(), seed)
    text = bytes_model.tokenizer.decode(ids)
    assert not safe(text)
    assert safe(found.out, also="\n" if terminal else "\n\t")
    if terminal:
        assert found.out == "\n".join(visible(line) for line in text.split("\n")) + "\n"
    else:
        assert found.out == command.for_pipe(text) + "\n"
    assert "".join(chunks) == found.out


def test_a_character_is_printed_when_its_last_byte_has_come(
    run: Run, bytes_model: LoadedModel, chunks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    euro = iter("€".encode())

    def next_byte(session: object) -> object:
        from dataclasses import replace

        state = session.state  # type: ignore[attr-defined]
        return replace(state, generated=(*state.generated, next(euro)))

    monkeypatch.setattr("tui_transformer.session.Session.with_sample", next_byte)
    found = run("generate", "a", "-n", "3")
    assert found.out == "a€\n"
    assert [chunk for chunk in chunks if chunk] == ["a", "€", "\n"]


def test_what_stays_incomplete_is_printed_at_the_end(run: Run, bytes_model: LoadedModel) -> None:
    found = run("generate", "a\udce2", "-n", "1", "--temperature", "0")
    following = continued(bytes_model, "a\udce2", 1, SamplingSettings(0), 0)
    assert found.out == command.for_pipe(bytes_model.tokenizer.decode(following)) + "\n"
    assert "a\ufffd" in found.out


def test_pipes_keep_what_terminals_cannot_show() -> None:
    text = "é\u200d\u00a0\ufe0f\t日本\n\U0001f469\u200d\U0001f680"
    assert command.for_pipe(text) == text
    assert command.for_pipe("\x1b\r\u202e\x85\udce2") == "␛␍<202E><0085>\\xE2"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("model", ["worked", "toy"])
def test_hostile_prompts_put_no_control_character_anywhere(run: Run, model: str, text: str) -> None:
    found = run("generate", text, "-m", model, "-n", "2")
    assert found.code in {0, 2}
    assert safe(found.out)
    assert safe(found.err)
    assert len(found.err) < 1000


def test_control_c_ends_with_130_and_no_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(session: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tui_transformer.session.Session.with_sample", stop)
    found = run("generate", "the cat")
    assert (found.code, found.out, found.err) == (130, "the cat\n", "")


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [sys.executable, "-m", "tui_transformer", "generate", "the cat", "-n", "20"],
        stdout=writer,
        stderr=subprocess.PIPE,
    ) as started:
        os.close(writer)
        _, err = started.communicate(timeout=120)
    assert err == b""
    assert started.returncode == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "tui_transformer", "generate", "the cat"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"tuitf: the output cannot be written: ")
    assert done.stderr.count(b"\n") == 1


def test_a_real_process_writes_the_same(run: Run) -> None:
    done = process("generate", "the cat", "-n", "5", "-m", "toy")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == run("generate", "the cat", "-n", "5").out
