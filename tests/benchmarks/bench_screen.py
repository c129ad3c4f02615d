"""What the screen costs: start, a key, a redraw in bytes, memory. Paired with an empty Textual app.

    python -m tests.benchmarks.bench_screen [--runs N]

Each run starts the app in a pseudo-terminal of 120×40 cells and times from the start of the
process, or from a key, until the bytes that show it have arrived. The empty app and ours take
turns; what is reported is the median and, against the empty app, the ratio.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("first frame")
Empty().run()
"""

GRID = """
import sys
import numpy as np
from textual.app import App
from tui_transformer.render.ink import Ink
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.walkthrough import Exhibit, Limits
from tui_transformer.engine.names import axes_of
def made(n):
    scores = np.random.default_rng(n).normal(size=(64, 64)).astype("float32")
    labels = tuple(str(i) for i in range(64))
    if sys.argv[1] == "scores":
        return Exhibit("blocks.0.attn.attn_scores", axes_of("blocks.0.attn.attn_scores"),
                       (1, 64, 64), scores, Limits(-4.0, 4.0), "score", labels, labels, 0)
    hidden = ~np.tri(64, dtype=bool)
    e = np.where(hidden, 0, np.exp(2 * scores))
    pattern = (e / e.sum(-1, keepdims=True)).astype("float32")
    return Exhibit("blocks.0.attn.pattern", axes_of("blocks.0.attn.pattern"),
                   (1, 64, 64), pattern, Limits(0.0, 1.0), "weights", labels, labels, 0, hidden)
class One(App):
    CSS = "Grid { width: 100%; height: 100%; }"
    BINDINGS = [("x", "other", "")]
    n = 0
    def __init__(self):
        super().__init__()
        self.ink = Ink()
    def compose(self):
        yield Grid()
    def on_mount(self):
        self.call_after_refresh(self.action_other)
    def action_other(self):
        self.n += 1
        self.query_one(Grid).put(made(self.n), (0, 0))
One().run()
"""


class Terminal:
    """A process in a pseudo-terminal, read as it writes."""

    def __init__(self, command: Sequence[str]) -> None:
        self.started = time.perf_counter()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, close_fds=True
        )
        os.close(slave)
        self.master = master

    def read_until(self, pattern: bytes, limit: float = 20.0) -> tuple[float, bytes]:
        """Seconds since now until `pattern` has arrived, and all that came."""
        start, seen = time.perf_counter(), b""
        while time.perf_counter() - start < limit:
            if select.select([self.master], [], [], 0.01)[0]:
                seen += os.read(self.master, 1 << 16)
                if re.search(pattern, seen):
                    return time.perf_counter() - start, seen
        raise TimeoutError(f"{pattern!r} did not come within {limit} s; got {seen[-300:]!r}")

    def quiet(self, pause: float = 0.25) -> bytes:
        """All that comes until nothing has for a while."""
        seen = b""
        while select.select([self.master], [], [], pause)[0]:
            seen += os.read(self.master, 1 << 16)
        return seen

    def key(self, keys: bytes) -> tuple[float, int]:
        """Seconds from a key to the last byte of the frame that it causes, and its bytes."""
        start = time.perf_counter()
        os.write(self.master, keys)
        seen, last = b"", start
        while select.select([self.master], [], [], 0.2)[0]:
            seen += os.read(self.master, 1 << 16)
            last = time.perf_counter()
        return last - start, len(seen)

    def memory(self) -> float:
        """Resident set in MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def report(what: str, frames: list[tuple[float, int]]) -> None:
    """One line: median time and bytes of a kind of frame."""
    taken = statistics.median(frame[0] for frame in frames) * 1e3
    written = statistics.median(frame[1] for frame in frames)
    print(f"{what:<33}{taken:8.1f} ms {written:8.0f} bytes")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    ours = [sys.executable, "-m", "tui_transformer", "-m", "worked"]
    empty = [sys.executable, "-c", EMPTY]
    starts: dict[str, list[float]] = {"empty": [], "worked": []}
    for run in range(runs + 1):
        for name, command, pattern in (
            ("empty", empty, b"first frame"),
            ("worked", ours, b"next token after"),
        ):
            time.sleep(0.2)
            terminal = Terminal(command)
            taken, _ = terminal.read_until(pattern)
            if run:  # the first pair warms the file cache
                starts[name].append(taken)
            terminal.close()
    pairs = [b / a for a, b in zip(starts["empty"], starts["worked"], strict=True)]
    print(f"first frame, empty Textual app   {statistics.median(starts['empty']) * 1e3:8.0f} ms")
    print(f"first frame, tuitf -m worked     {statistics.median(starts['worked']) * 1e3:8.0f} ms")
    print(f"  ratio, median of {runs} pairs      {statistics.median(pairs):8.2f} ×")

    terminal = Terminal([sys.executable, "-m", "tui_transformer", "-m", "toy"])
    terminal.read_until(b"next token after")
    terminal.quiet(0.6)
    steps = [terminal.key(b" ") for _ in range(7)]
    moves = [terminal.key(key) for key in (b"\x1b[D", b"\x1b[C", b"\x1b[A", b"\x1b[B") * 5]
    report("a step (toy, 120×40)", steps)
    report("a cursor move", moves)
    print(f"resident memory                  {terminal.memory():8.1f} MB")
    terminal.close()

    for kind, words in (("pattern", "pattern, causal"), ("scores", "random scores, no mask")):
        terminal = Terminal([sys.executable, "-c", GRID, kind])
        terminal.read_until(kind.encode())
        terminal.quiet(0.6)
        redraws = [terminal.key(b"x") for _ in range(7)]
        report(f"64×64 {words}", redraws)
        terminal.close()


if __name__ == "__main__":
    main()
