"""Keys one after another: each is dealt with when what the one before set off has arrived.

A key often becomes a message that goes from widget to widget, or a pane that is still to be made.
Where several arrive at once (a key that is held, a slow line, a program that types) the later ones
would find the screen as it was before the first: they would go elsewhere, or nowhere.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.app import App

Typing = events.Key | events.Paste

PATIENCE = 1.0
"""Seconds after a key that the next ones wait for what it set off; then they take the screen as it
is."""

LOOK = 1 / 60
"""Seconds between two looks whether it is."""

QUIET = 4
"""Turns of the event loop without a message after which none is on its way."""


class KeyOrder:
    """Deals with keys and pastes in their order.

    One that comes while nothing is on its way is dealt with at once. No picture is waited for but
    where a key needs one: a key that is held goes no further than it was held.

    Args:
        app: whose they are.
        deal: does what one of them says; messages may be on their way after that.
        takes: whether what one of them is for is there.
    """

    def __init__(
        self,
        app: App[Any],
        deal: Callable[[Typing], Awaitable[None]],
        takes: Callable[[Typing], bool],
    ) -> None:
        self._app = app
        self._deal = deal
        self._takes = takes
        self.patience = PATIENCE
        self._dealt_at = 0.0
        self._held: deque[Typing] = deque()
        self._following: asyncio.Task[None] | None = None
        self._impatient = False
        """Whether what keys are for was waited for long enough, and is still not there."""

    @property
    def at_work(self) -> bool:
        """Whether a key waits, or what one set off is on its way."""
        return self._following is not None

    async def take(self, event: Typing) -> None:
        """Deal with an event now, or in its turn."""
        if self._following is None and self._takes(event):
            await self._now(event)
        else:
            self._held.append(event)
        if self._following is None:
            self._following = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        """See what was set off arrive, then deal with what was held meanwhile."""
        try:
            await self._quiet()
            while self._held:
                event = self._held.popleft()
                await self._wait_for(event)
                await self._in_turn(event)
                await self._quiet()
        finally:
            self._following = None

    async def _now(self, event: Typing) -> None:
        try:
            await self._deal(event)
        finally:
            self._dealt_at = asyncio.get_running_loop().time()

    async def _quiet(self) -> None:
        """Wait until all messages have been dealt with, and those that came of them."""
        clock = asyncio.get_running_loop().time
        until, turns = clock() + self.patience, 0
        while turns < QUIET and self._app.screen_stack and clock() < until:
            await asyncio.sleep(0)
            parts = (self._app, *self._app.screen.walk_children(with_self=True))
            turns = 0 if any(part.message_queue_size for part in parts) else turns + 1

    async def _wait_for(self, event: Typing) -> None:
        """Wait until what an event is for is there, which may take a picture or a short pass."""
        clock = asyncio.get_running_loop().time
        until = self._dealt_at + self.patience
        while not self._takes(event):
            self._impatient = self._impatient or clock() >= until
            if self._impatient:
                return
            await asyncio.sleep(LOOK)
        self._impatient = False

    async def _in_turn(self, event: Typing) -> None:
        """Deal with an event where the app takes its messages: actions belong there."""
        dealt = asyncio.Event()

        async def deal() -> None:
            try:
                await self._now(event)
            finally:
                dealt.set()

        if self._app.call_later(deal):
            await dealt.wait()
