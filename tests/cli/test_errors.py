"""What the user can mend is one line on stderr and exit code 2."""

import pytest

from tests.cli.conftest import Run
from tests.cli.support import HOSTILE, process, safe
from tui_transformer.cli import streams
from tui_transformer.models import load_model

PROMPT = ("explain", "the cat sat on")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--temperature", "abc"), ("--temperature", "'abc' is not a number")),
        (("--temperature", "-1"), ("temperature must be between 0", "not -1")),
        (("--temperature", "nan"), ("temperature must be", "nan")),
        (("--temperature", "inf"), ("temperature must be", "inf")),
        (("--temperature",), ("--temperature", "argument")),
        (("--top-k", "-1"), ("top-k must be", "-1")),
        (("--top-k", "1.5"), ("--top-k", "'1.5' is not a whole number")),
        (("--top-p", "0"), ("top-p must be",)),
        (("--top-p", "nan"), ("top-p must be",)),
        (("--min-p", "2"), ("min-p must be",)),
        (("--seed", "-1"), ("--seed", "-1 is below 0")),
        (("--seed", "9" * 5000), ("--seed", "not a whole number")),
        (("-m", "nope"), ("no model called 'nope'", "worked", "toy")),
        (("--nope",), ("--nope", "--help")),
        (("--stage", "nope"), ("no stage called 'nope'", "softmax")),
        (("--stage", "rotate"), ("no stage called",)),
        (("--stage", "blocks.1.softmax"), ("1 block",)),
        (("--stage", "tokens", "--layer", "0"), ("outside the blocks", "--layer")),
        (("--stage", "blocks.0.mask", "--layer", "1"), ("--layer goes from 0 to 0",)),
        (("--layer", "1"), ("--layer goes from 0 to 0", "not 1")),
        (("--layer", "-1"), ("--layer",)),
        (("--head", "2"), ("--head goes from 0 to 1", "not 2")),
        (("--token", "4"), ("--token goes from 0 to 3", "not 4")),
        (("--token", "x"), ("'x' is not a whole number",)),
        (("--at", "nope"), ("no stage called 'nope'",)),
        (("--at", ""), ("no stage called",)),
        (("--at", "blocks.0.attn.pattern[9,0,0]"), ("head goes from 0 to 1",)),
        (("--at", "blocks.0.attn.pattern[0,4,0]"), ("query_pos goes from 0 to 3",)),
        (("--at", "blocks.0.attn.pattern[0,3,4]"), ("key_pos goes from 0 to 3",)),
        (("--at", "blocks.0.attn.pattern[0,3,x]"), ("'x' is not an index",)),
        (("--at", "blocks.3.attn.pattern"), ("block",)),
        (("--at", "nope:blocks.0.attn.pattern"), ("no stage called 'nope'",)),
        (("--at", "softmax", "--stage", "mask"), ("leave --stage out",)),
        (("--format", "xml"), ("--format", "xml", "json")),
        (("surplus",), ("surplus",)),
    ],
)
def test_a_bad_option_is_one_line(run: Run, args: tuple[str, ...], words: tuple[str, ...]) -> None:
    complaint = run(*PROMPT, *args).complaint
    for word in words:
        assert word in complaint
    assert len(complaint) <= streams.COMPLAINT_MAX


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("explain", ""), ("the prompt is empty", "toy", "at least one word")),
        (("generate", "  "), ("the prompt is empty",)),
        (("generate", "the bird", "-m", "worked"), ("'bird'", "the cat sat on mat dog")),
        (("generate", "the " * 5, "-m", "worked"), ("5 tokens", "at most 4")),
        (("generate", "the", "-n", "0"), ("0 is below 1",)),
        (("generate",), ("PROMPT", "tuitf generate --help")),
        (("models", "nope"), ("no model called 'nope'",)),
        (("the cat",), ("no such command 'the cat'", "tuitf --help")),
        (("-m", "nope"), ("no model called",)),
        (("-p", ""), ("the prompt is empty",)),
        (("-p", "the " * 5, "-m", "worked"), ("5 tokens",)),
        (("--append", "3,x"), ("--append", "'x'", "3,17")),
        (("--append", "3,,4"), ("--append",)),
        (("--append", "-1"), ("--append",)),
        (("--append", "32"), ("token id 32", "vocabulary of 32")),
        (("-m", "worked", "--append", "1"), ("5 tokens", "at most 4")),
        (("--at", "nope"), ("no stage called 'nope'",)),
        (("--at", ""), ("no stage called",)),
        (("--at", "blocks.0.attn.pattern[0,9,0]"), ("query_pos goes from 0 to 4",)),
        (("-m", "worked", "generate", "the"), ("--model belongs after 'generate'",)),
        (("--seed", "1", "models"), ("--seed belongs after 'models'",)),
    ],
)
def test_what_cannot_be_run_is_one_line(
    run: Run, args: tuple[str, ...], words: tuple[str, ...]
) -> None:
    complaint = run(*args).complaint
    for word in words:
        assert word in complaint


def test_every_number_is_checked_for_every_command(run: Run) -> None:
    for command in (("generate", "the"), ("explain", "the"), ()):
        for bad in (("--temperature", "9"), ("--top-k", "-3"), ("--top-p", "7"), ("--min-p", "-1")):
            assert bad[0].removeprefix("--") in run(*command, *bad).complaint


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_any_place_stays_a_short_safe_line(run: Run, text: str) -> None:
    for args in (
        ("models", text),
        ("explain", "the", "-m", text),
        ("explain", "the", "--stage", text),
        ("explain", "the", "--at", text),
        ("explain", "the", "--at", f"{text}:{text}[{text}]"),
        ("explain", "the", "--temperature", text),
        ("explain", "the", "--format", text),
        ("explain", "the", "--token", text),
        ("--append", f"1,{text}"),
        (f"--{text}",),
        (text,),
        ("explain", text, "-m", "worked"),
    ):
        found = run(*args)
        if found.code:
            assert safe(found.complaint, also="")
            assert len(found.complaint) <= streams.COMPLAINT_MAX
        assert safe(found.out)


def test_a_long_complaint_keeps_its_cause_and_its_way_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    streams.complain("the cause " + "x" * 5000 + " the way out")
    err = capsys.readouterr().err
    assert err.startswith("tuitf: the cause x")
    assert err.endswith("x the way out\n")
    assert len(err) < 500


def test_a_real_process_ends_with_2_and_one_line() -> None:
    for args in (("explain", "zebra", "-m", "worked"), ("--nope",), ("generate",)):
        done = process(*args)
        assert done.returncode == 2
        assert done.stdout == b""
        assert done.stderr.startswith(b"tuitf: ")
        assert done.stderr.count(b"\n") == 1


def test_a_defect_is_not_hidden(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(session: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("tui_transformer.session.Session.with_sample", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        run("generate", "the cat")


def test_the_unknown_word_names_the_whole_vocabulary(run: Run) -> None:
    complaint = run("generate", "a zebra", "-m", "worked").complaint
    assert complaint.endswith(" ".join(load_model("worked").labels))
