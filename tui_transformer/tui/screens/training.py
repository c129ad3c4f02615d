"""The training screen: keys and messages become steps, looks and moves of its cursors."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.app import SystemCommand
from textual.screen import ModalScreen

from tui_transformer.tokenizers import visible
from tui_transformer.tui.keys import keys_of
from tui_transformer.tui.panes.loop import BatchMoved
from tui_transformer.tui.panes.loop.clip import Lengths
from tui_transformer.tui.screens.pointing import Pointing
from tui_transformer.tui.screens.training_live import TrainingLive
from tui_transformer.tui.training_actions import (
    TRAINING_ACTS,
    TRAINING_BINDINGS,
    TRAINING_GROUPS,
)
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.loop_map import LoopMap
from tui_transformer.tui.widgets.slider import Slider
from tui_transformer.walkthrough import Cursor, Exhibit, in_layer
from tui_transformer.walkthrough import moved as step_moved
from tui_transformer.watching import STAGES, WatchedRun
from tui_transformer.watching.cursor import (
    at_stage,
    ends,
    in_block,
    moved,
    other_tensor,
    to_tensor,
)

if TYPE_CHECKING:
    from tui_transformer.tui.widgets.prompt import PromptEditor


class TrainingScreen(TrainingLive, Pointing):
    """Steps through training, makes steps, and goes back to moments that were kept.

    Args:
        watched: the run.
        prompt: what the next-token panel is about; the recipe's own if left out.
        alone: whether leaving the screen leaves the app.
    """

    BINDINGS = [*TRAINING_BINDINGS]

    def __init__(self, watched: WatchedRun, prompt: str | None = None, *, alone: bool) -> None:
        super().__init__(watched, prompt)
        self.alone = alone

    # keys: one step

    def action_stage(self, by: int) -> None:
        """The next stage or the one before. The step is made on the way from update to repeat."""
        if self.seen is None:
            return
        to = moved(self.cursor, self.watched.run.config, by)
        makes = by > 0 and self.cursor.stage == "update" and self.seen.is_latest
        self.go(to)
        if makes and not self.steps.training:
            self.action_train(1)

    def action_ends(self, last: int) -> None:
        """The first stage of the step, or the last."""
        self.go(ends(self.cursor, self.watched.run.config, bool(last)))

    def jump(self, stage: str) -> None:
        """To a stage by its key."""
        self.go(at_stage(self.cursor, self.watched.run.config, stage))

    # keys: training

    def action_train(self, count: int) -> None:
        """Make steps, from the latest moment on."""
        run = self.watched.run
        if self.seen is None:
            return
        if not self.steps.training and run.done:
            key = keys_of(self).shown("moment.back")
            self.say(f"the run is complete: {key} goes back to its moments", bad=True)
            return
        self.start(count)
        self.redraw()

    def action_train_on(self) -> None:
        """Train on until it is stopped, or stop."""
        if self.steps.training:
            self.start(0)
            self.redraw()
        else:
            run = self.watched.run
            self.action_train(max(1, run.steps - run.step) if not run.done else 1)

    def action_moment(self, by: int) -> None:
        """The moment before, or the one after. Training stops for it."""
        if self.seen is not None:
            kept = self.seen.kept
            at = kept.index(self.target) if self.target in kept else len(kept) - 1
            self.go_to_moment(at + by)

    def action_latest(self) -> None:
        """The moment that training goes on from."""
        self.steps.wanted = replace(self.steps.wanted, place=None)
        self.look_anew()

    @on(Slider.Changed)
    def _slid(self, message: Slider.Changed) -> None:
        message.stop()
        if self.seen is not None:
            self.go_to_moment(int(message.value))

    # keys: looking

    def action_tensor(self, by: int) -> None:
        """Another tensor; where the forward pass is shown, another of its stages."""
        if self.seen is None:
            return
        config = self.watched.run.config
        if self.shows_forward:
            self.point(step_moved(self.session.cursor, config, by))
        elif self.cursor.stage in {"text", "batch", "loss"}:
            keys = keys_of(self)
            less, more = keys.shown("tensor.back"), keys.shown("tensor.next")
            self.say(f"{less} and {more} choose a tensor at forward, backward, clip and update")
        else:
            self.go(other_tensor(self.cursor, config, by))

    def action_block(self, by: int) -> None:
        """The same tensor, or stage of the forward pass, in another block."""
        if self.seen is None:
            return
        config = self.watched.run.config
        if self.shows_forward:
            self.point(in_layer(self.session.cursor, config, by))
        elif self.cursor.stage not in {"text", "batch", "loss"}:
            self.go(in_block(self.cursor, config, by))

    def action_head(self, by: int) -> None:
        """Another head."""
        if self.seen is None:
            return
        count = self.watched.run.config.n_heads
        if self.shows_forward:
            cursor = self.session.cursor
            self.point(replace(cursor, head=(cursor.head + by) % count))
        else:
            self.go(replace(self.cursor, head=(self.cursor.head + by) % count))

    def action_row(self, by: int) -> None:
        """Another row of the batch."""
        if self.loop is not None:
            last = self.watched.run.job.recipe.batch.rows - 1
            row = max(0, min(self.loop.row + by, last))
            self.go(replace(self.cursor, row=row))

    def action_find(self) -> None:
        """Choose a tensor by its name."""
        from tui_transformer.tui.screens.tensors import TensorsScreen

        if self.seen is not None:
            stage = self.cursor.stage
            if stage not in {"forward", "backward", "clip", "update"}:
                stage = "backward"
            at = at_stage(self.cursor, self.watched.run.config, stage)
            self.app.push_screen(
                TensorsScreen(at, self.watched.run.config),
                lambda name: self.go(to_tensor(at, name)) if name else None,
            )

    def action_weight(self) -> None:
        """The update of the weight under the cursor; of a tensor, of a weight that made it."""
        if self.seen is not None and self.cursor.stage in {"forward", "backward", "clip"}:
            self.jump("update")
        elif self.shows_forward and self.loop is not None:
            from tui_transformer.tui.screens.why import WhyScreen

            forward = self.loop.forward
            if forward.ref is not None:
                self.app.push_screen(WhyScreen(forward, forward.ref))

    def action_inspector(self) -> None:
        """Show or hide the inspector."""
        self.toggle_class("-inspect" if self.has_class("-narrow") else "-plain")
        self.call_after_refresh(self.redraw)

    # keys: the run

    def action_walk(self) -> None:
        """Walk through the model of this moment, as through any other."""
        if self.seen is None:
            return
        from tui_transformer.tui.screens.moment import MomentWalk

        if self.steps.training:
            self.start(0)
        ready = self.seen.ready
        state = replace(self.session.state, cursor=Cursor(), model=ready.model.card.name)
        self.app.push_screen(MomentWalk(ready.model, state))

    def action_copy(self) -> None:
        """Copy the command line that trains this."""
        from tui_transformer.tui.screens.command import CommandScreen
        from tui_transformer.watching.opening import command_of

        command = command_of(self.watched.attended)
        self.app.copy_to_clipboard(visible(command))
        self.app.push_screen(CommandScreen(command))

    def action_help(self) -> None:
        """The keys of what has focus."""
        from tui_transformer.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.focused, TRAINING_ACTS, TRAINING_GROUPS))

    def action_leave(self) -> None:
        """Stop, and leave the screen; what was trained stays."""
        self.steps.drop()
        if self.alone:
            self.app.exit()
        else:
            self.dismiss()

    def palette(self) -> Iterator[SystemCommand]:
        """Every action and every stage, for the palette."""
        keys = keys_of(self)
        for act in TRAINING_ACTS:
            if act.id != "loop.palette":
                yield SystemCommand(
                    act.label.capitalize(), f"key {keys.shown(act.id)}",
                    lambda action=act.action: self.app.call_later(self.run_action, action),
                )  # fmt: skip
        for stage in STAGES:
            yield SystemCommand(
                f"Go to {stage.title}", "a stage of the step",
                lambda key=stage.key: self.jump(key),
            )  # fmt: skip

    # the prompt

    async def action_edit(self) -> None:
        """Edit the prompt in place."""
        if not self.session.is_open:
            return
        await self.text_box.edit(self.session.model, self.session.state)

    def on_prompt_editor_entered(self, message: "PromptEditor.Entered") -> None:
        """Run what was typed."""
        wanted = self.steps.wanted
        if message.text == wanted.state.prompt:
            self.close_editor()
            return
        cursor = replace(self.session.cursor, token=None)
        state = replace(wanted.state, prompt=message.text, cursor=cursor)
        self.steps.wanted = replace(wanted, state=state)
        if not self.steps.training:
            self.start(0)

    # messages from the parts

    @on(BatchMoved)
    def _batch_moved(self, message: BatchMoved) -> None:
        self.go(replace(self.cursor, row=message.row, position=message.position))

    @on(Grid.Moved)
    def _cell_moved(self, message: Grid.Moved) -> None:
        if self.loop is None or isinstance(self.app.screen, ModalScreen):
            return
        shown = message.exhibit
        if self.shows_forward:
            self.point_at_cell(shown, message.row, message.column)
        elif shown.name == "loss":
            self.go(replace(self.cursor, row=message.row, position=message.column))
        elif shown.name == self.cursor.tensor:
            self.go(replace(self.cursor, cell=(message.row, message.column)))

    def hovered(self, shown: Exhibit | None, row: int, column: int) -> None:
        """Show the number under the mouse, in the panes of the forward pass."""
        if self.shows_forward:
            super().hovered(shown, row, column)

    @on(LoopMap.Jumped)
    def _jumped(self, message: LoopMap.Jumped) -> None:
        self.jump(message.stage)

    @on(LoopMap.Chosen)
    @on(Lengths.Chosen)
    def _chosen(self, message: LoopMap.Chosen | Lengths.Chosen) -> None:
        if self.shows_forward:
            step = replace(self.session.cursor, step=message.name, tensor="", column=0)
            self.point(step)
        else:
            self.go(to_tensor(self.cursor, message.name))
