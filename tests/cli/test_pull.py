"""`tuitf pull` and what the other commands make of what it brought, against a hub of our own."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import process
from tests.folders import write_gpt2
from tests.hub_server import Hub, serve


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An empty cache, and nothing of this machine's own settings."""
    for name in os.environ:
        if name.startswith(("HF_", "HUGGING", "http")):
            monkeypatch.delenv(name)
    return {
        "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "127.0.0.1",
        "HF_ENDPOINT": "http://127.0.0.1:9",
    }  # fmt: skip


def files(tmp_path: Path) -> dict[str, bytes]:
    folder = write_gpt2(tmp_path / "source")
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    return found | {"README.md": b"---\nlicense: mit\n---\n", "pytorch_model.bin": b"pickle"}


def test_it_says_what_comes_brings_it_and_m_finds_it(tmp_path: Path, env: dict[str, str]) -> None:
    with serve(Hub(files(tmp_path))) as hub:
        env["HF_ENDPOINT"] = hub.url
        done = process("pull", "owner/tiny", env=env)
        assert done.returncode == 0, done.stderr
        first, where, how = done.stdout.decode().splitlines()
        assert first.startswith("owner/tiny · ")
        assert "licence not stated" in first
        assert where.startswith(f"in {tmp_path}")
        assert how == "open it with: tuitf -m owner/tiny"
        shown = done.stderr.decode().splitlines()
        assert shown[-1].startswith("100% of ")
        assert "pickle" not in str(hub.fetched())
    listed = process("models", env=env).stdout.decode()
    assert "downloaded" in listed
    assert "owner/tiny" in listed
    card = process("models", "owner/tiny", env=env).stdout.decode()
    assert "d_model" in card
    text = process("generate", "the cat", "-m", "owner/tiny", "-n", "3", env=env)
    assert (text.returncode, text.stderr) == (0, b"")
    assert text.stdout.decode().startswith("the cat")
    again = process("pull", "owner/tiny", env=env | {"HF_HUB_OFFLINE": "1"})
    assert again.returncode == 0
    assert "open it with" in again.stdout.decode()


def test_on_a_terminal_there_is_a_bar(tmp_path: Path, env: dict[str, str]) -> None:
    with serve(Hub(files(tmp_path))) as hub:
        ours, theirs = pty.openpty()
        done = subprocess.run(
            [sys.executable, "-m", "tui_transformer", "pull", "owner/tiny"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, timeout=120,
            env=os.environ | env | {"HF_ENDPOINT": hub.url, "TERM": "xterm-256color"}, check=False,
        )  # fmt: skip
        os.close(theirs)
        drawn = os.read(ours, 1 << 16).decode()
        os.close(ours)
    assert done.returncode == 0
    assert "━" in drawn
    assert "owner/tiny" in drawn
    assert "% of" not in drawn


@pytest.mark.parametrize(
    ("hub", "name", "words"),
    [
        (Hub({}), "owner/none", ("no repository owner/none", "HF_TOKEN")),
        (Hub({}, gated=True), "owner/tiny", ("config.json",)),
        (Hub({"config.json": b"{}"}), "owner/tiny", ("no safetensors weights",)),
        (Hub({}, status=500), "owner/tiny", ("answered 500",)),
        (Hub({}), "no such name", ("not a repository", "owner/name")),
    ],
)
def test_what_cannot_be_had_is_one_line(
    env: dict[str, str], tmp_path: Path, hub: Hub, name: str, words: tuple[str, ...]
) -> None:
    with serve(hub):
        done = process("pull", name, env=env | {"HF_ENDPOINT": hub.url})
    assert done.returncode == 2
    complaint = done.stderr.decode()
    assert complaint.count("\n") == 1
    assert all(word in complaint for word in words), complaint
    assert not list(tmp_path.rglob("*.safetensors"))


def test_without_a_network_it_says_so(env: dict[str, str]) -> None:
    done = process("pull", "gpt2", env=env)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    offline = process("pull", "gpt2", env=env | {"HF_HUB_OFFLINE": "1"})
    assert b"HF_HUB_OFFLINE" in offline.stderr
