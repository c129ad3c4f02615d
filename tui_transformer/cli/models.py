"""`tuitf models`: the models at hand, and the card of one."""

from math import prod
from typing import TYPE_CHECKING

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from tui_transformer.engine import ModelConfig
    from tui_transformer.models.catalogue import Entry

_WORDS_MAX = 64


def models(name: options.ModelName = None) -> None:
    """List the models, or show the card of one.

    \b
    Examples:
      tuitf models
      tuitf models worked
    """
    from tui_transformer.models.catalogue import entries, entry_named

    if name is None:
        streams.write_lines(list_lines(entries()))
    else:
        streams.write_lines(card_lines(entry_named(name), streams.text_width()))


def list_lines(found: "tuple[Entry, ...]") -> list[str]:
    """A row a model and under it what it is."""
    from tui_transformer.render.plain_table import table
    from tui_transformer.tokenizers import visible

    rows = [["name", "layers", "heads", "d_model", "context", "vocabulary", "parameters"]]
    for entry in found:
        c = entry.config
        numbers = (c.n_layers, c.n_heads, c.d_model, c.n_ctx, c.d_vocab, entry.parameters)
        rows.append([visible(entry.card.display_name), *(f"{number:,}" for number in numbers)])
    head, *lines = table(rows, "l" + "r" * 6, indent=0)
    out = [head]
    for line, entry in zip(lines, found, strict=True):
        out += [line, f"  {visible(entry.card.summary)}"]
    return out


def card_lines(entry: "Entry", width: int) -> list[str]:
    """What a person should know about a model before they trust its numbers."""
    from tui_transformer.models import load_model
    from tui_transformer.render.lines import wrap
    from tui_transformer.render.plain_table import table
    from tui_transformer.tokenizers import visible

    card, c = entry.card, entry.config
    lines = [f"{visible(card.display_name)} · {visible(card.summary)}", ""]
    lines += wrap(visible(card.description), width)
    if card.source:
        lines += ["", *wrap(f"source: {visible(card.source)}", width)]
    lines += ["", *table(facts(c), "ll")]
    if card.prompt:
        lines += ["", f"  opens with: {visible(card.prompt)}"]
    if c.d_vocab <= _WORDS_MAX:
        words = " ".join(load_model(card.name).labels)
        lines += [f"  {line}" for line in wrap(f"knows: {words}", width - 2)]
    parts = [["part", "parameters"], *parameter_rows(c)]
    return [*lines, "", *table(parts, "lr")]


def facts(c: "ModelConfig") -> list[tuple[str, str]]:
    """The model's shape, a name and a value each."""
    heads = f"{c.n_heads:,} of width {c.d_head}"
    if c.n_kv_heads != c.n_heads:
        heads += f", sharing {c.n_kv_heads} key/value heads"
    positions = c.positions + (f", theta {c.rope_theta:g}" if c.positions == "rotary" else "")
    gain = "" if c.norm_affine else ", without gains"
    final = ", one more after the last block" if c.final_norm else ", none after the last block"
    gate = ", gated" if c.gated_mlp else ""
    tied = "the embedding's own table" if c.tie_embeddings else "a table of its own"
    return [
        ("layers", f"{c.n_layers:,}"),
        ("heads", heads),
        ("d_model", f"{c.d_model:,}"),
        ("d_mlp", f"{c.d_mlp:,}, {c.act_fn}{gate}"),
        ("context", f"{c.n_ctx:,} tokens"),
        ("vocabulary", f"{c.d_vocab:,} tokens"),
        ("positions", positions),
        ("norm", f"{c.norm}{gain}{final}"),
        ("unembedding", tied),
    ]


def parameter_rows(c: "ModelConfig") -> list[list[str]]:
    """How many numbers each part has; they add up to the model's total."""
    from tui_transformer.engine import count_parameters, weight_shapes

    parts = dict.fromkeys(("embedding", "positions", "attention", "MLP", "norms", "unembedding"), 0)
    outside = {"W_E": "embedding", "W_pos": "positions", "W_U": "unembedding"}
    for name, shape in weight_shapes(c).items():
        last = name.rsplit(".", 1)[-1]
        if last in outside:
            part = outside[last]
        elif last.startswith("ln"):
            part = "norms"
        else:
            part = "MLP" if last[2:] in {"in", "gate", "out"} else "attention"
        parts[part] += prod(shape)
    rows = [[part, f"{count:,}"] for part, count in parts.items() if count]
    return [*rows, ["together", f"{count_parameters(c):,}"]]
