"""`pull` against a hub of our own, in a process of its own with the hub's environment."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

import pytest

from tests.folders import write_gpt2
from tests.hub_server import COMMIT, Hub, serve

DATA = Path(__file__).parents[1] / "data"

DRIVER = """
import json, sys
from tui_transformer.errors import TuitfError
from tui_transformer.models.catalogue import load_model
from tui_transformer.models.download import pull
from tui_transformer.models.hub import downloaded

{before}
seen = []
answer = {{}}
try:
    if {what!r} == "pull":
        folder = pull({repo!r}, seen.append)
        answer["folder"] = str(folder)
        answer["files"] = sorted(path.name for path in folder.iterdir())
    elif {what!r} == "list":
        answer["models"] = [[m.repo_id, m.bytes] for m in downloaded()]
    else:
        model = load_model({repo!r})
        answer["name"] = model.card.name
        answer["text"] = model.tokenizer.decode(model.tokenizer.encode("the cat"))
except TuitfError as error:
    answer["error"] = str(error)
answer["seen"] = [[p.file, p.done, p.total] for p in seen]
print(json.dumps(answer))
"""


@dataclass
class Home:
    """A place for the cache, and the environment that a command gets."""

    path: Path
    env: dict[str, str]

    def run(
        self, what: str, hub: Hub | None, repo: str = "owner/tiny", before: str = "", **env: str
    ) -> dict[str, Any]:
        url = hub.url if hub is not None else "http://127.0.0.1:9"
        done = subprocess.run(
            [sys.executable, "-c", DRIVER.format(what=what, repo=repo, before=before)],
            env=self.env | {"HF_ENDPOINT": url} | env,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        answer: dict[str, Any] = json.loads(done.stdout)
        if "error" in answer:
            assert answer["error"].isprintable()
        return answer

    def left(self) -> list[str]:
        """The files of the cache that hold something of the repository."""
        return [
            str(path.relative_to(self.path))
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and ("blobs" in path.parts or "snapshots" in path.parts)
        ]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "http"))}
    clean |= {"HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "127.0.0.1"}
    return Home(tmp_path, clean | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))})


def contents(checkpoint: str = "gpt2", tokenizer: str = "gpt2-whole") -> dict[str, bytes]:
    """A repository: a checkpoint, a tokenizer, and files that nobody needs."""
    files = {"README.md": b"# tiny", "pytorch_model.bin": b"pickle", "onnx/model.onnx": b"onnx"}
    for folder in (DATA / "checkpoints" / checkpoint, DATA / "tokenizers" / tokenizer):
        for path in folder.iterdir():
            if "golden" not in path.name:
                files[path.name] = path.read_bytes()
    return files


def test_pull_takes_what_is_needed_and_load_finds_it(home: Home) -> None:
    with serve(Hub(contents())) as hub:
        answer = home.run("pull", hub)
        assert answer["files"] == [
            "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        ]  # fmt: skip
        assert answer["folder"].endswith(COMMIT)
        assert sorted(hub.fetched()) == answer["files"]
        assert hub.fetched()[-1] == "config.json"
        hub.requests.clear()
        again = home.run("pull", hub)
        assert again["folder"] == answer["folder"]
        assert hub.fetched() == []
    total = sum(len(contents()[name]) for name in answer["files"])
    assert [row[2] for row in answer["seen"]] == [total] * len(answer["seen"])
    done = [row[1] for row in answer["seen"]]
    assert done == sorted(done) and done[-1] == total
    assert home.run("list", None)["models"] == [["owner/tiny", total]]


def test_load_by_repository_id_needs_no_network(home: Home, tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "source")
    with serve(Hub({path.name: path.read_bytes() for path in folder.iterdir()})) as hub:
        home.run("pull", hub)
    for env in ({}, {"HF_HUB_OFFLINE": "1"}):
        answer = home.run("load", None, **env)
        assert (answer["name"], answer["text"]) == ("owner/tiny", "the cat")


def test_shards_come_with_their_index(home: Home) -> None:
    with serve(Hub(contents("llama-bf16-sharded", "llama"))) as hub:
        answer = home.run("pull", hub)
    assert "model.safetensors.index.json" in answer["files"]
    assert len([name for name in answer["files"] if name.endswith(".safetensors")]) == 3


def test_a_dropped_connection_is_taken_up_where_it_broke(home: Home) -> None:
    # the package writes 10 MB at a time: what is less than that is asked for again
    files = contents() | {"model.safetensors": bytes(range(256)) * 98_304}
    with serve(Hub(files, drop_after={"model.safetensors": 22_000_000})) as hub:
        answer = home.run("pull", hub)
        asked = [row for row in hub.requests if row[1].endswith("model.safetensors")]
    ranges = [wanted for method, _, wanted in asked if method == "GET"]
    assert ranges[0] is None and len(ranges) == 2
    assert int(str(ranges[1]).removeprefix("bytes=").rstrip("-")) >= 20_000_000
    assert (Path(answer["folder"]) / "model.safetensors").read_bytes() == files["model.safetensors"]
    done = [row[1] for row in answer["seen"]]
    assert done == sorted(done) and done[-1] == answer["seen"][-1][2]


def test_a_listed_file_that_is_missing(home: Home) -> None:
    with serve(Hub(contents(), missing={"model.safetensors"})) as hub:
        error = home.run("pull", hub)["error"]
        assert "lists model.safetensors but does not have it" in error
        assert "owner/tiny" in home.run("load", hub)["error"]
        hub.missing.clear()
        assert "folder" in home.run("pull", hub)


def test_a_shard_that_the_listing_lacks(home: Home) -> None:
    files = contents("llama-bf16-sharded", "llama")
    del files["model-00002-of-00003.safetensors"]
    with serve(Hub(files)) as hub:
        assert "lacks model-00002-of-00003.safetensors" in home.run("pull", hub)["error"]


def test_an_index_that_points_elsewhere(home: Home) -> None:
    files = contents("llama-bf16-sharded", "llama")
    files["model.safetensors.index.json"] = json.dumps(
        {"weight_map": {"a": "../../outside.safetensors"}}
    ).encode()
    with serve(Hub(files)) as hub:
        assert "not a safetensors file of its folder" in home.run("pull", hub)["error"]


def test_pickles_are_never_taken(home: Home) -> None:
    files = contents()
    del files["model.safetensors"]
    with serve(Hub(files)) as hub:
        error = home.run("pull", hub)["error"]
        assert "no safetensors weights (only pytorch_model.bin" in error
        assert hub.fetched() == []


def test_a_repository_without_a_model(home: Home) -> None:
    with serve(Hub({"README.md": b"data"})) as hub:
        assert "has no config.json" in home.run("pull", hub)["error"]


def test_gated(home: Home) -> None:
    with serve(Hub(contents(), gated=True)) as hub:
        error = home.run("pull", hub)["error"]
    assert "is gated: accept its terms at" in error and "HF_TOKEN" in error
    assert home.left() == []


def test_private_without_and_with_a_token(home: Home) -> None:
    with serve(Hub(contents(), token="hf_right")) as hub:
        assert "has no repository owner/tiny, or it is private" in home.run("pull", hub)["error"]
        assert "folder" in home.run("pull", hub, HF_TOKEN="hf_right")


def test_no_such_repository(home: Home) -> None:
    with serve(Hub(contents())) as hub:
        error = home.run("pull", hub, repo="owner/other")["error"]
    assert "has no repository owner/other" in error


@pytest.mark.parametrize("repo", ["a/b/c", "", "../up", "owner/\x1b[2J", "owner/--x--"])
def test_what_is_no_repository(home: Home, repo: str) -> None:
    assert "is not a repository: write it as owner/name" in home.run("pull", None, repo)["error"]


def test_a_hub_that_is_down(home: Home) -> None:
    with serve(Hub(contents(), status=500)) as hub:
        assert "answered 500" in home.run("pull", hub)["error"]


def test_no_connection(home: Home) -> None:
    assert "broke off: check the network" in home.run("pull", None)["error"]


def test_offline(home: Home) -> None:
    error = home.run("pull", None, HF_HUB_OFFLINE="1")["error"]
    assert "HF_HUB_OFFLINE is set" in error
    with serve(Hub(contents())) as hub:
        folder = home.run("pull", hub)["folder"]
    assert home.run("pull", None, HF_HUB_OFFLINE="1")["folder"] == folder


def test_a_disk_that_fills_up_leaves_nothing_half_written(home: Home) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))"
    files = contents() | {"model.safetensors": bytes(200_000)}
    with serve(Hub(files)) as hub:
        error = home.run("pull", hub, before=limit)["error"]
    assert "has no room for owner/tiny" in error and "HF_HOME" in error
    wanted = {len(content) for content in files.values()}
    sizes = [(home.path / name).stat().st_size for name in home.left()]
    assert all(size in wanted for size in sizes)
    assert not any(name.endswith(("incomplete", "model.safetensors")) for name in home.left())


def test_what_a_killed_download_left_goes_with_the_next_one(home: Home) -> None:
    blobs = home.path / "hub" / "models--owner--tiny" / "blobs"
    blobs.mkdir(parents=True)
    for name, age in (("a.0123.incomplete", 7200), ("b.4567.incomplete", 60)):
        (blobs / name).write_bytes(b"half")
        then = time() - age
        os.utime(blobs / name, (then, then))
    with serve(Hub(contents())) as hub:
        assert "folder" in home.run("pull", hub)
    left = [path.name for path in blobs.glob("*.incomplete")]
    assert left == ["b.4567.incomplete"]  # that one may still be growing


def test_too_little_room_is_seen_before_anything_is_written(home: Home) -> None:
    with serve(Hub(contents(), sizes={"model.safetensors": 10**18})) as hub:
        error = home.run("pull", hub)["error"]
        assert "has no room" in error and "MB are needed" in error
        assert hub.fetched() == []
    assert home.left() == []


def test_a_cache_that_cannot_be_written(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with serve(Hub(contents())) as hub:
        error = home.run("pull", hub, HF_HOME=str(tmp_path / "file" / "below"))["error"]
    assert "cannot be written" in error and "HF_HOME" in error


def test_a_short_name_stands_for_its_repository(home: Home) -> None:
    with serve(Hub(contents())) as hub:
        error = home.run("pull", hub, repo="gpt2")["error"]
    assert "has no repository openai-community/gpt2" in error


def test_a_model_that_another_tool_downloaded_under_its_old_name(home: Home) -> None:
    snapshot = home.path / "hub" / "models--gpt2" / "snapshots" / COMMIT
    write_gpt2(snapshot)
    (home.path / "hub" / "models--gpt2" / "refs").mkdir()
    (home.path / "hub" / "models--gpt2" / "refs" / "main").write_text(COMMIT)
    assert home.run("load", None, repo="gpt2")["name"] == "gpt2"
    (snapshot / "model.safetensors").unlink()
    assert "run tuitf pull gpt2" in home.run("load", None, repo="gpt2")["error"]


def test_names_that_are_not_there_yet(home: Home) -> None:
    error = home.run("load", None, repo="gpt2")["error"]
    assert "run tuitf pull gpt2" in error and "MB, licence MIT" in error
    error = home.run("load", None, repo="owner/name")["error"]
    assert "run tuitf pull owner/name" in error
    assert "there is no model called" in home.run("load", None, repo="nonsense")["error"]
    assert "there is no folder ./up/down" in home.run("load", None, repo="./up/down")["error"]
