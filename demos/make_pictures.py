"""Draw the pictures of the README from the real app: `python demos/make_pictures.py [FOLDER]`.

Each is a screenshot of a run of the app on a fixed prompt; nothing in it is drawn by hand.
"""

import asyncio
import os
import sys
from pathlib import Path

from tui_transformer.models import load_model
from tui_transformer.session import Session, start_state
from tui_transformer.tui.app import TuitfApp

PICTURES = {
    "walk": ("toy", "blocks.0.attn.pattern[head=0,4,1]", (120, 40), ()),
    "sample": ("worked", "sample", (120, 40), ()),
}


async def picture(model: str, at: str, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """The SVG of the screen after some keys."""
    app = TuitfApp(Session(), start_state(load_model(model), at=at))
    async with app.run_test(size=size) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()
        return app.export_screenshot(title="tuitf")


def main(folder: Path) -> None:
    """Write every picture."""
    os.environ.pop("NO_COLOR", None)
    for name, parts in PICTURES.items():
        (folder / f"{name}.svg").write_text(asyncio.run(picture(*parts)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
