"""Run files made on the spot."""

from collections.abc import Sequence
from pathlib import Path

from tui_transformer.models import LoadedModel
from tui_transformer.sampling import SamplingSettings
from tui_transformer.session import Session
from tui_transformer.state import start_state
from tui_transformer.trace import LiveTrace, RecordedModel
from tui_transformer.trace.pack import save_run_file, take_run
from tui_transformer.trace.recorded import Detail, Origin
from tui_transformer.trace.unpack import read_recording

GREEDY = SamplingSettings(temperature=0.0)


def live(
    model: LoadedModel,
    prompt: str,
    count: int,
    sampling: SamplingSettings = GREEDY,
    seed: int = 0,
) -> tuple[Session, list[str]]:
    """A session after `count` generated tokens, and the text before and after each."""
    session = Session(lambda name: model)
    session.open(start_state(model, prompt=prompt, sampling=sampling, seed=seed))
    texts = [session.text]
    for _ in range(count):
        session.open(session.with_sample())
        texts.append(session.text)
    return session, texts


def write_runs(
    path: Path,
    model: LoadedModel,
    prompts: Sequence[str],
    count: int = 3,
    detail: Detail = "summary",
    *,
    half: bool = False,
    sampling: SamplingSettings = GREEDY,
    seed: int = 0,
) -> list[LiveTrace]:
    """Write a run file; the live traces of its runs."""
    runs, traces = [], []
    for prompt in prompts:
        session, texts = live(model, prompt, count, sampling, seed)
        runs.append(
            take_run(
                session.trace, prompt=prompt, prompt_length=session.prompt_length, texts=texts,
                sampling=sampling, seed=seed, detail=detail, half=half,
                target=model.target_after(session.ready.ids[: session.prompt_length]),
            )
        )  # fmt: skip
        assert isinstance(session.trace, LiveTrace)
        traces.append(session.trace)
    origin = Origin(model.card.display_name, "2026-01-02 03:04 UTC", "0.0", detail, half)
    save_run_file(path, model, runs, origin, overwrite=True)
    return traces


def read(path: Path) -> RecordedModel:
    """Open a run file."""
    return read_recording(path, str(path))
