"""`tuitf trace`: every named tensor in a file that others can read."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from tests.cli.conftest import Run
from tests.cli.support import byte_model, process
from tests.folders import write_gpt2, write_llama
from tui_transformer import __version__
from tui_transformer.cli import opening
from tui_transformer.engine.names import axes_of, tensor_names
from tui_transformer.models import load_model
from tui_transformer.trace import record

TEXT = "the cat sat on"


def metadata(path: Path) -> dict[str, str]:
    with safe_open(path, framework="numpy") as file:
        found: dict[str, str] = file.metadata()
    return found


@pytest.mark.parametrize("model", ["worked", "toy"])
def test_every_tensor_is_in_the_file_as_the_pass_made_it(
    run: Run, tmp_path: Path, model: str
) -> None:
    path = tmp_path / "t.safetensors"
    found = run("trace", TEXT, "-m", model, "-o", str(path))
    assert (found.code, found.err) == (0, "")
    loaded = load_model(model)
    trace = record(loaded.tokenizer.encode(TEXT), loaded.weights, loaded.config)
    tensors = load_file(path)
    assert set(tensors) == set(tensor_names(loaded.config))
    for name, values in tensors.items():
        assert values.dtype == np.float32
        assert np.array_equal(values, trace.tensor(name)), name
    assert f"{len(tensors)} tensors" in found.out
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("make", [write_gpt2, write_llama])
def test_the_metadata_says_what_the_numbers_are(run: Run, tmp_path: Path, make: Any) -> None:
    folder, path = make(tmp_path / "model"), tmp_path / "t.safetensors"
    assert run("trace", "héllo ", "-m", str(folder), "-o", str(path)).code == 0
    model = load_model(str(folder))
    about = metadata(path)
    assert all(isinstance(value, str) for value in about.values())
    assert json.loads(about["ids"]) == list(model.tokenizer.encode("héllo "))
    assert json.loads(about["tokens"]) == [model.labels[i] for i in json.loads(about["ids"])]
    assert json.loads(about["text"]) == "héllo "
    assert json.loads(about["config"])["d_model"] == model.config.d_model
    assert json.loads(about["names"]) == list(tensor_names(model.config))
    axes = {name: list(axes_of(name)) for name in tensor_names(model.config)}
    assert json.loads(about["axes"]) == axes
    versions = json.loads(about["versions"])
    assert versions["tuitf"] == __version__
    assert versions["numpy"] == np.__version__
    for name, values in load_file(path).items():
        assert values.ndim == len(axes[name])


@pytest.mark.parametrize(
    ("globs", "ends"),
    [
        (["blocks.*.attn.pattern"], ["attn.pattern"]),
        (["*.hook_resid_pre", "logits"], ["resid_pre", "logits"]),
        (["blocks.0.ATTN.[qk]"], ["attn.q", "attn.k"]),
        (["blocks.0.attn.result"], ["attn.result"]),
    ],
)
def test_only_some_of_them(run: Run, tmp_path: Path, globs: list[str], ends: list[str]) -> None:
    path = tmp_path / "t.safetensors"
    only = [part for glob in globs for part in ("--only", glob)]
    assert run("trace", TEXT, *only, "-o", str(path)).code == 0
    model = load_model("toy")
    trace = record(model.tokenizer.encode(TEXT), model.weights, model.config)
    tensors = load_file(path)
    assert {name.removeprefix("blocks.0.") for name in tensors} == set(ends)
    for name, values in tensors.items():
        assert np.array_equal(values, trace.tensor(name))


def test_results_of_heads_come_only_by_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    run("trace", TEXT, "--only", "blocks.*", "-o", str(path))
    assert not any("result" in name for name in load_file(path))
    run("trace", TEXT, "--only", "*result", "-o", str(path), "--force")
    assert list(load_file(path)) == ["blocks.0.attn.result"]


def test_the_list_names_all_with_and_without_a_text(run: Run, tmp_path: Path) -> None:
    config = load_model("toy").config
    without, with_text = run("trace", "--list"), run("trace", TEXT, "--list")
    names = list(tensor_names(config))
    for found in (without, with_text):
        assert (found.code, found.err) == (0, "")
        assert [line.split()[0] for line in found.out.splitlines()][: len(names)] == names
    assert "head × query_pos × key_pos  2 × query_pos × key_pos" in without.out
    assert "head × query_pos × key_pos  2 × 4 × 4" in with_text.out
    pattern = run("trace", "--list", "--only", "*pattern").out.splitlines()
    assert [line.split()[0] for line in pattern] == ["blocks.0.attn.pattern"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((TEXT,), ("-o", "--list")),
        (("-o", "{}/t"), ("nothing to run",)),
        ((TEXT, "-o", "{}"), ("is a folder",)),
        ((TEXT, "-o", "{}/no/t"), ("no folder",)),
        ((TEXT, "-o", "{}/there"), ("there already", "--force")),
        ((TEXT, "-o", "{}/t", "--only", "nope*"), ("no tensor of this model fits 'nope*'",)),
        (("the nope", "-o", "{}/t", "-m", "worked"), ("nope",)),
        (("", "-o", "{}/t"), ("empty",)),
        ((TEXT, "-o", "{}/t", "-m", "nope"), ("no model called",)),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    run: Run, tmp_path: Path, args: tuple[str, ...], words: tuple[str, ...]
) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"mine")
    complaint = run("trace", *(arg.format(tmp_path) for arg in args)).complaint
    assert all(word in complaint for word in words), complaint
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert there.read_bytes() == b"mine"


def test_a_file_is_replaced_only_by_force(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    path.write_bytes(b"old")
    assert "--force" in run("trace", TEXT, "-o", str(path)).complaint
    assert path.read_bytes() == b"old"
    assert run("trace", TEXT, "-o", str(path), "--force").code == 0
    assert "logits" in load_file(path)


class FullDisk:
    """A file that takes a little and then no more."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._writes = 0

    def write(self, data: Any) -> int:
        self._writes += 1
        if self._writes > 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(self._file.write(data))

    def __enter__(self) -> "FullDisk":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *args, **kwargs: FullDisk(really(*args, **kwargs)))


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("there", [True, False])
def test_a_full_disk_leaves_what_was_there(run: Run, tmp_path: Path, there: bool) -> None:
    path = tmp_path / "t.safetensors"
    if there:
        path.write_bytes(b"old")
    complaint = run("trace", TEXT, "-o", str(path), "--force").complaint
    assert "No space left" in complaint
    assert "choose another place" in complaint
    assert [p.name for p in tmp_path.iterdir()] == (["t.safetensors"] if there else [])
    assert not there or path.read_bytes() == b"old"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_may_not_be_written_to(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "Permission denied" in run("trace", TEXT, "-o", str(tmp_path / "t")).complaint
    finally:
        tmp_path.chmod(0o700)


def test_hostile_names_and_labels_are_safe(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = byte_model()
    monkeypatch.setattr(opening, "open_model", lambda name: model)
    path = tmp_path / "a\x1b[31mb"
    found = run("trace", "\x1b[31mred", "-o", str(path))
    assert found.code == 0
    assert found.out.replace("\n", "").isprintable()
    about = metadata(path)
    assert all(text.isprintable() for text in about.values())
    assert json.loads(about["ids"]) == list(b"\x1b[31mred")


def test_the_program_writes_it_too(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    done = process("trace", TEXT, "-m", "worked", "-o", str(path))
    assert (done.returncode, done.stderr) == (0, b"")
    assert load_file(path)["logits"].shape == (4, 6)
