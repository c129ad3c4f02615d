"""Tiny tokenizers of each kind, and what the reference makes of nasty text with them.

Part of `make_golden.py`. Each folder gets `golden.json`: for every text of `nasty.TEXTS` its ids
and what they decode to, hashes of the same for a text of 10,000 characters, and what runs of
tokens that no text gives decode to.
"""

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.nasty import TEXTS, long_text

CORPUS = (
    "The cat sat on the mat. The quick brown fox jumps over the lazy dog, and then it sat.",
    "the end of the line is the start of another; there is nothing that cannot be said there.",
    "Emoji 🙂 🙂 naïve café über 中文 中文 日本 don't you're it's  two  spaces\n\n\tand tabs\r\n",
    "1234567890 12 34 56 78 90 100 200 3.14 x = y + 1 def f(x): return x",
)
END = "<|endoftext|>"


def hashed(value: object) -> str:
    """A short name for ids or text too long to keep."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def write_golden(tokenizer: Any, folder: Path) -> None:
    """What the reference does with the texts, beside the tokenizer."""
    rng = random.Random(7)
    texts = []
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"]
        texts.append({"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=True)})
    ids = tokenizer(long_text())["input_ids"]
    decoded = tokenizer.decode(ids, skip_special_tokens=True)
    runs = [[rng.randrange(len(tokenizer)) for _ in range(rng.randint(1, 12))] for _ in range(40)]
    golden = {
        "size": len(tokenizer),
        "bos": tokenizer.bos_token_id,
        "texts": texts,
        "long": {"count": len(ids), "ids": hashed(ids), "text": hashed(decoded)},
        "runs": [[run, tokenizer.decode(run, skip_special_tokens=True)] for run in runs],
    }
    (folder / "golden.json").write_text(json.dumps(golden, indent=1), encoding="utf-8")
    print(f"{folder.name}: {len(tokenizer)} tokens")


def byte_level_pair(special: tuple[str, ...] = (END,)) -> Any:
    """A GPT-2 tokenizer trained on the corpus, as its vocabulary and merges."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=360, special_tokens=list(special), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    backend.train_from_iterator(CORPUS, trainer)
    return backend


def gpt2_whole(folder: Path) -> Any:
    """`tokenizer.json`, as GPT-2's own class writes it."""
    from transformers import GPT2Tokenizer

    model = json.loads(byte_level_pair().to_str())["model"]
    GPT2Tokenizer(vocab=model["vocab"], merges=[tuple(m) for m in model["merges"]]).save_pretrained(
        folder
    )
    return GPT2Tokenizer.from_pretrained(folder)


def gpt2_pair(folder: Path, **settings: object) -> Any:
    """`vocab.json` and `merges.txt`, as the first GPT-2 files have them."""
    from transformers import GPT2Tokenizer

    model = json.loads(byte_level_pair().to_str())["model"]
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    merges = "\n".join(" ".join(merge) for merge in model["merges"])
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}\n", encoding="utf-8")
    if settings:
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return GPT2Tokenizer.from_pretrained(folder)


def gpt2_pair_bos(folder: Path) -> Any:
    """The pair with a beginning-of-text token before every text."""
    return gpt2_pair(folder, add_bos_token=True, bos_token=END, eos_token=END, unk_token=END)


def sentencepiece_parts() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """A LLaMA vocabulary: three special tokens, 256 bytes, then what the corpus gives."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    trainer = trainers.BpeTrainer(vocab_size=150, show_progress=False)
    backend.train_from_iterator([line.split("\n")[0] for line in CORPUS], trainer)
    model = json.loads(backend.to_str())["model"]
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    pieces += sorted(model["vocab"], key=model["vocab"].get)
    return (
        {piece: token for token, piece in enumerate(pieces)},
        [tuple(merge) for merge in model["merges"]],
    )


def llama(folder: Path) -> Any:
    """As LLaMA's own class writes it: spaces as `▁` by the pre-tokenizer."""
    from transformers import LlamaTokenizer

    vocab, merges = sentencepiece_parts()
    LlamaTokenizer(vocab=vocab, merges=merges, add_bos_token=True).save_pretrained(folder)
    return LlamaTokenizer.from_pretrained(folder)


def llama_converted(folder: Path) -> Any:
    """As the converted LLaMA 2 files have it: spaces as `▁` by the normalizer."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
    from transformers import PreTrainedTokenizerFast

    vocab, merges = sentencepiece_parts()
    backend = Tokenizer(
        models.BPE(vocab=vocab, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
         decoders.Strip(content=" ", left=1)]
    )  # fmt: skip
    backend.post_processor = processors.TemplateProcessing(
        single=["<s>", "$A"], special_tokens=[("<s>", 1)]
    )
    backend.add_special_tokens(
        [AddedToken(t, special=True, normalized=False) for t in ("<unk>", "<s>", "</s>")]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def llama3(folder: Path) -> Any:
    """Byte-level behind a regular expression of its own, added tokens after the vocabulary."""
    from tokenizers import AddedToken, Regex, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    backend = byte_level_pair(special=())
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    begin, end = "<|begin_of_text|>", "<|end_of_text|>"
    backend.add_special_tokens(
        [AddedToken(t, special=True, normalized=False) for t in (begin, end)]
    )
    backend.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single=[begin, "$A"], special_tokens=[(begin, backend.token_to_id(begin))]
            ),
        ]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token=begin, eos_token=end
    ).save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


KINDS: dict[str, Callable[[Path], Any]] = {
    "gpt2-whole": gpt2_whole,
    "gpt2-pair": gpt2_pair,
    "gpt2-pair-bos": gpt2_pair_bos,
    "llama": llama,
    "llama-converted": llama_converted,
    "llama3": llama3,
}


def make_tokenizers(root: Path) -> None:
    """Every kind, in a folder of its own."""
    root.mkdir(parents=True, exist_ok=True)
    for name, make in KINDS.items():
        folder = root / name
        shutil.rmtree(folder, ignore_errors=True)
        write_golden(make(folder), folder)
