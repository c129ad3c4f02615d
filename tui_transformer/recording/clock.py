"""A clock that stands still while something is computed and jumps while nothing is.

Under :class:`VirtualLoop` the app lives in virtual seconds: a timer of a second goes off as soon as
everything else is done, a forward pass takes no time at all. What happens, and when, is then
decided by the script alone, not by how fast this machine is.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from selectors import SelectorKey
from threading import Event
from typing import Any, TypeVar

from textual import _time, screen

from tui_transformer.errors import TuitfError

PATIENCE = 600.0
"""Real seconds that a computation may take before it counts as stuck."""

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Asks the loop before it waits."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        return self.loop.wait(super().select, timeout)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time.

    A *moment* is all that happens at one reading of the clock. It ends when no callback is left and
    no job of :meth:`run_in_executor` is at work; then `on_rest` is called, and if that makes
    nothing new to do, jobs that have slept long enough go on, or the clock moves to the next timer.
    """

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self._virtual = 0.0
        self._at_work = 0
        self._threads: ThreadPoolExecutor | None = None
        self._asleep: set[Event] = set()
        self._due: list[Event] = []
        self._sleepers = 0
        self.on_rest: Callable[[], bool] = lambda: False
        """Called when a moment ends; says whether it has made something new to do."""
        super().__init__(selector)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual

    def wait(
        self,
        select: Callable[[float | None], list[tuple[SelectorKey, int]]],
        timeout: float | None,
    ) -> list[tuple[SelectorKey, int]]:
        """What the selector does instead of sleeping.

        Raises:
            TuitfError: a thread has been at work for :data:`PATIENCE`, or nothing can ever happen
                any more.
        """
        if self._at_work and not self._sleepers:
            ready = select(PATIENCE)
            if not ready:
                raise TuitfError(f"a computation has been running for more than {PATIENCE:g} s")
            return ready
        if self.on_rest():
            return []
        if self._due:  # only now: while a thread is awake, nothing else happens
            self._sleepers -= 1
            self._due.pop(0).set()
            return self.wait(select, timeout)
        if timeout is None:
            raise TuitfError("the app waits for something that never comes")
        self._virtual += timeout
        return []

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        """Run in a thread, one job after another; the clock stands still until all are done."""
        if executor is None:
            if self._threads is None:
                # one, so that what one job finds does not depend on how far another one is; a job
                # that sleeps in virtual time may hold a lock that the next one waits for
                self._threads = ThreadPoolExecutor(1, "tuitf-record")
            executor = self._threads
        self._at_work += 1
        job = executor.submit(func, *args)
        future = asyncio.wrap_future(job, loop=self)
        job.add_done_callback(self._job_done)  # after the one that hands over its result
        return future

    def _job_done(self, job: "Future[Any]") -> None:
        with suppress(RuntimeError):  # the loop is closed
            self.call_soon_threadsafe(self._one_less)

    def _one_less(self) -> None:
        self._at_work -= 1

    def pass_time(self, seconds: float) -> None:
        """Called from a thread of :meth:`run_in_executor`: sleep in virtual time.

        Meanwhile the thread does not hold up the clock. When the loop is closed it goes on at once.
        """
        awake = Event()

        def fall_asleep() -> None:
            self._sleepers += 1
            self.call_later(seconds, self._due.append, awake)

        self._asleep.add(awake)
        try:
            self.call_soon_threadsafe(fall_asleep)
        except RuntimeError:  # the loop is closed
            return
        awake.wait()
        self._asleep.discard(awake)

    def close(self) -> None:
        """Close it, its threads too."""
        for awake in list(self._asleep):
            awake.set()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        super().close()
        for awake in list(self._asleep):  # who came between
            awake.set()


@contextmanager
def textual_time(loop: VirtualLoop) -> Iterator[None]:
    """Inside, Textual's timers and animations read the clock of `loop`."""
    before = _time.get_time
    _time.get_time = loop.time
    try:
        yield
    finally:
        _time.get_time = before


@contextmanager
def pictures_a_second(most: int) -> Iterator[None]:
    """Inside, screens that are made draw so often at most.

    Textual takes the number from the environment when it is imported, which is once; a process may
    record more than one tape.
    """
    before = screen.UPDATE_PERIOD
    vars(screen)["UPDATE_PERIOD"] = 1 / most
    try:
        yield
    finally:
        vars(screen)["UPDATE_PERIOD"] = before
