"""Spreads a model's batches over the processor's cores, each batch on one torch thread.

By default, torch splits every single operation among the cores, and all wait for the slowest at the end of it. An
encoder is a thousand small operations, so much of the time is spent waiting, most of all on a busy machine.
"""

from __future__ import annotations

import ctypes
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_ARENAS = 2
_LARGEST_KEPT = 32 << 20
_KEPT = 128 << 20


def keep_freed_memory() -> None:
    """Makes glibc keep up to 128 MB of freed memory for the next tensor, instead of returning it to the system.

    By default it returns it after every operation on a batch, and a sixth of the time spent embedding goes into
    clearing the same pages again. Does nothing with other C libraries.
    """
    _set({_MMAP_THRESHOLD: _LARGEST_KEPT, _TRIM_THRESHOLD: _KEPT})


def share_freed_memory() -> None:
    """Makes all threads allocate from two memory pools. For a server, before it starts any thread.

    By default, glibc gives each new thread its own pool, up to sixteen on two cores, and memory that is free in one
    cannot be used by another.
    """
    _set({_ARENA_MAX: _ARENAS})


def _set(options: Mapping[int, int]) -> None:
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in options.items():
        mallopt(option, value)


Batch = TypeVar("Batch")
Result = TypeVar("Result")


class Cores:
    """A thread pool with one thread per core; :func:`cores` gives the process's only one. ``count`` is its size."""

    def __init__(self) -> None:
        import torch

        self.count = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(self.count, "core", initializer=_one_thread)

    def map(self, work: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """The result of ``work`` for each batch, in order.

        Only about one batch more than there are cores is queued, so another caller's batch waits for about one.
        """
        begun = deque[Future[Result]]()
        for batch in batches:
            if len(begun) > self.count:
                yield begun.popleft().result()
            begun.append(self._pool.submit(work, batch))
        while begun:
            yield begun.popleft().result()


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


_making = threading.Lock()


def cores() -> Cores:
    """The process's pool, created on first use."""
    with _making:
        return _cores()


@cache
def _cores() -> Cores:
    return Cores()


def by_length(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Batches of text positions: texts of similar length, longest first, to keep padding small.

    ``lengths`` are in tokens. A batch has at most ``most`` tokens, padding included, or is a single text. If there is
    little text, batches are smaller, so that all cores have about the same to do.
    """
    most = min(most, max(_FEWEST, sum(lengths) // (2 * cores().count)))
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        if batch and lengths[batch[0]] * (len(batch) + 1) > most:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


_FEWEST = 256
"""Tokens. A smaller batch would cost more in overhead than it gains by running on another core."""
