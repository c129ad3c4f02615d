"""`tuitf train`, from the first line of its log to every way in which it can end."""

import errno
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Run as Cli
from tests.cli.support import HOSTILE, safe
from tests.training.small import SMALL_TOML
from tui_transformer.cli import training_view
from tui_transformer.cli.training_view import Log, Panel, Progress, duration, panel_lines
from tui_transformer.models import load_model
from tui_transformer.models.catalogue import built_in
from tui_transformer.models.export import family_of
from tui_transformer.training.checkpoint import STATE_FILE
from tui_transformer.training.run import Point, Run
from tui_transformer.watching import attended

BYTES = SMALL_TOML.replace('kind = "words"', "size = 300")


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    path = tmp_path / "small.toml"
    path.write_text(SMALL_TOML)
    return str(path)


@pytest.fixture
def mine(tmp_path: Path) -> list[str]:
    """A text of one's own and a recipe for it, as arguments."""
    (tmp_path / "mine.txt").write_text("The cat sat on the mat. A dog ran to the tree.\n" * 30)
    (tmp_path / "bytes.toml").write_text(BYTES)
    return ["--corpus", str(tmp_path / "mine.txt"), "--recipe", str(tmp_path / "bytes.toml")]


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_from_its_beginning_to_its_end(run: Cli, recipe: str, tmp_path: Path) -> None:
    out = tmp_path / "model"
    done = run("train", "--recipe", recipe, "--every", "2", "-o", str(out))
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert [line.partition("  ")[0] for line in lines[:6:2]] == [
        "step 2 of 6", "step 4 of 6", "step 6 of 6",
    ]  # fmt: skip
    assert all(line.startswith("  | the cat ") for line in lines[1:6:2])
    assert lines[6].startswith("trained 6 steps: train ")
    assert lines[-1] == f"open it with: tuitf -m {out}"
    report = json.loads((out / "training.json").read_text())
    assert (report["steps"], report["seed"], report["step"]) == (6, 0, 6)
    assert [point["step"] for point in report["history"]] == [2, 4, 6]
    (toy,) = report["measured"]
    ratio = toy["nats"] / toy["entropy"]
    assert f"{ratio:.4f}" in done.out
    model = load_model(str(out))
    assert model.card.prompt == "the cat"
    assert run("generate", "-m", str(out), "the cat", "-n", "3").code == 0


