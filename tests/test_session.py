"""The one state: how it changes, how it is written down, and that the screen follows from it."""

import json
import shlex
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib import import_module
from math import inf, nan

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tui_transformer.cli.opening import opening, token_ids
from tui_transformer.engine import forward
from tui_transformer.errors import Cancelled, InputError, TuitfError
from tui_transformer.models import LoadedModel, load_model
from tui_transformer.sampling import MAX_TEMPERATURE, SamplingSettings
from tui_transformer.session import Session, SessionState, prompt_ids, start_state
from tui_transformer.walkthrough import Cursor, cursor_at, exhibit, walk

TOY, WORKED = load_model("toy"), load_model("worked")


def opened(model: str = "toy", prompt: str = "the cat sat on", **changes: object) -> Session:
    session = Session()
    session.open(SessionState(model=model, prompt=prompt, **changes))  # type: ignore[arg-type]
    return session


samplings = st.builds(
    SamplingSettings,
    temperature=st.one_of(st.just(0.0), st.floats(0, MAX_TEMPERATURE)),
    top_k=st.integers(0, 40),
    top_p=st.floats(0, 1, exclude_min=True),
    min_p=st.floats(0, 1),
)
cursors = st.builds(
    Cursor,
    step=st.sampled_from([step.name for step in walk(TOY.config)]),
    head=st.integers(0, 1),
    token=st.none() | st.integers(0, 7),
    column=st.integers(0, 40),
    tensor=st.sampled_from(["", "blocks.0.attn.pattern", "blocks.0.attn.v", "logits", "x"]),
)
states = st.builds(
    SessionState,
    model=st.sampled_from(["toy", "worked"]) | st.text(max_size=8),
    prompt=st.text(max_size=30),
    generated=st.lists(st.integers(0, 31), max_size=5).map(tuple),
    seed=st.integers(0, 2**70),
    sampling=samplings,
    cursor=cursors,
)


@given(states)
def test_a_state_is_read_back_as_it_was_written(state: SessionState) -> None:
    text = state.to_json()
    assert "\n" not in text
    assert SessionState.from_json(text) == state


broken = st.one_of(
    st.text(max_size=30),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=6,
    ).map(json.dumps),
    st.sampled_from(
        [
            "{",
            "NaN",
            '{"generated": [1e400]}',
            '{"generated": [null]}',
            '{"generated": "12"}',
            '{"generated": [1.5]}',
            '{"generated": 3}',
            '{"prompt": 7}',
            '{"model": null}',
            '{"seed": "1"}',
            '{"seed": -1}',
            '{"seed": 1.5}',
            '{"seed": true}',
            '{"sampling": {"temperature": 1' + "0" * 400 + "}}",
            '{"sampling": {"temperature": NaN}}',
            '{"sampling": {"top_k": 1.5}}',
            '{"sampling": {"top_p": "a"}}',
            '{"sampling": {"hot": 1}}',
            '{"sampling": 5}',
            '{"cursor": {"token": "last"}}',
            '{"cursor": {"head": 1.5}}',
            '{"cursor": {"column": null}}',
            '{"cursor": {"step": 3}}',
            '{"cursor": {"where": 3}}',
            '{"cursor": null}',
            '{"more": 1}',
        ]
    ),
)


@given(broken)
@settings(max_examples=200)
def test_what_is_no_state_is_refused(text: str) -> None:
    try:
        state = SessionState.from_json(text)
    except TuitfError:
        return
    assert SessionState.from_json(state.to_json()) == state
    assert isinstance(state.prompt, str)
    assert isinstance(state.model, str)
    assert type(state.seed) is int
    assert state.seed >= 0
    assert all(type(token) is int for token in state.generated)


def test_what_is_too_deep_or_too_long_is_refused() -> None:
    for text in ("[" * 100_000, "5" * 5000, '{"seed":' * 50_000):
        with pytest.raises(TuitfError):
            SessionState.from_json(text)


