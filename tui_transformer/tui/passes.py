"""The passes that the walk asks for: on another thread, one at a time, the last one counts."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from textual.dom import DOMNode
from textual.message import Message
from textual.worker import get_current_worker

from tui_transformer.errors import Cancelled, TuitfError
from tui_transformer.session import Ready, Session, SessionState, Undo


class Passes:
    """Runs what is asked for and posts what comes of it; asking again makes that stale.

    Args:
        host: the screen that gets the messages.
        session: computes; it is changed by nobody here.
    """

    class Outcome(Message):
        """What a pass has to tell; `generation` says which one it was."""

        def __init__(self, generation: int) -> None:
            super().__init__()
            self.generation = generation

    class Computed(Outcome):
        """A pass is through; `undo` is what it goes back to, if it goes back."""

        def __init__(self, ready: Ready, generation: int, undo: Undo | None = None) -> None:
            super().__init__(generation)
            self.ready = ready
            self.undo = undo

    class Doing(Outcome):
        """What a pass is at."""

        def __init__(self, what: str, generation: int) -> None:
            super().__init__(generation)
            self.what = what

    class Failed(Outcome):
        """A pass could not be run."""

        def __init__(self, reason: str, generation: int) -> None:
            super().__init__(generation)
            self.reason = reason

    def __init__(self, host: DOMNode, session: Session) -> None:
        self._host = host
        self._session = session
        self._asked_from: SessionState | None = None
        self.generation = 0
        self.wanted: SessionState | None = None
        """What is being computed."""
        self.undoing: Undo | None = None
        """The undo that is under way; another one goes on from there."""

    def want(self, state: SessionState, undo: Undo | None = None) -> None:
        """Have a state computed; what was asked for before is dropped."""
        self.generation += 1
        self.wanted = state
        self.undoing = undo
        self._asked_from = self._session.state if self._session.is_open else None
        self._host.run_worker(
            partial(self._compute, state, self.generation, undo),
            thread=True,
            exclusive=True,
            group="pass",
            description="a pass",  # else Textual writes out the arguments, here whole models
            exit_on_error=False,
        )

    def at_once(self, state: SessionState) -> Computed | Failed | None:
        """Compute a state on this thread."""
        self.generation += 1
        return self._run(state, self.generation, None, lambda: False)

    @property
    def computing(self) -> bool:
        """Whether a pass runs."""
        return self.wanted is not None

    def is_last(self, message: Outcome) -> bool:
        """Whether a message is of the pass that was asked for last."""
        return message.generation == self.generation

    def ended(self) -> None:
        """That pass is through, one way or another."""
        self.wanted = None
        self.undoing = None

    def meanwhile(self, ready: Ready) -> Ready:
        """What was computed, with the settings that the person has changed since they asked."""
        asked = self._asked_from
        if asked is None or not self._session.is_open:
            return ready
        now, state = self._session.state, ready.state
        if now.sampling != asked.sampling:
            state = replace(state, sampling=now.sampling)
        if now.seed != asked.seed:
            state = replace(state, seed=now.seed)
        return replace(ready, state=state)

    def _compute(self, state: SessionState, generation: int, undo: Undo | None) -> None:
        worker = get_current_worker()
        message = self._run(
            state,
            generation,
            undo,
            lambda: worker.is_cancelled or generation != self.generation,
        )
        if message is not None:
            self._host.post_message(message)

    def _run(
        self,
        state: SessionState,
        generation: int,
        undo: Undo | None,
        stopped: Callable[[], bool],
    ) -> Computed | Failed | None:
        """Compute a state; whatever happens comes back as a message, nothing if it was stopped."""

        def report(what: str) -> None:
            self._host.post_message(self.Doing(what, generation))

        try:
            ready = self._session.compute(state, stopped, report)
        except Cancelled:
            return None
        except TuitfError as error:
            return self.Failed(str(error), generation)
        except Exception as error:  # a defect of ours must not cost the person their screen
            reason = f"a fault inside tuitf ({type(error).__name__}: {error}); nothing was changed"
            return self.Failed(reason, generation)
        return self.Computed(ready, generation, undo)
