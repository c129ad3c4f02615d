"""All stages of a block, or of the whole pass, one under another, each summed up in a line."""

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Collapsible

from tui_transformer.render.grid import natural_size
from tui_transformer.render.lines import Line, fit, width_of, wrap
from tui_transformer.render.numbers import percent
from tui_transformer.sampling import SamplingError
from tui_transformer.session import Session
from tui_transformer.trace import RecordedModel
from tui_transformer.tui.cursor_keys import cursor_bindings
from tui_transformer.tui.painted import Painted
from tui_transformer.tui.view import Scales, look
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.walkthrough import Step, in_layer, step_named, summary, walk


class Words(Painted):
    """The formula and the explanation of a stage."""

    def __init__(self, formula: str, explanation: str) -> None:
        super().__init__()
        self._formula = formula
        self._explanation = explanation

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as the words take."""
        return len(self._wrapped(width)) + 1

    def _wrapped(self, width: int) -> list[str]:
        return wrap(self._explanation, max(10, width - 2))

    def paint(self, width: int, height: int) -> list[Line]:
        """Formula first."""
        ink = self.ink
        return [
            [Segment(f" {self._formula}", ink.bright)],
            *[[Segment(f" {line}", ink.text)] for line in self._wrapped(width)],
        ]


class OverviewHead(Painted):
    """Which block this is, and the keys."""

    def __init__(self, text: str) -> None:
        super().__init__(id="overview-head")
        self.text = text

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        ink = self.ink
        hints = [
            ("Tab", "next"),
            ("⏎", "opens"),
            (self.key("step.first"), "goes there"),
            (self.key("layer.back", "layer.next"), "block"),
            ("Esc", "back"),
        ]
        title = Segment(f" {self.text}   ", ink.bright)
        while width_of(line := [title, *self._hints(hints)]) > width and len(hints) > 1:
            hints.pop(0)  # the way out is the last to go
        return [line]

    def _hints(self, hints: list[tuple[str, str]]) -> Line:
        """Keys with what they do."""
        ink = self.ink
        pairs = [(Segment(k, ink.accent), Segment(f" {what}  ", ink.muted)) for k, what in hints]
        return [segment for pair in pairs for segment in pair]


class OverviewScreen(Screen[str]):
    """The stages as panes that open in place. Closes with the step to go to, or with none."""

    BINDINGS = [
        Binding("escape,q", "dismiss", "back to the walk", show=False),
        Binding("o", "dismiss", "back to the walk", show=False, id="overview"),
        Binding("g", "go", "go to this stage", show=False, id="step.first"),
        Binding("left_square_bracket", "layer(-1)", "block before", show=False, id="layer.back"),
        Binding("right_square_bracket", "layer(1)", "next block", show=False, id="layer.next"),
        *cursor_bindings(
            {
                "down": ("app.focus_next", "next stage"),
                "up": ("app.focus_previous", "stage before"),
            }
        ),
    ]

    def __init__(self, session: Session, scales: Scales) -> None:
        super().__init__()
        self.session = session
        self._scales = scales
        self._layer = session.step.layer
        self._filled: set[str] = set()

    def compose(self) -> ComposeResult:
        """Head and stages."""
        yield OverviewHead(self._title())
        yield VerticalScroll(*self._panes(), id="stages")

    def _title(self) -> str:
        model, layer = self.session.model, self._layer
        where = "the whole pass"
        if layer is not None:
            where = f"block {layer + 1} of {model.config.n_layers}"
        rounding = model.origin.rounding if isinstance(model, RecordedModel) else ()
        return " · ".join([*rounding, where])

    def _steps(self) -> dict[Step, str]:
        """What is listed, with its title: the stages of a block, or the whole pass.

        Of the whole pass a block is one line: its last stage, which writes what it hands on.
        """
        listed: dict[str, tuple[Step, str]] = {}
        for step in walk(self.session.model.config):
            if step.layer == self._layer:
                listed[step.name] = (step, step.stage.title)
            elif self._layer is None:
                block = f"block {(step.layer or 0) + 1}"
                listed[block] = (step, block)
        return dict(listed.values())

    def _panes(self) -> list[Collapsible]:
        panes = []
        for step, name in self._steps().items():
            line = self._summed(step)
            room = max(20, self.app.size.width - 8)
            title = fit(f"{fit(name, 13)} {line}".rstrip(), room)
            title = title.rstrip().replace("[", r"\[")
            panes.append(Collapsible(title=title, collapsed=True, id=_id(step)))
        return panes

    def _summed(self, step: Step) -> str:
        """A stage in one line."""
        session = self.session
        if step.stage.key not in {"probabilities", "sample"}:
            return summary(session.trace, step, session.cursor, session.tokens)
        try:
            if step.stage.key == "sample":
                return f"seed {session.state.seed} draws {self._word(session.next_draw().token)}"
            dist = session.distribution_at(session.row)
        except SamplingError:
            return ""
        likely = [f"{self._word(i)} {percent(float(dist.probs[i]))}" for i in dist.order[:3]]
        return f"after {session.tokens[session.row]}: {'   '.join(likely)}"

    def _word(self, token: int) -> str:
        """A token as it is shown."""
        return self.session.model.labels[token]

    def on_mount(self) -> None:
        """Start on the stage where the walk is."""
        here = self.query(f"#{_id(self.session.step)} CollapsibleTitle")
        if here:
            here.first().focus()

    @on(Collapsible.Expanded)
    async def _fill(self, event: Collapsible.Expanded) -> None:
        """Put the words and the tensors of a stage into its pane when it opens first."""
        pane = event.collapsible
        if pane.id is None or pane.id in self._filled:
            return
        self._filled.add(pane.id)
        step = step_named(pane.id.replace("--", "."), self.session.model.config)
        config = self.session.model.config
        inside = pane.query_one(Collapsible.Contents)
        await inside.mount(Words(step.stage.formula(config), step.stage.explanation(config)))
        for name in filter(self.session.trace.holds, step.writes(config)):
            shown = look(self.session, self._scales).shown(name)
            grid = Grid()
            width = max(20, self.size.width - 8)
            rows = len(shown.row_labels)
            bands = -(-natural_size(shown)[0] // width)
            grid.styles.height = min(2 + min(bands, 4) * (rows + 1), 26)
            await inside.mount(grid)
            row = max(0, min(self.session.row - shown.first, shown.values.shape[0] - 1))
            grid.put(shown, (row, min(self.session.cursor.column, shown.values.shape[1] - 1)))

    @on(Grid.Moved)
    def _moved(self, message: Grid.Moved) -> None:
        """The cursor of a grid here is its own."""
        message.stop()
        for grid in self.query(Grid):
            if grid.exhibit is message.exhibit:
                row = message.row - message.exhibit.first
                if 0 <= row < message.exhibit.values.shape[0]:
                    grid.put(message.exhibit, (row, message.column))

    def action_go(self) -> None:
        """Close, and walk on from the stage that has focus."""
        node = self.focused
        while node is not None and not isinstance(node, Collapsible):
            node = node.parent  # type: ignore[assignment]
        self.dismiss(node.id.replace("--", ".") if node is not None and node.id else None)

    async def action_layer(self, by: int) -> None:
        """The same for another block."""
        cursor = in_layer(self.session.cursor, self.session.model.config, by)
        self.session.point(cursor)
        self._layer = self.session.step.layer
        self._filled.clear()
        self.query_one(OverviewHead).text = self._title()
        self.query_one(OverviewHead).repaint()
        stages = self.query_one("#stages", VerticalScroll)
        await stages.remove_children()
        await stages.mount(*self._panes())


def _id(step: Step) -> str:
    """A step's name as an id."""
    return step.name.replace(".", "--")
