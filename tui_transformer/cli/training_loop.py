"""One run from where it stands to its end: steps, measuring, saving, and every way to stop."""

import json
import os
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from time import monotonic

import numpy as np

from tui_transformer.cli import streams
from tui_transformer.cli.training_view import Log, Panel, Progress, View
from tui_transformer.models.export import folder_files
from tui_transformer.render.plain_table import table
from tui_transformer.tokenizers import visible
from tui_transformer.training.checkpoint import (
    STATE_FILE,
    SaveError,
    state_bytes,
    write_files,
)
from tui_transformer.training.measure import Measured, against_entropy
from tui_transformer.training.run import Run
from tui_transformer.training.samples import sample
from tui_transformer.training.trainer import DivergedError, Step

REPORT_FILE = "training.json"
INTERRUPTED = 130
_LIBRARIES = ("numpy", "tokenizers", "safetensors")
_POINTS = 50
_MEASURED_DOCUMENTS, _MEASURED_SEED = 200, 1
_WINDOW = 30
"""Steps over which tokens a second are counted."""


def follow(run: Run, folder: Path, every: int | None) -> int:
    """Train until it is done or told to stop; the exit code.

    Raises:
        DivergedError: the loss turned NaN; the message says which checkpoint is kept.
        SaveError: the folder cannot be written; so does this one.
    """
    view: View = Panel() if _can_draw() else Log()
    loop = _Loop(run, folder, every or max(1, run.job.steps // _POINTS), view)
    try:
        with _stop_signals() as stop:
            loop.save()
            while not run.done and not stop:
                loop.step()
            if stop and loop.saved != run.step:
                loop.save()
    except DivergedError as error:
        raise DivergedError(f"{error}; {loop.kept()}") from None
    except SaveError as error:
        raise SaveError(f"{error} ({loop.kept()})") from None
    finally:
        view.close()
        run.close()
    if not run.done:
        streams.write(
            f"stopped at step {run.step:,} of {run.steps:,} and saved; go on with: "
            f"tuitf train --resume -o {_quoted(folder)}\n",
            flush=True,
        )
        return INTERRUPTED
    streams.write_lines(loop.closing_lines())
    streams.write("", flush=True)
    return 0


def _can_draw() -> bool:
    """Whether stdout is a terminal on which lines can be drawn again."""
    return streams.on_terminal() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}


class _Loop:
    """The steps of a run, with what is due between them."""

    def __init__(self, run: Run, folder: Path, every: int, view: View) -> None:
        self.run, self.folder, self.every, self.view = run, folder, every, view
        self.saved: int | None = None
        self.measured: list[Measured] = []
        self._times: deque[tuple[float, int]] = deque(maxlen=_WINDOW)
        self._sample = ""

    def step(self) -> None:
        """Make one; measure, sample and save where it is time."""
        if not self._times:
            self._times.append((monotonic(), 0))
        run = self.run
        made = run.advance()
        self._times.append((monotonic(), made.tokens))
        if made.number % self.every == 0 or run.trainer.done:
            run.measure()
            run.trainer.check()
            rng = np.random.default_rng([run.job.seed, made.number])
            weights, prompt = run.trainer.parameters.weights, run.job.recipe.prompt
            self._sample = sample(weights, run.config, run.tokenizer, prompt, rng)
            self.view.point(self._progress(made))
            if run.done:
                self.measured = against_entropy(run, _MEASURED_DOCUMENTS, _MEASURED_SEED)
            self.save()
            self._times.clear()  # measuring and saving are no steps
        else:
            self.view.step(self._progress(made))

    def save(self) -> None:
        """Put the model and the state of the run into the folder, all or nothing.

        Raises:
            DivergedError: a weight is no number any more.
            SaveError: the folder cannot be written.
        """
        run = self.run
        run.trainer.check()
        files = folder_files(run.config, run.weights, run.tokenizer, run.job.recipe.prompt)
        state = run.state()
        report = {
            "versions": {name: version(name) for name in _LIBRARIES},
            "measured": [
                {"kind": m.kind, "documents": m.documents, "nats": m.model, "entropy": m.perfect}
                for m in self.measured
            ],
        }  # fmt: skip
        text = json.dumps(state.facts | report, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        files |= {STATE_FILE: state_bytes(state), REPORT_FILE: text.encode()}
        write_files(self.folder, files)
        self.saved = run.step

    def kept(self) -> str:
        """Which checkpoint there is."""
        if self.saved is None:
            return "nothing was saved"
        return f"the checkpoint of step {self.saved:,} is kept in {visible(str(self.folder))}"

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
            tokens_per_second=speed, seconds_left=left, history=run.history, sample=self._sample,
            candidate=f"model {run.candidate + 1} of {run.candidates}" if several else "",
        )  # fmt: skip

    def closing_lines(self) -> list[str]:
        """What came out."""
        run = self.run
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
        if self.measured:
            rows = [
                ["documents", "model", "entropy", "ratio"],
                *(
                    [m.kind, f"{m.model:.3f}", f"{m.perfect:.3f}", f"{m.ratio:.4f}"]
                    for m in self.measured
                ),
            ]
            lines += ["nats a document, on texts that training never drew:", *table(rows, "lrrr")]
        return [*lines, f"open it with: tuitf -m {_quoted(self.folder)}"]


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


def _quoted(folder: Path) -> str:
    from shlex import quote

    return visible(quote(str(folder)))
