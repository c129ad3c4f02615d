"""What is seen of a run: a live panel on a terminal, lines of a log elsewhere."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tui_transformer.cli import streams
from tui_transformer.render.loss_chart import loss_chart
from tui_transformer.tokenizers import visible

if TYPE_CHECKING:
    from rich.text import Text

    from tui_transformer.training.run import Point

_CHART_WIDTH, _CHART_HEIGHT, _BAR = 64, 8, 40


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands."""

    title: str
    step: int
    steps: int
    loss: float
    """Of the last step, in nats a position."""
    rate: float
    norm: float
    tokens_per_second: float
    seconds_left: float
    history: "Sequence[Point]"
    sample: str
    candidate: str
    """Which of several models this is, empty where there is one."""


class View(Protocol):
    """Shows a run."""

    def step(self, progress: Progress) -> None:
        """A step was made."""
        ...

    def point(self, progress: Progress) -> None:
        """The loss curve has a new point, and there is a new sample."""
        ...

    def close(self) -> None:
        """The run is over, or stopped."""
        ...


class Log:
    """A line a point of the loss curve, for pipes and files."""

    def step(self, progress: Progress) -> None:
        """Nothing: a step is too little to say."""

    def point(self, progress: Progress) -> None:
        """One line, and the sample under it."""
        last = progress.history[-1]
        parts = [
            f"step {progress.step:,} of {progress.steps:,}",
            f"train {last.train:.4f}",
            f"held out {last.held_out:.4f}",
            f"{progress.tokens_per_second:,.0f} tokens/s",
            f"{duration(progress.seconds_left)} left",
        ]
        if progress.candidate:
            parts.insert(0, progress.candidate)
        streams.write("  ".join(parts) + "\n")
        streams.write(f"  | {visible(progress.sample)}\n", flush=True)

    def close(self) -> None:
        """Nothing is left open."""


class Panel:
    """A panel that is drawn again a few times a second."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(highlight=False, markup=False, emoji=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=False)
        self._live.start()
        self._drawn = 0.0

    def step(self, progress: Progress) -> None:
        """Draw, if the last time is long enough ago."""
        from time import monotonic

        now = monotonic()
        if now - self._drawn >= 0.25:
            self._drawn = now
            self._draw(progress)

    def point(self, progress: Progress) -> None:
        """Draw."""
        self._draw(progress)

    def _draw(self, progress: Progress) -> None:
        encoding = (getattr(sys.stdout, "encoding", None) or "").lower()
        lines = panel_lines(progress, self._console.width, encoding.startswith("utf"))
        self._live.update(_text(lines), refresh=True)

    def close(self) -> None:
        """Leave the last state on the screen."""
        self._live.stop()


def _text(lines: Sequence[str]) -> "Text":
    from rich.text import Text

    return Text("\n".join(lines), no_wrap=True, overflow="crop")


def panel_lines(progress: Progress, width: int, unicode: bool) -> list[str]:
    """The panel as lines of text."""
    p = progress
    full, empty = ("█", "░") if unicode else ("#", "-")
    done = p.step / max(p.steps, 1)
    bar = full * int(done * _BAR) + empty * (_BAR - int(done * _BAR))
    lines = [
        p.title,
        f"{bar} {done:4.0%}  step {p.step:,} of {p.steps:,}",
        f"loss {p.loss:.4f}  gradient norm {p.norm:.3f}  learning rate {p.rate:.2e}",
        f"{p.tokens_per_second:,.0f} tokens/s  {duration(p.seconds_left)} left",
    ]
    if p.candidate:
        lines[0] += f"  {p.candidate}"
    if p.history:
        lines += ["", *loss_chart(
            [point.step for point in p.history], [point.train for point in p.history],
            [point.held_out for point in p.history],
            min(width, _CHART_WIDTH), _CHART_HEIGHT, p.steps, unicode=unicode,
        )]  # fmt: skip
        lines.append(f"held out {p.history[-1].held_out:.4f}")
    if p.sample:
        from tui_transformer.render.lines import wrap

        lines += ["", *wrap(visible(p.sample), max(20, min(width, 100)))[:4]]
    return lines


def duration(seconds: float) -> str:
    """`3 h 20 min`, `4 min 10 s`, `12 s`."""
    whole = max(0, round(min(seconds, 1e9)))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
