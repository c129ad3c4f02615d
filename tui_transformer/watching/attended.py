"""A run with what is due between its steps: measuring, a sample, saving."""

import json
import os
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tui_transformer.models.export import folder_files
from tui_transformer.tokenizers import visible
from tui_transformer.training.checkpoint import STATE_FILE, state_bytes, write_files
from tui_transformer.training.measure import Measured, against_entropy
from tui_transformer.training.run import Run
from tui_transformer.training.samples import sample
from tui_transformer.training.trainer import Step

REPORT_FILE = "training.json"
_LIBRARIES = ("numpy", "tokenizers", "safetensors")
_POINTS = 50
_MEASURED_DOCUMENTS, _MEASURED_SEED = 200, 1


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Attended:
    """A run on its way. Whoever shows it makes its steps here, so that they are always the same.

    Args:
        run: the run.
        folder: where it is saved; nowhere if `None`.
        every: after how many steps it is measured, sampled and saved; else 50 times in all.
    """

    def __init__(self, run: Run, folder: Path | None = None, every: int | None = None) -> None:
        self.run, self.folder = run, folder
        self.every = every or max(1, run.job.steps // _POINTS)
        self.saved: int | None = None
        self.measured: list[Measured] = []
        self.sample = ""

    def advance(self) -> tuple[Step, bool]:
        """Make a step; measure, sample and save where it is time, which the second value says.

        Raises:
            DivergedError: the loss or a weight is no number any more.
            SaveError: the folder cannot be written.
        """
        run = self.run
        made = run.advance()
        if made.number % self.every and not run.trainer.done:
            return made, False
        run.measure()
        run.trainer.check()
        rng = np.random.default_rng([run.job.seed, made.number])
        weights, prompt = run.trainer.parameters.weights, run.job.recipe.prompt
        self.sample = sample(weights, run.config, run.tokenizer, prompt, rng)
        if self.folder is not None:
            if run.done:
                self.measured = against_entropy(run, _MEASURED_DOCUMENTS, _MEASURED_SEED)
            self.save()
        return made, True

    def save(self) -> None:
        """Put the model and the state of the run into the folder, all or nothing.

        Raises:
            DivergedError: a weight is no number any more.
            SaveError: the folder cannot be written.
        """
        if self.folder is None:
            return
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
