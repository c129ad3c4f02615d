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


def fix(*, colour: bool = True) -> None:
    """Make the surroundings of this process those of every recording.

    Args:
        colour: whether there are colours; without, it is as with `NO_COLOR`.
    """
    if arithmetic_is_set():
        os.environ.update(ARITHMETIC)
        if platform.machine().lower() in {"x86_64", "amd64"}:
            os.environ.update(X86)
            warnings.filterwarnings("ignore", "(?s).*NPY_DISABLE_CPU_FEATURES", ImportWarning)
    fix_terminal(colour=colour)


def fix_terminal(*, colour: bool) -> None:
    """The part of it that the app reads when it is made."""
    for name in [*REMOVED, *(name for name in os.environ if name.startswith("TEXTUAL"))]:
        os.environ.pop(name, None)
    os.environ.update(TERMINAL)
    if not colour:
        os.environ["NO_COLOR"] = "1"
