"""The picture kept up with the session: passes are asked for, and put in force when through."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on

from tui_transformer.errors import TuitfError
from tui_transformer.models import LoadedModel, opens_at_once
from tui_transformer.render.numbers import compact
from tui_transformer.session import Ready, Session, SessionState, Undo
from tui_transformer.tokenizers import visible
from tui_transformer.trace import RecordedModel
from tui_transformer.tui.passes import Passes
from tui_transformer.tui.player import Player
from tui_transformer.tui.screens.picture import Picture
from tui_transformer.tui.view import Given
from tui_transformer.tui.widgets.header import Header
from tui_transformer.tui.widgets.next_token import NextToken

if TYPE_CHECKING:
    from tui_transformer.tui.app import TuitfApp

QUEUED_MOST = 8
"""Requests for a token that are kept while a pass runs."""


class Live(Picture):
    """Changes the session by what passes compute; says in one line why one could not.

    Args:
        session: what is shown and changed.
        wanted: the state to open on.
    """

    def __init__(self, session: Session, wanted: SessionState) -> None:
        super().__init__(session)
        self._wanted = wanted
        self._doing = "computing"
        self.queued = 0
        self.said_next = ""
        self.opened: dict[str, Given] = {}
        self.passes = Passes(self, session)
        self.player = Player(self, self.tick, lambda told: self.query_one(NextToken).playing(told))

    def on_mount(self) -> None:
        """The first pass, at once where it can be, so that the first frame shows the real thing."""
        if opens_at_once(self._wanted.model):
            message = self.passes.at_once(self._wanted)
            if isinstance(message, Passes.Computed):
                self._computed(message)
            elif message is not None:
                self._failed(message)
        else:
            self.want(self._wanted)

    # the pass

    @property
    def awaits_text(self) -> bool:
        """Whether another text, or another model, is on its way."""
        wanted = self.passes.wanted
        if wanted is None or not self.session.is_open:
            return False
        state = self.session.state
        return (wanted.model, wanted.prompt) != (state.model, state.prompt)

    def want(self, state: SessionState, undo: Undo | None = None) -> None:
        """Ask for a state; the picture stays until it is ready."""
        self._doing = "computing"
        self.set_timer(0.05, self._mark_busy)
        self.passes.want(state, undo)

    def _mark_busy(self) -> None:
        if self.passes.computing:
            self.query_one(Header).busy(f"{self._doing} · any change cancels")

    @on(Passes.Doing)
    def _is_doing(self, message: Passes.Doing) -> None:
        """Say what the worker is at, where that is already being said."""
        if self.passes.is_last(message) and self.passes.computing:
            self._doing = message.what
            if self.query_one(Header).is_busy:
                self._mark_busy()

    @on(Passes.Computed)
    def _computed(self, message: Passes.Computed) -> None:
        """Put what was computed in force, unless something else was asked for since."""
        if not self.passes.is_last(message):
            return
        self.passes.ended()
        self.query_one(Header).busy("")
        session, ready = self.session, self.passes.meanwhile(message.ready)
        fresh = not session.is_open or (
            ready.state.model != session.state.model or ready.state.prompt != session.state.prompt
        )
        another = not session.is_open or ready.model is not session.model
        at_a_stage = not session.is_open and self._wanted.cursor.token is None  # and at no cell
        cursor = ready.state.cursor if fresh else session.cursor
        if fresh:
            self.scales.clear()
        session.commit(ready, undo=message.undo)
        session.point(session.likeliest(cursor) if at_a_stage else cursor)
        if fresh:
            self.close_editor()
            self._remember_model(ready.model)
        self.show(move_focus=fresh)
        self._tell(ready, another)
        if self.queued:
            self.queued -= 1
            self.sample()

    def _remember_model(self, model: LoadedModel) -> None:
        """For the list of models: what was opened from a folder or a repository."""
        size, prompt = f"{compact(model.parameters)} parameters", None
        if isinstance(model, RecordedModel):
            size, prompt = "recording", model.card.prompt
        about = model.card.description
        self.opened[model.card.name] = Given(model.card.name, size, about, prompt)

    def _tell(self, ready: Ready, another: bool) -> None:
        """What is worth a line: notes about a model's files, numbers that are none, the end."""
        model, state = ready.model, ready.state
        if ready.odd is not None:
            self.say(f"the first number that is not finite is {ready.odd}", bad=True)
        elif self.said_next:
            self.say(self.said_next)
        elif another and model.notes:
            self.say(visible("; ".join(model.notes)))
        elif self.player.is_on and state.generated and state.generated[-1] in model.stops:
            self.player.stop()
            self.say(f"the model ended its text with {model.labels[state.generated[-1]]}")
        self.said_next = ""

    @on(Passes.Failed)
    def _failed(self, message: Passes.Failed) -> None:
        """Say what is wrong in one line; everything stays as it was."""
        if not self.passes.is_last(message):
            return
        self.passes.ended()
        self.queued = 0
        self.said_next = ""
        self.player.stop()
        self.query_one(Header).busy("")
        reason = visible(message.reason)
        if not self.session.is_open:
            self.app.exit(return_code=2, message=f"tuitf: {reason}")
        elif self.text_box.is_edited:
            self.text_box.complain(reason)
        else:
            self.say(reason, bad=True)

    def block_computed(self) -> None:
        """The block that was waited for is computed; a pass may still run."""
        if not self.passes.computing:
            super().block_computed()

    # sampling

    def sample(self) -> None:
        """Draw the next token and append it."""
        if self.passes.computing:
            self.queued = min(self.queued + 1, QUEUED_MOST)
            return
        self.change(self.session.with_sample)

    def tick(self) -> None:
        """The next token while it plays, unless the last one is still being computed."""
        if not self.passes.computing:
            self.sample()

    def change(self, wanted: Callable[[], SessionState]) -> None:
        """Compute a state that can be refused before it is."""
        if not self.session.is_open:
            return
        try:
            state = wanted()
        except TuitfError as error:
            self.player.stop()
            app: TuitfApp = self.app  # type: ignore[assignment]
            self.say(app.words_of(error), bad=True)
        else:
            self.want(state)
