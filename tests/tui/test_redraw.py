"""Little is drawn when little changes, nothing when nothing does. Cells are counted, not time."""

import pytest
from textual.widget import Widget

from tests.tui.harness import SIZES, Stage, cells_written, modern, opened
from tests.tui.textual_inside import ticking
from tui_transformer.tui.widgets.grid import Grid
from tui_transformer.tui.widgets.prompt import PromptEditor


async def drawn(stage: Stage, *keys: str) -> tuple[int, int]:
    """How many updates and how many terminal cells some keys cost."""
    del stage.app.sent[:]
    await stage.press(*keys)
    return len(stage.app.sent), sum(map(cells_written, stage.app.sent))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_cursor_move_draws_few_cells_at_once(size: tuple[int, int]) -> None:
    everything = size[0] * size[1]
    for place in ("blocks.0.softmax", "blocks.1.mlp_in", "unembed"):
        async with opened(modern(), size, at=place) as stage:
            for key in ("right", "up", "left", "down", "end", "home"):
                before = stage.state.cursor
                updates, cells = await drawn(stage, key)
                if stage.state.cursor != before:
                    assert updates == 1, (place, key)
                    assert 0 < cells < everything * 0.15, (place, key)
            _, cells = await drawn(stage, "minus")
            assert cells < everything * 0.2
            await drawn(stage, "tab")
            assert all(cells_written(sent) < everything for sent in stage.app.sent)


async def test_nothing_is_drawn_when_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened("toy", at="blocks.0.softmax") as stage:
        grid = stage.app.focused
        assert isinstance(grid, Grid)
        await stage.hover(1, 1)
        refreshed: list[Widget] = []
        refresh = Widget.refresh

        def watched(widget: Widget, *regions: object, **kwargs: bool) -> Widget:
            refreshed.append(widget)
            return refresh(widget, *regions, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(Widget, "refresh", watched)
        del stage.app.sent[:]
        for _ in range(5):
            await stage.settle()
        stage.walk.show()  # the same state again is the same picture
        await stage.settle()
        await stage.press("home", "home", "f9")
        assert stage.app.sent == []
        assert refreshed == []
        await stage.hover(grid.region.x + 12, grid.region.y + 3)
        del stage.app.sent[:], refreshed[:]
        await stage.hover(grid.region.x + 12, grid.region.y + 3)
        await stage.hover(grid.region.x + 13, grid.region.y + 3)  # the same cell
        assert stage.app.sent == []
        assert refreshed == []


async def test_nothing_ticks() -> None:
    async with opened("toy", at="blocks.0.softmax") as stage:
        assert ticking(stage.app.screen) == []
        await stage.press("e")
        assert isinstance(stage.app.focused, PromptEditor.Box)
        assert ticking(stage.app.screen) == []
        await stage.press("escape", "a")
        assert ticking(stage.app.screen) == [stage.walk.player.timer]
        await stage.press("a")
        assert ticking(stage.app.screen) == []
