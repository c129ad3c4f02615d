"""A step of training as plain text: linear lines without colour, for pipes and screen readers.

Pure functions of a step that was made. All text from outside has been through `visible`, as labels
of tokens or here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import exp, sqrt

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len

from tui_transformer.errors import TuitfError
from tui_transformer.render.lines import wrap
from tui_transformer.render.numbers import INSPECTOR_DIGITS, percent, significant
from tui_transformer.render.plain_gradient import heading, tensor_lines
from tui_transformer.render.plain_table import View, format_for, share, short, table
from tui_transformer.render.plain_update import update_lines
from tui_transformer.tokenizers import visible
from tui_transformer.training.inside import WITHOUT_BATCH
from tui_transformer.walkthrough import shape_text
from tui_transformer.watching import STAGES, LoopStage
from tui_transformer.watching.places import Place, place_text
from tui_transformer.watching.step_made import StepMade
from tui_transformer.watching.tensors import all_tensors, is_weight, values_of

ROWS_FULL = 40
"""The longest table of a row or of a batch that is written out in full."""

_FIRST, _LAST = 12, 4
_CANDIDATES = 5


def step_lines(
    made: StepMade, stages: Sequence[LoopStage], place: Place | None, view: View
) -> list[str]:
    """The run, and the stages that are asked for, one after another.

    Args:
        made: the step.
        stages: which ones, in their order.
        place: the tensor that forward and backward show, and the weight of the update; if it is
            left out, the weight with the largest gradient, which has most to learn.
        view: how wide.
    """
    lines = run_lines(made, view)
    for stage in stages:
        lines += ["", "", *stage_lines(made, stage, place, view)]
    return lines


def run_lines(made: StepMade, view: View) -> list[str]:
    """Which model this is, in which run, at which step."""
    config, facts = made.config, made.facts
    count = made.before.parameters
    model = (
        f"{visible(facts.recipe.name)} · {_many(config.n_layers, 'layer')} · "
        f"{_many(config.n_heads, 'head')} · d_model {config.d_model} · {count:,} parameters"
    )
    step = f"step {made.number:,} of {made.steps:,}"
    if made.candidates > 1:
        own, each = made.inside.step + 1, made.steps // made.candidates
        step += f": step {own:,} of {each:,} of model {made.candidate + 1} of {made.candidates}"
    lines = [model, *wrap(f"training on {facts.corpus}, seed {made.seed} · {step}", view.width)]
    rows = len(made.inside.batch.inputs)
    if rows > 1:
        row = made.inside.row
        lines += wrap(f"of the {rows:,} rows of the batch, row {row} is looked into", view.width)
    return lines


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def stage_lines(made: StepMade, stage: LoopStage, place: Place | None, view: View) -> list[str]:
    """One stage: title, formula, explanation, numbers."""
    number = STAGES.index(stage) + 1
    lines = [f"stage {number} of {len(STAGES)} · {stage.title}", ""]
    lines += [f"  {line}" for line in wrap(stage.formula(made.facts), view.width - 2)]
    lines.append("")
    lines += [f"  {line}" for line in wrap(stage.explanation(made.facts), view.width - 2)]
    return [*lines, "", *_NUMBERS[stage.key](made, place, view)]


def _text_lines(made: StepMade, place: Place | None, view: View) -> list[str]:
    """A row as text, and token by token with its number."""
    ids, labels = made.row_ids, made.before.labels
    width = view.width - 4
    text = visible(made.before.tokenizer.decode(ids))
    return [
        f"  row {made.inside.row}, the text of it:",
        *(f"    {line}" for line in wrap(text, width)),
        f"  its {len(ids):,} tokens, each with its number; the last one is a target only:",
        *(f"    {line}" for line in packed([f"{labels[t]} {t}" for t in ids], width)),
    ]


def packed(parts: Iterable[str], width: int) -> list[str]:
    """As many parts on a line as fit, two spaces between them; none is cut in two."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(lines[-1]) + 2 + cell_len(part) <= width:
            lines[-1] += f"  {part}"
        else:
            lines.append(part)
    return lines


def _batch_lines(made: StepMade, place: Place | None, view: View) -> list[str]:
    """The inputs of a row, and beside each the target, which is the input one place on."""
    batch, row, labels = made.inside.batch, made.inside.row, made.before.labels
    shown = _kept(batch.inputs.shape[1])
    rows = [["position", "input", "id", "target", "id"]]
    for at in shown:
        if at is None:
            rows.append(["…", "", "", "", ""])
            continue
        token, target = int(batch.inputs[row, at]), int(batch.targets[row, at])
        rows.append([str(at), short(labels[token]), str(token), short(labels[target]), str(target)])
    return [
        f"  row {row}: each target is the input of the next position",
        "",
        *table(rows, "rlrlr"),
    ]


