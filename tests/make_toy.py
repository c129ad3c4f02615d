"""Put a trained `toy` into the package: `python -m tests.make_toy FOLDER`.

The folder is what `tuitf train --corpus toy -o FOLDER` left. Its model is copied byte for byte,
so that the same command makes the same file again, measured, and gets a `card.json`. What the
chosen candidate's loss was on its way goes into `tests/data/toy_training.json`.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tests import toy_figures
from tui_transformer.models.catalogue import SHIPPED
from tui_transformer.models.huggingface import load_folder
from tui_transformer.training.recipe import recipe_of

FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
HISTORY = Path(__file__).parent / "data" / "toy_training.json"


def ship(run: Path) -> None:
    """Copy the model, measure it and write its card."""
    report = json.loads((run / "training.json").read_text(encoding="utf-8"))
    recipe = recipe_of(report["recipe"])
    first, steps = report["seed"], report["steps"]
    if report["candidate"] + 1 != recipe.candidates or report["step"] != steps:
        raise SystemExit(f"{run} is not done")
    folder = SHIPPED / "toy"
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(run / name, folder / name)
    model = load_folder(folder)
    heads, best = toy_figures.heads(model), report["best"][0]
    card: dict[str, Any] = {
        "name": "toy",
        "summary": "32 words, one layer, two heads",
        "description": (
            "Every part of a GPT in the smallest size that still has all of them: "
            f"{model.parameters:,} parameters. Trained by tuitf train on sentences in which what "
            "follows “on the” depends on the animal and on the verb alone. Its two heads share "
            f"that work: head {heads.verb_head + 1} looks at the verb, head "
            f"{heads.animal_head + 1} at the animal. Not every training finds that: of "
            f"{recipe.candidates} models, with seeds {first} to {first + recipe.candidates - 1}, "
            "the one whose heads read best was kept."
        ),
        "weights": "trained",
        "source": "the end-to-end walkthrough of a simplified GPT",
        "corpus": "toy: sentences of 32 words that tuitf writes itself, with known probabilities",
        "recipe": recipe.name,
        "seed": first + best,
        "steps": steps,
        "tokens_seen": steps * recipe.batch.rows * recipe.batch.length,
        "command": f"tuitf train --corpus toy --seed {first} -o toy",
        "versions": report["versions"],
        "licence": "MIT, as the package",
        "figures": _figures(model),
        "limits": [
            "It knows 32 words; any other becomes <unk>, which training never showed it.",
            "It knows one kind of sentence: an animal that sits, sleeps, jumps or stands on "
            "something, what it did then, and that it was happy.",
            "Training never showed it a text that does not begin with “the”.",
        ],
    }  # fmt: skip
    for figure in card["figures"]:
        print(figure)
    _write(folder / "card.json", card)
    length = steps // 50
    points = report["history"]
    own = [p for p in points if best * steps < p["step"] <= (best + 1) * steps]
    kept = [{**p, "step": p["step"] - best * steps} for p in own[: length // 10]]
    _write(HISTORY, {"seed": first + best, "steps": steps, "history": kept})


def _figures(model: Any) -> list[dict[str, Any]]:
    heads = toy_figures.heads(model)
    ratio = toy_figures.entropy_ratio(model)
    mat = toy_figures.shares(model, "the cat sat on the")["mat"]
    measured = [
        ("cross-entropy ÷ entropy", ratio, "≤ 1.01", ratio <= 1.01, toy_figures.DOCUMENTS),
        ("attention of one head on the verb", heads.verb, "≥ 0.9",
         heads.verb >= 0.9, 64),
        ("attention of the other on the animal", heads.animal, "≥ 0.9",
         heads.animal >= 0.9, 64),
        ("p(mat) after “the cat sat on the” (exact: 0.678)", mat, "first",
         model_says_mat(model), 1),
    ]  # fmt: skip
    return [
        {"what": what, "value": round(value, 4), "bar": bar, "holds": holds, "n": n}
        for what, value, bar, holds, n in measured
    ]


def model_says_mat(model: Any) -> bool:
    """Whether `mat` is the likeliest word."""
    found = toy_figures.shares(model, "the cat sat on the")
    return max(found, key=lambda word: found[word]) == "mat"


def _write(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    ship(Path(sys.argv[1]))
