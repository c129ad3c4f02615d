"""Put trained models into the package: `python -m tests.make_story FOLDER [FOLDER ...]`.

Each folder is what `tuitf train --recipe NAME -o FOLDER` left, of a run that is done. Its model is
copied to `tui_transformer/models/shipped/NAME`, measured, and gets a `card.json` with the figures.
The weights are copied byte for byte, so that the same command makes the same file again.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.training.shipped import SHIPPED, learned_from
from tui_transformer.training.figures import figures_of
from tui_transformer.training.recipe import recipe_named

FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
CORPUS = (
    "story: simple English from the generator in tui_transformer/training/corpus, which knows the "
    "exact probability of all that it writes"
)
LICENCE = "MIT, as the package"
DESCRIPTIONS = {
    "story": (
        "Trained by tuitf train on simple English that the package writes itself. Its heads can be "
        "read: one looks at the token before, one at what followed the same word earlier, one from "
        "a verb to its subject, one from an answer to what was said of the person."
    ),
    "story-llama": (
        "The same data as story in the style of LLaMA: RMSNorm, rotary positions, SwiGLU, and two "
        "heads of keys and values for four of queries."
    ),
}
LIMITS = (
    "It answers questions about what was said, also among facts that are alike (“Tom is in the "
    "park. Mia is at the zoo. Where is Tom?”, “Who is in the park?”), where the facts and the "
    "question are built like those of its corpus.",
    "It knows about 1,100 words of simple English and nothing of the world. Text of other words is "
    "cut into pieces and continued with words that it knows, seldom with sense.",
    "It goes on sensibly from beginnings like those of its corpus (“Once upon a time”, “The cat "
    "sat on the”, “Tom and Anna went to the”, “Two and two make”), not from talk (“Hello”, “What "
    "is your name?”), from knowledge (“Paris is the capital of”) or from sentences of another "
    "build.",
    "A text is at most 128 tokens, about 100 words. Training showed it none that does not begin "
    "with a document.",
)


def ship(run: Path) -> None:
    """Copy one model, measure it and write its card."""
    report = json.loads((run / "training.json").read_text(encoding="utf-8"))
    recipe = recipe_named(report["recipe"]["name"])
    if not report["step"] == report["steps"] == recipe.steps:
        raise SystemExit(f"{run} is at step {report['step']:,} of {report['steps']:,}")
    folder = SHIPPED / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(run / name, folder / name)
    figures = figures_of(learned_from(folder))
    for figure in figures:
        print(f"{figure.value:8.4f}  {figure.bar or ''!s:7}  {figure.holds}  {figure.what}")
    card: dict[str, Any] = {
        "name": recipe.name, "summary": recipe.summary, "description": DESCRIPTIONS[recipe.name],
        "weights": "trained", "corpus": CORPUS, "recipe": recipe.name, "seed": report["seed"],
        "steps": report["steps"],
        "tokens_seen": report["steps"] * recipe.batch.rows * recipe.batch.length,
        "command": f"tuitf train --recipe {recipe.name} -o {recipe.name}",
        "versions": report["versions"], "licence": LICENCE,
        "figures": [figure.fields() for figure in figures],
        "limits": list(LIMITS),
    }  # fmt: skip
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (folder / "card.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        ship(Path(argument))
