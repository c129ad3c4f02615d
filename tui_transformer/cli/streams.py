"""What is printed: safe text on stdout, one line a complaint on stderr, and no traceback.

Hostile text never reaches a terminal: lines that are printed hold no line break and no control
character (what is built from outside text has been through `visible`, complaints go through it
here). A stream that cannot hold a character gets an ASCII form of it, so that printing never
raises; an explicit `C` or `POSIX` locale counts as one that holds ASCII only.
"""

import codecs
import os
import shutil
import sys
from collections.abc import Iterable
from io import TextIOWrapper

from tui_transformer.errors import TuitfError

COMPLAINT_MAX = 400
_ASCII = {
    "−": "-", "×": "x", "·": ".", "…": "...", "∞": "inf", "÷": "/", "√": "sqrt", "∑": "sum",
    "²": "^2", "ᵀ": "^T", "≤": "<=", "→": "->", "←": "<-", "–": "-", "‖": "|", "’": "'",
    "∂": "d", "ε": "eps", "\u0302": "^", "β": "beta", "₁": "1", "ᵗ": "^t", "₂": "2",
    "↵": "\\n", "⇥": "\\t", "␛": "\\e", "␀": "\\0",
}  # fmt: skip
_HANDLER = "tuitf-ascii"


class OutputClosed(Exception):  # noqa: N818 - a signal, never shown to anyone
    """The reader of stdout went away. Not an error: nobody is shown this."""


def _fallback(error: UnicodeError) -> tuple[str, int]:
    """An ASCII form for each character that a stream cannot hold."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    cut = error.object[error.start : error.end]
    plain = "".join(
        _ASCII.get(char) or char.encode("ascii", "backslashreplace").decode("ascii") for char in cut
    )
    return plain, error.end


def prepare() -> None:
    """Make stdout and stderr take any text."""
    codecs.register_error(_HANDLER, _fallback)
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    encoding = "ascii" if locale in {"C", "POSIX"} else None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=encoding or stream.encoding, errors=_HANDLER)


def write(text: str, *, flush: bool = False) -> None:
    """Put text on stdout.

    Raises:
        OutputClosed: nobody reads it any more.
        TuitfError: it cannot be written, as on a full disk.
    """
    if sys.stdout is None:  # closed by the one who started us
        return
    try:
        sys.stdout.write(text)
        if flush:
            sys.stdout.flush()
    except BrokenPipeError:
        _discard()
        raise OutputClosed from None
    except OSError as error:
        _discard()
        raise TuitfError(f"the output cannot be written: {error.strerror}") from None


def write_lines(lines: Iterable[str]) -> None:
    """Put lines on stdout."""
    write("".join(f"{line}\n" for line in lines))


def write_json(value: object) -> None:
    """Put a value on stdout as one line of JSON, in printable ASCII."""
    import json

    text = json.dumps(value, allow_nan=False)
    # JSON leaves DEL as it is; everything else outside printable ASCII is escaped
    write(text.replace("\x7f", "\\u007f") + "\n")


def _discard() -> None:
    """Send what is still to be written nowhere: the interpreter flushes stdout once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):  # a stream without a file
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    finally:
        os.close(nowhere)


def complain(text: str) -> None:
    """One line on stderr, `tuitf: …`; a very long one is cut in its middle."""
    from tui_transformer.tokenizers import visible

    shown = visible(text)
    if len(shown) > COMPLAINT_MAX:
        half = (COMPLAINT_MAX - 3) // 2
        shown = f"{shown[:half]} … {shown[-half:]}"
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"tuitf: {shown}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # there is nowhere left to say it


def on_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def text_width() -> int:
    """How wide plain text is written: as the terminal (40 to 160), 80 in a pipe."""
    if not on_terminal():
        return 80
    return max(40, min(shutil.get_terminal_size().columns, 160))