def test_stopping_and_going_on_gives_the_same_files(
    run: Cli, mine: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert run("train", *mine, "--every", "4", "-o", str(whole)).code == 0
    advance = Run.advance

    def interrupted(self: Run) -> object:
        if self.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return advance(self)

    monkeypatch.setattr(Run, "advance", interrupted)
    stopped = run("train", *mine, "--every", "4", "-o", str(parts))
    monkeypatch.setattr(Run, "advance", advance)
    assert stopped.code == 130
    assert stopped.out.splitlines()[-1] == (
        f"stopped at step 3 of 6 and saved; go on with: tuitf train --resume -o {parts}"
    )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    went_on = run("train", "--resume", "--every", "4", "-o", str(parts))
    assert went_on.code == 0
    assert everything(parts) == everything(whole)
    again = run("train", "--resume", "-o", str(parts))
    assert (again.code, again.out) == (0, f"the run in {parts} is complete\n")


def test_a_second_interruption_does_not_wait(
    run: Cli, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(self: Run) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("still here")

    monkeypatch.setattr(Run, "advance", impatient)
    done = run("train", "--recipe", recipe, "-o", str(tmp_path / "model"))
    assert (done.code, done.err) == (130, "")


def test_a_loss_that_turns_nan_keeps_the_last_good_checkpoint(run: Cli, tmp_path: Path) -> None:
    path, out = tmp_path / "wild.toml", tmp_path / "model"
    path.write_text(SMALL_TOML.replace("learning_rate = 0.03", "learning_rate = 1e38"))
    done = run("train", "--recipe", str(path), "--every", "1", "-o", str(out))
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "lower the learning rate" in done.err
    assert f"is kept in {out}" in done.err
    kept = json.loads((out / "training.json").read_text())["step"]
    assert f"the checkpoint of step {kept}" in done.err
    load_model(str(out))


def test_a_full_disk_keeps_the_last_good_checkpoint(
    run: Cli, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, fsync = tmp_path / "model", os.fsync
    monkeypatch.setattr(attended, "_POINTS", 3)
    calls: list[int] = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 15:  # six files a time: in the third
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    done = run("train", "--recipe", recipe, "-o", str(out))
    assert done.code == 2
    assert "No space left on device" in done.err
    assert f"the checkpoint of step 2 is kept in {out}" in done.err
    assert json.loads((out / "training.json").read_text())["step"] == 2
    assert not list(out.glob("*.partial"))
    load_model(str(out))


def test_folders_that_are_taken(run: Cli, recipe: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    (tmp_path / "empty").mkdir()
    for name, part in (("file", "is a file"), ("full", "is not empty")):
        complaint = run("train", "--recipe", recipe, "-o", str(tmp_path / name)).complaint
        assert part in complaint
    assert everything(tmp_path / "full") == {"note": b"mine"}
    assert run("train", "--recipe", recipe, "-o", str(tmp_path / "empty")).code == 0
    again = run("train", "--recipe", recipe, "-o", str(tmp_path / "empty")).complaint
    assert "add --resume" in again


def test_going_on_is_refused_where_it_would_be_another_run(
    run: Cli, mine: list[str], tmp_path: Path
) -> None:
    out = str(tmp_path / "model")
    assert "no training.safetensors" in run("train", "--resume", "-o", out).complaint
    assert run("train", *mine, "-o", out).code == 0
    for change in (["--steps", "7"], ["--seed", "1"], ["--recipe", "toy"], ["--corpus", "toy"]):
        complaint = run("train", "--resume", *change, "-o", out).complaint
        assert change[0] in complaint
    (tmp_path / "mine.txt").write_text("another text")
    assert "put the old text back" in run("train", "--resume", "-o", out).complaint
    Path(out, STATE_FILE).write_bytes(b"short")
    assert "corrupt" in run("train", "--resume", "-o", out).complaint


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"", "is empty"), (b"a short text", "tokens"), (b"\xff\xfe\x00", "is not UTF-8")],
)
def test_texts_that_nothing_can_be_learned_from(
    run: Cli, tmp_path: Path, content: bytes, part: str
) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(content)
    out = tmp_path / "model"
    assert part in run("train", "--corpus", str(path), "-o", str(out)).complaint
    assert not out.exists()


def test_what_is_asked_for_must_be_there(run: Cli, mine: list[str], tmp_path: Path) -> None:
    out = ["-o", str(tmp_path / "model")]
    assert "--corpus" in run("train", *out).complaint
    assert "cannot be read" in run("train", "--corpus", "absent.txt", *out).complaint
    assert "no recipe" in run("train", "--corpus", "toy", "--recipe", "huge", *out).complaint
    assert "32 words" in run("train", *mine[:2], "--recipe", "toy", *out).complaint
    assert "--steps" in run("train", "--corpus", "toy", "--steps", "0", *out).complaint
    assert "-o" in run("train", "--corpus", "toy").complaint
    assert "--corpus" in run("train", "--recipe", "text", *out).complaint


def test_a_text_has_a_recipe_of_its_own(run: Cli, tmp_path: Path) -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    (tmp_path / "mine.txt").write_text(" ".join(a + b for a in words for b in words) * 20)
    out = tmp_path / "model"
    corpus = ["--corpus", str(tmp_path / "mine.txt")]
    assert run("train", *corpus, "--steps", "1", "-o", str(out)).code == 0
    recipe = json.loads((out / "training.json").read_text())["recipe"]
    assert recipe["name"] == "text"
    assert len(recipe["phases"]) == 1
    assert load_model(str(out)).config == replace(
        built_in("story").config, d_vocab=load_model(str(out)).config.d_vocab
    )
    llama = tmp_path / "llama"
    done = run("train", *corpus, "--recipe", "text-llama", "--steps", "1", "-o", str(llama))
    assert done.code == 0
    assert family_of(load_model(str(llama)).config) == "llama"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_reaches_a_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    progress = some_progress(text)
    Log().point(progress)
    out = capsys.readouterr().out
    assert safe(out.encode("utf-8", "replace").decode())
    assert out.count("\n") == 2
    assert all(safe(line) for line in panel_lines(progress, 80, unicode=True))


def some_progress(sample: str = "the cat", candidate: str = "") -> Progress:
    history = [Point(10, 3.0, 3.5), Point(20, 2.0, 2.5)]
    return Progress(
        title="training small on toy", step=20, steps=80, loss=1.9, rate=1e-3, norm=0.5,
        tokens_per_second=1234.0, seconds_left=61.0, history=history, sample=sample,
        candidate=candidate,
    )  # fmt: skip


def test_the_panel_says_where_the_run_stands() -> None:
    lines = panel_lines(some_progress(candidate="model 2 of 3"), 80, unicode=True)
    text = "\n".join(lines)
    for part in (
        "model 2 of 3", " 25%  step 20 of 80", "loss 1.9000", "1,234 tokens/s", "1 min 1 s left",
        "3.500", "2.000", "held out 2.5000", "the cat",
    ):  # fmt: skip
        assert part in text
    assert all(len(line) <= 80 for line in lines)
    assert len(lines) <= 23, "it fits on the smallest screen"
    assert "\n".join(panel_lines(some_progress(), 60, unicode=False)).isascii()


def test_the_panel_is_drawn_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    panel = Panel()
    panel.point(some_progress("an \x1b[31mend"))
    panel.close()
    out = capsys.readouterr().out
    assert "step 20 of 80" in out
    assert "␛[31mend" in out


def test_durations() -> None:
    assert duration(-1) == "0 s"
    assert duration(59.4) == "59 s"
    assert duration(250) == "4 min 10 s"
    assert duration(12_000) == "3 h 20 min"
    assert duration(float("inf")).endswith("min")


def test_only_what_is_new_is_drawn_between_points(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    monkeypatch.setattr(training_view.Panel, "_draw", lambda self, p: drawn.append(p.step))
    panel = Panel()
    panel.step(some_progress())
    panel.step(some_progress())  # at once after the first
    panel.close()
    assert drawn == [20]


def test_watching_without_a_terminal_is_the_log(run: Cli, recipe: str, tmp_path: Path) -> None:
    out = tmp_path / "model"
    done = run("train", "--recipe", recipe, "--every", "2", "--watch", "-o", str(out))
    assert done.code == 0
    assert done.err == (
        "tuitf: the output is not a terminal, so this is a log; "
        "'tuitf train --explain' prints a step\n"
    )
    assert done.out.startswith("step 2 of 6")
    load_model(str(out))


def test_leaving_the_training_screen_saves_and_says_how_to_go_on(
    run: Cli, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_transformer import tui
    from tui_transformer.cli import present
    from tui_transformer.watching import WatchedRun

    out, plain = tmp_path / "model", tmp_path / "plain"
    seen: list[int] = []

    def screen(watched: WatchedRun, look: object) -> int:
        assert (out / STATE_FILE).exists()  # saved before the first step
        seen.append(watched.run.step)
        watched.begin()
        for _ in range(3):
            watched.advance()
        return 0

    monkeypatch.setattr(present, "why_plain", lambda: None)
    monkeypatch.setattr(tui, "run_training", screen)
    left = run("train", "--recipe", recipe, "--watch", "-o", str(out))
    assert (left.code, left.err) == (130, "")
    assert left.out == (
        f"stopped at step 3 of 6 and saved; go on with: tuitf train --resume -o {out}\n"
    )
    done = run("train", "--resume", "--watch", "-o", str(out))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"open it with: tuitf -m {out}"
    assert seen == [0, 3]
    assert run("train", "--recipe", recipe, "-o", str(plain)).code == 0
    assert (plain / "model.safetensors").read_bytes() == (out / "model.safetensors").read_bytes()


def test_a_screen_that_fails_still_saves(
    run: Cli, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_transformer import tui
    from tui_transformer.cli import present
    from tui_transformer.watching import WatchedRun

    def broken(watched: WatchedRun, look: object) -> int:
        watched.begin()
        watched.advance()
        raise KeyboardInterrupt

    monkeypatch.setattr(present, "why_plain", lambda: None)
    monkeypatch.setattr(tui, "run_training", broken)
    out = tmp_path / "model"
    run("train", "--recipe", recipe, "--watch", "-o", str(out))
    assert json.loads((out / "training.json").read_text())["step"] == 1