@given(states, st.data())
def test_one_field_of_another_type_is_refused(state: SessionState, data: st.DataObject) -> None:
    fields = asdict(state)
    inside = data.draw(st.sampled_from([fields, fields["sampling"], fields["cursor"]]))
    name = data.draw(st.sampled_from(sorted(inside)))
    inside[name] = data.draw(st.sampled_from([{"a": 1}, [[]], 1.5, True, "x"]))
    if isinstance(inside[name], str):
        assume(name not in {"model", "prompt", "step", "tensor"})
    if isinstance(inside[name], float):
        assume(name not in {"temperature", "top_p", "min_p"})
    with pytest.raises(TuitfError):
        SessionState.from_json(json.dumps(fields))


@pytest.mark.parametrize("value", [nan, inf, -1.0, MAX_TEMPERATURE + 0.1])
def test_settings_out_of_range_are_refused_in_a_saved_state_too(value: float) -> None:
    text = json.dumps({"sampling": {"temperature": value}})
    with pytest.raises(TuitfError):
        SessionState.from_json(text)


def numbers(session: Session) -> list[np.ndarray]:
    """Everything numeric that a screen can show."""
    out = [session.trace.tensor(name) for name in session.trace.names()]
    out += [session.distribution_at(-1).probs, session.distribution_at(session.row).probs]
    draw = session.next_draw()
    return [*out, np.array([draw.token, draw.u or 0.0, draw.low, draw.high])]


@given(
    generated=st.lists(st.integers(0, 31), max_size=6).map(tuple),
    seed=st.integers(0, 10**30),
    sampling=samplings,
    cursor=cursors,
    words=st.lists(st.sampled_from(["the", "cat", "'", '"', "$x", "-p", "a b", "…"]), min_size=1),
)
@settings(max_examples=40)
def test_the_command_line_gives_the_same_state_and_the_same_numbers(
    generated: tuple[int, ...],
    seed: int,
    sampling: SamplingSettings,
    cursor: Cursor,
    words: list[str],
) -> None:
    session = Session()
    prompt = " ".join(words[:6])
    cursor = replace(cursor, tensor=cursor.tensor if cursor.tensor != "x" else "")
    state = SessionState("toy", prompt, generated, seed, sampling, cursor)
    session.open(state)
    program, *parts = shlex.split(session.command())
    assert program == "tuitf"
    given_as = dict(zip(parts[::2], parts[1::2], strict=True))
    again, wanted = opening(
        model=given_as["-m"],
        prompt=given_as["-p"],
        sampling=SamplingSettings(
            float(given_as.get("--temperature", 1)),
            int(given_as.get("--top-k", 0)),
            float(given_as.get("--top-p", 1)),
            float(given_as.get("--min-p", 0)),
        ),
        seed=int(given_as.get("--seed", 0)),
        append=given_as.get("--append", ""),
        at=given_as["--at"],
    )
    assert token_ids(given_as.get("--append", "")) == generated
    again.open(wanted)
    found, was = again.state, session.state
    assert replace(found, cursor=Cursor()) == replace(was, cursor=Cursor())
    place = was.cursor.place(TOY.config, session.trace.length)
    assert found.cursor.place(TOY.config, again.trace.length) == place
    assert found.cursor.row(again.trace.length) == was.cursor.row(session.trace.length)
    for a, b in zip(numbers(again), numbers(session), strict=True):
        assert np.allclose(a, b, atol=1e-5)


def test_a_state_is_ready_only_when_it_is_committed() -> None:
    session = Session()
    assert not session.is_open
    with pytest.raises(RuntimeError):
        _ = session.state
    ready = session.compute(start_state(TOY))
    assert not session.is_open
    session.commit(ready)
    assert session.is_open
    assert session.trace is ready.trace
    assert session.before() is None


def test_the_pass_is_that_of_the_engine() -> None:
    session = opened("worked")
    logits = forward(session.trace.ids, WORKED.weights, WORKED.config)
    assert np.allclose(session.trace.tensor("logits"), logits, atol=1e-6)
    assert session.tokens == ("the", "cat", "sat", "on")
    assert session.text == "the cat sat on"
    assert session.step_number == (1, len(walk(WORKED.config)))
    assert session.context_full


