"""Fetching a model from the hub: only the files that are needed, and never a pickle.

The `huggingface_hub` package does the work and reads its own environment: `HF_ENDPOINT`, `HF_HOME`,
`HF_TOKEN`, `HF_HUB_OFFLINE`. A connection that drops is taken up where it broke; a run that is
stopped keeps the files that were whole, and the one under way begins again: the package keeps no
part of a file from one process to the next. Only when every file is there does the cache point at
them.
"""

import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from tui_transformer.models.checkpoint import INDEX_FILE, PICKLES, SINGLE_FILE, shard_names
from tui_transformer.models.hub import find_downloaded, hub_model
from tui_transformer.models.hub_errors import DownloadError, no_room, readable_errors
from tui_transformer.tokenizers import visible

SMALL_FILES = (
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
)
"""What is taken beside the weights and `config.json`, where the repository has it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is, in bytes; `file` is the one under way."""

    file: str
    done: int
    total: int


_SHARD = re.compile(r"model-[0-9]+-of-[0-9]+\.safetensors")

_ABANDONED = 3600.0
"""Seconds without a byte after which a part of a file belongs to nobody any more."""

Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to know about a repository before it is downloaded.

    `bytes` is what the needed files take, 0 where the hub does not say; `licence` is as the hub
    writes it, empty where it does not.
    """

    repo_id: str
    bytes: int
    licence: str


def offer(repo_id: str, revision: str = "main") -> Offer | None:
    """Ask the hub about a model; `None` where there is no asking (`HF_HUB_OFFLINE`).

    Raises:
        DownloadError: no such repository, no permission, no connection.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import OfflineModeIsEnabled

    known = hub_model(repo_id)
    repo_id = known.repo_id if known is not None else repo_id
    with readable_errors(repo_id):
        try:
            info = HfApi().model_info(repo_id, revision=revision, files_metadata=True)
        except OfflineModeIsEnabled:
            return None
    sizes = {entry.rfilename: entry.size or 0 for entry in info.siblings or ()}
    shards = {name for name in sizes if _SHARD.fullmatch(name)} if SINGLE_FILE not in sizes else ()
    names = {SINGLE_FILE, "config.json", *SMALL_FILES, *shards}
    tagged = (tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:"))
    licence = next(tagged, known.licence if known is not None else "")
    size = sum(sizes[name] for name in names if name in sizes)
    return Offer(repo_id, size, visible(str(licence)))


def pull(repo_id: str, report: Report = lambda progress: None, revision: str = "main") -> Path:
    """Download a model into the cache that `HF_HOME` names; what is there already stays.

    Args:
        repo_id: `owner/name` on the hub, or a short name of :mod:`tui_transformer.models.hub`.
        report: called as bytes arrive, from the thread that called `pull`.
        revision: branch, tag or commit.

    Returns:
        The folder with the files, for :func:`~tui_transformer.models.huggingface.load_folder`.

    Raises:
        DownloadError: no such repository, no permission, no safetensors in it, no connection, no
            room. No half-written file stays behind.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import OfflineModeIsEnabled

    known = hub_model(repo_id)
    repo_id = known.repo_id if known is not None else repo_id
    with readable_errors(repo_id):
        try:
            info = HfApi().model_info(repo_id, revision=revision, files_metadata=True)
        except OfflineModeIsEnabled:
            folder = find_downloaded(repo_id)
            if folder is None:
                raise
            return folder
        sizes = {entry.rfilename: entry.size or 0 for entry in info.siblings or ()}
        commit = info.sha or revision
        fetch = _Fetcher(repo_id, commit, report)
        weights = _weights(repo_id, sizes, fetch)
        names = [*(name for name in SMALL_FILES if name in sizes), *weights]
        fetch.total = sum(sizes[name] for name in (*names, "config.json"))
        _sweep(Path(constants.HF_HUB_CACHE), repo_id)
        _check_room(Path(constants.HF_HUB_CACHE), repo_id, fetch.total - fetch.there(names, sizes))
        for name in names:
            fetch(name, sizes[name])
        # last, and by the branch: this is what makes the cache point at the files
        folder = fetch("config.json", sizes["config.json"], revision).parent
        if folder.name != commit and len(commit) == len(folder.name):
            raise DownloadError(f"{visible(repo_id)} changed during the download: pull it again")
        return folder


def _weights(repo_id: str, sizes: dict[str, int], fetch: "_Fetcher") -> list[str]:
    """The weight files of a repository.

    Raises:
        DownloadError: there are none that can be used.
    """
    shown = visible(repo_id)
    if "config.json" not in sizes:
        raise DownloadError(f"{shown} has no config.json: choose a repository that holds a model")
    if SINGLE_FILE in sizes:
        return [SINGLE_FILE]
    if INDEX_FILE in sizes:
        shards = shard_names(fetch(INDEX_FILE, sizes[INDEX_FILE]))
        missing = [shard for shard in shards if shard not in sizes]
        if missing:
            raise DownloadError(
                f"{shown} lacks {visible(missing[0])}, which its {INDEX_FILE} names: the "
                "repository is incomplete, choose another"
            )
        return [INDEX_FILE, *shards]
    pickles = [name for name in sizes if any(Path(name).match(pattern) for pattern in PICKLES)]
    has = f"only {visible(pickles[0])}, which can run code and is never read" if pickles else "none"
    raise DownloadError(
        f"{shown} has no safetensors weights ({has}): choose a repository with {SINGLE_FILE}, or "
        "convert a copy of it"
    )


class _Fetcher:
    """Fetches one file after another and adds up their bytes."""

    def __init__(self, repo_id: str, commit: str, report: Report) -> None:
        self.total = 0
        self._repo_id = repo_id
        self._commit = commit
        self._report = report
        self._before = 0  # bytes of the files that are whole
        self._counted: set[str] = set()

    def __call__(self, name: str, size: int, revision: str | None = None) -> Path:
        """The local path of a file, fetched if it is not there."""
        from huggingface_hub import hf_hub_download

        fetcher = self

        class Bar:
            """What the package takes for a progress bar; it draws nothing."""

            def __init__(self, *_: Any, initial: float = 0, **__: Any) -> None:
                self.n = initial

            def __enter__(self) -> "Bar":
                return self

            def __exit__(self, *_: object) -> None:
                pass

            def update(self, n: float | None = 1) -> None:
                self.n += n or 0
                fetcher.saw(name, min(int(self.n), size))

            def __getattr__(self, _: str) -> Callable[..., None]:
                return lambda *_, **__: None

        path = hf_hub_download(
            self._repo_id,
            name,
            revision=revision or self._commit,
            tqdm_class=Bar,
        )
        if name not in self._counted:
            self._counted.add(name)
            self._before += size
        self.saw(name, 0)
        return Path(path)

    def saw(self, name: str, bytes_of_file: int) -> None:
        """Report how far the file under way is."""
        if self.total:
            done = min(self._before + bytes_of_file, self.total)
            self._report(Progress(name, done, self.total))

    def there(self, names: list[str], sizes: dict[str, int]) -> int:
        """The bytes of those files that the cache holds already."""
        from huggingface_hub import try_to_load_from_cache

        cached = (
            name
            for name in names
            if isinstance(try_to_load_from_cache(self._repo_id, name, revision=self._commit), str)
        )
        return sum(sizes[name] for name in cached)


def _sweep(cache: Path, repo_id: str) -> None:
    """Take away what processes that were killed have left of this repository's files.

    A part that still grows belongs to another download and stays.
    """
    blobs = cache / f"models--{repo_id.replace('/', '--')}" / "blobs"
    with suppress(OSError):
        for part in blobs.glob("*.incomplete"):
            if time() - part.stat().st_mtime > _ABANDONED:
                part.unlink(missing_ok=True)


def _check_room(cache: Path, repo_id: str, needed: int) -> None:
    """Refuse a download that cannot fit, before anything is written."""
    place = next((path for path in (cache, *cache.parents) if path.exists()), None)
    if place is not None and shutil.disk_usage(place).free < needed:
        raise no_room(repo_id, cache, f"{needed / 1e6:,.0f} MB are needed")
