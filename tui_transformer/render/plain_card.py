"""The card of a model as plain text and as data: what to know before one trusts its numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from math import prod
from typing import Any

from rich.cells import cell_len

from tui_transformer.engine import ModelConfig, count_parameters, weight_shapes
from tui_transformer.models import LoadedModel, ModelCard
from tui_transformer.models.loaded import Figure, Provenance
from tui_transformer.render.lines import fit, wrap
from tui_transformer.render.numbers import significant
from tui_transformer.render.plain_table import table
from tui_transformer.tokenizers import visible

_WORDS_MAX = 64
_HEADED = 2
"""Spaces before the lines under a heading."""
_LEAST = 20
"""Terminal cells that what was measured must have beside its numbers."""


def opened_lines(model: LoadedModel, width: int) -> list[str]:
    """The card of a model that is open, with its words and with what its files gave to say."""
    card, c = model.card, model.config
    lines = card_lines(card, c, width)
    for note in model.notes:
        lines += ["", *wrap(f"note: {visible(note)}", width)]
    texts = []
    if model.stops:
        ends = ", ".join(model.labels[t] for t in sorted(model.stops) if t < c.d_vocab)
        texts.append(f"ends a text with: {ends}")
    if c.d_vocab <= _WORDS_MAX:
        texts.append(f"knows: {' '.join(model.labels)}")
    if texts:
        lines.append("")
    return lines + [line for text in texts for line in wrap(text, width)]


def card_lines(card: ModelCard, config: ModelConfig, width: int) -> list[str]:
    """The card of a model, without anything for which its weights must be read.

    Args:
        card: what is known about it.
        config: its shape.
        width: in terminal cells; no line is longer.
    """
    made = card.provenance or Provenance()
    lines = wrap(f"{visible(card.display_name)} · {visible(card.summary)}", width)
    lines += ["", *wrap(visible(card.description), width)]
    if card.source:
        lines += ["", *wrap(f"source: {visible(card.source)}", width)]
    lines += _section("how it was made", _pairs(_making(card, made), width))
    lines += _section("what was measured", _figures(made.figures, width))
    lines += _section("what its numbers do", _pairs(made.parts, width))
    lines += _section("limits", _sentences(made.limits, width))
    lines += _section("shape", _pairs(facts(config), width))
    parts = [["part", "parameters"], *parameter_rows(config)]
    lines += _section("", table(parts, "lr"))
    if card.prompt:
        lines += ["", *wrap(f"opens with: {visible(card.prompt)}", width)]
    return lines


def card_json(card: ModelCard, config: ModelConfig) -> dict[str, Any]:
    """The card of a model as data; `provenance` is null where nothing is known of it."""
    return {
        "name": visible(card.name),
        "weights": card.weights,
        "summary": visible(card.summary),
        "description": visible(card.description),
        "source": visible(card.source),
        "prompt": card.prompt,
        "parameters": count_parameters(config),
        "config": asdict(config),
        "provenance": None if card.provenance is None else _provenance_json(card.provenance),
    }


def _provenance_json(made: Provenance) -> dict[str, Any]:
    parts = [{"part": visible(part), "does": visible(does)} for part, does in made.parts]
    return asdict(made) | {"parts": parts, "limits": [visible(limit) for limit in made.limits]}


def _making(card: ModelCard, made: Provenance) -> list[tuple[str, str]]:
    """How a model came about, as far as it is known."""
    how = {"hand-made": "written by hand", "random": "random, not trained"}
    rows = [("weights", how.get(card.weights, "trained"))] if card.provenance else []
    rows += [("corpus", made.corpus), ("recipe", made.recipe)]
    if made.seed is not None:
        rows.append(("seed", f"{made.seed}"))
    if made.steps is not None:
        rows.append(("steps", f"{made.steps:,}"))
    if made.tokens_seen is not None:
        rows.append(("tokens read", f"{made.tokens_seen:,}"))
    rows += [("made by", made.command), ("licence", made.licence)]
    return [(name, visible(value)) for name, value in rows if value]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    """Lines under a heading; nothing where there are none."""
    if not lines:
        return []
    return ["", *([title] if title else []), *lines]


def _pairs(rows: Sequence[tuple[str, str]], width: int) -> list[str]:
    """A name and what is said of it a row, what is too long on further lines."""
    if not rows:
        return []
    named = [(visible(name), visible(text)) for name, text in rows]
    first = min(max(cell_len(name) for name, _ in named), max(8, width // 3))
    lines = []
    for name, text in named:
        for n, line in enumerate(wrap(text, max(10, width - _HEADED - first - 2)) or [""]):
            shown = fit(name if n == 0 else "", first)
            lines.append(f"{' ' * _HEADED}{shown}  {line}".rstrip())
    return lines


def _figures(figures: Sequence[Figure], width: int) -> list[str]:
    """A line for what was measured: the value, what it was to reach, and whether it did."""
    if not figures:
        return []
    verdicts = {True: "holds", False: "missed", None: ""}
    rows = [["", "value", "bar", "", "of"]]
    rows += [
        [
            "", significant(figure.value), visible(figure.bar), verdicts[figure.holds],
            "" if figure.n is None else f"{figure.n:,}",
        ]
        for figure in figures
    ]  # fmt: skip
    right = table(rows, "lrllr", indent=0)
    taken = max(map(cell_len, right))
    room = width - _HEADED - taken
    if room < _LEAST:  # then the numbers go under what they are of
        lines = [f"{' ' * (width - taken)}{right[0]}"]
        for figure, numbers in zip(figures, right[1:], strict=True):
            lines += [f"{' ' * _HEADED}{line}" for line in wrap(visible(figure.what), width - 2)]
            lines.append(f"{' ' * (width - taken)}{numbers}")
        return lines
    lines = [f"{' ' * (_HEADED + room)}{right[0]}"]
    for figure, numbers in zip(figures, right[1:], strict=True):
        what = wrap(visible(figure.what), room) or [""]
        lines.append(f"{' ' * _HEADED}{fit(what[0], room)}{numbers}")
        lines += [f"{' ' * _HEADED}{more}" for more in what[1:]]
    return lines


def _sentences(sentences: Sequence[str], width: int) -> list[str]:
    """A paragraph each, the first line marked."""
    lines = []
    for sentence in sentences:
        for n, line in enumerate(wrap(visible(sentence), width - _HEADED - 2)):
            lines.append(f"{' ' * _HEADED}{'·' if n == 0 else ' '} {line}")
    return lines


def facts(c: ModelConfig) -> list[tuple[str, str]]:
    """The model's shape, a name and a value each."""
    heads = f"{c.n_heads:,} of width {c.d_head}"
    if c.n_kv_heads != c.n_heads:
        heads += f", sharing {c.n_kv_heads} key/value heads"
    if c.qk_norm:
        heads += ", queries and keys normalised"
    positions = c.positions + (f", theta {c.rope_theta:g}" if c.positions == "rotary" else "")
    if c.rope_scaling is not None:
        positions += f", {c.rope_scaling.kind} scaling by {c.rope_scaling.factor:g}"
    reach = "" if c.sliding_window is None else f", a window of {c.sliding_window:,}"
    gain = "" if c.norm_affine else ", without gains"
    final = ", one more after the last block" if c.final_norm else ", none after the last block"
    gate = ", gated" if c.gated_mlp else ""
    tied = "the embedding's own table" if c.tie_embeddings else "a table of its own"
    return [
        ("layers", f"{c.n_layers:,}"),
        ("heads", heads),
        ("d_model", f"{c.d_model:,}"),
        ("d_mlp", "none: attention only" if c.attn_only else f"{c.d_mlp:,}, {c.act_fn}{gate}"),
        ("context", f"{c.n_ctx:,} tokens{reach}"),
        ("vocabulary", f"{c.d_vocab:,} tokens"),
        ("positions", positions),
        ("norm", "none" if c.norm == "none" else f"{c.norm}{gain}{final}"),
        ("unembedding", tied),
    ]


def parameter_rows(c: ModelConfig) -> list[list[str]]:
    """How many numbers each part has; they add up to the model's total."""
    parts = dict.fromkeys(("embedding", "positions", "attention", "MLP", "norms", "unembedding"), 0)
    outside = {"W_E": "embedding", "W_pos": "positions", "W_U": "unembedding"}
    for name, shape in weight_shapes(c).items():
        last = name.rsplit(".", 1)[-1]
        if last in outside:
            part = outside[last]
        elif last.startswith("ln") or "_norm_" in last:
            part = "norms"
        else:
            part = "MLP" if last[2:] in {"in", "gate", "out"} else "attention"
        parts[part] += prod(shape)
    rows = [[part, f"{count:,}"] for part, count in parts.items() if count]
    return [*rows, ["together", f"{count_parameters(c):,}"]]
