"""`tuitf models`: the models at hand and those that can be had, and the card of one."""

from typing import TYPE_CHECKING, Any

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_transformer.models.catalogue import Entry
    from tui_transformer.models.hub import Downloaded, HubModel


def models(name: options.ModelName = None, form: options.Form = options.Format.TEXT) -> None:
    """List the models, or show the card of one.

    Those that are built in, those that were downloaded, and those that have a short name for
    `tuitf pull`. Every name of the first two, and the path of a folder, is good for -m. A card
    tells the shape, how the model was made, what was measured of it, and its limits.

    \b
    Examples:
      tuitf models
      tuitf models copy
      tuitf models toy --format json
    """
    as_json = form is options.Format.JSON
    if name is None:
        _list(as_json)
    else:
        _card(name, as_json)


def _list(as_json: bool) -> None:
    """Every model that there is, and that there could be."""
    from tui_transformer.models import entries
    from tui_transformer.models.hub import HUB_MODELS, downloaded

    found = tuple(downloaded())
    missing = [m for m in HUB_MODELS if m.repo_id not in {d.repo_id for d in found}]
    if as_json:
        from tui_transformer.render.plain_card import card_json

        streams.write_json(
            {
                "built_in": [card_json(entry.card, entry.config) for entry in entries()],
                "downloaded": [{"name": d.repo_id, "bytes": d.bytes} for d in found],
                "to_be_had": [_hub_json(m) for m in missing],
            }
        )
        return
    width = streams.text_width()
    lines = ["built in", *list_lines(entries(), width)]
    if found:
        lines += ["", "downloaded", *downloaded_lines(found, width)]
    streams.write_lines([*lines, "", "to be had with tuitf pull NAME", *hub_lines(missing)])


def _card(name: str, as_json: bool) -> None:
    """What there is to know about one model."""
    from tui_transformer.models.hub import find_downloaded as there
    from tui_transformer.models.hub import hub_model
    from tui_transformer.render.plain_card import card_json, opened_lines
    from tui_transformer.trace import open_model

    known = hub_model(name)
    if known is not None and there(known.repo_id) is None and there(name) is None:
        if as_json:
            streams.write_json(_hub_json(known))
        else:
            streams.write_lines(hub_card_lines(known, streams.text_width()))
        return
    model = open_model(name)
    if as_json:
        streams.write_json(card_json(model.card, model.config) | {"notes": list(model.notes)})
    else:
        streams.write_lines(opened_lines(model, streams.text_width()))


def _hub_json(model: "HubModel") -> dict[str, Any]:
    return {
        "name": model.name, "repository": model.repo_id, "megabytes": model.megabytes,
        "licence": model.licence, "summary": model.summary, "downloaded": False,
    }  # fmt: skip


def list_lines(found: "Iterable[Entry]", width: int) -> list[str]:
    """A row a model; what it is is cut where there is no room, the card has it whole."""
    from tui_transformer.render.plain_table import columns_of, short, table
    from tui_transformer.tokenizers import visible

    rows = [["name", "parameters", "layers", "heads", "what it is"]]
    for entry in found:
        c = entry.config
        numbers = (entry.parameters, c.n_layers, c.n_heads)
        shown = [visible(entry.card.display_name), *(f"{number:,}" for number in numbers)]
        rows.append([*shown, visible(entry.card.summary)])
    room = max(20, width - 2 - sum(2 + wide for wide in columns_of(rows)[:-1]))
    return table([[*row[:-1], short(row[-1], room)] for row in rows], "lrrrl")


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
