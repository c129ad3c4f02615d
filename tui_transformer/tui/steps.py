"""The steps and looks that the training screen asks for: on another thread, the last one counts."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual.dom import DOMNode
from textual.message import Message
from textual.worker import get_current_worker

from tui_transformer.errors import Cancelled, TuitfError
from tui_transformer.watching import Look, Wanted, WatchedRun

if TYPE_CHECKING:
    from tui_transformer.tui.app import TuitfApp

FRAME = 0.1
"""Seconds between two looks while steps are made; a look that takes long makes it longer."""
Stopped = Callable[[], bool]


class Steps:
    """Makes steps and posts what they look like; asking again makes what was asked for stale.

    Args:
        host: the screen that gets the messages.
        watched: the run; it is changed by nobody else.
        wanted: what is looked at. It may be changed while steps are made.
    """

    class Outcome(Message):
        """What the work has to tell; `generation` says which work it was."""

        def __init__(self, generation: int) -> None:
            super().__init__()
            self.generation = generation

    class Looked(Outcome):
        """A look is ready; `left` steps are still to be made, and the last look says that it is."""

        def __init__(self, look: Look, generation: int, left: int, last: bool) -> None:
            super().__init__(generation)
            self.look = look
            self.left = left
            self.last = last

    class Failed(Outcome):
        """A step or a look could not be made."""

        def __init__(self, reason: str, generation: int) -> None:
            super().__init__(generation)
            self.reason = reason

    def __init__(self, host: DOMNode, watched: WatchedRun, wanted: Wanted) -> None:
        self._host, self._watched = host, watched
        self.wanted = wanted
        self.generation = 0
        self.training = False
        """Whether steps are being made."""
        self.working = False
        """Whether steps are being made, or a look."""
        self._undrawn = False

    def start(self, count: int) -> None:
        """Have steps made, or with 0 only a look; what was being done ends after its step."""
        self.generation += 1
        self.training, self.working, self._undrawn = count > 0, True, False
        if count:
            self.wanted = replace(self.wanted, place=None)
        self._host.run_worker(
            partial(self._work, count, self.generation),
            thread=True, exclusive=True, group="training", exit_on_error=False,
            description="steps",  # without it Textual writes out the arguments
        )  # fmt: skip

    def is_last(self, message: Outcome) -> bool:
        """Whether a message is of the work that was asked for last."""
        return message.generation == self.generation

    def drawn(self) -> None:
        """The look that was posted is on the screen: there may be another."""
        self._undrawn = False

    def ended(self) -> None:
        """The work is through, one way or another."""
        self.training = self.working = self._undrawn = False

    def drop(self) -> None:
        """Stop after the step that is being made, and tell nothing more."""
        self.generation += 1
        self.ended()

    def _work(self, count: int, generation: int) -> None:
        worker = get_current_worker()

        def stopped() -> bool:
            return worker.is_cancelled or generation != self.generation

        try:
            with self._watched.lock:  # one that was stopped may still be at its last step
                self._make(count, generation, stopped)
        except Cancelled:
            return
        except TuitfError as error:
            self._host.post_message(self.Failed(str(error), generation))
        except Exception as error:  # a defect of ours must not cost the person their screen
            reason = f"a fault inside tuitf ({type(error).__name__}: {error})"
            self._host.post_message(self.Failed(reason, generation))

    def _make(self, count: int, generation: int, stopped: Stopped) -> None:
        """Steps, with a look every tenth of a second, and a look at the end."""
        watched, run = self._watched, self._watched.run
        if stopped():
            raise Cancelled
        watched.begin()
        left = min(count, run.steps - run.step)
        app: TuitfApp = self._host.app  # type: ignore[assignment]
        clock = app.clock
        seen_at, pause = clock(), FRAME
        while left > 0 and not stopped():
            watched.advance()
            left -= 1
            now = clock()
            if left and now - seen_at >= pause and not self._undrawn:
                self._undrawn = True
                look = watched.look(self.wanted, stopped)
                self._host.post_message(self.Looked(look, generation, left, False))
                seen_at = clock()
                pause = max(FRAME, 2 * (seen_at - now))  # a third of the time at most is looking
        if stopped():
            raise Cancelled
        if self.wanted.place is None:
            watched.keep()
        look = watched.look(self.wanted, stopped)
        self._host.post_message(self.Looked(look, generation, 0, True))
