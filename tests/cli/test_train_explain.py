"""`tuitf train --explain`: a step of any run as plain text or JSON, and nothing else happens."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run as Cli
from tests.cli.support import HOSTILE, process, safe
from tests.training.small import SMALL_TOML
from tui_transformer.cli import train_explain
from tui_transformer.training.checkpoint import STATE_FILE
from tui_transformer.training.run import Run

BYTES = SMALL_TOML.replace('kind = "words"', "size = 300")


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    path = tmp_path / "small.toml"
    path.write_text(SMALL_TOML)
    return str(path)


@pytest.fixture
def stopped(run: Cli, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a run that was stopped after four of its six steps."""
    folder = tmp_path / "model"
    advance = Run.advance

    def interrupted(self: Run) -> object:
        made = advance(self)
        if self.step == 4:
            os.kill(os.getpid(), 2)
        return made

    monkeypatch.setattr(Run, "advance", interrupted)
    assert run("train", "--recipe", recipe, "-o", str(folder)).code == 130
    monkeypatch.setattr(Run, "advance", advance)
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def update_of(text: str) -> str:
    """The stage of the update, in what was printed."""
    return text.partition("stage 7 of 8")[2].partition("stage 8 of 8")[0]


def test_a_step_of_a_new_run_is_printed_and_nothing_is_written(
    run: Cli, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = everything(tmp_path)
    done = run("train", "--recipe", recipe, "--explain", "2")
    assert (done.code, done.err) == (0, "")
    titles = [line for line in done.out.splitlines() if line.startswith("stage ")]
    assert [line.rpartition(" ")[2] for line in titles] == [
        "text", "batch", "forward", "loss", "backward", "clip", "update", "repeat",
    ]  # fmt: skip
    assert "training on toy, seed 0 · step 2 of 6" in done.out
    assert everything(tmp_path) == before
    first = run("train", "--recipe", recipe, "--explain", "next")
    assert "step 1 of 6" in first.out
    assert run("train", "--recipe", recipe, "--explain", "1").out == first.out
    other = run("train", "--recipe", recipe, "--explain", "1", "--seed", "3")
    assert update_of(other.out) != update_of(first.out)


def test_a_run_in_a_folder_is_explained_wherever_it_stands(
    run: Cli, recipe: str, stopped: Path
) -> None:
    before = everything(stopped)
    for number in ("2", "5", "6"):
        new = run("train", "--recipe", recipe, "--explain", number)
        for options in ([], ["--resume"]):
            held = run("train", *options, "--explain", number, "-o", str(stopped))
            assert (held.code, held.out) == (0, new.out)
    following = run("train", "--explain", "next", "-o", str(stopped))
    assert "step 5 of 6" in following.out
    assert everything(stopped) == before
    another = run("train", "--explain", "1", "--seed", "4", "-o", str(stopped))
    assert "the run has --seed 0, not 4" in another.complaint
    assert run("train", "--resume", "-o", str(stopped)).code == 0
    complete = run("train", "--explain", "next", "-o", str(stopped)).complaint
    assert complete == "the run is complete: --explain takes a step from 1 to 6"
    assert run("train", "--explain", "6", "-o", str(stopped)).code == 0


def test_a_folder_without_a_run_is_left_alone(run: Cli, recipe: str, tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    assert run("train", "--recipe", recipe, "--explain", "1", "-o", str(folder)).code == 0
    assert not folder.exists()
    refused = run("train", "--resume", "--explain", "1", "-o", str(folder)).complaint
    assert STATE_FILE in refused
    assert not folder.exists()


def test_a_place_and_a_stage_say_what_is_printed(run: Cli, recipe: str) -> None:
    def titles(*options: str) -> list[str]:
        done = run("train", "--recipe", recipe, "--explain", "2", *options)
        assert (done.code, done.err) == (0, "")
        return [x.rpartition(" ")[2] for x in done.out.splitlines() if x.startswith("stage ")]

    assert titles("--stage", "loss") == ["loss"]
    assert titles("--at", "logits") == ["backward"]
    assert titles("--at", "blocks.0.attn.pattern[head=1,3,2]", "--row", "2") == ["backward"]
    assert titles("--at", "blocks.0.W_Q") == ["backward", "update"]
    assert titles("--at", "blocks.0.w_q[2,3]", "--stage", "update") == ["update"]
    assert titles("--at", "embed", "--stage", "forward") == ["forward"]
    done = run("train", "--recipe", recipe, "--explain", "2", "--at", "blocks.0.W_Q[2,3]")
    assert "  blocks.0.W_Q[2,3] at its step 2, rate " in done.out
    row = run("train", "--recipe", recipe, "--explain", "2", "--stage", "batch", "--row", "5").out
    assert "  row 5: each target is the input of the next position" in row


def test_json_is_one_line_of_the_same_numbers(run: Cli, recipe: str) -> None:
    done = run("train", "--recipe", recipe, "--explain", "2", "--format", "json")
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    data = json.loads(done.out)
    assert (data["step"], data["steps"], data["corpus"]) == (2, 6, "toy")
    (loss,) = (stage for stage in data["stages"] if stage["stage"] == "loss")
    text = run("train", "--recipe", recipe, "--explain", "2", "--stage", "loss").out
    assert f"  in the step: {loss['loss']:.6g}"[:-1] in text
    one = ["--at", "W_U[1,2]", "--stage", "update", "--format", "json"]
    (update,) = json.loads(run("train", "--recipe", recipe, "--explain", "2", *one).out)["stages"]
    assert update["place"] == "W_U[1,2]"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--explain", "0"], "'0' is no step: a number from 1, or next"),
        (["--explain", "soon"], "'soon' is no step: a number from 1, or next"),
        (["--explain", "7"], "this run has the steps 1 to 6, not 7"),
        (["--explain", "1", "--row", "8"], "a batch has the rows 0 to 7, not 8"),
        (["--explain", "1", "--stage", "nap"], "a step of training has no stage called 'nap'"),
        (["--explain", "1", "--at", "nap"], "no tensor called nap; try W_E[0,0] or logits"),
        (["--explain", "1", "--at", "logits", "--stage", "loss"], "leave --at out"),
        (["--explain", "1", "--at", "logits", "--stage", "update"], "logits is no weight"),
        (["--explain", "1", "--watch"], "--explain prints and --watch opens a screen"),
        (["--stage", "loss"], "--stage goes with --explain STEP"),
        (["--row", "0"], "--row goes with --explain STEP"),
        (["--at", "W_E"], "--at goes with --explain STEP"),
        (["--format", "json"], "--format goes with --explain STEP"),
        ([], "say where the model goes, or where the run is: -o DIR"),
    ],
)
def test_what_does_not_go_is_told_in_a_line(
    run: Cli, recipe: str, options: list[str], complaint: str
) -> None:
    assert complaint in run("train", "--recipe", recipe, *options).complaint


