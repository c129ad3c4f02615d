"""Both cores for long inputs: arrays are cut into pieces that are worked on at the same time.

The library behind `@` (BLAS) has threads of its own, and for few rows they are the better ones.
From :data:`MANY_ROWS` on it pays to hold BLAS to one thread a call and to cut every operation
here, those that BLAS does not know (softmax, GELU, norms) included.
"""

import os
from collections.abc import Callable
from contextvars import copy_context
from functools import lru_cache
from itertools import pairwise
from threading import Lock, local
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

MANY_ROWS = 200
"""Fewer rows than this are left to the threads of BLAS."""


class _State:
    """What is shared by all passes of this process."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.passes = 0  # how many hold BLAS to one thread now
        self.held: Any = None
        self.pool: ThreadPoolExecutor | None = None


_state = _State()
_mine = local()


def _forget() -> None:
    """In a child process there are no threads but the one that forked."""
    global _state, _mine
    _state, _mine = _State(), local()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@lru_cache(maxsize=1)
def _blas() -> tuple[Any, int]:
    """The control over BLAS's threads, and how many it runs; 1 where there is no control."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None, 1
    control = ThreadpoolController().select(user_api="blas")
    return control, max((library["num_threads"] for library in control.info()), default=1)


class every_core:  # noqa: N801 - used as a function, in `with`
    """Inside, :func:`in_pieces` uses every core, if there are `rows` enough for it to pay."""

    def __init__(self, rows: int) -> None:
        self._outermost = rows >= MANY_ROWS and not getattr(_mine, "pieces", 1) > 1

    def __enter__(self) -> None:
        if not self._outermost:
            return
        control, threads = _blas()
        self._outermost = threads > 1
        if threads > 1:
            with _state.lock:
                if not _state.passes:
                    _state.held = control.limit(limits=1)
                    _state.held.__enter__()
                _state.passes += 1
                if _state.pool is None:
                    from concurrent.futures import ThreadPoolExecutor

                    _state.pool = ThreadPoolExecutor(threads - 1, "engine")
            _mine.pieces = threads

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._outermost:
            _mine.pieces = 1
            with _state.lock:
                _state.passes -= 1
                if not _state.passes:
                    _state.held.__exit__(None, None, None)


def pieces() -> int:
    """How many pieces :func:`in_pieces` makes now."""
    return getattr(_mine, "pieces", 1)


def in_pieces(work: Callable[[slice], None], count: int) -> None:
    """Call `work` with slices that together cover `range(count)`, one a core at the same time.

    What `work` writes must not overlap. Outside :class:`every_core` it is called once, for all.
    """
    cuts = min(pieces(), count)
    if cuts < 2 or _state.pool is None:
        work(slice(0, count))
        return
    edges = [count * i // cuts for i in range(cuts + 1)]
    parts = [slice(a, b) for a, b in pairwise(edges)]
    # each in a copy of the caller's context: NumPy keeps there what it does about inf and NaN
    others = [_state.pool.submit(copy_context().run, work, part) for part in parts[1:]]
    try:
        work(parts[0])
    finally:  # nobody may still be writing when the caller goes on
        for other in others:
            other.exception()
    for other in others:
        other.result()
