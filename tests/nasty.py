"""Texts that tokenizers trip over, the same for the golden files and for the tests."""

import random

TEXTS = (
    "",
    " ",
    "the cat sat on the mat",
    "  two spaces, and at the end three   ",
    "\ttabs\t\tand\tmore\t",
    "line\nbreaks\r\nof\rall\n\n\nkinds\r\n",
    "emoji 🙂 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 end",
    "combining é é n̈ ñ ạ̈̇ \u0301alone",
    "العربية עברית हिन्दी ไทย 中文 日本語 한국어",
    "zero\u200bwidth \u202eright to left\u202c \ufeffbom",
    "nul \x00 bell \x07 escape \x1b[31mred\x1b[0m delete \x7f",
    "1234567890 3.14159 1e-5 0x1F 1,000,000",
    "don't can't I'll you're it's WE'VE",
    "snake_case camelCase kebab-case path/to/file.py?x=1&y=2#z",
    "\\ \" ' ` ~ ! @ # $ % ^ & * ( ) { } [ ] < > | ; :",
    "<s> </s> <unk> <|endoftext|> <|begin_of_text|> <0x41> ▁ Ġ Ċ",
    "\u00a0non-breaking\u3000ideographic\u2009thin",
    "ﬁ ligature ½ ² ™ Ａ fullwidth",
    "𝕬𝖑𝖕𝖍𝖆 𐍈 𓀀 \U0010ffff",
)


def long_text(length: int = 10_000) -> str:
    """A text of that many characters, drawn from the others with a fixed seed."""
    rng = random.Random(10_000)
    pieces = [text for text in TEXTS if text]
    made = ""
    while len(made) < length:
        text = rng.choice(pieces)
        start = rng.randrange(len(text))
        made += text[start : start + rng.randint(1, 30)]
    return made[:length]
