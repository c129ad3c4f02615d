"""The words of a line of a tape, taken one after another, and the values that they stand for."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tui_transformer.recording.statements import Place, TapeError, Value
from tui_transformer.tokenizers import visible

MOST_SECONDS = 600.0


def choice(*values: str) -> Callable[[str], str]:
    """A reader that takes one of some words; like all readers it raises `ValueError` else."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"one of {', '.join(values)}")
        return text

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers within limits."""

    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low:,} to {high:,}")
        return int(text)

    return read


def real(low: float, high: float) -> Callable[[str], float]:
    """A reader of numbers within limits."""

    def read(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not low <= float(text) <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return float(text)

    return read


def duration(text: str) -> float:
    """Seconds of `250ms`, `1.5s` or `2`.

    Raises:
        ValueError: it is none; the message says what one is.
    """
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})(ms|s)?", text)
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else -1.0
    if not 0 <= seconds <= MOST_SECONDS:
        raise ValueError(f"a time of at most {MOST_SECONDS:g}s, such as 250ms, 1.5s or 2")
    return seconds


_TOKEN = re.compile(
    r"""\s+|(?P<comment>\#.*)|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|`(?P<back>[^`]*)`"""
    r"""|/(?P<pattern>(?:[^/\\]|\\.)*)/(?=\s|$)|(?P<word>[^\s"'`]+)"""
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a text in quotes or a pattern between slashes."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"/{visible(self.text)}/" if self.kind == "pattern" else f"{visible(self.text)!r}"


class Words:
    """The tokens of a statement, taken one after another."""

    def __init__(self, place: Place, tokens: list[Token]) -> None:
        self.place = place
        self.tokens = tokens
        self.what = ""

    @classmethod
    def of(cls, place: Place, line: str) -> "Words":
        """The words of a line.

        Raises:
            TapeError: a quote is not closed.
        """
        tokens, at = [], 0
        while at < len(line):
            found = _TOKEN.match(line, at)
            if found is None:
                cut = visible(line[at : at + 40])
                raise TapeError(f"{place}: this quote is never closed: {cut}")
            at, kind = found.end(), found.lastgroup
            if kind is not None and kind != "comment":
                text = found[kind]
                quoted = kind in {"double", "single", "back"}
                tokens.append(Token("text" if quoted else kind, text))
        return cls(place, tokens)

    def error(self, expected: str, found: Token | None = None) -> TapeError:
        """The error that says what the command takes, and what stands there."""
        got = f", not {found}" if found is not None else ""
        return TapeError(f"{self.place}: {self.what} takes {expected}{got}")

    def take(self, expected: str, *kinds: str) -> str:
        """The text of the next token, which must be of one of some kinds.

        Raises:
            TapeError: it is not, or there is none.
        """
        if not self.tokens:
            raise self.error(expected)
        if self.tokens[0].kind not in kinds:
            raise self.error(expected, self.tokens[0])
        return self.tokens.pop(0).text

    def read(self, reader: Callable[[str], Value], expected: str) -> Value:
        """The value of the next token.

        Raises:
            TapeError: the reader does not take it.
        """
        found = self.tokens[0] if self.tokens else None
        text = self.take(expected, "word", "text")
        try:
            return reader(text)
        except ValueError as error:
            raise self.error(str(error), found) from None

    def end(self) -> None:
        """See that nothing is left.

        Raises:
            TapeError: something is.
        """
        if self.tokens:
            raise TapeError(f"{self.place}: nothing may follow {self.what}, not {self.tokens[0]}")
