"""Fetching a model from the hub: only the files that are needed, and never a pickle.

The `huggingface_hub` package does the work and reads its own environment: `HF_ENDPOINT`, `HF_HOME`,
`HF_TOKEN`, `HF_HUB_OFFLINE`. A connection that drops is taken up where it broke; a run that is
stopped keeps the files that were whole. Only when every file is there does the cache point at them.
"""

import errno
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_transformer.errors import TuitfError
from tui_transformer.models.checkpoint import INDEX_FILE, PICKLES, SINGLE_FILE, shard_names
from tui_transformer.models.hub import find_downloaded, hub_model
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

_SILENT = 60  # above every level of the logging module
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DownloadError(TuitfError):
    """A model that could not be fetched. Says why and what to do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is, in bytes; `file` is the one under way."""

    file: str
    done: int
    total: int


Report = Callable[[Progress], None]


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
    with _readable_errors(repo_id):
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


def _check_room(cache: Path, repo_id: str, needed: int) -> None:
    """Refuse a download that cannot fit, before anything is written."""
    place = next((path for path in (cache, *cache.parents) if path.exists()), None)
    if place is not None and shutil.disk_usage(place).free < needed:
        raise _no_room(repo_id, cache, f"{needed / 1e6:,.0f} MB are needed")


def _no_room(repo_id: str, cache: Path, detail: str) -> DownloadError:
    return DownloadError(
        f"the disk that holds {visible(str(cache))} has no room for {visible(repo_id)} "
        f"({visible(detail)}): free some, or set HF_HOME to a folder on another disk"
    )


@contextmanager
def _readable_errors(repo_id: str) -> Iterator[None]:
    """Turn what the package raises into one sentence with the way out; keep it from printing."""
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    from huggingface_hub.utils import logging

    shown, endpoint = visible(repo_id), visible(constants.ENDPOINT)
    verbosity = logging.get_verbosity()
    logging.set_verbosity(_SILENT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except TuitfError:
        raise
    except HFValidationError:
        raise DownloadError(f"{shown!r} is not a repository: write it as owner/name") from None
    except HfHubHTTPError as error:
        raise DownloadError(_http_reason(error, shown, endpoint)) from None
    except Exception as error:
        reason = _other_reason(error, repo_id, shown, endpoint)
        if reason is None:
            raise
        raise reason from None
    finally:
        logging.set_verbosity(verbosity)


def _http_reason(error: Exception, shown: str, endpoint: str) -> str:
    """What the hub's answer means."""
    from huggingface_hub import errors

    response = getattr(error, "response", None)
    status = getattr(response, "status_code", 0)
    if isinstance(error, errors.GatedRepoError):
        return f"{shown} is gated: accept its terms at {endpoint}/{shown}, then set HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError):
        return (
            f"{endpoint} has no repository {shown}, or it is private: check the name, or set "
            "HF_TOKEN to a token that may read it"
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{shown} has no such revision: leave it out to get main"
    if isinstance(error, errors.EntryNotFoundError):
        name = visible(str(getattr(response, "url", "")).rsplit("/", 1)[-1])
        return f"{shown} lists {name} but does not have it: try again later, or choose another"
    if status in {401, 403}:
        return f"{endpoint} refused the token for {shown}: check HF_TOKEN, or unset it"
    return f"{endpoint} answered {status} for {shown}: try again later"


def _other_reason(
    error: Exception, repo_id: str, shown: str, endpoint: str
) -> DownloadError | None:
    """What a failure on this side of the wire means; `None` for a defect of ours."""
    from huggingface_hub import constants
    from huggingface_hub.errors import FileMetadataError, LocalEntryNotFoundError
    from huggingface_hub.errors import OfflineModeIsEnabled as Offline

    if isinstance(error, Offline):
        return DownloadError(
            f"{shown} is not downloaded and HF_HUB_OFFLINE is set: unset it to pull"
        )
    if isinstance(error, FileMetadataError | LocalEntryNotFoundError):
        return DownloadError(
            f"{endpoint} did not answer as a hub does for {shown}: check the network and "
            "HF_ENDPOINT"
        )
    if isinstance(error, OSError) and error.errno in _FULL:
        return _no_room(repo_id, Path(constants.HF_HUB_CACHE), error.strerror or "it is full")
    if isinstance(error, OSError) and error.errno is not None:
        reason = visible(error.strerror or str(error))
        return DownloadError(
            f"{visible(constants.HF_HUB_CACHE)} cannot be written ({reason}): set HF_HOME to a "
            "folder that can"
        )
    if isinstance(error, OSError) or type(error).__module__.split(".")[0].startswith("http"):
        return DownloadError(
            f"the connection to {endpoint} broke off: check the network and pull {shown} again, "
            "files that are whole stay"
        )
    return None
