"""Checkpoints on the command line: the end of a text, the end of the context, and bad files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Run
from tests.cli.support import safe
from tests.folders import (
    GPT2,
    gpt2_tensors,
    write,
    write_gpt2,
    write_header,
    write_llama,
)
from tui_transformer.models import load_model


def test_generate_stops_at_the_end_of_text_and_does_not_print_it(run: Run, tmp_path: Path) -> None:
    tensors = gpt2_tensors()
    tensors["transformer.ln_f.bias"][:] = 50
    tensors["transformer.wte.weight"][0] = 10  # by far the largest logit wherever one looks
    folder = str(write(tmp_path / "m", GPT2, tensors))
    assert 0 in load_model(folder).stops
    found = run("generate", "the cat", "-m", folder, "-n", "9")
    assert (found.code, found.out) == (0, "the cat\n")
    assert found.err == "tuitf: the model ended the text with <|endoftext|> after 1 of 9 tokens\n"
    exact = run("generate", "the cat", "-m", folder, "-n", "1")
    assert (exact.out, exact.err) == ("the cat\n", "")


def test_past_the_context_it_stops_or_slides_and_says_so_once(run: Run, tmp_path: Path) -> None:
    folder = str(write_gpt2(tmp_path / "m", eos_token_id=None))
    args = ("generate", "the cat", "-m", folder, "-n", "60", "--seed", "3")
    stopped, slid = run(*args), run(*args, "--past-context", "slide")
    assert stopped.err.startswith("tuitf: the context is full")
    assert slid.code == 0
    assert slid.err.count("tuitf:") == 1
    assert "outgrew the context of 32 tokens" in slid.err
    start = stopped.out.rstrip("\n").rstrip("\ufffd")
    assert slid.out.startswith(start)
    assert len(slid.out) > len(stopped.out)


def test_what_is_printed_is_decoded_as_a_whole(run: Run, tmp_path: Path) -> None:
    folder = str(write_llama(tmp_path / "m"))
    found = run("generate", "héllo wörld", "-m", folder, "-n", "12", "--seed", "5")
    assert found.code == 0
    assert found.out.startswith("héllo wörld")
    model = load_model(folder)
    assert model.tokenizer.decode(model.tokenizer.encode("héllo wörld")) == "héllo wörld"


def broken(change: Callable[[Path], object]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        write_gpt2(folder)
        change(folder)
        return folder

    return make


def cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def with_tensors(**changed: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        tensors = gpt2_tensors()
        for name, values in changed.items():
            full = f"transformer.{name.replace('__', '.')}"
            del tensors[full]
            if values is not None:
                tensors[full] = values
        return write(folder, GPT2, tensors)

    return make


BAD: dict[str, tuple[Callable[[Path], Path], tuple[str, ...]]] = {
    "truncated": (broken(cut), ("truncated or corrupt", "download it again")),
    "no header": (
        broken(lambda f: write_header(f / "model.safetensors", b"{no")),
        ("its header is not JSON",),
    ),
    "missing tensor": (
        with_tensors(**{"h__1__mlp__c_fc__bias": None}),
        ("lacks transformer.h.1.mlp.c_fc.bias [32]", "download the model again"),
    ),
    "wrong shape": (
        with_tensors(wpe__weight=np.zeros((31, 8), np.float32)),
        ("transformer.wpe.weight", "[31, 8]", "[32, 8]"),
    ),
    "another width": (
        broken(lambda f: (f / "config.json").write_text(json.dumps(GPT2 | {"n_embd": 12}))),
        ("different models",),
    ),
    "not JSON": (
        broken(lambda f: (f / "config.json").write_text("{")),
        ("config.json is not valid JSON",),
    ),
    "unsupported": (
        lambda f: write_llama(f, rope_scaling={"rope_type": "yarn", "factor": 2}),
        ("rope_scaling type yarn is not supported",),
    ),
    "another family": (
        broken(lambda f: (f / "config.json").write_text('{"model_type": "mamba"}')),
        ("mamba", "gpt2, llama"),
    ),
    "vocabulary too large": (
        lambda f: write(
            f,
            GPT2 | {"vocab_size": 300},
            gpt2_tensors() | {"transformer.wte.weight": np.zeros((300, 8), np.float32)},
        ),
        ("tokenizer has 360 tokens", "300 rows"),
    ),
    "no tokenizer": (
        broken(lambda f: (f / "tokenizer.json").unlink()),
        ("tokenizer.json",),
    ),
    "pickle": (
        broken(lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin")),
        ("can run code", "safetensors"),
    ),
    "empty": (lambda f: f, ("is not a folder", "no folder", "no config.json")),
}


@pytest.mark.parametrize("command", ["generate", "explain", "trace", "models", "screen"])
@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_one_line_in_every_command(
    run: Run, tmp_path: Path, kind: str, command: str
) -> None:
    make, words = BAD[kind]
    folder = str(make(tmp_path / "m"))
    args = {
        "generate": ("generate", "the", "-m", folder),
        "explain": ("explain", "the", "-m", folder),
        "trace": ("trace", "the", "-m", folder, "-o", str(tmp_path / "out")),
        "models": ("models", folder),
        "screen": ("-m", folder),
    }[command]
    complaint = run(*args).complaint
    if kind == "empty":
        assert any(word in complaint for word in words)
    else:
        assert all(word in complaint for word in words), complaint
    assert safe(complaint)
    assert not (tmp_path / "out").exists()


def test_a_vocabulary_full_of_escape_sequences_is_safe(run: Run, tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "m")
    path = folder / "tokenizer.json"
    whole = json.loads(path.read_text())
    vocabulary = whole["model"]["vocab"]
    used = {part for merge in whole["model"]["merges"] for part in str(merge).split()}
    hostile = {}
    for token, place in vocabulary.items():
        free = place > 300 and token not in used
        hostile[f"\x1b[31m{place}\u202e\x9b" if free else token] = place
    whole["model"]["vocab"] = hostile
    whole["model"]["merges"] = []
    path.write_text(json.dumps(whole))
    for args in (
        ("generate", "the", "-m", str(folder), "-n", "20", "--temperature", "5"),
        ("explain", "the", "-m", str(folder)),
        ("models", str(folder)),
    ):
        found = run(*args)
        assert found.code == 0, found.err
        assert safe(found.out)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_explain_says_where_numbers_end(run: Run, tmp_path: Path, bad: float) -> None:
    tensors = gpt2_tensors()
    tensors["transformer.h.1.mlp.c_fc.bias"][3] = bad
    folder = str(write(tmp_path / "m", GPT2, tensors))
    found = run("explain", "the cat", "-m", folder)
    assert (found.code, found.err) == (0, "")
    assert "the first number that is not finite: blocks.1.mlp.pre[0,3] = " in found.out
    assert "nothing can be drawn" in found.out
    data = json.loads(run("explain", "the cat", "-m", folder, "--format", "json").out)
    assert data["first_not_finite"] == "blocks.1.mlp.pre[0,3]"
    assert data["distribution"] is None
    complaint = run("generate", "the cat", "-m", folder)
    assert complaint.code == 2
    assert "blocks.1.mlp.pre[0,3]" in complaint.err
    assert complaint.err.count("\n") == 1
    assert run("trace", "the cat", "-m", folder, "-o", str(tmp_path / "t")).code == 0


def test_surplus_tensors_are_told_and_left_out(run: Run, tmp_path: Path) -> None:
    tensors = gpt2_tensors() | {"extra.weight": np.zeros(2, np.float32)}
    folder = str(write(tmp_path / "m", GPT2, tensors))
    assert run("generate", "the", "-m", folder, "-n", "1").code == 0
    assert "extra.weight" in run("models", folder).out
