"""`tuitf trace`: every named tensor of a pass as a safetensors file."""

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from tui_transformer.engine import ModelConfig
    from tui_transformer.session import Session


def trace(
    prompt: Annotated[
        str | None,
        typer.Argument(metavar="[PROMPT]", help="The text to run; --list does without."),
    ] = None,
    model: options.Model = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="The file to write."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="GLOB", help="Only tensors whose name fits; can be repeated."
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Name the tensors and write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if it is there already.")
    ] = False,
    past_context: options.PastContext = "stop",
) -> None:
    """Write the named tensors of a pass to a safetensors file.

    NumPy, PyTorch and everything else that reads safetensors can use it. The file's metadata holds,
    as JSON in text: config, model, text, tokens, ids, names, axes and versions. The file appears
    when it is whole, or not at all.

    Each head's own part of the output, attn.result, is large and written only where --only names
    it.

    \b
    Examples:
      tuitf trace --list -m worked
      tuitf trace "the cat sat on" -o cat.safetensors
      tuitf trace "the cat sat on" --only 'blocks.*.attn.pattern' -o patterns.safetensors
    """  # fmt: skip
    from tui_transformer.errors import InputError
    from tui_transformer.models import DEFAULT_MODEL, load_model
    from tui_transformer.trace.save import check_free, chosen_names, save_trace

    globs = only or []
    if listed and prompt is None:
        config = load_model(model or DEFAULT_MODEL).config
        streams.write_lines(list_lines(config, chosen_names(config, globs), None))
        return
    if prompt is None:
        raise InputError("there is nothing to run: give a text, or --list")
    if output is None and not listed:
        raise InputError("there is no file to write to: give one with -o, or use --list")
    from tui_transformer.cli.opening import opening
    from tui_transformer.sampling import SamplingSettings

    if output is not None and not listed:
        check_free(Path(output), overwrite=force)
    session, state = opening(
        model=model, prompt=prompt, sampling=SamplingSettings(), seed=0, past_context=past_context
    )
    session.open(state)
    config = session.model.config
    names = chosen_names(config, globs)
    if listed or output is None:
        streams.write_lines(list_lines(config, names, session.trace.length))
        return
    size = save_trace(session.trace, Path(output), names, metadata(session), overwrite=force)
    from tui_transformer.tokenizers import visible

    streams.write_lines([f"{visible(output)}: {_count(names)}, {megabytes(size)}"])


def _count(names: tuple[str, ...]) -> str:
    return f"{len(names):,} tensor{'s' * (len(names) != 1)}"


def megabytes(size: int) -> str:
    """`1.2 kB`, `53.0 MB`."""
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"


def list_lines(config: "ModelConfig", names: tuple[str, ...], length: int | None) -> list[str]:
    """A line a tensor: its name, its axes and, for a text, its shape."""
    from tui_transformer.engine.names import axes_of
    from tui_transformer.render.plain_table import table
    from tui_transformer.trace import shape_of
    from tui_transformer.trace.save import saved_bytes

    rows = []
    for name in names:
        axes = ["1" if axis == "one" else axis for axis in axes_of(name)]
        shape = [f"{n:,}" for n in shape_of(name, config, length or 1)]
        if length is None:  # without a text, what depends on its length has no number
            shape = [a if a.endswith("pos") else n for a, n in zip(axes, shape, strict=True)]
        rows.append([name, " × ".join(axes), " × ".join(shape)])
    lines = table(rows, "lll", indent=0)
    if length is None:
        return lines
    size = saved_bytes(names, config, length)
    return [*lines, f"{_count(names)}, {megabytes(size)} as float32"]


def metadata(session: "Session") -> dict[str, str]:
    """What a reader of the file needs to know, as text."""
    import numpy as np
    import safetensors

    from tui_transformer import __version__
    from tui_transformer.tokenizers import visible

    versions = {
        "tuitf": __version__,
        "numpy": np.__version__,
        "safetensors": str(safetensors.__version__),
        "python": platform.python_version(),
    }
    return {
        "format": "tuitf-trace-1",
        "model": visible(session.model.card.display_name),
        "config": json.dumps(asdict(session.model.config)),
        "text": json.dumps(session.text),
        "tokens": json.dumps(list(session.tokens)),
        "ids": json.dumps(list(session.trace.ids)),
        "left_out": str(session.left_out),
        "versions": json.dumps(versions),
    }