def test_resume_needs_a_folder_and_a_run_something_to_learn_from(run: Cli) -> None:
    assert "-o DIR" in run("train", "--resume", "--explain", "1").complaint
    assert "say what to learn from" in run("train", "--explain", "1").complaint


def test_many_steps_before_it_are_told(
    run: Cli, recipe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_explain, "_TOLD", 4)
    quick = run("train", "--recipe", recipe, "--explain", "4", "--stage", "text")
    assert (quick.code, quick.err) == (0, "")
    long = run("train", "--recipe", recipe, "--explain", "5", "--stage", "text")
    assert (long.code, long.err) == (
        0, "tuitf: making the 4 steps before it; nothing is saved\n",
    )  # fmt: skip


def test_a_step_that_diverges_is_told_in_a_line(run: Cli, tmp_path: Path) -> None:
    path = tmp_path / "wild.toml"
    rate = SMALL_TOML.replace("learning_rate = 0.03", "learning_rate = 1e30")
    path.write_text(rate)
    done = run("train", "--recipe", str(path), "--explain", "6")
    assert "lower the learning rate" in done.complaint


def test_a_hostile_text_is_printed_as_words(run: Cli, tmp_path: Path) -> None:
    text = tmp_path / "\x1b[31mevil.txt"
    words = " ".join(part[:40] for part in HOSTILE).encode("utf-8", "replace")
    text.write_bytes(words * 40)
    (tmp_path / "bytes.toml").write_text(BYTES)
    options = ["--corpus", str(text), "--recipe", str(tmp_path / "bytes.toml"), "--explain", "2"]
    done = run("train", *options)
    assert (done.code, done.err) == (0, "")
    assert safe(done.out)
    assert safe(run("train", *options, "--format", "json").out)
    assert safe(run("train", *options, "--at", HOSTILE[0]).complaint)


def test_a_terminal_of_ascii_gets_ascii(recipe: str) -> None:
    options = ["train", "--recipe", recipe, "--explain", "2"]
    done = process(*options, env={"LC_ALL": "C"})
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode("ascii")
    assert "\\" not in text
    assert "m^ / (sqrtv^ + eps)" in text
    assert "dL/dx" in text
