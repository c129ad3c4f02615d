"""`tuitf trace`: a run to hand out, or every named tensor of a pass as a safetensors file."""

import json
import platform
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from tui_transformer.engine import ModelConfig
    from tui_transformer.session import PastContext, Session

_OF_RUNS = {
    "count", "detail", "half", "temperature", "top_k", "top_p", "min_p", "seed",
}  # fmt: skip


class Detail(StrEnum):
    """How much of a run is kept."""

    SUMMARY = "summary"
    ATTENTION = "attention"
    FULL = "full"


def trace(
    context: typer.Context,
    prompts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROMPT]...", help="The texts to run; five chosen ones for a run file."
        ),
    ] = None,
    model: options.Model = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="The file: .tuitf or safetensors."),
    ] = None,
    count: Annotated[
        int,
        typer.Option(
            "-n",
            "--count",
            metavar="N",
            parser=options.from_zero,
            help="Tokens to generate after each text.",
        ),
    ] = 0,
    detail: Annotated[
        Detail, typer.Option("--detail", help="What a run file holds of each pass.")
    ] = Detail.SUMMARY,
    half: Annotated[
        bool, typer.Option("--half", help="Round its tensors to half precision.")
    ] = False,
    temperature: Annotated[
        float,
        typer.Option("--temperature", metavar="T", parser=options.number, help="0 is greedy."),
    ] = 0.0,
    top_k: options.TopK = 0,
    top_p: options.TopP = 1.0,
    min_p: options.MinP = 0.0,
    seed: options.Seed = 0,
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
    """Write a run to hand out (FILE.tuitf), or the named tensors of a pass (safetensors).

    A run file holds texts with N tokens generated after each, for `tuitf open`, which steps through
    it without the model. --detail says what it holds of each pass: summary the tokens, the lengths
    of the residual stream and the likeliest tokens after each position; attention the attention
    patterns too; full every tensor and all logits. With a model of GPT-2's size a text of 44 tokens
    takes some 22 kB, 0.5 MB and 39 MB; five of 12 tokens with 20 generated after each 0.1, 1.5 and
    139 MB. Generating is greedy unless --temperature says otherwise. The numbers are those of the
    pass, in single precision; --half rounds the tensors, to about half the size, and then the
    screen says so.

    Any other name gets the named tensors of one pass as safetensors, which NumPy, PyTorch and
    others read. Its metadata holds, as JSON in text: config, model, text, tokens, ids, names, axes
    and versions. Each head's own part of the output, attn.result, is large and written only where
    --only names it. A file appears when it is whole, or not at all.

    \b
    Examples:
      tuitf trace "the cat sat on" "the dog ran to" -n 8 -o run.tuitf
      tuitf trace -m gpt2 -n 20 -o gpt2.tuitf
      tuitf trace "the cat sat on" --detail full -o run.tuitf
      tuitf trace --list -m worked
      tuitf trace "the cat sat on" --only 'blocks.*.attn.pattern' -o patterns.safetensors
    """  # fmt: skip
    from tui_transformer.errors import InputError
    from tui_transformer.sampling import SamplingSettings
    from tui_transformer.trace.pack import SUFFIX

    if output is not None and Path(output).suffix == SUFFIX and not listed:
        from tui_transformer.cli.run_file import PROMPTS, write_runs

        if only:
            raise InputError("--only chooses tensors of a safetensors file; here --detail does")
        if past_context != "stop":
            raise InputError("a run file holds no text that outgrows the context: leave "
                             "--past-context out")  # fmt: skip
        write_runs(
            Path(output), prompts or PROMPTS, model=model, count=count,
            sampling=SamplingSettings(temperature, top_k, top_p, min_p), seed=seed,
            detail=detail.value, half=half, force=force,
        )  # fmt: skip
        return
    _refuse_run_options(context)
    if prompts is not None and len(prompts) > 1:
        raise InputError(f"{len(prompts)} texts go into a run file only: -o FILE{SUFFIX}")
    prompt = prompts[0] if prompts else None
    _write_tensors(prompt, model, output, only or [], listed, force, past_context)


def _refuse_run_options(context: typer.Context) -> None:
    """What a safetensors file cannot heed."""
    from tui_transformer.errors import InputError

    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        given = source is not None and source.name == "COMMANDLINE"
        if given and parameter.name in _OF_RUNS:
            raise InputError(f"{parameter.opts[-1]} is for a run file: give one with -o FILE.tuitf")


def _write_tensors(
    prompt: str | None, model: str | None, output: str | None, globs: list[str], listed: bool,
    force: bool, past_context: "PastContext",
) -> None:  # fmt: skip
    from tui_transformer.errors import InputError
    from tui_transformer.models import DEFAULT_MODEL
    from tui_transformer.trace import open_model
    from tui_transformer.trace.save import check_free, chosen_names, save_trace

    if listed and prompt is None:
        config = open_model(model or DEFAULT_MODEL).config
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
    from tui_transformer.render.numbers import byte_size
    from tui_transformer.tokenizers import visible

    streams.write_lines([f"{visible(output)}: {_count(names)}, {byte_size(size)}"])


def _count(names: tuple[str, ...]) -> str:
    return f"{len(names):,} tensor{'s' * (len(names) != 1)}"


def list_lines(config: "ModelConfig", names: tuple[str, ...], length: int | None) -> list[str]:
    """A line a tensor: its name, its axes and, for a text, its shape."""
    from tui_transformer.engine.names import axes_of
    from tui_transformer.render.numbers import byte_size
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
    return [*lines, f"{_count(names)}, {byte_size(size)} as float32"]


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
