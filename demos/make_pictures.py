"""Draw the pictures of the README from the real app: `python demos/make_pictures.py [FOLDER]`.

Each is a screenshot of a run of the app on a fixed prompt; nothing in it is drawn by hand.
"""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from tui_transformer.models import load_model
from tui_transformer.session import Session, start_state
from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.recipe import recipe_named
from tui_transformer.training.run import Job, Run
from tui_transformer.tui.app import TrainingApp, TuitfApp
from tui_transformer.watching import Attended, WatchedRun

PICTURES = {
    "walk": ("toy", "blocks.0.attn.pattern[head=0,4,1]", (120, 40), ()),
    "sample": ("worked", "sample", (120, 40), ()),
}
TRAINING = {
    # 300 steps, then the gradient of the queries' weights
    "training": ((120, 40), (*"333", *"nnnn", "f", *"W_Q", "enter", "down", "right")),
    # and 300 more, watched where they end
    "learning": ((120, 40), (*"333333", "G", "full_stop")),
}


def walk(model: str, at: str, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """The SVG of the walk after some keys."""
    app = TuitfApp(Session(), start_state(load_model(model), at=at))
    return asyncio.run(picture(app, size, keys))


def training(size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """The SVG of the training screen on `toy` after some keys."""
    recipe = replace(recipe_named("toy"), candidates=1)
    run = Run(Job(recipe, CorpusName("toy"), 0, recipe.steps), None, threads=2)
    try:
        return asyncio.run(picture(TrainingApp(WatchedRun(Attended(run))), size, keys))
    finally:
        run.close()


async def picture(app: TuitfApp, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """The SVG of an app after some keys."""
    async with app.run_test(size=size) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.pause()
        await pilot.pause()
        return app.export_screenshot(title="tuitf")


def main(folder: Path) -> None:
    """Write every picture."""
    os.environ.pop("NO_COLOR", None)
    for name, parts in PICTURES.items():
        (folder / f"{name}.svg").write_text(walk(*parts), encoding="utf-8")
    for name, (size, keys) in TRAINING.items():
        (folder / f"{name}.svg").write_text(training(size, keys), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
