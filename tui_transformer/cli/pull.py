"""`tuitf pull`: a model from the hub onto this disk."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from tui_transformer.models.download import Progress

_STEP = 0.1
"""The share of a download after which a line is written where there is no terminal."""


def pull(name: options.HubName) -> None:
    """Download a model: only the files that are needed, and never a pickle.

    What it takes and its licence are shown first. A connection that drops is taken up where it
    broke. After a stop the same command goes on: files that were whole stay, the one that was under
    way begins again. A model that is there already is left as it is. HF_ENDPOINT, HF_HOME, HF_TOKEN
    and HF_HUB_OFFLINE are heeded.

    \b
    Examples:
      tuitf pull gpt2
      tuitf pull owner/name
    """
    from tui_transformer.models.download import offer
    from tui_transformer.models.download import pull as fetch
    from tui_transformer.models.hub import hub_model
    from tui_transformer.tokenizers import visible

    known = hub_model(name)
    found = offer(name)
    if found is not None:
        size = f"{found.bytes / 1e6:,.0f} MB" if found.bytes >= 1e6 else f"{found.bytes:,} bytes"
        facts = [visible(found.repo_id), size, f"licence {found.licence or 'not stated'}"]
        facts += [known.summary] if known is not None else []
        streams.write_lines([" · ".join(facts)])
        streams.write("", flush=True)
    with _shown(visible(name)) as report:
        folder = fetch(name, report)
    streams.write_lines([f"in {visible(str(folder))}", f"open it with: tuitf -m {visible(name)}"])


@contextmanager
def _shown(name: str) -> "Iterator[Callable[[Progress], None]]":
    """Progress on stderr: a bar on a terminal, else a line every tenth of the way."""
    if sys.stderr is not None and sys.stderr.isatty():
        with _bar(name) as report:
            yield report
    else:
        yield Lines()


class Lines:
    """Progress as plain lines: `10% of 551 MB`."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, progress: "Progress") -> None:
        """Write a line where the next tenth is reached."""
        share = progress.done / progress.total
        if share >= self._next:
            self._next = _STEP * (int(share / _STEP) + 1)
            sys.stderr.write(f"{share:4.0%} of {progress.total / 1e6:,.1f} MB\n")
            sys.stderr.flush()


@contextmanager
def _bar(name: str) -> "Iterator[Callable[[Progress], None]]":
    """A bar with bytes, speed and what is left of the time."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bar

    console = Console(file=sys.stderr, highlight=False, markup=False)
    parts = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Bar(*parts, console=console, expand=True) as bar:
        task = bar.add_task(name, total=None)

        def report(progress: "Progress") -> None:
            bar.update(task, total=progress.total, completed=progress.done)

        yield report
