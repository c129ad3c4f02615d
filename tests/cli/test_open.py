"""`tuitf trace -o run.tuitf` and `tuitf open`: a run is made, handed out and looked at."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run
from tests.cli.support import process
from tests.folders import GPT2, gpt2_tensors, write
from tui_transformer.cli.run_file import PROMPTS
from tui_transformer.models import load_model

TEXT = "the cat sat on"


def made(run: Run, path: Path, *more: str) -> str:
    found = run("trace", *(more or (TEXT, "the dog ran to", "-n", "4")), "-o", str(path))
    assert (found.code, found.err) == (0, "")
    return found.out


def test_it_says_what_it_wrote_and_how_to_open_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    out = made(run, path)
    assert "1 of 2: 'the cat sat on', 4 tokens and 4 generated" in out
    assert f"{path}: 2 texts, tokens, stream lengths and the likeliest tokens, " in out
    assert f"with: tuitf open {path}" in out


def test_open_shows_the_texts_the_source_and_the_first_pass(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    made(run, path)
    found = run("open", str(path))
    assert found.code == 0
    assert "recording of toy · 20" in found.out
    assert "1 the cat sat on" in found.out
    assert "2 the dog ran to" in found.out
    assert "not in this file" in found.out
    assert "length at on" in found.out
    assert "greedy" in found.out
    assert "that are not in this file, p 0 together" in found.out
    other = run("open", str(path), "-p", "the dog ran to", "--temperature", "1")
    assert "4 tokens: the dog" in other.out
    assert "temperature 1 " in other.out


def test_in_full_explain_prints_what_it_prints_with_the_model(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    made(run, path, TEXT, "--detail", "full")
    for more in ([], ["--stage", "softmax"], ["--at", "blocks.0.attn.z[head=1,3,0]"]):
        with_file = run("explain", TEXT, "-m", str(path), *more).out
        with_model = run("explain", TEXT, "-m", "toy", *more).out
        assert with_file.split("\n4 tokens:")[1] == with_model.split("\n4 tokens:")[1]
    data = json.loads(run("explain", TEXT, "-m", str(path), "--format", "json").out)
    expected = json.loads(run("explain", TEXT, "-m", "toy", "--format", "json").out)
    for found, stage in zip(data["stages"], expected["stages"], strict=True):
        if stage["stage"] != "unembed":
            assert found == stage
            continue
        [logits], [rows] = found["tensors"], stage["tensors"]  # there all rows at once
        assert np.allclose(logits["values"], rows["values"], atol=1e-6)
    assert data["distribution"] == expected["distribution"]
    assert data["recording"]["detail"] == "full"


def test_a_summary_in_json_says_what_is_not_there(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    made(run, path)
    data = json.loads(run("explain", TEXT, "-m", str(path), "--format", "json").out)
    tensors = [tensor for stage in data["stages"] for tensor in stage["tensors"]]
    assert tensors
    assert all(tensor["values"] is None for tensor in tensors)
    assert len(data["distribution"]["ids"]) == 30


def test_asking_a_file_for_more(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    made(run, path)
    name = str(path)
    assert "another text takes the model (toy)" in run("explain", "the bird", "-m", name).complaint
    cell = run("explain", TEXT, "-m", name, "--at", "blocks.0.attn.q[head=0,0,0]").complaint
    assert "saved with --detail summary; that takes saving it with --detail full" in cell
    beyond = run("generate", TEXT, "-m", name, "-n", "9", "--temperature", "0")
    assert beyond.code == 2
    assert "the file ends here, after 4 generated tokens" in beyond.err
    card = run("models", name)
    assert "A recording of toy, made 20" in card.out


def test_without_texts_five_chosen_ones_are_run(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    positions = {"transformer.wpe.weight": rng.normal(0, 0.5, (160, 8)).astype(np.float32)}
    folder = write(tmp_path / "model", GPT2 | {"n_positions": 160}, gpt2_tensors() | positions)
    path = tmp_path / "run.tuitf"
    out = made(run, path, "-m", str(folder), "-n", "2")
    assert len(PROMPTS) == 5
    assert all(prompt[:20] in out for prompt in PROMPTS)
    assert "5 texts" in out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((TEXT, "-n", "3", "-o", "x.safetensors"), "-n is for a run file"),
        ((TEXT, "--detail", "full", "-o", "x.safetensors"), "--detail is for a run file"),
        ((TEXT, "two", "-o", "x.safetensors"), "2 texts go into a run file only"),
        ((TEXT, "--only", "logits", "-o", "x.tuitf"), "--only chooses tensors of a safetensors"),
        ((TEXT, "--past-context", "slide", "-o", "x.tuitf"), "leave --past-context out"),
        ((TEXT, "--detail", "all", "-o", "x.tuitf"), "--detail"),
        ((TEXT, "-n", "-1", "-o", "x.tuitf"), "below 0"),
    ],
)
def test_what_does_not_go_together(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("trace", *args)
    assert found.code == 2
    assert words in found.err.replace("--count", "-n")
    assert not list(tmp_path.iterdir())


def test_a_run_file_is_not_written_over_and_not_made_from_another(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    made(run, path, TEXT)
    assert "give --force" in run("trace", TEXT, "-o", str(path)).complaint
    made(run, path, TEXT, "--force")
    assert (
        "is not made from another"
        in run("trace", TEXT, "-m", str(path), "-o", str(tmp_path / "again.tuitf")).complaint
    )


def test_what_is_no_run_file(run: Run, tmp_path: Path) -> None:
    assert "is not there" in run("open", str(tmp_path / "none.tuitf")).complaint
    assert "is a folder" in run("open", str(tmp_path)).complaint
    path = tmp_path / "x.tuitf"
    path.write_bytes(b"hello")
    for args in (("open", str(path)), ("-m", str(path)), ("generate", "x", "-m", str(path))):
        assert "x.tuitf is no recording" in run(*args).complaint


def test_opening_needs_neither_torch_nor_the_model(tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    assert process("trace", TEXT, "-m", "toy", "-n", "2", "-o", str(path)).returncode == 0
    found = process("open", str(path))
    assert found.returncode == 0
    assert "recording of toy" in found.stdout.decode()


def test_a_run_ends_where_the_context_does(run: Run, tmp_path: Path) -> None:
    out = made(run, tmp_path / "run.tuitf", TEXT, "-m", "worked", "-n", "5")
    assert "0 generated of 5: the text ended there" in out
    assert load_model("worked").config.n_ctx == 4
