"""The same surroundings for every recording, whatever machine and shell it is made in.

Set before NumPy and Textual are imported, they decide everything that the two read from outside:
which instructions sums are made with (and so the last bit of each number), how many threads, how
many colours, whether anything moves. On x86-64 the arithmetic is held to what every machine with
the baseline of NumPy's wheels has; other processors add up in another order and may differ in the
last digit that is shown.
"""

import os
import platform
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

ARITHMETIC = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MKL_CBWR": "COMPATIBLE",
}
X86 = {
    "OPENBLAS_CORETYPE": "Nehalem",
    # names of NumPy from 2.4 on, then those before; it takes those that it knows
    "NPY_DISABLE_CPU_FEATURES": (
        "X86_V3 X86_V4 AVX512_ICL AVX512_SPR "
        "AVX F16C FMA3 AVX2 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL"
    ),
}
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
REMOVED = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "ESCDELAY")


def arithmetic_is_set() -> bool:
    """Whether NumPy can still be told how to compute."""
    return "numpy" not in sys.modules


def fix_arithmetic() -> None:
    """Have NumPy compute as on every other machine, if it has not been imported yet."""
    if "numpy" in sys.modules:
        return
    os.environ.update(ARITHMETIC)
    if platform.machine().lower() in {"x86_64", "amd64"}:
        os.environ.update(X86)
        warnings.filterwarnings("ignore", "(?s).*NPY_DISABLE_CPU_FEATURES", ImportWarning)
    fix_terminal(colour=True)  # Textual reads some of it when it is imported


def fix_terminal(*, colour: bool) -> None:
    """The part of the surroundings that the app reads when it is made.

    Args:
        colour: whether there are colours; without, it is as with `NO_COLOR`.
    """
    for name in [*REMOVED, *(name for name in os.environ if name.startswith("TEXTUAL"))]:
        os.environ.pop(name, None)
    os.environ.update(TERMINAL)
    if not colour:
        os.environ["NO_COLOR"] = "1"


@contextmanager
def terminal(*, colour: bool) -> Iterator[None]:
    """Inside, the surroundings are those of :func:`fix_terminal`; afterwards what they were."""
    before = dict(os.environ)
    fix_terminal(colour=colour)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
