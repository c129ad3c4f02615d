"""A whole run, from its description to the model that it leaves, with every stop on the way."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tui_transformer.engine import Array, Weights
from tui_transformer.tokenizers import Tokenizer
from tui_transformer.training.checkpoint import ResumeError, State
from tui_transformer.training.corpora import CorpusName, make_source, make_tokenizer
from tui_transformer.training.heads import read_heads
from tui_transformer.training.parameters import empty_parameters
from tui_transformer.training.recipe import Recipe, fields_of, recipe_of
from tui_transformer.training.trainer import Step, Trainer


@dataclass(frozen=True, slots=True)
class Job:
    """What decides every number of a run."""

    recipe: Recipe
    corpus: CorpusName
    seed: int
    steps: int


@dataclass(frozen=True, slots=True)
class Point:
    """One place on the loss curve, in nats a position."""

    step: int
    """Of all steps of the run, those of other candidates included."""
    train: float
    """Mean over the steps since the point before."""
    held_out: float


class Run:
    """A job on its way: one candidate after the other, the best one kept.

    Args:
        job: what is to be done.
        text: what the corpus's file holds, `None` for a generated corpus.
        threads: how many to use.
        tokenizer: the one that a run began with; made as the recipe says if left out.
    """

    def __init__(
        self, job: Job, text: str | None, threads: int, tokenizer: Tokenizer | None = None
    ) -> None:
        self.job = job
        self.tokenizer = tokenizer or make_tokenizer(job.recipe, job.corpus.name, text)
        self.source = make_source(job.recipe, job.corpus.name, text, self.tokenizer)
        self.config = job.recipe.config(self.tokenizer.size)
        self.history: list[Point] = []
        self.candidate = 0
        self._threads = threads
        self._best: tuple[int, float, Array] | None = None  # candidate, score, parameters
        self._since: list[float] = []
        self.trainer = self.trainer_of(0)

    def trainer_of(self, candidate: int) -> Trainer:
        """A candidate before its first step, with threads of its own."""
        job = self.job
        seed = job.seed + candidate
        return Trainer(job.recipe, self.config, self.source, seed, job.steps, self._threads)

    @property
    def candidates(self) -> int:
        """How many models are trained."""
        return self.job.recipe.candidates

    @property
    def step(self) -> int:
        """How many steps have been made, those of other candidates included."""
        return self.candidate * self.job.steps + self.trainer.step

    @property
    def steps(self) -> int:
        """How many there will be, of all candidates."""
        return self.candidates * self.job.steps

    @property
    def done(self) -> bool:
        """Whether the last candidate is trained."""
        return self.step >= self.steps

    def advance(self) -> Step:
        """Make one step; after the last one of a candidate, judge it.

        Raises:
            DivergedError: see :meth:`Trainer.advance`.
        """
        self.begin_next()
        step = self.trainer.advance()
        self._since.append(step.loss)
        if self.trainer.done and self.candidates > 1:
            score = self.score()
            if self._best is None or score > self._best[1]:
                self._best = (self.candidate, score, self.trainer.parameters.flat.copy())
        return step

    def begin_next(self) -> None:
        """Where a candidate is trained and another follows, make that one's first weights."""
        if self.trainer.done and not self.done:
            self.trainer.close()
            self.candidate += 1
            self.trainer = self.trainer_of(self.candidate)

    def score(self) -> float:
        """How good the candidate is, larger is better: what the recipe keeps one by."""
        if self.job.recipe.keep == "heads":
            weights = self.trainer.parameters.weights
            return read_heads(weights, self.config, self.tokenizer).readable
        return -self.trainer.held_out_loss()

    def measure(self) -> Point:
        """Add a point to the loss curve."""
        held_out = self.trainer.held_out_loss()
        train = sum(self._since) / len(self._since) if self._since else held_out
        point = Point(self.step, train, held_out)
        self._since.clear()
        self.history.append(point)
        return point

    @property
    def best(self) -> tuple[int, float] | None:
        """Which candidate is the best so far, and its score; `None` before the first is judged."""
        return None if self._best is None else self._best[:2]

    @property
    def weights(self) -> Weights:
        """The model to keep: the best candidate so far, or the one in training."""
        if self._best is None:
            return self.trainer.parameters.weights
        kept = empty_parameters(self.config)
        kept.flat[...] = self._best[2]
        return kept.weights

    def state(self) -> State:
        """Where the run stands."""
        arrays = dict(self.trainer.state())
        best = None
        if self._best is not None:
            best = list(self._best[:2])
            arrays["best"] = self._best[2]
        job = self.job
        facts = {
            "recipe": fields_of(job.recipe),
            "corpus": asdict(job.corpus),
            "seed": job.seed,
            "steps": job.steps,
            "candidate": self.candidate,
            "step": self.trainer.step,
            "best": best,
            "since": self._since,
            "history": [asdict(point) for point in self.history],
        }
        return State(arrays, facts)

    def restore(self, state: State) -> None:
        """Go on from where a run of the same job stood.

        Raises:
            ResumeError: the state is of another job.
        """
        facts = state.facts
        try:
            self.candidate = int(facts["candidate"])
            self.trainer.close()
            self.trainer = self.trainer_of(self.candidate)
            self.trainer.restore(state.arrays, int(facts["step"]))
            self.history = [Point(**point) for point in facts["history"]]
            self._since = [float(loss) for loss in facts["since"]]
            best = facts["best"]
            self._best = (
                None if best is None else (int(best[0]), float(best[1]), state.arrays["best"])
            )
        except (KeyError, TypeError, ValueError):
            raise ResumeError(
                "the saved state is of another run: begin in another folder"
            ) from None

    def close(self) -> None:
        """End the threads."""
        self.trainer.close()


def job_of(facts: Mapping[str, Any]) -> Job:
    """The job that a state belongs to.

    Raises:
        ResumeError: the facts are of no run.
    """
    try:
        corpus = CorpusName(**facts["corpus"])
        return Job(recipe_of(facts["recipe"]), corpus, int(facts["seed"]), int(facts["steps"]))
    except (KeyError, TypeError, ValueError):
        raise ResumeError("the saved state is of no run: begin in another folder") from None
