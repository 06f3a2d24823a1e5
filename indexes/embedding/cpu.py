"""Spreads the batches of a model over the processor's cores, each batch on one thread of torch.

torch by itself divides every single operation among the cores, and each waits for the slowest at the end of it. An
encoder is a thousand small operations, so that much is waiting, most of all where something else runs too.
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


Batch = TypeVar("Batch")
Result = TypeVar("Result")


class Cores:
    """One for the whole process: :func:`cores`. ``count`` is how many batches are worked on at once."""

    def __init__(self) -> None:
        import torch

        self.count = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(self.count, "core", initializer=_one_thread)

    def map(self, work: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """What ``work`` makes of each batch, in order.

        Little more is begun than is worked on: whoever comes meanwhile with one batch waits for about one.
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
    """Those of this process."""
    with _making:
        return _cores()


@cache
def _cores() -> Cores:
    return Cores()


def by_length(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Places of texts to be worked on together, of like length, the longest first, so that little has to be filled up.

    ``lengths`` are in tokens; a batch has ``most`` of them when filled up, or is one text. Of a few texts the batches
    are smaller, so that all cores have about the same to do.
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
"""Tokens below which a batch costs more in overhead than it gains on another core."""
