"""A text that outgrows the context: what is left out follows from its length alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.support import byte_model
from tui_transformer.errors import InputError, TuitfError
from tui_transformer.session import Session
from tui_transformer.state import SessionState, fit_context, start_state
from tui_transformer.trace import record


@given(st.integers(1, 40), st.integers(1, 120), st.booleans())
def test_the_window_holds_the_last_tokens(n_ctx: int, length: int, bos: bool) -> None:
    model = byte_model(n_ctx=n_ctx, bos=7 if bos else None)
    ids = [7, *(n % 200 + 20 for n in range(length - 1))]
    window = fit_context(ids, model, "slide")
    assert len(window.ids) == length - window.left_out
    assert 0 < len(window.ids) <= n_ctx
    if length <= n_ctx:
        assert (window.ids, window.left_out) == (tuple(ids), 0)
        assert fit_context(ids, model, "stop") == window
        return
    kept = int(bos and n_ctx > 1)
    assert window.kept_bos == bool(kept)
    assert window.ids[:kept] == tuple(ids[:kept])
    assert window.ids[kept:] == tuple(ids[kept + window.left_out :])
    step = max(1, n_ctx // 8)
    assert window.left_out - (length - n_ctx) < step
    with pytest.raises(InputError, match="slide"):
        fit_context(ids, model, "stop")


@pytest.mark.parametrize("bos", [None, 104])
def test_sampling_goes_on_in_the_window_that_slides(bos: int | None) -> None:
    model = byte_model(n_ctx=16, bos=bos)
    session = Session(lambda name: model)
    session.open(start_state(model, prompt="hello", past_context="slide"))
    for _ in range(40):
        before = session.trace
        assert not session.context_full
        wanted = session.with_sample()
        assert wanted.generated[-1] == session.next_draw().token
        session.commit(session.compute(wanted), remember=False)
        fresh = record(session.trace.ids, model.weights, model.config)
        np.testing.assert_allclose(
            session.trace.logits_at(-1), fresh.logits_at(-1), rtol=1e-4, atol=1e-4
        )
        ids = (*b"hello", *session.state.generated)
        assert session.left_out == len(ids) - session.trace.length
        assert session.trace.ids[-8:] == ids[-8:]
        assert session.text == model.tokenizer.decode(ids)
        kept = int(session.left_out > 0 and bos is not None)
        assert session.prompt_length == max(5 - session.left_out, kept)
        assert before.length <= 16
    again = Session(lambda name: model)
    again.open(SessionState.from_json(session.state.to_json()))
    assert again.trace.ids == session.trace.ids
    assert "--past-context slide" in session.command()


def test_a_slid_window_cannot_be_stopped_before_tokens_are_taken_back() -> None:
    model = byte_model(n_ctx=8)
    session = Session(lambda name: model)
    session.open(start_state(model, prompt="hello wo", past_context="slide"))
    session.open(session.with_sample())
    with pytest.raises(InputError, match="do not fit"):
        session.compute(session.with_past_context("stop"))
    assert session.left_out == 1
    session.open(session.without_last())
    session.open(session.with_past_context("stop"))
    assert session.context_full
    with pytest.raises(InputError, match="past_context slides the window"):
        session.with_sample()


def test_a_long_prompt_is_refused_or_slides() -> None:
    model = byte_model(n_ctx=8)
    with pytest.raises(InputError, match="--past-context slide"):
        Session(lambda name: model).open(start_state(model, prompt="hello world"))
    session = Session(lambda name: model)
    session.open(start_state(model, prompt="hello world", past_context="slide"))
    assert bytes(session.trace.ids) == b"lo world"
    assert session.text == "hello world"


@pytest.mark.parametrize("text", ['{"past_context": "jump"}', '{"past_context": 1}'])
def test_another_choice_is_no_state(text: str) -> None:
    with pytest.raises(TuitfError, match="not a saved session"):
        SessionState.from_json(text)