def test_sampling_take_back_and_undo() -> None:
    session = opened(seed=4)
    first = session.state
    for n in range(6):
        draw = session.next_draw()
        session.open(session.with_sample())
        assert session.state.generated[-1] == draw.token
        assert session.trace.length == 4 + n + 1
        assert session.trace.ids[-1] == draw.token
        assert session.draw_at(n) == draw
        fresh = forward(session.trace.ids, TOY.weights, TOY.config)
        assert np.allclose(session.trace.tensor("logits"), fresh, atol=1e-5)
    drawn = session.state.generated
    for _ in range(6):
        session.open(session.without_last())
    assert not session.state.generated
    with pytest.raises(InputError):
        session.without_last()
    for token in drawn:
        session.open(session.with_sample())
        assert session.state.generated[-1] == token  # taking back and drawing again: the same
    seen = []
    while (before := session.before()) is not None:
        seen.append(before.state.generated)
        session.commit(session.compute(before.state), undo=before)
    assert len(seen) == 18
    assert session.state == first


def test_seeds_decide() -> None:
    def run(seed: int, sampling: SamplingSettings) -> tuple[int, ...]:
        session = opened(seed=seed, sampling=sampling)
        for _ in range(8):
            session.open(session.with_sample())
        return session.state.generated

    warm = SamplingSettings()
    assert run(1, warm) == run(1, warm)
    assert len({run(seed, warm) for seed in range(5)}) == 5
    greedy = SamplingSettings(temperature=0)
    assert run(1, greedy) == run(2, greedy)


def test_settings_and_seed_change_the_draw_and_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened()
    trace = session.trace
    monkeypatch.setattr(import_module("tui_transformer.trace.stream"), "forward", None)
    before = session.distribution_at(-1).probs.copy()
    session.set_sampling(SamplingSettings(temperature=0.5, top_k=3))
    dist = session.distribution_at(-1)
    assert dist.kept == 3
    assert not np.array_equal(dist.probs, before)
    session.set_sampling(session.state.sampling)
    session.set_seed(9)
    assert session.state.seed == 9
    assert session.trace is trace
    undone = session.before()
    assert undone is not None
    session.commit(session.compute(undone.state), undo=undone)
    assert session.state.seed == 0
    undone = session.before()
    assert undone is not None
    assert undone.state.sampling == SamplingSettings()
    assert session.before(undone) is None  # the same settings again were no change


def test_an_undo_that_fails_can_be_tried_again() -> None:
    session = opened()
    session.open(session.with_prompt("a dog"))
    undo = session.before()
    assert undo is not None
    with pytest.raises(Cancelled):
        session.compute(undo.state, lambda: True)
    assert session.before() == undo
    session.set_seed(3)  # while the undo is on its way
    session.commit(session.compute(undo.state), undo=undo)
    assert session.state == undo.state
    assert session.before() is None


def test_the_context_ends() -> None:
    session = opened(prompt="the " * 31)
    session.open(session.with_sample())
    assert session.context_full
    with pytest.raises(InputError, match="context is full"):
        session.with_sample()
    assert session.next_draw().token in range(32)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (SessionState("worked", "the cat flew"), "flew"),
        (SessionState("worked", "the cat sat on the"), "reads at most 4"),
        (SessionState("worked", "   "), "empty"),
        (SessionState("nothing", "the"), "no model called"),
        (SessionState("toy", "the", (99,)), "99"),
        (SessionState("toy", "the", cursor=Cursor("nowhere")), "nowhere"),
    ],
)
def test_a_state_that_cannot_be_leaves_the_session_as_it_was(
    wanted: SessionState, words: str
) -> None:
    session = opened()
    before = session.ready
    with pytest.raises(TuitfError, match=words):
        session.open(wanted)
    assert session.ready is before
    assert session.before() is None


def after(calls: int) -> Callable[[], bool]:
    left = iter(range(calls))
    return lambda: next(left, None) is None


