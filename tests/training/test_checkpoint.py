"""Files are written all or none, and what cannot be read is refused in a line."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.small import SMALL_RECIPE
from tui_transformer.training.checkpoint import (
    KEY,
    STATE_FILE,
    ResumeError,
    SaveError,
    State,
    read_state,
    state_bytes,
    write_files,
)
from tui_transformer.training.recipe import Phase, fields_of, recipe_of

STATE = State({"parameters": np.arange(5, dtype=np.float32)}, {"step": 3, "name": "é\x1b"})


def test_there_and_back(tmp_path: Path) -> None:
    write_files(tmp_path / "new" / "folder", {STATE_FILE: state_bytes(STATE)})
    found = read_state(tmp_path / "new" / "folder")
    assert found.facts == STATE.facts
    assert np.array_equal(found.arrays["parameters"], STATE.arrays["parameters"])


def test_a_mix_keeps_its_order(tmp_path: Path) -> None:
    """It decides which document a random number draws, and so every batch after a stop."""
    mix = {"story": 0.5, "agreement": 0.25, "pair": 0.25}
    recipe = replace(SMALL_RECIPE, phases=(Phase(documents=mix),))
    state = State({}, {"step": 3, "recipe": fields_of(recipe)})
    write_files(tmp_path, {STATE_FILE: state_bytes(state)})
    again = recipe_of(read_state(tmp_path).facts["recipe"])
    assert list(again.phases[0].documents) == list(mix)


def test_a_full_disk_leaves_every_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"a": b"old a", "b": b"old b"})
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match="No space left") as caught:
        write_files(tmp_path, {"a": b"new a", "b": b"new b"})
    assert "make room" in str(caught.value)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"old a", "b": b"old b"}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="cannot be written"):
        write_files(tmp_path / "file" / "folder", {"a": b""})


def test_what_cannot_be_gone_on_from(tmp_path: Path) -> None:
    with pytest.raises(ResumeError, match="leave out --resume"):
        read_state(tmp_path)
    path = tmp_path / STATE_FILE
    whole = state_bytes(STATE)
    for content in (b"", whole[:20], whole[:-3], b"\xff" * 100):
        path.write_bytes(content)
        with pytest.raises(ResumeError, match="truncated or corrupt"):
            read_state(tmp_path)
    from safetensors.numpy import save

    for about in (None, {"tuitf-training-0": "{}"}):
        path.write_bytes(save(STATE.arrays, about))
        with pytest.raises(ResumeError, match="not of this version"):
            read_state(tmp_path)
    path.write_bytes(save(STATE.arrays, {KEY: "{"}))
    with pytest.raises(ResumeError, match="corrupt"):
        read_state(tmp_path)
