"""The screen of the walk: keys and messages become changes of the session."""

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.screen import ModalScreen

from tui_transformer.sampling import MAX_TEMPERATURE
from tui_transformer.tokenizers import visible
from tui_transformer.trace import RecordedModel
from tui_transformer.tui import actions
from tui_transformer.tui.keys import keys_of
from tui_transformer.tui.screens.live import Live
from tui_transformer.tui.screens.pointing import Pointing
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.hint import Hint
from tui_transformer.tui.widgets.next_token import NextToken
from tui_transformer.tui.widgets.pipeline_map import PipelineMap
from tui_transformer.walkthrough import Cursor, cursor_at, in_layer, moved, walk

if TYPE_CHECKING:
    from tui_transformer.tui.widgets.prompt import PromptEditor


class WalkScreen(Live, Pointing):
    """Where a person spends their time.

    Args:
        session: what is shown and changed.
        wanted: the state to open on.
    """

    BINDINGS = [*actions.BINDINGS]

    def point(self, cursor: Cursor) -> None:
        """Move the cursor and draw what that changes."""
        if self.session.is_open:
            if cursor.step != self.session.cursor.step:
                self.query_one(Hint).taken += 1
                cursor = self.session.likeliest(cursor)
            self.session.point(cursor)
            self.show()

    def redraw(self) -> None:
        """Draw the session as it is."""
        self.show()

    # keys

    def action_step(self, by: int) -> None:
        """A step on, or back."""
        if self.session.is_open:
            self.point(moved(self.session.cursor, self.session.model.config, by))

    def action_ends(self, last: int) -> None:
        """To the first step, or the last."""
        if self.session.is_open:
            steps = walk(self.session.model.config)
            self.jump(steps[-1 if last else 0].name)

    def jump(self, step: str) -> None:
        """To a step by its name."""
        if self.session.is_open:
            self.point(replace(self.session.cursor, step=step, tensor="", column=0))

    def action_layer(self, by: int) -> None:
        """The same stage in another block."""
        if self.session.is_open:
            self.point(in_layer(self.session.cursor, self.session.model.config, by))

    def action_head(self, by: int) -> None:
        """Another head."""
        if self.session.is_open:
            count = self.session.model.config.n_heads
            self.point(replace(self.session.cursor, head=(self.session.cursor.head + by) % count))

    def action_token(self, by: int) -> None:
        """Focus another token."""
        if self.session.is_open:
            self.point_at_token(self.session.row + by)

    def action_sample(self) -> None:
        """Draw the next token and append it."""
        self.sample()

    def action_take_back(self) -> None:
        """Take the last sampled token back, and those that wait to be sampled."""
        self.player.stop()
        self.queued = 0
        self.change(self.session.without_last)

    def action_undo(self) -> None:
        """Back to the state before the last change."""
        self.player.stop()
        self.queued = 0
        before = self.session.before(self.passes.undoing) if self.session.is_open else None
        if before is None:
            self.say("there is nothing to undo", bad=True)
        else:
            self.want(before.state, before)

    def action_seed(self) -> None:
        """The next seed: other draws."""
        if self.session.is_open:
            self.session.set_seed(self.session.state.seed + 1)
            self.show()
            self.say(f"seed {self.session.state.seed}: the next draws are others")

    def action_temperature(self, by: int) -> None:
        """A tenth more or less."""
        if self.session.is_open:
            settings = self.session.state.sampling
            value = round(max(0.0, min(settings.temperature + by / 10, MAX_TEMPERATURE)), 2)
            self.session.set_sampling(replace(settings, temperature=value))
            self.show()

    def action_play(self) -> None:
        """Sample on and on, or stop."""
        if self.player.is_on:
            self.player.stop()
        elif self.session.is_open:
            self.player.start()

    def action_pace(self, by: int) -> None:
        """Faster or slower."""
        self.player.change_pace(by)
        if not self.player.is_on:
            key = keys_of(self).shown("play")
            self.say(f"plays {self.player.pace:g} tokens a second; {key} starts")

    def action_inspector(self) -> None:
        """Show or hide the inspector."""
        narrow = self.has_class("-narrow")
        self.toggle_class("-inspect" if narrow else "-plain")

    def action_why(self) -> None:
        """Every term of the number under the cursor."""
        if self.view is not None and self.view.ref is not None:
            from tui_transformer.tui.screens.why import WhyScreen

            self.app.push_screen(WhyScreen(self.view, self.view.ref))

    def action_overview(self) -> None:
        """All stages of the block."""
        if self.session.is_open:
            from tui_transformer.tui.screens.overview import OverviewScreen

            self.app.push_screen(OverviewScreen(self.session, self.scales), self._from_overview)

    def _from_overview(self, step: str | None) -> None:
        if step:
            self.jump(step)

    def action_models(self) -> None:
        """Choose another model."""
        from tui_transformer.tui.screens.models import ModelsScreen

        name = self.session.state.model if self.session.is_open else ""
        notes = self.session.model.notes if self.session.is_open else ()
        self.app.push_screen(
            ModelsScreen(name, tuple(self.opened.values()), notes), self._from_models
        )

    def _from_models(self, name: str | None) -> None:
        if name and (not self.session.is_open or name != self.session.state.model):
            from tui_transformer.models import entries

            self.player.stop()
            prompt = next((e.card.prompt for e in entries() if e.card.name == name), None)
            if name in self.opened:
                prompt = prompt or self.opened[name].prompt
            self.want(self.session.with_model(name, prompt))

    def action_find(self) -> None:
        """Find a token in the distribution."""
        if self.session.is_open:
            self.finding = True
            if self.session.cursor.step != "probabilities":
                self.jump("probabilities")
            else:
                self.focus_pane()

    def action_past_context(self) -> None:
        """What happens when the text outgrows the context: stop, or slide the window."""
        if self.session.is_open:
            slides = self.session.state.past_context == "stop"
            self.said_next = (
                "past the context the oldest tokens are left out"
                if slides
                else "past the context no token is added"
            )
            self.change(lambda: self.session.with_past_context("slide" if slides else "stop"))

    def action_odd(self) -> None:
        """To the first number that is NaN or infinite."""
        if self.session.is_open and self.session.ready.odd is not None:
            self.point(cursor_at(str(self.session.ready.odd), self.session.model.config))

    def action_copy(self) -> None:
        """Copy the command line that shows this."""
        if self.session.is_open:
            from tui_transformer.tui.screens.command import CommandScreen

            command = self.session.command()
            safe = (c if c.isprintable() or c in "\n\t" else visible(c) for c in command)
            self.app.copy_to_clipboard("".join(safe))
            self.app.push_screen(CommandScreen(command))

    def action_help(self) -> None:
        """The keys of what has focus."""
        from tui_transformer.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.focused))

    # the prompt

    async def action_edit(self) -> None:
        """Edit the prompt in place."""
        if not self.session.is_open:
            return
        self.player.stop()
        if isinstance(self.session.model, RecordedModel):
            from tui_transformer.tui.screens.texts import TextsScreen

            self.app.push_screen(TextsScreen(self.session), self._from_texts)
            return
        await self.text_box.edit(self.session.model, self.session.state)

    def _from_texts(self, prompt: str | None) -> None:
        if prompt is not None and prompt != self.session.state.prompt:
            self.want(self.session.with_prompt(prompt))

    def on_prompt_editor_entered(self, message: "PromptEditor.Entered") -> None:
        """Run what was typed."""
        if message.text == self.session.state.prompt and not self.session.state.generated:
            self.close_editor()
        else:
            self.want(self.session.with_prompt(message.text))

    # messages from the parts

    @on(Grid.Moved)
    def _cell_moved(self, message: Grid.Moved) -> None:
        if self.view is None or isinstance(self.app.screen, ModalScreen):
            return
        if self.view.step != self.session.step:  # its picture is still to come
            return
        self.point_at_cell(message.exhibit, message.row, message.column)

    @on(PipelineMap.Jumped)
    def _jumped(self, message: PipelineMap.Jumped) -> None:
        self.jump(message.step)

    @on(NextToken.Changed)
    def _sampling_changed(self, message: NextToken.Changed) -> None:
        if self.session.is_open:
            self.session.set_sampling(message.settings)
            self.show()