@pytest.mark.parametrize("calls", [0, 1, 5, 12])
def test_a_computation_can_be_cancelled(calls: int) -> None:
    session = opened()
    with pytest.raises(Cancelled):
        session.compute(session.with_prompt("a dog ran"), after(calls))
    with pytest.raises(Cancelled):
        session.compute(session.with_sample(), after(calls))
    session.open(session.with_sample())
    fresh = forward(session.trace.ids, TOY.weights, TOY.config)
    assert np.allclose(session.trace.tensor("logits"), fresh, atol=1e-5)


def test_only_the_rows_that_are_new_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened()
    rows: list[int] = []

    def counted(ids: tuple[int, ...], *args: object, **kwargs: object) -> object:
        rows.append(len(ids))
        return forward(ids, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(import_module("tui_transformer.trace.stream"), "forward", counted)
    session.open(session.with_sample())
    session.open(session.with_prompt("the cat ran"))
    session.open(session.without_last() if session.state.generated else session.state)
    session.open(session.with_prompt("a"))
    assert rows == [1, 1, 1]  # one more token; another third word; another first word


def test_the_cursor_stays_inside_what_there_is() -> None:
    session = opened(prompt="the cat sat on")
    session.point(Cursor("blocks.0.softmax", head=99, token=99, column=99))
    assert session.cursor == Cursor("blocks.0.softmax", head=1, token=None, column=3)
    session.point(Cursor("blocks.0.softmax", head=-1, token=-5, column=-1))
    assert session.cursor == Cursor("blocks.0.softmax", head=0, token=0, column=0)
    session.point(Cursor("unembed", column=31))
    session.open(session.with_model("worked"))
    assert session.cursor == Cursor()
    session.point(Cursor("blocks.0.qkv", tensor="logits"))
    assert session.cursor.tensor == ""


@given(cursors, st.integers(1, 6))
def test_every_cursor_stands_on_a_cell(cursor: Cursor, length: int) -> None:
    session = opened(prompt="the " * length)
    session.point(cursor)
    held = session.cursor
    for name in session.step.shows(TOY.config):
        shown = exhibit(session.trace, name, held.head, session.tokens, TOY.labels)
        if (held.tensor or session.step.shows(TOY.config)[0]) == name:
            rows, columns = shown.values.shape
            assert session.row < rows
            assert held.column < columns
    session.point(held)
    assert session.cursor == held


def test_another_prompt_starts_over_and_another_model_too() -> None:
    session = opened()
    session.open(session.with_sample())
    session.point(replace(session.cursor, step="blocks.0.mask", token=1))
    wanted = session.with_prompt("a dog")
    assert (wanted.prompt, wanted.generated, wanted.cursor.token) == ("a dog", (), None)
    assert wanted.cursor.step == "blocks.0.mask"
    wanted = session.with_model("worked", "the dog")
    assert (wanted.model, wanted.prompt, wanted.cursor) == ("worked", "the dog", Cursor())
    assert session.with_token(3).generated[-1] == 3


def test_start_states() -> None:
    assert start_state(TOY).prompt == TOY.card.prompt
    assert start_state(TOY, prompt="").prompt == ""
    state = start_state(TOY, at="blocks.0.attn.k[1,2,3]", seed=3, generated=[1])
    assert state.cursor == cursor_at("blocks.0.attn.k[1,2,3]", TOY.config)
    assert (state.seed, state.generated) == (3, (1,))
    with pytest.raises(InputError):
        start_state(TOY, at="blocks.7.softmax")


def test_an_empty_prompt_starts_from_the_token_for_it() -> None:
    class WithBos:
        bos = 5
        size = 32

        def encode(self, text: str) -> tuple[int, ...]:
            return tuple(int(part) for part in text.split())

        def decode(self, ids: object) -> str:
            return str(ids)

        def label(self, token: int) -> str:
            return str(token)

    model = LoadedModel(TOY.card, TOY.config, TOY.weights, WithBos(), TOY.labels)
    assert prompt_ids(model, "") == (5,)
    assert prompt_ids(model, "7 8") == (7, 8)


def test_the_history_has_an_end() -> None:
    session = opened()
    for seed in range(1, 301):
        session.set_seed(seed)
    count, undo = 0, session.before()
    while undo is not None:
        count, undo = count + 1, session.before(undo)
    assert count == 200
