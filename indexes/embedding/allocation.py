"""How the C library holds the memory that tensors are made in."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_ARENAS = 2
_LARGEST_KEPT = 32 << 20
_KEPT = 128 << 20


def keep_freed_memory() -> None:
    """Has up to 128 MB of freed memory kept for the next tensor, instead of giving it back to the system each time.

    As it is set out, glibc does that after every operation on a batch, and a sixth of the time of embedding goes into
    clearing the same pages again. Other C libraries are left alone.
    """
    _set({_MMAP_THRESHOLD: _LARGEST_KEPT, _TRIM_THRESHOLD: _KEPT})


def share_freed_memory() -> None:
    """Has all threads allocate from two pools: for a server, before it starts any.

    As it is set out, glibc makes each new thread a pool of its own, sixteen on two cores, and what is free in one is of
    no use to another.
    """
    _set({_ARENA_MAX: _ARENAS})


def _set(options: Mapping[int, int]) -> None:
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in options.items():
        mallopt(option, value)
