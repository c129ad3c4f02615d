"""`tuitf explain`: the same stages and numbers as plain text and as JSON."""

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.cli.conftest import Run
from tests.cli.support import HOSTILE, byte_model, process, safe
from tests.support import record
from tui_transformer.cli import opening
from tui_transformer.cli.explain import steps_for
from tui_transformer.engine.ops import cross_entropy
from tui_transformer.models import load_model
from tui_transformer.sampling import SamplingSettings, distribution, draw, generator_for
from tui_transformer.walkthrough import walk

PROMPT = "the cat sat on"


def as_array(values: list[Any]) -> npt.NDArray[np.float32]:
    """What a reader of the JSON makes of it."""
    flat: npt.NDArray[Any] = np.array(values, dtype=object)
    return np.vectorize(float, otypes=[np.float32])(flat)


def data_of(run: Run, *args: str) -> dict[str, Any]:
    found = run("explain", *args, "--format", "json")
    assert (found.code, found.err) == (0, "")
    assert found.out.isascii()

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    loaded: dict[str, Any] = json.loads(found.out, parse_constant=refuse)
    return loaded


@pytest.mark.parametrize("name", ["worked", "toy"])
def test_json_holds_every_tensor_bit_for_bit(run: Run, name: str) -> None:
    model = load_model(name)
    ids = model.tokenizer.encode(PROMPT)
    tensors = record(ids, model.weights, model.config)
    data = data_of(run, PROMPT, "-m", name)
    assert data["model"]["name"] == name
    assert data["model"]["parameters"] == model.parameters
    assert data["config"]["d_model"] == model.config.d_model
    assert data["ids"] == list(ids)
    assert data["tokens"] == [model.labels[token] for token in ids]
    assert [(s["stage"], s["layer"]) for s in data["stages"]] == [
        (step.stage.key, step.layer) for step in walk(model.config)
    ]
    given: set[str] = set()
    for stage in data["stages"]:
        for tensor in stage["tensors"]:
            values = as_array(tensor["values"])
            assert list(values.shape) == tensor["shape"]
            assert np.array_equal(values, tensors[tensor["name"]]), tensor["name"]
            assert len(tensor["axes"]) == values.ndim
            given.add(tensor["name"])
        assert given >= {*stage["reads"], *stage["writes"]}
    assert given == {key for key in tensors if not key.endswith(".result")}


def test_json_writes_infinities_as_strings(run: Run) -> None:
    data = data_of(run, PROMPT, "-m", "worked", "--stage", "mask")
    made = data["stages"][0]["tensors"][-1]["values"][0]
    for query, row in enumerate(made):
        assert [cell == "-Infinity" for cell in row] == [key > query for key in range(4)]
    assert float("-Infinity") == -np.inf


def test_json_has_the_distribution_and_the_draw(run: Run) -> None:
    model = load_model("toy")
    ids = model.tokenizer.encode(PROMPT)
    settings = SamplingSettings(0.7, 9, 0.8, 0.05)
    logits = record(ids, model.weights, model.config)["logits"][-1]
    dist = distribution(logits, settings)
    data = data_of(
        run, PROMPT, "--temperature", "0.7", "--top-k", "9", "--top-p", "0.8", "--min-p", "0.05",
        "--seed", "5",
    )  # fmt: skip
    found = data["distribution"]
    order = found["ids"]
    assert order == dist.order.tolist()
    # a row of logits by itself is another product than all rows: the same but for rounding
    for name, exact in (
        ("p", dist.probs), ("logits", dist.logits), ("scaled", dist.scaled),
        ("cumulative", dist.cumulative),
    ):  # fmt: skip
        assert found[name] == pytest.approx(exact[dist.order].tolist(), rel=1e-4, abs=1e-5)
    assert sum(found["p"]) == pytest.approx(1)
    assert {cut for cut in found["cut_by"] if cut} <= {"top-k", "top-p", "min-p"}
    assert [cut is None for cut in found["cut_by"]] == [p > 0 for p in found["p"]]
    expected = draw(dist, generator_for(5, 0))
    assert data["draw"]["id"] == expected.token
    assert data["draw"]["u"] == expected.u
    assert data["draw"]["low"] <= data["draw"]["u"] < data["draw"]["high"]


def test_the_loss_of_the_worked_example(run: Run) -> None:
    model = load_model("worked")
    ids = model.tokenizer.encode(PROMPT)
    logits = record(ids, model.weights, model.config)["logits"][-1]
    target = data_of(run, PROMPT, "-m", "worked")["distribution"]["target"]
    assert target["label"] == "mat"
    exact = cross_entropy(logits, model.labels.index("mat"))
    assert target["loss"] == pytest.approx(exact, rel=1e-5)
    assert target["loss"] == pytest.approx(1.831, abs=5e-4)
    text = run("explain", PROMPT, "-m", "worked", "--stage", "probabilities").out
    assert "loss = −ln p(mat) = 1.831" in text
    assert "cat     1   0.3509     0.3509  0.2058      0.2058" in text
    attention = data_of(run, PROMPT, "-m", "worked", "--stage", "project")["stages"][0]
    last = as_array(attention["tensors"][-1]["values"])[-1]
    assert np.round(last, 2).tolist() == pytest.approx([-0.33, 0.05, 0.17, -0.31])


def test_there_is_no_target_for_another_prompt(run: Run) -> None:
    assert data_of(run, "the dog", "-m", "worked")["distribution"]["target"] is None
    assert data_of(run, PROMPT)["distribution"]["target"] is None