def _kept(count: int) -> list[int | None]:
    """Which places of a long list are written out; `None` stands for those in between."""
    if count <= ROWS_FULL:
        return list(range(count))
    return [*range(_FIRST), None, *range(count - _LAST, count)]


def _loss_lines(made: StepMade, place: Place | None, view: View) -> list[str]:
    """The loss at every position of a row and its sum, then the sums of all rows and the mean."""
    inside, labels = made.inside, made.before.labels
    batch, row = inside.batch, inside.row
    counts = np.ones(batch.targets.shape, np.bool_) if batch.mask is None else batch.mask
    nats = inside.nats.astype(np.float64)  # [batch, pos]
    shown = format_for(nats[row], INSPECTOR_DIGITS)
    kept = _kept(nats.shape[1])
    rows = [["position", "input", "target", "p(target)", "−ln p"]]
    for at in kept:
        if at is None:
            others = [n for n in range(nats.shape[1]) if n not in kept]
            rows.append(
                [f"{len(others):,} others", "", "", "", shown(float(nats[row, others].sum()))]
            )
            continue
        token, target = int(batch.inputs[row, at]), int(batch.targets[row, at])
        p, loss = share(exp(-nats[row, at])), shown(float(nats[row, at]))
        if not counts[row, at]:
            p, loss = "not counted", shown(0.0)
        rows.append([str(at), short(labels[token]), short(labels[target]), p, loss])
    count = int(counts[row].sum())
    total = float(nats[row].sum())
    rows.append(["sum", "", "", "", shown(total)])
    lines = [f"  row {row}, position by position:", "", *table(rows, "rllrr"), ""]
    mean = significant(total / max(count, 1), INSPECTOR_DIGITS)
    lines.append(f"  the mean of row {row} over {_many(count, 'position')}: {mean}")
    return [*lines, "", *_batch_sums(made, counts.sum(axis=1).tolist(), nats.sum(axis=1).tolist())]


def _batch_sums(made: StepMade, counts: list[int], sums: list[float]) -> list[str]:
    """The sums of the rows, and the loss of the step that they make."""
    shown = format_for([*sums, sum(sums)], INSPECTOR_DIGITS)
    kept = _kept(len(sums))
    rows = [["row", "positions", "sum of −ln p"]]
    for at in kept:
        if at is None:
            others = [n for n in range(len(sums)) if n not in kept]
            rows.append([f"{len(others):,} others", f"{sum(counts[n] for n in others):,}",
                         shown(sum(sums[n] for n in others))])  # fmt: skip
        else:
            rows.append([str(at), f"{counts[at]:,}", shown(sums[at])])
    count, total = sum(counts), sum(sums)
    rows.append(["sum", f"{count:,}", shown(total)])
    six = significant(total / max(count, 1), INSPECTOR_DIGITS)
    return [
        "  all rows of the batch:",
        "",
        *table(rows, "rrr"),
        "",
        f"  loss = {shown(total).strip()} ÷ {count:,} = {six} nats a position",
        f"  in the step: {significant(made.inside.loss, INSPECTOR_DIGITS)}",
    ]


def _forward_lines(made: StepMade, place: Place | None, view: View) -> list[str]:
    """What the pass made of the row, a line a tensor; or the tensor that is asked for."""
    if place is not None:
        return [f"  {heading(made, place[0])}", "",
                *tensor_lines(made, place, view, gradient=False)]  # fmt: skip
    rows = [["tensor", "shape", "smallest", "largest"]]
    for name in all_tensors(made.config):
        if not is_weight(name):
            values, _ = values_of(made.inside, made.config, name)
            rows.append([name, shape_text(values.shape), *_ends(values)])
    lines = [f"  the tensors of row {made.inside.row}, in the order in which they are made:", ""]
    return [*lines, *table(rows, "llrr")]


