"""What it leads to: the candidates for the next token, and the knobs that decide among them."""

from dataclasses import replace

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from tui_transformer.render.candidates import heading, outcome, rows
from tui_transformer.render.lines import Line
from tui_transformer.sampling import SamplingSettings
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.titles import Titled
from tui_transformer.tui.view import View
from tui_transformer.tui.widgets.slider import Slider

TEMPERATURES = tuple(n / 10 for n in range(21))
TOP_PS = tuple(n / 20 for n in range(1, 21))
MIN_PS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


def top_k_stops(d_vocab: int) -> tuple[float, ...]:
    """1, 2, 3 … for small vocabularies, 1, 2, 5, 10, 20 … for large ones; off at the end."""
    if d_vocab <= 64:
        return tuple(float(k) for k in range(1, d_vocab + 1))
    stops = [k * 10**e for e in range(6) for k in (1, 2, 3, 5)]
    return (*(float(k) for k in stops if k < d_vocab), float(d_vocab))


class Candidates(Painted):
    """The likeliest tokens, as many as fit."""

    def paint(self, width: int, height: int) -> list[Line]:
        """A line of column names where there is room for it, then a token a line."""
        view = self.view
        if view is None:
            return []
        if view.next_token is None:
            return [[Segment(f" {view.trouble}", self.ink.bad)]]
        lines: list[Line] = []
        if height > 3:
            lines.append(heading(view.next_token, self.ink, width))
        return lines + rows(
            view.next_token, view.model, self.ink, width, height - len(lines), drawn=view.draw
        )


class SamplingKeys(Painted):
    """The keys that sample, play and take back."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.pace = ""

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        line: Line = [Segment(" ")]
        does = (("sample", "sample"), ("play", self.pace or "play"), ("take_back", "back"))
        for action, what in does:
            key = self.key(action)
            line += [Segment(key, self.ink.accent), Segment(f" {what}   ", self.ink.muted)]
        return [line]


class NextToken(Horizontal, Titled):
    """Candidates on the left, sliders on the right, what the filters leave on the border."""

    class Changed(Message):
        """Other sampling settings are wanted."""

        def __init__(self, settings: SamplingSettings) -> None:
            super().__init__()
            self.settings = settings

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._settings = SamplingSettings()
        self._d_vocab = 1

    def compose(self) -> ComposeResult:
        """Put the parts together."""
        yield Candidates(id="candidates")
        with Vertical(id="knobs"):
            yield Slider("T", lambda v: "greedy" if v == 0 else f"{v:.2f}", id="temperature")
            yield Slider("top-k", self._k_text, id="top-k")
            yield Slider("top-p", lambda v: "off" if v >= 1 else f"{v:.2f}", id="top-p")
            yield Slider("min-p", lambda v: "off" if v <= 0 else f"{v:.2f}", id="min-p")
            yield SamplingKeys(id="sampling-keys")

    def _k_text(self, value: float) -> str:
        return "off" if value >= self._d_vocab else f"{value:.0f}"

    def show(self, view: View) -> None:
        """Draw another look at the session."""
        self._d_vocab = view.model.config.d_vocab
        self._settings = s = view.state.sampling
        last = view.tokens[-1]
        kept = outcome(view.next_token, self._d_vocab) if view.next_token is not None else ""
        self.retitle(f"next token after {last}", f"{kept} · seed {view.state.seed}".lstrip(" ·"))
        self.query_one("#temperature", Slider).set(s.temperature, TEMPERATURES)
        k = float(s.top_k) if 0 < s.top_k < self._d_vocab else float(self._d_vocab)
        self.query_one("#top-k", Slider).set(k, top_k_stops(self._d_vocab))
        self.query_one("#top-p", Slider).set(s.top_p, TOP_PS)
        self.query_one("#min-p", Slider).set(s.min_p, MIN_PS)
        self.query_one(Candidates).show(view)
        self.query_one(SamplingKeys).show(view)

    def playing(self, pace: str) -> None:
        """Say at which pace tokens are being played; the empty text says none are."""
        self.query_one(SamplingKeys).pace = pace
        self.query_one(SamplingKeys).repaint()

    def on_slider_changed(self, message: Slider.Changed) -> None:
        """One knob moved: ask for the settings that the knobs stand for."""
        message.stop()
        value, s = message.value, self._settings
        match message.slider.id:
            case "temperature":
                s = replace(s, temperature=value)
            case "top-k":
                s = replace(s, top_k=0 if value >= self._d_vocab else int(value))
            case "top-p":
                s = replace(s, top_p=value)
            case _:
                s = replace(s, min_p=value)
        self._settings = s
        self.post_message(self.Changed(s))