def test_a_token_in_focus_is_judged_by_what_follows_it(run: Run) -> None:
    model = load_model("toy")
    ids = model.tokenizer.encode(PROMPT)
    logits = record(ids, model.weights, model.config)["logits"]
    data = data_of(run, PROMPT, "--token", "1")
    assert data["distribution"]["after"] == 1
    largest = float(logits[1].max())
    assert data["distribution"]["logits"][0] == pytest.approx(largest, rel=1e-5)
    assert data["distribution"]["target"]["token"] == ids[2]
    exact = cross_entropy(logits[1], ids[2])
    assert data["distribution"]["target"]["loss"] == pytest.approx(exact, rel=1e-5)
    assert data["draw"] is None
    assert "nothing is drawn here" in run("explain", PROMPT, "--token", "1").out


def test_one_head(run: Run) -> None:
    model = load_model("toy")
    tensors = record(model.tokenizer.encode(PROMPT), model.weights, model.config)
    data = data_of(run, PROMPT, "--stage", "softmax", "--head", "1")
    made = data["stages"][0]["tensors"][-1]
    assert (made["head"], made["axes"], made["shape"]) == (1, ["query_pos", "key_pos"], [4, 4])
    assert np.array_equal(as_array(made["values"]), tensors["blocks.0.attn.pattern"][1])
    text = run("explain", PROMPT, "--stage", "softmax", "--head", "1").out
    assert "head 2 of 2   [head=1]" in text
    assert "head 1 of 2" not in text


def test_a_cell_as_json_adds_up(run: Run) -> None:
    place = "blocks.0.attn.attn_scores[head=1,3,0]"
    model = load_model("toy")
    tensors = record(model.tokenizer.encode(PROMPT), model.weights, model.config)
    cell = data_of(run, PROMPT, "--at", place)["cell"]
    assert cell["place"] == place
    assert cell["value"] == float(tensors["blocks.0.attn.attn_scores"][1, 3, 0])
    products = [np.prod(term["factors"]) for term in cell["terms"]]
    assert sum(products) * cell["scale"] == pytest.approx(cell["value"], rel=1e-5)


def test_all_stages_come_in_order_and_fit_the_width(run: Run) -> None:
    for name in ("worked", "toy"):
        text = run("explain", PROMPT, "-m", name).out
        at = -1
        for step in walk(load_model(name).config):
            title = text.index(f" · {step.stage.title}", at + 1)
            assert title > at
            at = title
        assert max(map(len, text.splitlines())) <= 80


def test_the_model_is_named_first(run: Run) -> None:
    for args in ((), ("--stage", "mask"), ("--at", "logits[0,0]")):
        assert run("explain", PROMPT, *args).out.startswith("toy · ")


def test_the_places_that_at_takes(run: Run) -> None:
    whole = run("explain", PROMPT, "--stage", "softmax").out
    assert run("explain", PROMPT, "--at", "softmax").out == whole
    assert run("explain", PROMPT, "--at", "blocks.0.attn.pattern").out == whole
    assert run("explain", PROMPT, "--at", "blocks.0.attn.hook_pattern").out == whole
    one = run("explain", PROMPT, "--stage", "softmax", "--head", "1").out
    assert run("explain", PROMPT, "--at", "blocks.0.attn.pattern[head=1]").out == one
    seen = run("explain", PROMPT, "--at", "mix:blocks.0.attn.pattern[head=1,3,0]").out
    assert "attention · mix" in seen
    assert "blocks.0.attn.pattern[head=1,3,0] = " in seen
    assert "z · W_O" in run("explain", PROMPT, "--at", "blocks.0.attn.result[0,3,1]").out


def test_the_steps_of_a_deeper_model() -> None:
    config = byte_model().config
    assert [step.name for step in steps_for(config, "softmax", None)] == [
        "blocks.0.softmax", "blocks.1.softmax",
    ]  # fmt: skip
    assert [step.name for step in steps_for(config, "softmax", 1)] == ["blocks.1.softmax"]
    assert [step.name for step in steps_for(config, "blocks.1.mask", 1)] == ["blocks.1.mask"]
    assert {step.layer for step in steps_for(config, None, 1)} == {1}
    assert steps_for(config, None, None) == list(walk(config))
    assert [step.name for step in steps_for(config, "tokens", None)] == ["tokens"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_hostile_models_and_prompts_are_safe(
    run: Run, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    model = byte_model()
    monkeypatch.setattr(opening, "open_model", lambda name: model)
    hostile = "\x1b[31m\x00\u202e\x9b\udce2"
    for args in ((), ("--at", "logits[0,27]"), ("--token", "0"), ("--temperature", "0")):
        found = run("explain", hostile, *args, "--format", form)
        assert (found.code, found.err) == (0, "")
        assert safe(found.out)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_prompts(run: Run, text: str) -> None:
    for form in ("text", "json"):
        found = run("explain", text, "--stage", "tokens", "--format", form)
        assert found.code in {0, 2}
        assert safe(found.out + found.err)
        assert len(found.out) < 200_000


def test_a_locale_without_unicode_gets_plain_letters() -> None:
    for env in ({"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii"}):
        done = process("explain", PROMPT, "-m", "worked", "--stage", "softmax", env=env)
        assert (done.returncode, done.stderr) == (0, b"")
        text = done.stdout.decode("ascii")
        assert "softmax   blocks.0.attn.pattern [1x4x4]" in text
        assert "-0.3849" in text
        assert "\\" not in text


def test_latin_1_keeps_what_it_has() -> None:
    done = process(
        "explain", PROMPT, "-m", "toy", "--stage", "mask", env={"PYTHONIOENCODING": "latin-1"}
    )
    assert done.returncode == 0
    assert "[2×4×4]" in done.stdout.decode("latin-1")


def test_a_real_process_writes_the_same(run: Run) -> None:
    done = process("explain", PROMPT, "-m", "worked")
    assert done.stdout.decode() == run("explain", PROMPT, "-m", "worked").out
