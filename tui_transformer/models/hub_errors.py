"""What can go wrong between this machine and a hub, each in one sentence with the way out."""

import errno
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_transformer.errors import TuitfError
from tui_transformer.tokenizers import visible

_SILENT = 60  # above every level of the logging module
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DownloadError(TuitfError):
    """A model that could not be fetched. Says why and what to do."""


def no_room(repo_id: str, cache: Path, detail: str) -> DownloadError:
    """The disk is full, or would be."""
    return DownloadError(
        f"the disk that holds {visible(str(cache))} has no room for {visible(repo_id)} "
        f"({visible(detail)}): free some, or set HF_HOME to a folder on another disk"
    )


@contextmanager
def readable_errors(repo_id: str) -> Iterator[None]:
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
        return no_room(repo_id, Path(constants.HF_HUB_CACHE), error.strerror or "it is full")
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
