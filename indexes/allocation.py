"""How the C library holds the memory that tensors are made in."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_KEPT = 32 << 20
_KEPT = 128 << 20


def keep_freed_memory() -> None:
    """Has up to 128 MB of freed memory kept for the next tensor, instead of giving it back to the system each time.

    As it is set out, glibc does that after every operation on a batch, and a sixth of the time of embedding goes into
    clearing the same pages again. Other C libraries are left alone.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
    mallopt(_TRIM_THRESHOLD, _KEPT)
