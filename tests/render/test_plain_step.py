"""A training step in plain text: each number the step's, each total that of what stands above."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from rich.cells import cell_len

from tests.render.reading import shown_number
from tests.training.small import SMALL_RECIPE
from tests.watching.test_stages import GPT2, MODERN
from tui_transformer.render.plain_gradient import tensor_lines
from tui_transformer.render.plain_step import packed, stage_lines, step_lines
from tui_transformer.render.plain_step_json import step_json
from tui_transformer.render.plain_table import View
from tui_transformer.tokenizers import visible
from tui_transformer.training.corpora import CorpusName
from tui_transformer.training.recipe import recipe_named
from tui_transformer.training.run import Job, Run
from tui_transformer.watching import STAGES, stage_named
from tui_transformer.watching.places import Place, place_text
from tui_transformer.watching.step_made import StepMade, make_step
from tui_transformer.watching.tensors import all_tensors, is_weight, values_of, weights_of

MODELS: dict[str, dict[str, object] | None] = {"small": None, "modern": MODERN, "gpt2": GPT2}


@cache
def made_by(name: str, number: int = 3, row: int = 1) -> StepMade:
    """A step of a model, or of a packaged recipe."""
    if name not in MODELS:
        return make_step(Run(Job(recipe_named(name), CorpusName(name), 0, 5), None, 1), number, row)
    model = MODELS[name]
    recipe = SMALL_RECIPE if model is None else replace(SMALL_RECIPE, model=model)
    return make_step(Run(Job(recipe, CorpusName("toy"), 0, 5), None, 1), number, row)


def long_rows() -> StepMade:
    """A step with rows of more positions than are written out."""
    batch = replace(SMALL_RECIPE.batch, rows=50, length=60)
    model = {**SMALL_RECIPE.model, "n_ctx": 64}
    recipe = replace(SMALL_RECIPE, batch=batch, model=model)
    return make_step(Run(Job(recipe, CorpusName("toy"), 0, 5), None, 1), 2)


def masked() -> StepMade:
    """A step of which not every position counts."""
    made = made_by("small")
    mask = np.ones(made.inside.batch.targets.shape, dtype=np.bool_)
    mask[:, 4:7] = False
    nats = np.where(mask, made.inside.nats, 0).astype(np.float32)
    loss = float(nats.sum(dtype=np.float64) / mask.sum())
    batch = replace(made.inside.batch, mask=mask)
    return replace(made, inside=replace(made.inside, batch=batch, nats=nats, loss=loss))


def numbers_of(made: StepMade, stage: str, place: Place | None = None) -> list[str]:
    return stage_lines(made, stage_named(stage), place, View())


def table_under(lines: Sequence[str], heading: str) -> list[list[str]]:
    """The cells of the table whose line of headings begins so, the headings left out."""
    start = next(n for n, line in enumerate(lines) if line.strip().startswith(heading))
    rows: list[list[str]] = []
    for line in lines[start + 1 :]:
        if not line.strip():
            break
        rows.append(re.split(r" {2,}", line.strip()))
    return rows


def value(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def exact_or_near(number: float, half: float) -> object:
    """What a printed number has to be: within half a unit of its last place."""
    return pytest.approx(float(number), abs=half * 1.001 + 1e-12) if np.isfinite(number) else number


def decimals(text: str) -> int:
    return len(text.partition(".")[2])


@pytest.mark.parametrize("made", [made_by("small"), made_by("toy"), long_rows(), masked()])
def test_the_losses_add_up_to_the_loss_of_the_step(made: StepMade) -> None:
    inside = made.inside
    lines = numbers_of(made, "loss")
    *terms, total = table_under(lines, "position  ")
    nats = inside.nats[inside.row].astype(np.float64)
    assert total[0] == "sum"
    assert value(total[-1]) == pytest.approx(float(nats.sum()), abs=10.0 ** -decimals(total[-1]))
    printed = sum(value(term[-1]) for term in terms)
    assert printed == pytest.approx(value(total[-1]), abs=len(terms) * 10.0 ** -decimals(total[-1]))
    mask = inside.batch.mask
    for term in terms:
        if term[0].isdigit():
            at = int(term[0])
            assert value(term[-1]) == pytest.approx(float(nats[at]), abs=1e-4)
            if mask is not None and not mask[inside.row, at]:
                assert term[-2] == "not counted"
            else:
                p, half = shown_number(term[-2])
                assert abs(p - np.exp(-nats[at])) <= half * 1.001
        else:
            left = [n for n in range(len(nats)) if str(n) not in {t[0] for t in terms}]
            assert term[0] == f"{len(left):,} others"
            assert value(term[-1]) == pytest.approx(float(nats[left].sum()), abs=1e-3)
    *rows, whole = table_under(lines, "row  ")
    shown = {int(row[0]): row for row in rows if row[0].isdigit()}
    for at, row in shown.items():
        counted = inside.nats.shape[1] if mask is None else int(mask[at].sum())
        assert value(row[1]) == counted
        assert value(row[2]) == pytest.approx(float(inside.nats[at].sum(dtype=np.float64)), abs=0.1)
    assert sum(value(row[1]) for row in rows) == value(whole[1]) == inside.batch.counted
    printed = sum(value(row[2]) for row in rows)
    assert printed == pytest.approx(value(whole[2]), abs=len(rows) * 10.0 ** -decimals(whole[2]))
    (mean,) = (line for line in lines if line.startswith("  loss = ") and "÷" in line)
    found = re.fullmatch(r"  loss = ([\d.,]+) ÷ ([\d,]+) = ([\d.]+) nats a position", mean)
    assert found is not None
    assert value(found[1]) / value(found[2]) == pytest.approx(value(found[3]), rel=1e-4)
    assert value(found[3]) == pytest.approx(inside.loss, rel=1e-5)
    assert f"  in the step: {found[3]}" in lines


@pytest.mark.parametrize("name", [*MODELS, "toy"])
def test_the_squares_of_the_gradients_add_up_to_the_square_of_its_length(name: str) -> None:
    made = made_by(name)
    lines = numbers_of(made, "clip")
    *terms, whole = table_under(lines, "gradient of")
    assert [term[0] for term in terms] == list(weights_of(made.config))
    places = decimals(whole[-2])
    for term in terms:
        gradient = values_of(made.inside, made.config, term[0])[1]
        square = float(np.square(gradient, dtype=np.float64).sum())
        assert value(term[-2]) == pytest.approx(square, abs=10.0**-places)
        assert value(term[-3]) == pytest.approx(square**0.5, rel=1e-2)
    printed = sum(value(term[-2]) for term in terms)
    assert printed == pytest.approx(value(whole[-2]), abs=len(terms) * 10.0**-places)
    assert value(whole[-2]) ** 0.5 == pytest.approx(made.inside.norm, rel=1e-4)
    assert any(line.startswith("  in the step: ") for line in lines)
    factor = lines[-1]
    clip = made.facts.recipe.optimizer.clip
    if not clip:
        assert "no clipping" in factor
    elif made.inside.norm <= clip:
        assert f"not longer than {clip:g}" in factor
    else:
        assert value(factor.rpartition("= ")[2]) == pytest.approx(made.inside.factor, rel=1e-5)


def test_a_gradient_that_is_too_long_is_said_to_be() -> None:
    made = made_by("small")
    optimizer = replace(made.facts.recipe.optimizer, clip=made.inside.norm / 4)
    recipe = replace(made.facts.recipe, optimizer=optimizer)
    run = Run(Job(recipe, CorpusName("toy"), 0, 5), None, 1)
    clipped = make_step(run, 1)
    lines = numbers_of(clipped, "clip")
    assert "every gradient × " in lines[-1]
    assert value(lines[-1].rpartition("= ")[2]) == pytest.approx(clipped.inside.factor, rel=1e-5)
    assert "  clipped " in "\n".join(numbers_of(clipped, "update"))


@pytest.mark.parametrize("name", [*MODELS, "toy"])
def test_the_terms_of_an_update_make_the_weight_that_the_trainer_made(name: str) -> None:
    made = made_by(name)
    for parameter in weights_of(made.config):
        place = made.steepest(parameter)
        lines = numbers_of(made, "update", place)
        (title,) = (line for line in lines if line.startswith(f"  {place_text(place)} at its step"))
        assert " 3, rate " in title
        rows = [[*row[:2], row[-1]] for row in table_under(lines, "weight ")]
        first = next(line for line in lines if line.startswith("  weight "))
        terms = [Decimal(row[-1].replace("−", "-")) for row in rows[:-1]]
        weight = Decimal(first.split()[-1].replace("−", "-"))
        assert [row[0] for row in rows] == ["decay", "step", "rounding", "new weight"]
        new = Decimal(rows[-1][-1].replace("−", "-"))
        assert weight + sum(terms, Decimal(0)) == new
        (told,) = (line for line in lines if "as the trainer made it" in line)
        assert Decimal(told.rpartition(" ")[2].replace("−", "-")) == new
        assert float(new) == pytest.approx(made.made(*place), abs=1e-8)
        update = made.update(*place)
        g, m, v, m_hat, v_hat, below, step = arithmetic(lines)
        assert (g, m, v) == near(update.clipped, update.mean, update.square)
        assert (m_hat, v_hat) == near(update.mean_corrected, update.square_corrected)
        assert (below, step) == near(update.below, update.taken)


def near(*numbers: float) -> object:
    return pytest.approx(numbers, rel=1e-5, abs=1e-12)


def arithmetic(lines: Sequence[str]) -> list[float]:
    """The numbers on the way to the step, each held to what is said of how it comes about.

    Gradient, moments, moments corrected, what the mean is divided by, the step.
    """
    told = [line.strip() for line in lines if re.search(r"\S {2,}=  ", line)]
    ends = [value(line.rpartition("=  ")[2]) for line in told]
    hows = [line.rpartition("=  ")[0].replace("−", "-").replace("×", "*") for line in told]
    g = ends[-7]
    for how, end in zip(hows, ends, strict=True):
        if how.startswith(("1st", "2nd")):
            found = re.search(r"([\d.]+) \* (\S+) \+ (\S+) \* g", how)
            assert found is not None
            old, before, new = map(float, found.groups())
            grown = g if how.startswith("1st") else g * g
            assert old * before + new * grown == pytest.approx(end, rel=1e-4, abs=1e-12)
        elif how.startswith("corrected"):
            found = re.search(r"([mv]) / \(1 - ([\d.]+)\^(\d+)\)", how)
            assert found is not None
            moment = ends[-6] if found[1] == "m" else ends[-5]
            corrected = moment / (1 - float(found[2]) ** int(found[3]))
            assert corrected == pytest.approx(end, rel=1e-4)
        elif how.startswith("below"):
            assert ends[-3] ** 0.5 == pytest.approx(end, rel=1e-3, abs=2e-8)
        elif how.startswith("step"):
            found = re.search(r"(\S+) \* (\S+) / (\S+)", how)
            assert found is not None
            rate, mean, under = map(float, found.groups())
            assert rate * mean / under == pytest.approx(end, rel=1e-4, abs=1e-12)
    return ends[-7:]


def test_the_targets_are_the_inputs_one_place_on() -> None:
    for made in (made_by("small"), made_by("toy"), long_rows()):
        rows = table_under(numbers_of(made, "batch"), "position  ")
        batch, row = made.inside.batch, made.inside.row
        shown = [cells for cells in rows if cells[0] != "…"]
        for cells in shown:
            at = int(cells[0])
            assert (int(cells[2]), int(cells[4])) == (batch.inputs[row, at], batch.targets[row, at])
            assert made.before.labels[batch.inputs[row, at]].startswith(cells[1].rstrip("…"))
        for one, other in pairwise(shown):
            if int(other[0]) == int(one[0]) + 1:
                assert one[3:] == other[1:3]
        assert int(shown[-1][0]) == batch.inputs.shape[1] - 1


@pytest.mark.parametrize("name", MODELS)
def test_each_value_stands_over_its_gradient(name: str) -> None:
    made = made_by(name)
    for tensor in all_tensors(made.config):
        values, gradient = values_of(made.inside, made.config, tensor)
        index = tuple(size // 2 for size in values.shape)
        whole = values if values.ndim > 1 else values[None]
        slopes = gradient if gradient.ndim > 1 else gradient[None]
        lines = tensor_lines(made, (tensor, index), View(), gradient=True)
        if whole.ndim == 3:
            whole, slopes = whole[index[0]], slopes[index[0]]
        heads = [line for line in lines if "[head=" in line and " of " in line]
        assert len(heads) == (values.ndim == 3)
        header = lines[len(heads)].replace("…", " ")
        columns = [int(word) for word in re.findall(r"(?<!\S)\d+(?!\S)", header)]
        assert columns[0] == 0
        row = 0
        body = lines[len(heads) + 1 : lines.index("")]
        pairs = [line for line in body if re.search(r"\b(value|gradient) +\S", line)]
        seen = 0
        for n, line in enumerate(pairs):
            kind = n % 2
            label, _, rest = line.partition(("value", "gradient")[kind])
            if kind == 0 and re.search(r"\d+", label):
                row = int(re.findall(r"\d+", label)[0])
            texts = [word for word in rest.split() if word != "…"]
            assert len(texts) == len(columns)
            for text, column in zip(texts, columns, strict=True):
                if text == "×":
                    assert column > row
                    continue
                printed, half = shown_number(text)
                assert printed == exact_or_near((whole, slopes)[kind][row, column], half)
                seen += 1
        assert seen >= 2
        start = f"{place_text((tensor, index))} = "
        at = next(n for n, line in enumerate(lines) if line.strip().startswith(start))
        cell = " ".join(line.strip() for line in lines[at : at + 2]).partition(" smallest")[0]
        told, slope = cell.partition(" = ")[2].split(", gradient ")
        assert value(told) == pytest.approx(float(values[index]), rel=1e-5) or told == "−∞"
        assert value(slope) == pytest.approx(float(gradient[index]), rel=1e-5)
        length = next(line for line in lines if "length of the gradient" in line)
        exact = float(np.sqrt(np.square(gradient, dtype=np.float64).sum()))
        assert value(length.rpartition(" ")[2]) == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_where_the_ends_are_is_where_they_are(name: str) -> None:
    made = made_by(name)
    for tensor in all_tensors(made.config):
        values, gradient = values_of(made.inside, made.config, tensor)
        lines = tensor_lines(made, (tensor, ()), View(), gradient=True)
        for what, of in (("value", values), ("gradient", gradient)):
            finite = of[np.isfinite(of)]
            for word, end in (("smallest", finite.min()), ("largest", finite.max())):
                (line,) = (x for x in lines if x.strip().startswith(f"{word} {what} "))
                number, place = line.strip().removeprefix(f"{word} {what}").split()
                assert value(number) == pytest.approx(float(end), rel=1e-5)
                index = tuple(int(n) for n in re.findall(r"(?:head=)?(\d+)(?=[,\]])", place))
                assert float(of[index]) == float(end)


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", [*MODELS, "toy"])
def test_no_line_is_wider_than_it_may_be(name: str, width: int) -> None:
    made = made_by(name)
    lines = step_lines(made, STAGES, None, View(width=width))
    for tensor in all_tensors(made.config) if width >= 80 else ():
        shape = values_of(made.inside, made.config, tensor)[0].shape
        for index in ((), tuple(size - 1 for size in shape)):
            place = (tensor, index)
            stages = ["forward", "backward", *(["update"] if is_weight(tensor) else [])]
            lines += step_lines(made, [*map(stage_named, stages)], place, View(width=width))
    wide = [line for line in lines if cell_len(line) > max(width, 80)]
    assert wide == []
    assert all(visible(line) == line for line in lines)
    titles = [line for line in lines if line.startswith("stage ")]
    assert titles[:8] == [f"stage {n} of 8 · {stage.title}" for n, stage in enumerate(STAGES, 1)]


def test_what_comes_after_the_prompt_sums_to_one_before_and_after() -> None:
    made = made_by("toy")
    rows = table_under(numbers_of(made, "repeat"), "token ")
    before, after = (s.distribution_at(-1).full for s in made.sessions())
    for cells in rows[:5]:
        token = int(cells[1])
        assert value(cells[2]) == pytest.approx(float(before[token]), abs=1e-4)
        assert value(cells[3]) == pytest.approx(float(after[token]), abs=1e-4)
    for column in (-2, -1):
        parts = sum(value(cells[column]) for cells in rows[:-1])
        assert parts == pytest.approx(value(rows[-1][column]), abs=1e-3) == 1.0
    assert f"{made.inside.loss:.5f}"[:5] in "\n".join(numbers_of(made, "repeat"))


def test_a_prompt_that_cannot_be_read_leaves_the_rest() -> None:
    made = made_by("small")
    recipe = replace(made.facts.recipe, prompt="\x1b[2J " * 40)
    lines = numbers_of(replace(made, facts=replace(made.facts, recipe=recipe)), "repeat")
    assert "  the loss of this batch before the step and after it:" in lines
    assert all(visible(line) == line for line in lines)
    data = step_json(
        replace(made, facts=replace(made.facts, recipe=recipe)), [stage_named("repeat")], None
    )
    assert "trouble" in data["stages"][0]


@pytest.mark.parametrize("name", MODELS)
def test_json_holds_every_number_exactly(name: str) -> None:
    made = made_by(name)
    data = json.loads(json.dumps(step_json(made, STAGES, None), allow_nan=False))
    assert (data["step"], data["row"], data["step_of_model"]) == (3, 1, 3)
    stages = {stage["stage"]: stage for stage in data["stages"]}
    assert list(stages) == [stage.key for stage in STAGES]
    assert stages["batch"]["inputs"] == made.inside.batch.inputs.tolist()
    nats = np.array(stages["loss"]["nats"], dtype=np.float32)
    assert np.array_equal(nats, made.inside.nats)
    assert sum(stages["loss"]["row_sums"]) == pytest.approx(stages["loss"]["sum"], rel=1e-12)
    assert stages["loss"]["sum"] / stages["loss"]["positions"] == stages["loss"]["mean"]
    assert stages["loss"]["mean"] == pytest.approx(stages["loss"]["loss"], rel=1e-9)
    found = {tensor["name"]: tensor for tensor in stages["backward"]["tensors"]}
    assert set(found) == set(all_tensors(made.config))
    for tensor, given in found.items():
        values, gradient = values_of(made.inside, made.config, tensor)
        as_floats = np.vectorize(float)(np.array(given["values"], dtype=object))
        assert np.array_equal(as_floats.astype(np.float32), values)
        assert np.array_equal(np.array(given["gradient"], dtype=np.float32), gradient)
        assert given["shape"] == list(values.shape)
        assert len(given["axes"]) == values.ndim
    shown = [tensor["name"] for tensor in stages["forward"]["tensors"]]
    assert shown == [tensor for tensor in all_tensors(made.config) if not is_weight(tensor)]
    squares = [part["sum_of_squares"] for part in stages["clip"]["gradients"]]
    assert sum(squares) == stages["clip"]["sum_of_squares"]
    update = stages["update"]
    terms = sum(term["value"] for term in update["terms"])
    assert np.float32(terms) == update["total"] == update["new"] == update["made"]
    assert sum(stages["repeat"]["p_after"]) == pytest.approx(1.0, abs=1e-5)


def test_json_of_a_place_holds_that_tensor_and_that_weight() -> None:
    made = made_by("small")
    place = ("blocks.0.W_in", (2, 3))
    stages = [stage_named("backward"), stage_named("update")]
    backward, update = step_json(made, stages, place)["stages"]
    assert [tensor["name"] for tensor in backward["tensors"]] == ["blocks.0.W_in"]
    assert update["place"] == "blocks.0.W_in[2,3]"
    assert update["index"] == (2, 3)


def test_words_are_packed_without_being_cut() -> None:
    assert packed(["one 1", "two 2", "three 3"], 12) == ["one 1  two 2", "three 3"]
    assert packed(["a long one", "b"], 4) == ["a long one", "b"]
    assert packed([], 4) == []
