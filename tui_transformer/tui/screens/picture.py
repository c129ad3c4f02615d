"""The picture of the walk: its parts, and how they come to show the session."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui_transformer.engine.names import split_layer
from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.session import Session
from tui_transformer.tui.insides import Insides
from tui_transformer.tui.panes import DistributionPane, Pane, StageFrame
from tui_transformer.tui.screens.stage_screen import StageScreen
from tui_transformer.tui.view import Scales, View, look
from tui_transformer.tui.widgets.breadcrumb import Breadcrumb
from tui_transformer.tui.widgets.finder import Finder
from tui_transformer.tui.widgets.header import Header
from tui_transformer.tui.widgets.hint import Hint
from tui_transformer.tui.widgets.inspector import Inspector, cell_words
from tui_transformer.tui.widgets.next_token import NextToken
from tui_transformer.tui.widgets.pipeline_map import PipelineMap
from tui_transformer.tui.widgets.text_box import TextBox
from tui_transformer.tui.widgets.token_strip import TokenStrip
from tui_transformer.tui.widgets.too_small import TooSmall


class Picture(StageScreen):
    """Map, stage, number and next token. Draws a session, changes nothing of it."""

    keeps_keys = frozenset({"temperature", "top-k", "top-p", "min-p", "map"})

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.scales = Scales()
        self.view: View | None = None
        self.insides = Insides(self)
        self.finding = False
        self._wants_focus = False

    def compose(self) -> ComposeResult:
        """Put the parts together; they are empty until the first pass is through."""
        yield Header(id="header")
        yield TextBox(id="text")
        yield Breadcrumb(id="breadcrumb")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield PipelineMap(id="map")
            with Vertical(id="right"):
                with Horizontal(id="upper"):
                    yield StageFrame(id="stage")
                    yield Inspector(id="inspector")
                yield NextToken(id="next")
        yield Hint(id="hint")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        """Titles."""
        self.query_one("#left").border_title = "pipeline"
        self.query_one(Inspector).border_title = "this number"

    @property
    def pane(self) -> Pane | None:
        """The pane in the middle."""
        return self.query_one(StageFrame).pane

    def show(self, *, move_focus: bool = False) -> None:
        """Draw the session as it is, as soon as the blocks that are looked at are computed."""
        if not self.session.is_open:
            return
        trace, step = self.session.trace, self.session.step
        self._wants_focus = self._wants_focus or move_focus
        absent = self.insides.absent(trace, step)
        if absent:
            layer, _ = split_layer(absent[0])
            self.query_one(Header).busy(f"computing block {(layer or 0) + 1}")
            self.insides.compute(trace, absent)
            return
        self._draw()
        self.insides.look_ahead(trace, step)

    def takes(self, key: str) -> bool:
        """Whether what a key is for is there, the finder of tokens too where it is to open."""
        opens = self.finding or any(not finder.is_open for finder in self.query(Finder))
        return not opens and super().takes(key)

    @property
    def is_behind(self) -> bool:
        """Whether the picture waits for a block to be computed."""
        return self.session.is_open and self.waits

    @property
    def waits(self) -> bool:
        """Whether the picture is not that of the session."""
        view, session = self.view, self.session
        return view is None or view.trace is not session.trace or view.state != session.state

    @on(Insides.Looked)
    def _looked(self, message: Insides.Looked) -> None:
        """A block is computed: draw what waited for it."""
        self.insides.keep(message)
        if self.session.is_open and message.trace is self.session.trace and self.waits:
            self.block_computed()
            self.show()

    def block_computed(self) -> None:
        """The block that was waited for is computed."""
        self.query_one(Header).busy("")

    def _draw(self) -> None:
        move_focus, self._wants_focus = self._wants_focus, False
        before = self.view
        self.view = view = look(self.session, self.scales)
        self.query_one(StageFrame).show(view, self._subtitle(view))
        for part in (Header, TokenStrip, Breadcrumb, PipelineMap, Inspector, Hint):
            self.query_one(part).show(view)
        self.query_one(NextToken).show(view)
        if move_focus or before is None or before.step != view.step:
            self.bring_focus()

    def _subtitle(self, view: View) -> str:
        """Head and step; the number under the cursor too, where there is no inspector for it."""
        parts = []
        if view.focus is not None and not self.query_one(Inspector).display:
            row, column = view.cell(view.focus)
            value = significant(float(view.focus.values[row, column]), INSPECTOR_DIGITS)
            parts.append(f"{cell_words(view.focus, row, column)}: {value}")
        elif view.focus is not None and view.focus.head is not None:
            parts.append(f"head {view.state.cursor.head + 1} of {view.model.config.n_heads}")
        parts.append(f"step {view.number} of {view.total}")
        if view.lacking and view.focus is not None:
            absent = ", ".join(split_layer(name)[1].rpartition(".")[2] for name in view.lacking)
            parts.append(f"lacks {absent}")
        return " · ".join(parts)

    def focus_pane(self) -> None:
        """Give the keys to what the stage is about; to the finder of tokens where it is wanted."""
        if self.view is None:
            return
        pane = self.pane
        if self.finding and isinstance(pane, DistributionPane) and not self.text_box.is_edited:
            self.finding = not pane.find()
            return
        super().focus_pane()
