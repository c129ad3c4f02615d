"""`tuitf generate`: the continuation of a text, token by token, on stdout."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from tui_transformer.cli import options, streams

if TYPE_CHECKING:
    from tui_transformer.session import Session

_ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but newline and tab, bidirectional controls, broken UTF-8."""


def generate(
    prompt: options.Prompt,
    model: options.Model = None,
    count: Annotated[
        int,
        typer.Option(
            "-n", "--count", metavar="N", parser=options.from_one, help="How many tokens."
        ),
    ] = 20,
    temperature: options.Temperature = 1.0,
    top_k: options.TopK = 0,
    top_p: options.TopP = 1.0,
    min_p: options.MinP = 0.0,
    seed: options.Seed = 0,
    past_context: options.PastContext = "stop",
) -> None:
    """Continue a text: the prompt and what follows, as it comes, and nothing else on stdout.

    It stops after N tokens, at the model's end-of-text token, or at the end of its context; what
    ended it early is said on stderr. With --past-context slide the oldest tokens are left out
    instead, an eighth of the context at a time, and the rest is run again. Special tokens are not
    printed.
    On a terminal, characters that act on one or cannot be seen are shown as stand-ins (ESC as ␛).
    In a pipe the text is as it is, but for control characters other than newline and tab,
    bidirectional controls and broken UTF-8: they are replaced there too, since what is in a pipe
    or a file may reach a terminal later.

    \b
    Examples:
      tuitf generate "the cat" -n 8
      tuitf generate "the cat sat" -m worked --temperature 0
    """
    from tui_transformer.cli.opening import opening
    from tui_transformer.errors import TuitfError
    from tui_transformer.sampling import SamplingSettings

    session, state = opening(
        model=model,
        prompt=prompt,
        sampling=SamplingSettings(temperature, top_k, top_p, min_p),
        seed=seed,
        past_context=past_context,
    )
    session.open(state)
    slid = _tell_slide(session, False)
    stops = session.model.stops
    ended = False
    safe = for_terminal if streams.on_terminal() else for_pipe
    done = _grow("", safe(settled(session.text)))
    made = 0
    try:
        while made < count and not ended and not session.context_full:
            session.commit(session.compute(session.with_sample()), remember=False)
            made += 1
            ended = session.state.generated[-1] in stops
            slid = _tell_slide(session, slid)
            done = _grow(done, safe(settled(session.text)))
        _grow(done, safe(session.text))
    except (KeyboardInterrupt, TuitfError):  # such as the end of what a run file holds
        streams.write("\n", flush=True)
        raise
    streams.write("\n", flush=True)
    if ended and made < count:
        last = session.model.labels[session.state.generated[-1]]
        streams.complain(f"the model ended the text with {last} after {made:,} of {count:,} tokens")
    elif made < count:
        streams.complain(
            f"the context is full: {session.model.card.name} reads at most "
            f"{session.model.config.n_ctx:,} tokens, so {made:,} of {count:,} were generated"
        )


def _tell_slide(session: "Session", told: bool) -> bool:
    """Say once that the window has begun to slide; whether it has been said."""
    if session.left_out and not told:
        streams.complain(
            f"the text outgrew the context of {session.model.config.n_ctx:,} tokens: the oldest "
            "are left out from here on"
        )
    return told or bool(session.left_out)


def _grow(done: str, text: str) -> str:
    """Print what is new in `text` after `done`."""
    if len(text) > len(done):
        streams.write(text[len(done) :], flush=True)
        return text
    return done


def settled(text: str) -> str:
    """The text without what the next token may still complete: U+FFFD at its end.

    A token may hold a part of a character's bytes; decoders show U+FFFD until the rest is there.
    """
    return text.rstrip("\ufffd")


def for_terminal(text: str) -> str:
    """Safe to print; line breaks stay. A longer text gives a longer result with the same start."""
    from tui_transformer.tokenizers import visible

    return "\n".join(visible(line) for line in text.split("\n"))


def for_pipe(text: str) -> str:
    """The text with stand-ins for what acts on a terminal; everything else is as it was."""
    from tui_transformer.tokenizers import visible

    return _ACTS.sub(lambda found: visible(found.group()), text)
