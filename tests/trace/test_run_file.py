"""A run in a file: the numbers of the pass, and errors for everything else."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from tests.cli.support import HOSTILE, byte_model, safe
from tests.run_files import GREEDY, live, read, write_runs
from tests.tui.harness import modern
from tui_transformer.engine.names import TensorRef, tensor_names
from tui_transformer.errors import TuitfError
from tui_transformer.models import load_model
from tui_transformer.sampling import SamplingSettings
from tui_transformer.session import Session
from tui_transformer.state import start_state
from tui_transformer.tokenizers import visible
from tui_transformer.trace import NotHeldError, explain, open_model
from tui_transformer.trace.pack import JSON_NAME, NUMBERS_NAME, is_recording
from tui_transformer.trace.unpack import RecordingError

MODELS: dict[str, Callable[[], Any]] = {
    "toy": lambda: load_model("toy"),
    "modern": modern,
    "bytes": byte_model,
}
PROMPTS = {"toy": "the cat sat on", "modern": "the cat sat", "bytes": "h\u00e9 \x1b[31m"}


@pytest.mark.parametrize("name", list(MODELS))
def test_in_full_every_number_is_the_one_of_the_pass(tmp_path: Path, name: str) -> None:
    model, path = MODELS[name](), tmp_path / "run.tuitf"
    [trace] = write_runs(path, model, [PROMPTS[name]], 3, "full")
    opened = read(path)
    found = opened.trace_of(trace.ids)
    assert found.ids == trace.ids
    assert opened.config == model.config
    for tensor in tensor_names(model.config):
        assert found.holds(tensor)
        if tensor != "logits":
            assert np.array_equal(found.tensor(tensor), trace.tensor(tensor)), tensor
    for at in range(trace.length):
        assert np.array_equal(found.logits_at(at), trace.logits_at(at))
        assert np.allclose(found.norms_at(at), trace.norms_at(at), rtol=1e-6)
    assert np.allclose(found.resid, trace.resid)
    assert [opened.labels[t] for t in trace.ids] == [visible(model.labels[t]) for t in trace.ids]
    session, texts = live(model, PROMPTS[name], 3)
    assert opened.tokenizer.decode(session.ready.ids) == texts[-1]


@pytest.mark.parametrize("name", list(MODELS))
def test_a_part_of_a_run_is_the_pass_over_that_part(tmp_path: Path, name: str) -> None:
    model, path = MODELS[name](), tmp_path / "run.tuitf"
    [trace] = write_runs(path, model, [PROMPTS[name]], 3, "full")
    found, fresh = read(path).trace_of(trace.ids[:-2]), trace.prefix(trace.length - 2)
    for tensor in tensor_names(model.config):
        assert found.tensor(tensor).shape == fresh.tensor(tensor).shape
        assert np.allclose(found.tensor(tensor), fresh.tensor(tensor), atol=1e-5), tensor


def test_a_summary_holds_what_it_says(tmp_path: Path) -> None:
    model, path = modern(), tmp_path / "run.tuitf"
    [trace] = write_runs(path, model, ["the cat sat"], 3)
    found = read(path).trace_of(trace.ids)
    for at in range(trace.length):
        assert np.allclose(found.norms_at(at), trace.norms_at(at), rtol=1e-6)
        for wanted in (GREEDY, SamplingSettings(), SamplingSettings(0.7, 3)):
            assert np.allclose(
                found.distribution_at(at, wanted).probs,
                trace.distribution_at(at, wanted).probs, atol=1e-6,
            )  # fmt: skip
    for at, token in enumerate(trace.ids[1:]):
        assert found.loss_at(at, token) == trace.loss_at(at, token)
        assert found.rank_at(at, token) == trace.rank_at(at, token)
    for tensor in tensor_names(model.config):
        assert not found.holds(tensor)
        with pytest.raises(NotHeldError, match=r"--detail summary.*--detail full") as error:
            found.tensor(tensor)
        assert tensor in str(error.value)


def test_attention_holds_the_patterns(tmp_path: Path) -> None:
    model, path = modern(), tmp_path / "run.tuitf"
    [trace] = write_runs(path, model, ["the cat sat"], 2, "attention")
    found = read(path).trace_of(trace.ids)
    held = [name for name in tensor_names(model.config) if found.holds(name)]
    assert held == ["blocks.0.attn.pattern", "blocks.1.attn.pattern"]
    for name in held:
        assert np.array_equal(found.tensor(name), trace.tensor(name))
    made = explain(found, TensorRef(held[0], (0, 2, 1)))
    assert made.value == trace.tensor(held[0])[0, 2, 1]
    assert "masked_scores" in made.lacks
    assert not made.terms


def test_in_full_a_number_is_taken_apart_as_far_as_it_takes_no_weight(tmp_path: Path) -> None:
    model, path = modern(), tmp_path / "run.tuitf"
    [trace] = write_runs(path, model, ["the cat sat"], 1, "full")
    found = read(path).trace_of(trace.ids)
    for name in ("attn.pattern", "attn.z", "attn.attn_scores"):
        ref = TensorRef(f"blocks.1.{name}", (1, 2, 1))
        assert explain(found, ref) == explain(trace, ref)
    made = explain(found, TensorRef("blocks.1.attn.q", (0, 2, 1)))
    assert "takes the weights of tested (untrained), which no file holds" in made.lacks


def test_half_precision_rounds_tensors_and_nothing_else(tmp_path: Path) -> None:
    model, path = modern(), tmp_path / "run.tuitf"
    [trace] = write_runs(path, model, ["the cat sat"], 2, "full", half=True)
    opened = read(path)
    assert opened.origin.holds == "every tensor, rounded to half precision"
    found = opened.trace_of(trace.ids)
    for name in tensor_names(model.config):
        if name != "logits":
            rounded = trace.tensor(name).astype(np.float16).astype(np.float32)
            assert np.array_equal(found.tensor(name), rounded), name
            assert found.tensor(name).dtype == np.float32
    assert np.array_equal(found.logits_at(-1), trace.logits_at(-1))


def test_sampled_runs_open_with_their_settings_and_go_the_same_way(tmp_path: Path) -> None:
    model, path = load_model("toy"), tmp_path / "run.tuitf"
    wanted = SamplingSettings(1.3)
    [trace] = write_runs(path, model, ["the cat sat on"], 8, sampling=wanted, seed=5)
    opened = read(path)
    session = Session(lambda name: opened)
    session.open(start_state(opened, sampling=opened.runs[0].sampling, seed=opened.runs[0].seed))
    for token in trace.ids[4:]:
        assert session.next_draw().token == token
        session.open(session.with_sample())
    assert session.trace.ids == trace.ids
    with pytest.raises(NotHeldError, match="the file ends here, after 8 generated tokens"):
        session.compute(session.with_sample())
    session.open(session.without_last())
    with pytest.raises(NotHeldError, match="the file goes on with"):
        session.compute(session.with_token((trace.ids[-1] + 1) % 32))
    with pytest.raises(NotHeldError, match="this file holds 'the cat sat on'; another text takes"):
        session.compute(session.with_prompt("the dog"))
    assert session.command().startswith(f"tuitf open {path} -p 'the cat sat on' --append")


def test_the_same_run_is_the_same_bytes(tmp_path: Path) -> None:
    model = load_model("toy")
    for name in ("a", "b"):
        write_runs(tmp_path / name, model, ["the cat", "the dog"], 2, "full")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_it_is_a_zip_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "run.tuitf"
    [trace] = write_runs(path, modern(), ["the cat sat"], 1, "attention")
    with zipfile.ZipFile(path) as archive:
        described = json.loads(archive.read(JSON_NAME))
        numbers = load(archive.read(NUMBERS_NAME))
    assert described["runs"][0]["texts"][0] == "the cat sat"
    name = "blocks.1.attn.pattern"
    assert np.array_equal(numbers[f"runs.0.{name}"], trace.tensor(name))


def test_a_run_file_is_known_by_its_name_or_its_start(tmp_path: Path) -> None:
    path = tmp_path / "handout"
    write_runs(path, load_model("toy"), ["the cat"], 1)
    assert is_recording(str(path))
    assert open_model(str(path)).card.prompt == "the cat"
    assert not is_recording("toy")
    assert not is_recording(str(tmp_path))
    (tmp_path / "x.safetensors").write_bytes(b"\x08" + bytes(20))
    assert not is_recording(str(tmp_path / "x.safetensors"))


# files that mean no good


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    """A good file: its bytes, its description and its numbers."""
    path = tmp_path_factory.mktemp("good") / "good.tuitf"
    write_runs(path, modern(), ["the cat", "the dog sat"], 2, "attention")
    with zipfile.ZipFile(path) as archive:
        described = json.loads(archive.read(JSON_NAME))
        numbers = load(archive.read(NUMBERS_NAME))
    return path.read_bytes(), described, numbers


def packed(described: Any, numbers: Any, **members: bytes) -> bytes:
    raw = described if isinstance(described, bytes) else json.dumps(described).encode()
    data = numbers if isinstance(numbers, bytes) else save(numbers)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(JSON_NAME, raw)
        archive.writestr(NUMBERS_NAME, data)
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def refused(folder: Path, data: bytes) -> str:
    """The one clear line that a file is refused with."""
    path = folder / "bad.tuitf"
    path.write_bytes(data)
    with pytest.raises(RecordingError) as error:
        read(path)
    message = str(error.value)
    assert message.startswith("bad.tuitf ")
    assert safe(message, also="")
    assert len(message) < 400
    return message


def opens_or_is_refused(folder: Path, data: bytes) -> None:
    """Nothing but a `TuitfError` comes of a file; what opens can be looked at."""
    path = folder / "any.tuitf"
    path.write_bytes(data)
    try:
        model = read(path)
    except TuitfError as error:
        assert safe(str(error), also="")
        return
    for run in model.runs:
        session = Session(lambda name: model)
        try:
            session.open(start_state(model, prompt=run.prompt, sampling=run.sampling))
            session.distribution_at(-1)
            session.next_draw()
        except TuitfError as error:
            assert safe(visible(str(error)), also="")
        assert all(safe(model.labels[token], also="") for token in run.ids)


FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(data=st.data())
@FUZZ
def test_cut_off_files(parts: Any, tmp_path: Path, data: st.DataObject) -> None:
    good = parts[0]
    end = data.draw(st.integers(0, len(good) - 1))
    assert "get the file again" in refused(tmp_path, good[:end])


@pytest.mark.parametrize("part", range(50))
def test_cut_off_at_every_fiftieth(parts: Any, tmp_path: Path, part: int) -> None:
    good = parts[0]
    assert "get the file again" in refused(tmp_path, good[: len(good) * part // 50])


def test_a_member_that_claims_to_be_small_is_read_no_further(parts: Any, tmp_path: Path) -> None:
    """The sizes in both headers of the zip say 10 bytes, the stream goes on for 50 MB."""
    data = packed(b" " * 50_000_000, parts[2])
    real, small = (50_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert data.count(real) == 2
    tracemalloc.start()
    try:
        refused(tmp_path, data.replace(real, small))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10_000_000


@pytest.mark.parametrize("raw", [b"\xff\xfe{}", b"\x80" * 99, b"\xef\xbb\xbf", b"1" * 5000])
def test_a_description_that_is_no_json(parts: Any, tmp_path: Path, raw: bytes) -> None:
    assert "get the file again" in refused(tmp_path, packed(raw, parts[2]))


@given(data=st.data())
@FUZZ
def test_flipped_bytes(parts: Any, tmp_path: Path, data: st.DataObject) -> None:
    good = bytearray(parts[0])
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    opens_or_is_refused(tmp_path, bytes(good))


@given(st.binary(max_size=200))
@FUZZ
def test_anything_else(tmp_path: Path, data: bytes) -> None:
    refused(tmp_path, data)
    refused(tmp_path, packed(data, b""))
    refused(tmp_path, packed({"format": "tuitf-run", "version": 1}, data))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from([10**18, -1, 2**63, float("nan"), float("inf")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)  # fmt: skip


@given(data=st.data())
@settings(parent=FUZZ, max_examples=200)
def test_a_description_with_anything_in_any_place(
    parts: Any, tmp_path: Path, data: st.DataObject
) -> None:
    described = json.loads(json.dumps(parts[1]))
    node: Any = described
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        inside = node[key]
        if isinstance(inside, (dict, list)) and inside and data.draw(st.booleans()):
            node = inside
            continue
        node[key] = data.draw(JSON)
        break
    opens_or_is_refused(tmp_path, packed(described, parts[2]))


@given(data=st.data())
@FUZZ
def test_arrays_of_other_shapes_types_and_contents(
    parts: Any, tmp_path: Path, data: st.DataObject
) -> None:
    numbers = dict(parts[2])
    name = data.draw(st.sampled_from(sorted(numbers)))
    was = numbers[name]
    kind = data.draw(st.sampled_from(["shape", "type", "values", "gone", "more"]))
    if kind == "shape":
        numbers[name] = np.resize(was, data.draw(st.lists(st.integers(0, 4), max_size=3)))
    elif kind == "type":
        numbers[name] = was.astype(data.draw(st.sampled_from(["f2", "f4", "f8", "i4", "i8", "u1"])))
    elif kind == "values" and was.size:
        odd = [0, -1, 10**6, -(10**6)] + (
            [np.nan, np.inf, -np.inf] if was.dtype.kind == "f" else []
        )
        numbers[name] = was.copy()
        numbers[name].flat[data.draw(st.integers(0, was.size - 1))] = data.draw(
            st.sampled_from(odd)
        )
    elif kind == "gone":
        del numbers[name]
    else:
        numbers["runs.9.more"] = was
    opens_or_is_refused(tmp_path, packed(parts[1], numbers))


def test_bombs_are_refused_before_they_are_unpacked(parts: Any, tmp_path: Path) -> None:
    message = refused(tmp_path, packed(b" " * 80_000_000, parts[2]))
    assert "run.json would grow to 80,000,000 bytes" in message
    message = refused(tmp_path, packed(parts[1], bytes(100_000_000)))
    assert "tensors.safetensors would grow to 100,000,000 bytes" in message
    deep = b"[" * 500_000
    assert refused(tmp_path, packed(deep, parts[2]))
    for size in ("d_vocab", "n_layers", "n_ctx", "d_model"):
        described = json.loads(json.dumps(parts[1]))
        described["config"][size] = 10**15
        assert size in refused(tmp_path, packed(described, parts[2]))


def test_a_header_that_claims_more_than_there_is(parts: Any, tmp_path: Path) -> None:
    header = {"runs.0.ids": {"dtype": "I32", "shape": [2**40], "data_offsets": [0, 2**42]}}
    raw = json.dumps(header).encode()
    message = refused(tmp_path, packed(parts[1], len(raw).to_bytes(8, "little") + raw + bytes(8)))
    assert "its numbers cannot be read" in message


def test_surplus_members_and_other_versions(parts: Any, tmp_path: Path) -> None:
    assert "more than a recording" in refused(
        tmp_path, packed(parts[1], parts[2], **{"evil.pkl": b"x"})
    )
    described = parts[1] | {"version": 2}
    assert "another version of tuitf" in refused(tmp_path, packed(described, parts[2]))


def test_hostile_texts_are_made_safe(parts: Any, tmp_path: Path) -> None:
    described = json.loads(json.dumps(parts[1]))
    described["labels"] = dict.fromkeys(described["labels"], "\x1b[2J\u202e")
    for key in ("model", "made", "version"):
        described["origin"][key] = HOSTILE[1]
    path = tmp_path / "hostile.tuitf"
    path.write_bytes(packed(described, parts[2]))
    model = read(path)
    assert {model.labels[token] for token in model.runs[0].ids} == {"␛[2J<202E>"}
    assert safe(model.origin.line, also="")
    assert safe(visible(model.card.description), also="")
    assert "␛" in str(model.origin.lacks("this"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        read(tmp_path / "none.tuitf")
    assert "no recording" in refused(tmp_path, b"")
    assert "get the file again" in refused(tmp_path, b"\x80\x04pickle")


def test_what_the_model_names_as_the_next_token_goes_into_the_file(tmp_path: Path) -> None:
    model, path = load_model("worked"), tmp_path / "run.tuitf"
    [_, trace] = write_runs(path, model, ["cat sat on", model.card.prompt], 0)
    opened = read(path)
    target = model.target_after(trace.ids)
    assert target is not None
    assert opened.target_after(trace.ids) == target
    found = opened.trace_of(trace.ids)
    assert found.loss_at(-1, target) == pytest.approx(trace.loss_at(-1, target), abs=1e-6)
    assert found.rank_at(-1, target) == trace.rank_at(-1, target)
    assert opened.target_after(opened.runs[0].ids) is None
    assert opened.target_after(trace.ids[:-1]) is None


@pytest.mark.parametrize("target", [-1, 6, 10**12, "mat", True, 1.5])
def test_a_target_that_is_no_token_is_refused(tmp_path: Path, target: object) -> None:
    path = tmp_path / "run.tuitf"
    write_runs(path, load_model("worked"), ["the cat sat on"], 0)
    with zipfile.ZipFile(path) as archive:
        described = json.loads(archive.read(JSON_NAME))
        numbers = load(archive.read(NUMBERS_NAME))
    described["runs"][0]["target"] = target
    assert "a target" in refused(tmp_path, packed(described, numbers))
