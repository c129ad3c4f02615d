"""The real program in a pseudo-terminal, what it writes read by a terminal emulator."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyte

PATIENCE = 120.0
"""Seconds after which something that has not appeared will not; a busy machine is slow."""
ROOT = Path(__file__).parents[2]


class Terminal:
    """One running program and its screen."""

    def __init__(self, pid: int, fd: int, width: int, height: int) -> None:
        self.pid = pid
        self.fd = fd
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.status: int | None = None

    def read(self, seconds: float) -> bool:
        """Take in what is written within so much time; whether there was anything."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the program has ended
            return False
        self.written += data
        self._stream.feed(data)
        return bool(data)

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self.screen.display)

    def until(self, shown: Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """Read until the screen is as wanted."""
        end = time.monotonic() + seconds
        while not shown(self.text):
            assert time.monotonic() < end, f"not on the screen:\n{self.text}"
            self.read(0.2)
            if self.ended():
                assert shown(self.text), f"the program has ended:\n{self.text}"
        return self.text

    def rest(self, quiet: float = 0.6) -> None:
        """Read until nothing has been written for a while."""
        while self.read(quiet):
            pass

    def send(self, data: str | bytes) -> None:
        """Type; what is written meanwhile is read, so that neither side waits for the other."""
        left = data.encode() if isinstance(data, str) else data
        while left:
            readable, writable, _ = select.select([self.fd], [self.fd], [], PATIENCE)
            if readable:
                self.read(0)
            if writable:
                left = left[os.write(self.fd, left[:512]) :]

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, as a window does."""
        self.screen.resize(height, width)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def state(self) -> str:
        """The state of the process: R, S, T (stopped), Z."""
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0]

    def ended(self) -> bool:
        """Whether the program has ended; its status is kept."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is not None

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for the end: the exit code, or minus the signal."""
        end = time.monotonic() + seconds
        while not self.ended():
            assert time.monotonic() < end, f"does not end:\n{self.text}"
            self.read(0.1)
        while self.read(0):
            pass
        assert self.status is not None
        return os.waitstatus_to_exitcode(self.status)

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self.fd)
        self.fd = -1


@contextmanager
def running(
    *args: str,
    term: str = "xterm-256color",
    size: tuple[int, int] = (120, 40),
    environ: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """`tuitf` with these arguments; nothing is left of it afterwards."""
    width, height = size
    keep = {
        k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "PYTHONPATH", "VIRTUAL_ENV"}
    }
    keep["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), keep.get("PYTHONPATH"))))
    settings = {"LANG": "C.UTF-8", "XDG_CONFIG_HOME": "/nonexistent", "TERM": term} | dict(
        environ or {}
    )
    pid, fd = pty.fork()
    if pid == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            os.execve(
                sys.executable, [sys.executable, "-m", "tui_transformer", *args], keep | settings
            )
        finally:
            os._exit(127)
    terminal = Terminal(pid, fd, width, height)
    try:
        yield terminal
    finally:
        if not terminal.ended():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        if terminal.fd >= 0:
            os.close(terminal.fd)
