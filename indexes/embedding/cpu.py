"""Spreads the batches of a model over the processor's cores, each batch on one thread of torch.

torch by itself divides every single operation among the cores, and each waits for the slowest at the end of it. An
encoder is a thousand small operations, so that much is waiting, most of all where something else runs too.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

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
