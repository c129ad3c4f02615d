"""The one door through which outside text reaches a terminal."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_transformer.tokenizers import visible
from tui_transformer.tokenizers.visible import leading_space_told

# Written down here by number, so that the test does not lean on the list in the code.
BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
UNSEEN = {
    0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x200B, 0x200C, 0x200D,
    0x2028, 0x2029, *range(0x2060, 0x2070), 0x2800, 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0,
    *range(0xFFF9, 0xFFFC), 0x16FE4, 0x1D159, *range(0x1D173, 0x1D17B), *range(0x1F3FB, 0x1F400),
    *range(0xE0000, 0xE1000),
}  # fmt: skip
SPACES = {0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000}
NEVER = frozenset(map(chr, BIDI | UNSEEN | SPACES))
NEVER_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def is_safe(shown: str) -> bool:
    return not any(
        char in NEVER or unicodedata.category(char) in NEVER_CATEGORIES for char in shown
    )


def lone_mark(shown: str) -> bool:
    """Whether a combining mark has no letter to sit on."""
    before = " "
    for char in shown:
        mark = unicodedata.category(char).startswith("M")
        if mark and before == " ":
            return True
        before = before if mark else char
    return False


ANY_TEXT = st.text(
    st.characters()
    | st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"])
    | st.sampled_from(sorted(NEVER))
)


@given(ANY_TEXT, st.booleans())
@settings(max_examples=300)
def test_nothing_acts_on_the_terminal_and_everything_can_be_seen(text: str, lead: bool) -> None:
    shown = visible(text, leading_space=lead)
    assert is_safe(shown)
    assert not lone_mark(shown)
    assert len(shown) >= len(text)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert visible(shown) == shown


@given(st.binary())
@settings(max_examples=200)
def test_no_byte_sequence_acts_on_the_terminal(data: bytes) -> None:
    shown = visible(data)
    assert is_safe(shown)
    assert not lone_mark(shown)
    assert b"\x1b" not in shown.encode()


@given(ANY_TEXT, ANY_TEXT)
def test_a_text_does_not_reach_into_the_one_before(one: str, two: str) -> None:
    shown = visible(two)
    assert not shown or not unicodedata.category(shown[0]).startswith("M")
    assert is_safe(visible(one) + shown)


def test_every_code_point_there_is() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        shown = visible(char)
        if shown == f"<{code:04X}>":  # by number, in plain ASCII
            continue
        if shown == char:  # let through: a letter or a symbol that has a width
            category = unicodedata.category(char)
            assert category not in NEVER_CATEGORIES, hex(code)
            assert char not in NEVER, hex(code)
            assert category[0] != "M", hex(code)
            assert cell_len(char) > 0, hex(code)
        else:
            assert shown in {"↵", "⇥"} or shown.startswith("\\x") or "␀" <= shown <= "␡", hex(code)


def test_every_code_point_after_a_letter() -> None:
    for start in range(0, sys.maxunicode + 1, 4096):
        text = "".join("a" + chr(code) for code in range(start, start + 4096))
        assert is_safe("".join(set(visible(text)))), hex(start)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_printable_ascii_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert visible(text.encode()) == text


@pytest.mark.parametrize(
    "text",
    [
        "naïve café",
        "Ελληνικά",
        "日本語のテキスト",
        "한국어",
        "שלום",
        "हिन्दी",
        "ไทย",
        "🙂🚀",
        "½ ∑ → ·",
    ],
)
def test_writing_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a↵b"),
        ("a\tb", "a⇥b"),
        ("a\r\nb", "a␍↵b"),
        ("\x00\x01\x1f\x7f", "␀␁␟␡"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x9b2J\x85", "<009B>2J<0085>"),
        ("abc\u202edef", "abc<202E>def"),
        ("\u2066x\u2069", "<2066>x<2069>"),
        ("a\u200bb\u200d\ufeff", "a<200B>b<200D><FEFF>"),
        ("line\u2028para\u2029", "line<2028>para<2029>"),
        ("a\u00a0b\u3000c", "a<00A0>b<3000>c"),
        ("\u0301a", "<0301>a"),
        (" \u0301", " <0301>"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 4, "e\u0301\u0301<0301><0301>"),
        ("\x1b\u0301", "␛<0301>"),
        ("\ue0b0", "<E0B0>"),
        ("\uffff", "<FFFF>"),
        ("\ud83d", "<D83D>"),
        ("\udce2", "\\xE2"),
        ("x\ufe0f\U000e0101", "x<FE0F><E0101>"),
        ("\U000e0041", "<E0041>"),
        ("\u3164\u2800", "<3164><2800>"),
        ("👍\U0001f3fd", "👍<1F3FD>"),
        ("\u1161", "<1161>"),
        ("\u1112\u1161\u11ab", "\u1112\u1161\u11ab"),
        ("", ""),
    ],
)
def test_stand_ins(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"\xe2", "\\xE2"),
        (b"\xe2\x96", "\\xE2\\x96"),
        (b"ok\xff\xfe", "ok\\xFF\\xFE"),
        (b"\xed\xa0\x80", "\\xED\\xA0\\x80"),
        (b"\xc0\xaf", "\\xC0\\xAF"),
        (b"\x1b[2J", "␛[2J"),
    ],
)
def test_broken_utf_8(data: bytes, shown: str) -> None:
    assert visible(data) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [(" the", "·the"), ("  a b ", "··a b "), ("   ", "···"), ("the", "the"), ("\n a", "↵ a")],
)
def test_a_leading_space_as_tokens_show_it(text: str, shown: str) -> None:
    assert visible(text, leading_space=True) == shown
    assert visible(" the") == " the"


def test_the_sign_of_a_leading_space_is_told_where_it_stands() -> None:
    assert leading_space_told(["the", "·cat"]) == "· stands for a space"
    assert leading_space_told(["the", "cat·"]) == ""
