"""Tokenizers of checkpoints against the reference, and what is shown of their tokens."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.nasty import TEXTS, long_text
from tui_transformer.errors import InputError, TuitfError
from tui_transformer.tokenizers import Tokenizer
from tui_transformer.tokenizers.bpe import BPETokenizer, load_tokenizer

ROOT = Path(__file__).parents[1] / "data" / "tokenizers"
NAMES = sorted(folder.name for folder in ROOT.iterdir())


def opened(name: str) -> BPETokenizer:
    return load_tokenizer(ROOT / name, byte_level=name.startswith("gpt2"))


def golden(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / name / "golden.json").read_text("utf-8"))
    return content


def hashed(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_ids_and_text_are_the_reference_s(name: str) -> None:
    tokenizer, expected = opened(name), golden(name)
    assert isinstance(tokenizer, Tokenizer)
    assert (tokenizer.size, tokenizer.bos) == (expected["size"], expected["bos"])
    for text, want in zip(TEXTS, expected["texts"], strict=True):
        ids = tokenizer.encode(text)
        assert list(ids) == want["ids"], text
        assert tokenizer.decode(ids) == want["text"], text


@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_characters(name: str) -> None:
    tokenizer, expected = opened(name), golden(name)["long"]
    ids = tokenizer.encode(long_text())
    assert len(ids) == expected["count"]
    assert hashed(list(ids)) == expected["ids"]
    assert hashed(tokenizer.decode(ids)) == expected["text"]


@pytest.mark.parametrize("name", NAMES)
def test_runs_of_tokens_that_no_text_gives(name: str) -> None:
    tokenizer = opened(name)
    for run, text in golden(name)["runs"]:
        assert tokenizer.decode(run) == text


@pytest.mark.parametrize("name", NAMES)
def test_prompt_and_continuation_are_decoded_together(name: str) -> None:
    tokenizer = opened(name)
    ids = tokenizer.encode("naïve 🙂 end")
    assert tokenizer.decode(ids) == "naïve 🙂 end"
    assert any(
        tokenizer.decode(ids[:i]) + tokenizer.decode(ids[i:]) != "naïve 🙂 end"
        for i in range(1, len(ids))
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_label_is_safe_and_never_empty(name: str) -> None:
    tokenizer = opened(name)
    for token in range(tokenizer.size):
        label = tokenizer.label(token)
        assert label
        assert label.isprintable(), (token, label)
        assert not label.startswith(" ")


def labels(tokenizer: BPETokenizer, text: str) -> list[str]:
    return [tokenizer.label(token) for token in tokenizer.encode(text)]


def test_labels_of_a_byte_level_tokenizer() -> None:
    tokenizer = opened("gpt2-whole")
    assert labels(tokenizer, "the cat\n\t‰") == [
        "the", "·c", "at", "↵", "⇥", "\\xE2", "\\x80", "\\xB0",
    ]  # fmt: skip
    assert labels(tokenizer, "<|endoftext|>") == ["<|endoftext|>"]
    assert labels(tokenizer, " é")[-1] in {"é", "·é"}


def test_labels_of_a_sentencepiece_tokenizer() -> None:
    for name in ("llama", "llama-converted"):
        tokenizer = opened(name)
        shown = labels(tokenizer, "the ‰\n")
        assert shown[:2] == ["<s>", "·the "]
        assert shown[-4:] == ["\\xE2", "\\x80", "\\xB0", "↵"]


def test_bos_goes_before_the_text_where_the_files_say_so() -> None:
    for name in NAMES:
        tokenizer = opened(name)
        starts = tokenizer.encode("the")[0] == tokenizer.bos
        assert starts == (name not in {"gpt2-whole", "gpt2-pair"})


def test_bos_that_only_the_model_s_configuration_names(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((ROOT / "gpt2-whole/tokenizer.json").read_bytes())
    assert load_tokenizer(tmp_path).bos is None
    assert load_tokenizer(tmp_path, bos=7).bos == 7


def test_a_plain_entry_that_is_named_special_is_found_and_left_out(tmp_path: Path) -> None:
    content = json.loads((ROOT / "gpt2-whole/tokenizer.json").read_text("utf-8"))
    content["added_tokens"] = []
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    (tmp_path / "special_tokens_map.json").write_text(
        json.dumps({"bos_token": {"content": "<|endoftext|>"}}), "utf-8"
    )
    tokenizer = load_tokenizer(tmp_path)
    assert tokenizer.bos is not None
    ids = tokenizer.encode("a<|endoftext|>b")
    assert ids[1] == tokenizer.bos and len(ids) == 3
    assert tokenizer.decode(ids) == "ab"


def test_files_that_cut_or_pad_texts_do_not(tmp_path: Path) -> None:
    content = json.loads((ROOT / "gpt2-whole/tokenizer.json").read_text("utf-8"))
    content["truncation"] = {
        "direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0,
    }  # fmt: skip
    content["padding"] = {
        "strategy": {"Fixed": 50}, "direction": "Right", "pad_to_multiple_of": None,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "!",
    }  # fmt: skip
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    text = "the cat sat on the mat"
    assert load_tokenizer(tmp_path).encode(text) == opened("gpt2-whole").encode(text)


def test_a_vocabulary_full_of_escape_sequences(tmp_path: Path) -> None:
    hostile = ["\x1b[2J", "\x1b]0;title\x07", "\u202etxt", "a\nb", "\x9b31m", "\u0301", "[b]x[/b]"]
    content: dict[str, Any] = {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None,
        "pre_tokenizer": None, "post_processor": None, "decoder": None,
        "added_tokens": [
            {"id": 7, "content": "\x1b[31m", "single_word": False, "lstrip": False,
             "rstrip": False, "normalized": False, "special": True},
        ],
        "model": {"type": "WordLevel", "unk_token": "[b]x[/b]",
                  "vocab": {word: i for i, word in enumerate(hostile)}},
    }  # fmt: skip
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    tokenizer = load_tokenizer(tmp_path)
    assert tokenizer.size == 8
    shown = [tokenizer.label(token) for token in range(8)]
    assert shown == [
        "␛[2J", "␛]0;title␇",
        "<202E>txt", "a↵b", "<009B>31m", "<0301>", "[b]x[/b]", "␛[31m",
    ]  # fmt: skip


def test_text_that_is_not_unicode_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"\\xE2.*no character"):
        opened("gpt2-whole").encode("a\udce2")


def test_text_that_the_vocabulary_cannot_express(tmp_path: Path) -> None:
    content: dict[str, Any] = {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None,
        "pre_tokenizer": None, "post_processor": None, "decoder": None, "added_tokens": [],
        "model": {"type": "WordLevel", "unk_token": "[gone]", "vocab": {"a": 0}},
    }  # fmt: skip
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match="cannot express"):
        load_tokenizer(tmp_path).encode("b")


BROKEN = {
    "empty": b"",
    "not json": b"{",
    "not utf-8": b"\xff\xfe{}",
    "a list": b"[]",
    "no model": b"{}",
    "another model": b'{"model": {"type": "Nonsense"}}',
    "ids of text": b'{"model": {"type": "BPE", "vocab": {"a": "b"}, "merges": []}}',
    "merges of nothing": b'{"model": {"type": "BPE", "vocab": {}, "merges": ["a b"]}}',
    "deep": b"[" * 100_000,
    "negative": b'{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}',
    "escape": b'{"model": {"type": "\\u001b[2J"}}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_files_that_are_no_tokenizer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(TuitfError, match=r"tokenizer\.json is not a tokenizer") as caught:
        load_tokenizer(tmp_path)
    assert str(caught.value).isprintable()


def test_pair_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text("{", "utf-8")
    with pytest.raises(TuitfError, match=r"neither tokenizer\.json nor merges\.txt"):
        load_tokenizer(tmp_path, byte_level=True)
    (tmp_path / "merges.txt").write_text("a b", "utf-8")
    with pytest.raises(TuitfError, match=r"vocab\.json is not a tokenizer"):
        load_tokenizer(tmp_path, byte_level=True)


def test_a_pair_is_not_enough_for_other_families() -> None:
    with pytest.raises(TuitfError, match=r"has no tokenizer\.json"):
        load_tokenizer(ROOT / "gpt2-pair")


def test_settings_that_are_not_json(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((ROOT / "gpt2-whole/tokenizer.json").read_bytes())
    (tmp_path / "tokenizer_config.json").write_text("nonsense", "utf-8")
    with pytest.raises(TuitfError, match=r"tokenizer_config\.json is not"):
        load_tokenizer(tmp_path)
