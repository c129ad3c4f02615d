"""What a process that trains asks of the memory allocator."""

import ctypes

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""Parameters of `mallopt` in glibc."""
_MOST = 2**31 - 1
"""As large as such a parameter can be."""
_ONCE_MOST = 2**25
"""As large as the last of them can be before glibc 2.35."""
_PAD = 2**28
"""Bytes by which the heap grows at a time."""


def keep_freed_memory() -> bool:
    """Keep freed memory for the next array, not give it back to the system; whether that is done.

    Every step of training makes the same arrays, some megabytes each. The C library would hand
    them back and ask for them again each time, and each page of them would have to be made anew.
    It holds for the whole process and cannot be taken back, so it is for a program that trains
    and then ends. Where the C library is not glibc nothing is done. No number changes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    if not (mallopt(_MMAP_THRESHOLD, _MOST) or mallopt(_MMAP_THRESHOLD, _ONCE_MOST)):
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _MOST) and mallopt(_TOP_PAD, _PAD))
