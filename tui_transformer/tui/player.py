"""Playing: one token after another, at a pace."""

from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

PACES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Tokens a second."""


class Player:
    """Calls `tick` at a pace until it is stopped.

    Args:
        host: the screen whose timers it uses.
        tick: asks for the next token.
        tell: is told what to show beside the key, nothing while it is stopped.
    """

    def __init__(
        self, host: MessagePump, tick: Callable[[], None], tell: Callable[[str], None]
    ) -> None:
        self._host = host
        self._tick = tick
        self._tell = tell
        self._pace = 1
        self.timer: Timer | None = None

    @property
    def is_on(self) -> bool:
        """Whether it plays."""
        return self.timer is not None

    @property
    def pace(self) -> float:
        """Tokens a second."""
        return PACES[self._pace]

    def start(self) -> None:
        """Play."""
        if self.timer is not None:
            self.timer.stop()
        self.timer = self._host.set_interval(1 / self.pace, self._tick)
        self._tell(f"stop ({self.pace:g}/s)")

    def stop(self) -> None:
        """Play no more."""
        if self.timer is not None:
            self.timer.stop()
            self.timer = None
            self._tell("")

    def change_pace(self, by: int) -> None:
        """Faster or slower."""
        self._pace = max(0, min(self._pace + by, len(PACES) - 1))
        if self.is_on:
            self.start()
