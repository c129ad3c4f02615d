"""A run that is stepped through: its steps, the moments that are kept, and a look at any of them.

Everything heavy is done by whoever calls :meth:`WatchedRun.advance` and :meth:`WatchedRun.look`,
one thread at a time (they hold the run's lock). What they hand back is frozen, with copies of the
numbers that go on changing, so that another thread can draw it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite, nan
from threading import RLock

from tui_transformer.models import LoadedModel, ModelCard
from tui_transformer.models.loaded import assemble
from tui_transformer.session import Ready, Session, SessionState
from tui_transformer.tokenizers import visible
from tui_transformer.training.adamw import Moments
from tui_transformer.training.inside import Inside, look_inside
from tui_transformer.training.parameters import parameters_in
from tui_transformer.training.run import Point, Run
from tui_transformer.training.snapshots import Snapshot, Snapshots, is_due
from tui_transformer.training.trainer import Step
from tui_transformer.watching.attended import Attended
from tui_transformer.watching.stages import Facts

Place = tuple[int, int]
"""A moment: which candidate, and how many steps of it were made."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be looked at.

    Attributes:
        state: prompt, sampling settings and cursor of the panes that inference has.
        place: the moment, `None` for the latest.
        row: the row of the batch.
        inside: whether the step that follows is looked into.
    """

    state: SessionState
    place: Place | None = None
    row: int = 0
    inside: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The loss of one candidate so far, in nats a position.

    `train` is NaN before the first step, `held_out` where it was not measured.
    """

    steps: tuple[int, ...]
    train: tuple[float, ...]
    held_out: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at a run: everything that is drawn follows from this.

    Attributes:
        wanted: what was asked for.
        place: the moment.
        latest: the moment that the run has come to.
        kept: the moments that one can go to, earliest first, the latest among them.
        ready: the prompt under the weights of the moment.
        inside: the step that follows it, where that was asked for and there is one.
        curve: the loss so far, of the candidate in view.
        last: the step that led to the latest moment, if it was made here.
    """

    wanted: Wanted
    place: Place
    latest: Place
    kept: tuple[Place, ...]
    ready: Ready
    inside: Inside | None
    curve: Curve
    last: Step | None

    @property
    def is_latest(self) -> bool:
        """Whether the moment is the one that training goes on from."""
        return self.place == self.latest

    def answers(self, wanted: Wanted, steps: int) -> bool:
        """Whether it shows all that is wanted of a run of `steps` steps a model."""
        if self.wanted.state.prompt != wanted.state.prompt:
            return False
        if not (self.is_latest if wanted.place is None else self.place == wanted.place):
            return False
        if not wanted.inside:
            return True
        if self.inside is None:
            return self.place[1] >= steps  # no step follows that could be looked into
        return self.inside.row == wanted.row


def facts_of(run: Run) -> Facts:
    """What the words of the stages depend on."""
    return Facts(run.job.recipe, run.config, run.source, visible(run.job.corpus.name))


def model_of(run: Run, name: str = "") -> LoadedModel:
    """The model that a run trains, under its weights of now; called as its recipe if left out."""
    recipe = run.job.recipe
    card = ModelCard(
        name=name or recipe.name, summary="", weights="random", prompt=recipe.prompt,
        description=f"In training on {visible(run.job.corpus.name)}.",
    )  # fmt: skip
    return assemble(card, run.config, run.weights, run.tokenizer)


class WatchedRun:
    """A run with its moments.

    Args:
        attended: the run, with what is due between its steps.
        name: what the model is called.
    """

    def __init__(self, attended: Attended, name: str = "") -> None:
        self.attended, self.run = attended, attended.run
        self.lock = RLock()
        self.snapshots = Snapshots()
        self.last: Step | None = None
        self._points: list[tuple[Place, float, float]] = []
        self._since: list[float] = []
        self._began = False
        self.name = name or self.run.job.recipe.name
        self._model = model_of(self.run, self.name)
        self.facts = facts_of(self.run)

    @property
    def place(self) -> Place:
        """The moment that the run has come to."""
        return self.run.candidate, self.run.trainer.step

    def start_state(self, prompt: str | None = None) -> SessionState:
        """What the panes of inference open on."""
        wanted = self.run.job.recipe.prompt if prompt is None else prompt
        return SessionState(model=self.name, prompt=wanted)

    def begin(self) -> None:
        """Keep the moment that the run stands at; the curve begins with what it has been through.

        Does nothing the second time.
        """
        with self.lock:
            if self._began:
                return
            self._began = True
            steps = self.run.job.steps
            self._points = [
                (((p.step - 1) // steps, (p.step - 1) % steps + 1), p.train, p.held_out)
                for p in self.run.history
            ]
            self.run.begin_next()
            self.keep()

    def advance(self) -> Step:
        """Make a step of training, and keep the moment where it is time.

        Raises:
            DivergedError: the loss or a weight is no number any more.
            SaveError: the folder of the run cannot be written.
        """
        with self.lock:
            made, _ = self.attended.advance()
            self.last = made
            self._since.append(made.loss)
            if self.run.trainer.done or is_due(made.number, self._last_kept()):
                self.keep()
            if self.run.trainer.done and not self.run.done:
                self.run.begin_next()
                self.keep()
            return made

    def _last_kept(self) -> int:
        candidate, step = self.snapshots[-1].place if len(self.snapshots) else (0, 0)
        return step if candidate == self.run.candidate else 0

    def keep(self) -> None:
        """Keep the moment that the run stands at, and a point of the loss curve."""
        with self.lock:
            place = self.place
            if len(self.snapshots) and self.snapshots[-1].place == place:
                return
            self.snapshots.add(self._snapshot())
            train = sum(self._since) / len(self._since) if self._since else nan
            self._since.clear()
            self._points.append((place, train, self._held_out(place)))

    def _held_out(self, place: Place) -> float:
        """The loss on held-out text; NaN where the last one is so near that it is not worth it.

        Measuring takes a pass over so many steps' worth of text, and at most about half of the
        time is to be spent on it.
        """
        trainer = self.run.trainer
        read = self.run.job.recipe.batch
        tokens = sum(batch.counted for batch in trainer.held_out)
        spare = round(tokens / (read.rows * read.length))
        last = next((p for p, _, loss in reversed(self._points) if isfinite(loss)), None)
        if last is not None and last[0] == place[0] and place[1] - last[1] < spare:
            return trainer.held_out_loss() if trainer.done else nan
        return trainer.held_out_loss()

    def _snapshot(self) -> Snapshot:
        candidate, step = self.place
        state = self.run.trainer.state()
        return Snapshot(
            candidate, step, state["parameters"].copy(), state["mean"].copy(),
            state["square"].copy(),
        )  # fmt: skip

    def look(self, wanted: Wanted, stopped: Callable[[], bool] | None = None) -> Look:
        """Look at a moment: run the prompt under its weights, and look into the step after it.

        Nothing of the run is changed.

        Raises:
            TuitfError: a prompt that the model cannot read.
            Cancelled: `stopped()` turned true.
        """
        with self.lock:
            self.begin()
            latest = self.place
            places = [kept.place for kept in self.snapshots.all()]
            if wanted.place is None or wanted.place >= latest:
                moment = self._snapshot()
            else:
                moment = self.snapshots[self.snapshots.nearest(wanted.place)]
            ready = Session(lambda _: self.model_at(moment)).compute(wanted.state, stopped)
            ready.trace.tensor("blocks.0.attn.pattern")  # what is drawn first is computed here
            inside = None
            if wanted.inside and moment.step < self.run.job.steps:
                inside = self.inside(moment, wanted.row)
            return Look(
                wanted=wanted, place=moment.place, latest=latest,
                kept=tuple(sorted({*places, latest})), ready=ready, inside=inside,
                curve=self.curve(moment.candidate), last=self.last,
            )  # fmt: skip

    def inside(self, moment: Snapshot, row: int) -> Inside:
        """The step that follows a moment.

        Raises:
            ValueError: none does.
        """
        with self.lock:
            run = self.run
            return look_inside(
                run.job.recipe, run.source, run.job.seed + moment.candidate, run.job.steps,
                moment.step, parameters_in(moment.flat, run.config),
                Moments(moment.mean, moment.square), run.trainer.workers, row,
            )  # fmt: skip

    def model_at(self, moment: Snapshot) -> LoadedModel:
        """The model that a moment is."""
        card = self._model.card
        if moment.step:
            card = replace(card, name=f"{card.name} after {moment.step:,} steps", weights="trained")
        weights = parameters_in(moment.flat, self.run.config).weights
        return replace(self._model, card=card, weights=weights)

    def curve(self, candidate: int) -> Curve:
        """The loss of a candidate so far."""
        points = [
            Point(place[1], train, held_out)
            for place, train, held_out in self._points
            if place[0] == candidate
        ]
        return Curve(
            tuple(p.step for p in points),
            tuple(p.train for p in points),
            tuple(p.held_out for p in points),
        )

    def close(self) -> None:
        """End the run's threads."""
        with self.lock:
            self.run.close()
