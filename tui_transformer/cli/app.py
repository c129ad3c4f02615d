"""The root command, `tuitf`: opens the screen, or says in plain text what it would have shown."""

import sys
from collections.abc import Sequence
from typing import Annotated, cast

import typer

from tui_transformer import __version__
from tui_transformer.cli import look, options, streams
from tui_transformer.cli.config import config
from tui_transformer.cli.doctor import doctor
from tui_transformer.cli.explain import explain
from tui_transformer.cli.generate import generate
from tui_transformer.cli.models import models
from tui_transformer.cli.open_file import open_file
from tui_transformer.cli.play import play
from tui_transformer.cli.present import present
from tui_transformer.cli.pull import pull
from tui_transformer.cli.record import record
from tui_transformer.cli.trace import trace
from tui_transformer.cli.train import train
from tui_transformer.errors import TuitfError

PROGRAM = "tuitf"

app = typer.Typer(
    name=PROGRAM,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# The class that click's errors share, by the one of them that every version of typer exports.
_ClickError = cast(type[Exception], typer.BadParameter.__mro__[2])


def _version(wanted: bool) -> None:
    if wanted:
        streams.write(f"{PROGRAM} {__version__}\n")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    help=f"""Watch a transformer think: every number on screen is computed in this run.

    Without a command it opens the screen, on a prompt already walked.

    \b
    Examples:
      {PROGRAM}
      {PROGRAM} -m worked
      {PROGRAM} -p "the dog ran to" --temperature 0.8 --top-k 5 --seed 7
      {PROGRAM} --at "blocks.0.attn.pattern[head=1,3,0]"
      {PROGRAM} generate "the cat" -n 8
      {PROGRAM} explain "the cat sat on" -m worked --stage softmax
      {PROGRAM} --color 256 --glyphs ascii --theme light
      {PROGRAM} doctor
      {PROGRAM} trace "the cat sat on" -n 8 -o run.tuitf
      {PROGRAM} open run.tuitf
      {PROGRAM} models
      {PROGRAM} pull gpt2
      {PROGRAM} train --corpus toy -o my-toy
      {PROGRAM} record demos/worked.tape -o worked.cast
      {PROGRAM} play worked.cast

    Without a terminal, and with TERM=dumb, it prints plain text.
    """,
)
def root(
    context: typer.Context,
    prompt: Annotated[
        str | None,
        typer.Option("-p", "--prompt", metavar="PROMPT", help="The text; else the model's own."),
    ] = None,
    model: options.Model = None,
    temperature: options.Temperature = 1.0,
    top_k: options.TopK = 0,
    top_p: options.TopP = 1.0,
    min_p: options.MinP = 0.0,
    seed: options.Seed = 0,
    append: options.Append = "",
    at: options.At = None,
    past_context: options.PastContext = "stop",
    color: look.Color = None,
    glyphs: look.Glyphs = None,
    no_mouse: look.NoMouse = False,
    low_bandwidth: look.LowBandwidth = False,
    theme: look.Theme = None,
    cells: look.Cells = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Open the screen."""
    if context.invoked_subcommand is not None:
        _refuse_before_command(context)
        return
    from tui_transformer.cli.opening import opening
    from tui_transformer.sampling import SamplingSettings

    session, state = opening(
        model=model,
        prompt=prompt,
        sampling=SamplingSettings(temperature, top_k, top_p, min_p),
        seed=seed,
        append=append,
        at=at,
        past_context=past_context,
    )
    how = look.look_of(color, glyphs, no_mouse, low_bandwidth, theme, cells)
    present(session, state, at, look=how)


def _refuse_before_command(context: typer.Context) -> None:
    """Options of the screen before a command would be lost; say so."""
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"{parameter.opts[-1]} belongs after {context.invoked_subcommand!r}, not before it",
                ctx=context,
            )


app.command("generate")(generate)
app.command("explain")(explain)
app.command("trace")(trace)
app.command("open")(look.drawn(open_file))
app.command("models")(models)
app.command("pull")(pull)
app.command("train")(look.drawn(train))
app.command("record")(look.drawn(record))
app.command("play")(look.drawn(play, but={"theme", "cells", "low_bandwidth"}))
app.command("config")(config)
app.command("doctor")(doctor)
COMMANDS = (
    "generate", "explain", "trace", "open", "models", "pull", "train", "record", "play", "config",
    "doctor",
)  # fmt: skip


def run(args: Sequence[str] | None) -> int:
    """Run the command line; what the user can mend becomes one line on stderr."""
    streams.prepare()
    given = sys.argv[1:] if args is None else list(args)
    command = typer.main.get_command(app)
    try:
        code = command.main(args=given, prog_name=PROGRAM, standalone_mode=False)
        streams.write("", flush=True)
        return code if isinstance(code, int) else 0
    except streams.OutputClosed:
        return 141
    except TuitfError as error:
        streams.complain(str(error))
        return 2
    except typer.Abort:
        return 130
    except _ClickError as error:
        streams.complain(_one_line(error, given))
        return 2


def _one_line(error: Exception, args: Sequence[str]) -> str:
    """A usage error as one sentence and the way to help."""
    message = str(error.format_message())  # type: ignore[attr-defined]
    message = message.removeprefix("Invalid value: ").replace("Value error, ", "")
    message = message[:1].lower() + message[1:]
    context = getattr(error, "ctx", None)
    if context is not None:
        path = context.command_path
    else:  # raised while reading the options of a command
        command = next((arg for arg in args if arg in COMMANDS), None)
        path = f"{PROGRAM} {command}" if command else PROGRAM
    return f"{message.rstrip('. ')}; try '{path} --help'"
