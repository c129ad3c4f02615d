"""A run for handing out: texts with what was generated after each, in one file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_transformer.cli import streams

if TYPE_CHECKING:
    from tui_transformer.models import LoadedModel
    from tui_transformer.sampling import SamplingSettings
    from tui_transformer.trace.recorded import Detail, Run

PROMPTS = (
    "The capital of France is",
    "The keys to the cabinet in the old house",
    "When Mary and John went to the store, John gave a drink to",
    "one two three four five one two three",
    "Question: Why is the sky blue? Answer:",
)
"""What is run where no text is given: a fact, an agreement over a distance, two names of which one
fits (Wang et al. 2022), a pattern that repeats, a question."""


def write_runs(
    path: Path,
    prompts: Sequence[str],
    *,
    model: str | None,
    count: int,
    sampling: "SamplingSettings",
    seed: int,
    detail: "Detail",
    half: bool,
    force: bool,
) -> None:
    """Run each text, generate after it, and write what the detail asks for.

    Raises:
        TuitfError: a text that the model cannot read, a file that cannot be written.
    """
    from datetime import UTC, datetime

    from tui_transformer import __version__
    from tui_transformer.models import DEFAULT_MODEL
    from tui_transformer.render.numbers import byte_size
    from tui_transformer.tokenizers import visible
    from tui_transformer.trace import open_model
    from tui_transformer.trace.pack import save_run_file
    from tui_transformer.trace.recorded import Origin, RecordedModel
    from tui_transformer.trace.save import check_free

    check_free(path, overwrite=force)
    loaded = open_model(model or DEFAULT_MODEL)
    if isinstance(loaded, RecordedModel):
        raise loaded.origin.lacks("more than it does; a file is not made from another")
    runs = []
    for n, prompt in enumerate(prompts):
        run = _run(loaded, prompt, count, sampling, seed, detail, half)
        runs.append(run)
        steps = len(run.ids) - run.prompt_length
        line = f"{n + 1} of {len(prompts)}: {visible(prompt)[:50]!r}, {_tokens(run.prompt_length)}"
        if count:
            line += f" and {steps:,} generated"
            line += f" of {count:,}: the text ended there" if steps < count else ""
        streams.write_lines([line])
        streams.write("", flush=True)
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    origin = Origin(loaded.card.display_name, now, __version__, detail, half)
    size = save_run_file(path, loaded, runs, origin, overwrite=force)
    texts = f"{len(runs)} text{'s' * (len(runs) != 1)}"
    streams.write_lines(
        [
            f"{visible(str(path))}: {texts}, {origin.holds}, {byte_size(size)}",
            f"open it, without the model, with: tuitf open {visible(_quoted(path))}",
        ]
    )


def _run(
    loaded: "LoadedModel", prompt: str, count: int, sampling: "SamplingSettings", seed: int,
    detail: "Detail", half: bool,
) -> "Run":  # fmt: skip
    """One text and what comes after it; it ends early at the context's end and the text's own."""
    from tui_transformer.session import Session
    from tui_transformer.state import start_state
    from tui_transformer.trace.pack import take_run

    session = Session(lambda name: loaded)
    session.open(start_state(loaded, prompt=prompt, sampling=sampling, seed=seed))
    texts = [session.text]
    while len(texts) <= count and not session.context_full:
        if session.state.generated and session.state.generated[-1] in loaded.stops:
            break
        session.commit(session.compute(session.with_sample()), remember=False)
        texts.append(session.text)
    return take_run(
        session.trace, prompt=prompt, prompt_length=session.prompt_length, texts=texts,
        sampling=sampling, seed=seed, detail=detail, half=half,
        target=loaded.target_after(session.ready.ids[: session.prompt_length]),
    )  # fmt: skip


def list_runs(runs: "Sequence[Run]", width: int) -> list[str]:
    """A line a text of a file, with what follows it."""
    from tui_transformer.render.lines import fit
    from tui_transformer.tokenizers import visible

    lines = []
    for n, run in enumerate(runs):
        steps = len(run.ids) - run.prompt_length
        tail = f"{_tokens(run.prompt_length)}, {steps:,} generated"
        room = max(10, width - len(tail) - 6)
        lines.append(f"  {n + 1} {fit(visible(run.prompt), room)} {tail}")
    return lines


def _tokens(count: int) -> str:
    return f"{count:,} token{'s' * (count != 1)}"


def _quoted(path: Path) -> str:
    from shlex import quote

    return quote(str(path))
