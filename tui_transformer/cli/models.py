"""`tuitf models`: the models at hand and those that can be had, and the card of one."""

from math import prod
from typing import TYPE_CHECKING

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_transformer.engine import ModelConfig
    from tui_transformer.models import LoadedModel
    from tui_transformer.models.catalogue import Entry
    from tui_transformer.models.hub import Downloaded, HubModel

_WORDS_MAX = 64


def models(name: options.ModelName = None) -> None:
    """List the models, or show the card of one.

    Those that are built in, those that were downloaded, and those that have a short name for
    `tuitf pull`. Every name of the first two, and the path of a folder, is good for -m.

    \b
    Examples:
      tuitf models
      tuitf models worked
    """
    from tui_transformer.models import entries, load_model
    from tui_transformer.models.hub import HUB_MODELS, downloaded, hub_model
    from tui_transformer.models.hub import find_downloaded as there

    width = streams.text_width()
    if name is None:
        found = tuple(downloaded())
        lines = ["built in", *list_lines(entries())]
        if found:
            lines += ["", "downloaded", *downloaded_lines(found, width)]
        missing = [m for m in HUB_MODELS if m.repo_id not in {d.repo_id for d in found}]
        lines += ["", "to be had with tuitf pull NAME", *hub_lines(missing)]
        streams.write_lines(lines)
        return
    known = hub_model(name)
    if known is not None and there(known.repo_id) is None and there(name) is None:
        streams.write_lines(hub_card_lines(known, width))
    else:
        streams.write_lines(card_lines(load_model(name), width))


def list_lines(found: "tuple[Entry, ...]") -> list[str]:
    """A row a model and under it what it is."""
    from tui_transformer.render.plain_table import table
    from tui_transformer.tokenizers import visible

    rows = [["name", "layers", "heads", "d_model", "context", "vocabulary", "parameters"]]
    for entry in found:
        c = entry.config
        numbers = (c.n_layers, c.n_heads, c.d_model, c.n_ctx, c.d_vocab, entry.parameters)
        rows.append([visible(entry.card.display_name), *(f"{number:,}" for number in numbers)])
    head, *lines = table(rows, "l" + "r" * 6)
    out = [head]
    for line, entry in zip(lines, found, strict=True):
        out += [line, f"    {visible(entry.card.summary)}"]
    return out


def downloaded_lines(found: "Iterable[Downloaded]", width: int) -> list[str]:
    """A row a model of the cache: its repository, short name and size on the disk."""
    from tui_transformer.models.hub import hub_model
    from tui_transformer.render.plain_table import short, table
    from tui_transformer.tokenizers import visible

    rows = [["name", "short name", "size", "licence"]]
    for model in found:
        known = hub_model(model.repo_id)
        rows.append(
            [
                short(visible(model.repo_id), width - 42),
                known.name if known is not None else "",
                _size(model.bytes),
                known.licence if known is not None else "",
            ]
        )
    return table(rows, "llrl")


def hub_lines(found: "Iterable[HubModel]") -> list[str]:
    """A row a model that has a short name: what it takes, its licence, what it is."""
    from tui_transformer.render.plain_table import table

    rows = [["name", "size", "licence", "what it is"]]
    rows += [[m.name, f"{m.megabytes:,} MB", m.licence, m.summary] for m in found]
    return table(rows, "lrll") if len(rows) > 1 else ["  all of them are downloaded"]


def _size(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"


def hub_card_lines(model: "HubModel", width: int) -> list[str]:
    """What is known about a model before it is downloaded."""
    from tui_transformer.render.lines import wrap
    from tui_transformer.render.plain_table import table

    facts = [
        ("repository", model.repo_id),
        ("download", f"about {model.megabytes:,} MB"),
        ("licence", model.licence),
    ]
    lines = [f"{model.name} · {model.summary}", "", *table(facts, "ll"), ""]
    return lines + wrap(f"It is not downloaded yet: tuitf pull {model.name}", width)


def card_lines(model: "LoadedModel", width: int) -> list[str]:
    """What a person should know about a model before they trust its numbers."""
    from tui_transformer.render.lines import wrap
    from tui_transformer.render.plain_table import table
    from tui_transformer.tokenizers import visible

    card, c = model.card, model.config
    lines = [f"{visible(card.display_name)} · {visible(card.summary)}", ""]
    lines += wrap(visible(card.description), width)
    if card.source:
        lines += ["", *wrap(f"source: {visible(card.source)}", width)]
    for note in model.notes:
        lines += ["", *wrap(f"note: {visible(note)}", width)]
    lines += ["", *table(facts(c), "ll")]
    if model.stops:
        ends = ", ".join(model.labels[t] for t in sorted(model.stops) if t < c.d_vocab)
        lines += [f"  {line}" for line in wrap(f"ends a text with: {ends}", width - 2)]
    if card.prompt:
        lines += ["", f"  opens with: {visible(card.prompt)}"]
    if c.d_vocab <= _WORDS_MAX:
        words = " ".join(model.labels)
        lines += [f"  {line}" for line in wrap(f"knows: {words}", width - 2)]
    parts = [["part", "parameters"], *parameter_rows(c)]
    return [*lines, "", *table(parts, "lr")]


def facts(c: "ModelConfig") -> list[tuple[str, str]]:
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
        ("d_mlp", f"{c.d_mlp:,}, {c.act_fn}{gate}"),
        ("context", f"{c.n_ctx:,} tokens{reach}"),
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
        elif last.startswith("ln") or "_norm_" in last:
            part = "norms"
        else:
            part = "MLP" if last[2:] in {"in", "gate", "out"} else "attention"
        parts[part] += prod(shape)
    rows = [[part, f"{count:,}"] for part, count in parts.items() if count]
    return [*rows, ["together", f"{count_parameters(c):,}"]]
