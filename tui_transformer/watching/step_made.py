"""One step of a run, made in memory: what it reads, all that it computes, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tui_transformer.engine import ModelConfig
from tui_transformer.errors import InputError
from tui_transformer.models import LoadedModel
from tui_transformer.session import Session, SessionState
from tui_transformer.training.adamw import Moments
from tui_transformer.training.inside import Inside, look_inside
from tui_transformer.training.parameters import Parameters, parameters_in, views
from tui_transformer.training.run import Run
from tui_transformer.training.trainer import Trainer
from tui_transformer.training.update import Update, explain_update
from tui_transformer.watching.stages import Facts
from tui_transformer.watching.tensors import gradient_squares, weights_of
from tui_transformer.watching.watched import facts_of, model_of


@dataclass(frozen=True, slots=True, eq=False)
class StepMade:
    """A step of training, before and after it was made.

    Attributes:
        facts: of the run.
        seed: decides the first weights and every batch of this model.
        number: of the step among all steps of the run, from 1.
        steps: how many there are, those of other models included.
        candidate: which of several models, from 0.
        candidates: how many are trained.
        inside: the step, looked into before it was made.
        new: the parameters after it, as the trainer made them, in the order of the flat array.
        loss_after: of the same batch, under the new parameters, in nats a position.
        before: the model before the step.
        after: the model after it.
    """

    facts: Facts
    seed: int
    number: int
    steps: int
    candidate: int
    candidates: int
    inside: Inside
    new: Parameters
    loss_after: float
    before: LoadedModel
    after: LoadedModel

    @property
    def config(self) -> ModelConfig:
        """The model's shape."""
        return self.facts.config

    @property
    def row_ids(self) -> list[int]:
        """The tokens of the row that is kept, and the one that is a target only."""
        batch, row = self.inside.batch, self.inside.row
        return [*batch.inputs[row].tolist(), int(batch.targets[row, -1])]

    def update(self, name: str, index: tuple[int, ...]) -> Update:
        """The update of one weight.

        Raises:
            KeyError: the model has no such parameter.
            IndexError: the place lies outside it.
        """
        return explain_update(self.inside, self.config, name, index)

    def made(self, name: str, index: tuple[int, ...]) -> float:
        """A weight after the step, as the trainer made it."""
        return float(views(self.new.flat, self.config)[name][index])

    def steepest(self, name: str | None = None) -> tuple[str, tuple[int, ...]]:
        """The weight whose gradient is largest in size, of one parameter or of all."""
        found = views(self.inside.d_parameters.flat, self.config)
        names = weights_of(self.config) if name is None else (name,)

        def size(of: str) -> float:
            return float(np.nan_to_num(np.abs(found[of]), nan=np.inf).max())

        best = max(names, key=size)
        sizes = np.nan_to_num(np.abs(found[best]), nan=np.inf)
        return best, tuple(map(int, np.unravel_index(int(sizes.argmax()), sizes.shape)))

    def lengths(self) -> list[tuple[str, tuple[int, ...], float]]:
        """Every parameter with its shape and the sum of the squares of its gradient."""
        return gradient_squares(self.inside, self.config)

    def sessions(self) -> tuple[Session, Session]:
        """The recipe's prompt under the model before the step, and after it.

        Raises:
            TuitfError: the model cannot read the prompt.
        """
        return self._session(self.before), self._session(self.after)

    def _session(self, model: LoadedModel) -> Session:
        session = Session(lambda _: model)
        session.open(SessionState(model=model.card.name, prompt=self.facts.recipe.prompt))
        return session


def make_step(
    run: Run, number: int, row: int = 0, told: Callable[[int], None] = lambda count: None
) -> StepMade:
    """Make one step of a run in memory, and those that lead to it. The run stays where it is.

    Where the run is already beyond it, the model is trained again from its first weights: recipe,
    corpus and seed decide every number, so that it is the same step.

    Args:
        run: what the step is of.
        number: of the step, from 1, those of other models included.
        row: the row of the batch that is looked into.
        told: is told how many steps have to be made first.

    Raises:
        InputError: the run has no such step, or the batch no such row.
        DivergedError: a step on the way, or this one, has a loss that is no number.
    """
    job = run.job
    if not 1 <= number <= run.steps:
        raise InputError(f"this run has the steps 1 to {run.steps:,}, not {number:,}")
    last = job.recipe.batch.rows - 1
    if not 0 <= row <= last:
        raise InputError(f"a batch has the rows 0 to {last}, not {row}")
    candidate, done = divmod(number - 1, job.steps)
    trainer = run.trainer_of(candidate)
    try:
        if run.candidate == candidate and run.trainer.step <= done:
            trainer.restore(run.trainer.state(), run.trainer.step)
        told(done - trainer.step)
        while trainer.step < done:
            trainer.advance()
        return _look_and_make(run, trainer, candidate, number, row)
    finally:
        trainer.close()


def _look_and_make(run: Run, trainer: Trainer, candidate: int, number: int, row: int) -> StepMade:
    """Look into the step that a trainer is about to make, have it made, and look at the result."""
    job, config = run.job, run.config
    parameters = parameters_in(trainer.parameters.flat.copy(), config)
    moments = Moments(trainer.moments.mean.copy(), trainer.moments.square.copy())
    inside = look_inside(
        job.recipe, run.source, trainer.seed, job.steps, trainer.step, parameters, moments,
        trainer.workers, row,
    )  # fmt: skip
    trainer.advance()
    new = trainer.parameters
    model = model_of(run)
    return StepMade(
        facts=facts_of(run), seed=trainer.seed, number=number, steps=run.steps,
        candidate=candidate, candidates=run.candidates, inside=inside, new=new,
        loss_after=trainer.workers.loss([inside.batch], new.weights),
        before=replace(model, weights=parameters.weights),
        after=replace(model, weights=new.weights),
    )  # fmt: skip
