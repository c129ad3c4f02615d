"""One run from where it stands to its end: steps, measuring, saving, and every way to stop."""

import os
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from tui_transformer.cli import streams
from tui_transformer.cli.look import look_given
from tui_transformer.cli.training_view import Log, Panel, Progress, View
from tui_transformer.render.plain_table import table
from tui_transformer.tokenizers import visible
from tui_transformer.training.checkpoint import SaveError
from tui_transformer.training.run import Run
from tui_transformer.training.trainer import DivergedError, Step
from tui_transformer.watching.attended import Attended

INTERRUPTED = 130
_WINDOW = 30
"""Steps over which tokens a second are counted."""


def follow(run: Run, folder: Path, every: int | None) -> int:
    """Train until it is done or told to stop; the exit code.

    Raises:
        DivergedError: the loss turned NaN; the message says which checkpoint is kept.
        SaveError: the folder cannot be written; so does this one.
    """
    view: View = Panel() if _can_draw() else Log()
    attended = Attended(run, folder, every)
    loop = _Loop(attended, view)
    try:
        with told_what_is_kept(attended), _stop_signals() as stop:
            attended.save()
            while not run.done and not stop:
                loop.step()
            if stop and attended.saved != run.step:
                attended.save()
    finally:
        view.close()
        run.close()
    return farewell(attended, folder)


def watch(run: Run, folder: Path, every: int | None) -> int:
    """Open the training screen on a run; leaving it saves, as Ctrl+C does. The exit code.

    Without a terminal it is followed as a log, and a sentence says why.

    Raises:
        DivergedError: a weight is no number any more; the message says which checkpoint is kept.
        SaveError: the folder cannot be written; so does this one.
    """
    from tui_transformer.cli.present import why_plain

    reason = why_plain()
    if reason is not None:
        streams.complain(f"{reason}, so this is a log; 'tuitf train --explain' prints a step")
        return follow(run, folder, every)
    from tui_transformer.tui import run_training
    from tui_transformer.watching import WatchedRun

    attended = Attended(run, folder, every)
    watched = WatchedRun(attended)
    try:
        with told_what_is_kept(attended):
            attended.save()
            try:
                code = run_training(watched, look_given())
            finally:
                with watched.lock:  # the step that was being made ends first
                    if attended.saved != run.step:
                        attended.save()
    finally:
        watched.close()
    return code or farewell(attended, folder)


@contextmanager
def told_what_is_kept(attended: Attended) -> Iterator[None]:
    """Errors that end a run say which checkpoint there is."""
    try:
        yield
    except DivergedError as error:
        raise DivergedError(f"{error}; {attended.kept()}") from None
    except SaveError as error:
        raise SaveError(f"{error} ({attended.kept()})") from None


def farewell(attended: Attended, folder: Path) -> int:
    """Say what came out of a run, or how to go on with it; the exit code."""
    run = attended.run
    if not run.done:
        streams.write(
            f"stopped at step {run.step:,} of {run.steps:,} and saved; go on with: "
            f"tuitf train --resume -o {quoted(folder)}\n",
            flush=True,
        )
        return INTERRUPTED
    streams.write_lines(closing_lines(attended, folder))
    streams.write("", flush=True)
    return 0


def _can_draw() -> bool:
    """Whether stdout is a terminal on which lines can be drawn again."""
    return streams.on_terminal() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}


class _Loop:
    """The steps of a run, and what is seen of them."""

    def __init__(self, attended: Attended, view: View) -> None:
        self.attended, self.run, self.view = attended, attended.run, view
        self._times: deque[tuple[float, int]] = deque(maxlen=_WINDOW)

    def step(self) -> None:
        """Make one, and show it."""
        if not self._times:
            self._times.append((monotonic(), 0))
        made, measured = self.attended.advance()
        self._times.append((monotonic(), made.tokens))
        if measured:
            self.view.point(self._progress(made))
            self._times.clear()  # measuring and saving are no steps
        else:
            self.view.step(self._progress(made))

    def _progress(self, made: Step) -> Progress:
        run = self.run
        seconds = self._times[-1][0] - self._times[0][0]
        tokens = sum(tokens for _, tokens in self._times) - self._times[0][1]
        speed = tokens / seconds if seconds > 0 else 0.0
        left = (run.steps - run.step) * made.tokens / speed if speed else 0.0
        several = run.candidates > 1
        return Progress(
            title=f"training {visible(run.job.recipe.name)} on {visible(run.job.corpus.name)}",
            step=run.step, steps=run.steps, loss=made.loss, rate=made.rate, norm=made.norm,
            tokens_per_second=speed, seconds_left=left, history=run.history,
            sample=self.attended.sample,
            candidate=f"model {run.candidate + 1} of {run.candidates}" if several else "",
        )  # fmt: skip


def closing_lines(attended: Attended, folder: Path) -> list[str]:
    """What came out."""
    run, measured = attended.run, attended.measured
    lines = [f"trained {run.steps:,} steps"]
    if run.history:
        last = run.history[-1]
        lines[0] += f": train {last.train:.4f}, held out {last.held_out:.4f} nats a token"
    if run.best is not None:
        which, score = run.best
        what = "heads read" if run.job.recipe.keep == "heads" else "held-out loss"
        lines.append(
            f"kept model {which + 1} of {run.candidates} (seed {run.job.seed + which}): "
            f"{what} {abs(score):.3f}"
        )
    if measured:
        rows = [
            ["documents", "model", "entropy", "ratio"],
            *([m.kind, f"{m.model:.3f}", f"{m.perfect:.3f}", f"{m.ratio:.4f}"] for m in measured),
        ]
        lines += ["nats a document, on texts that training never drew:", *table(rows, "lrrr")]
    return [*lines, f"open it with: tuitf -m {quoted(folder)}"]


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """A list that gets an entry when the run is told to stop; the second time it stops at once."""
    asked: list[int] = []

    def ask(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, ask) for number in numbers]
    try:
        yield asked
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def quoted(folder: Path) -> str:
    """A folder as it is typed on a command line."""
    from shlex import quote

    return visible(quote(str(folder)))