def _ends(values: npt.NDArray[np.floating]) -> list[str]:
    """The smallest and the largest number; what a mask has taken away does not count."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return ["–", "–"]
    return [significant(float(finite.min())), significant(float(finite.max()))]


def _backward_lines(made: StepMade, place: Place | None, view: View) -> list[str]:
    """One tensor, each value with its gradient; before it, if none is asked for, a line of each."""
    lines = []
    if place is None:
        place = made.steepest()
        told = f"the largest gradient of all weights is that of {place_text(place)}"
        lines = [*_gradients_of_row(made, view), "", f"  {told}", ""]
    return [*lines, f"  {heading(made, place[0])}", "  each value with its gradient under it", "",
            *tensor_lines(made, place, view, gradient=True)]  # fmt: skip


def _gradients_of_row(made: StepMade, view: View) -> list[str]:
    """How long the gradient of every tensor of the row is."""
    rows = [["tensor", "shape", "‖∂L/∂x‖"]]
    for name in reversed(all_tensors(made.config)):
        if not is_weight(name):
            values, slopes = values_of(made.inside, made.config, name)
            rows.append([name, shape_text(values.shape), significant(_length(slopes))])
    lines = [f"  the tensors of row {made.inside.row}, from the loss back:", ""]
    lines += table(rows, "llr")
    if WITHOUT_BATCH in made.inside.gradients:
        note = f"{WITHOUT_BATCH} is the same for every row: its gradient is the sum over them"
        lines += ["", *(f"  {line}" for line in wrap(note, view.width - 2))]
    return lines


def _length(values: npt.NDArray[np.floating]) -> float:
    return float(np.sqrt(np.square(values, dtype=np.float64).sum()))


def _clip_lines(made: StepMade, place: Place | None, view: View) -> list[str]:
    """Every parameter's part of the square of the whole gradient, and what it is scaled by."""
    inside, clip = made.inside, made.facts.recipe.optimizer.clip
    found = made.lengths()
    total = sum(square for *_, square in found)
    squares = format_for([*(square for *_, square in found), total], INSPECTOR_DIGITS)
    rows = [["gradient of", "shape", "‖g‖", "∑ g²", "share"]]
    for name, shape, square in found:
        rows.append([name, shape_text(shape), significant(sqrt(square)), squares(square),
                     percent(square / (total or 1.0))])  # fmt: skip
    rows.append(["all weights", "", significant(sqrt(total)), squares(total), percent(1.0)])
    norm = significant(sqrt(total), INSPECTOR_DIGITS)
    lines = [*table(rows, "llrrr"), "", f"  ‖g‖ = √{squares(total).strip()} = {norm}",
             f"  in the step: {significant(inside.norm, INSPECTOR_DIGITS)}"]  # fmt: skip
    if not clip:
        return [*lines, "  no clipping in this recipe: every gradient × 1"]
    if inside.factor == 1:
        return [*lines, f"  not longer than {clip:g}: every gradient × 1"]
    factor = significant(inside.factor, INSPECTOR_DIGITS)
    return [*lines, f"  longer than {clip:g}: every gradient × {clip:g} ÷ {norm} = {factor}"]


def _update_lines(made: StepMade, place: Place | None, view: View) -> list[str]:
    """The arithmetic of one weight; of a tensor that is none, of the one with most to learn."""
    return update_lines(made, *weight_of(made, place))


def weight_of(made: StepMade, place: Place | None) -> tuple[str, tuple[int, ...]]:
    """The weight that is meant: of a parameter without an index, or of all, the steepest one."""
    if place is None or not is_weight(place[0]):
        return made.steepest()
    return place if place[1] else made.steepest(place[0])


def _repeat_lines(made: StepMade, place: Place | None, view: View) -> list[str]:
    """The same batch again, and what the model says next, before the step and after it."""
    before, after = made.inside.loss, made.loss_after
    lines = [
        "  the loss of this batch before the step and after it:",
        f"  {significant(before, INSPECTOR_DIGITS)} → {significant(after, INSPECTOR_DIGITS)}",
        "",
    ]
    try:
        sessions = made.sessions()
    except TuitfError as error:
        return [*lines, *(f"  {line}" for line in wrap(visible(str(error)), view.width - 2))]
    was, now = (session.distribution_at(-1).full for session in sessions)
    labels = made.before.labels
    top = np.argsort(-now, kind="stable")[:_CANDIDATES].tolist()
    rows = [["token", "id", "p before", "p after"]]
    rows += [
        [short(labels[token], 20), str(token), share(float(was[token])), share(float(now[token]))]
        for token in top
    ]
    rest = len(now) - len(top)
    if rest:
        left = [share(max(0.0, 1.0 - float(p[top].sum()))) for p in (was, now)]
        rows.append([f"the {rest:,} others", "", *left])
    rows.append(["sum", "", *(share(float(p.sum())) for p in (was, now))])
    prompt = visible(made.facts.recipe.prompt)
    lines += [f"  {line}" for line in wrap(f"what comes after: {prompt}", view.width - 2)]
    return [*lines, "", *table(rows, "lrrr")]


_NUMBERS: Mapping[str, Callable[[StepMade, Place | None, View], list[str]]] = {
    "text": _text_lines,
    "batch": _batch_lines,
    "forward": _forward_lines,
    "loss": _loss_lines,
    "backward": _backward_lines,
    "clip": _clip_lines,
    "update": _update_lines,
    "repeat": _repeat_lines,
}
