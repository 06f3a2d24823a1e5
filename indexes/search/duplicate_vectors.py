"""Limits clusters of near-duplicate vectors in a graph: a few go into it, the rest are kept apart.

In a nearest-neighbour graph (HNSW) hundreds of near-duplicates are a trap: a search that reaches them finds only more
of them until its candidates are used up, and never gets past them. Those kept apart are searched exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexes.embedding.embedder import Vectors
    from indexes.search.exact import Seqs

_PLANES = 32
"""Two vectors are on the same side of all planes in 23 of 100 cases at a cosine of .99, in 1 of 100 at .9."""
_TOGETHER = 16
"""Most vectors of a kind in the graph: far fewer than the candidates that a search examines, at least 600."""


class DuplicateCounter:
    """Counts how many vectors of each kind have gone into the graph.

    Vectors of one kind lie on the same side of each of some random planes (M. Charikar, Similarity Estimation
    Techniques from Rounding Algorithms, STOC 2002).
    """

    def __init__(self) -> None:
        self._seen = Counter[bytes]()

    def first_of_each(self, vectors: Vectors) -> NDArray[np.bool_]:
        """Which of the unit vectors, shape (n, dimension), go into the graph: a boolean mask of shape (n,)."""
        import numpy as np

        sides = np.packbits(vectors @ _planes(vectors.shape[1]) > 0, axis=1)
        return np.array([self._is_early(kind.tobytes()) for kind in sides], np.bool_)

    def _is_early(self, kind: bytes) -> bool:
        self._seen[kind] += 1
        return self._seen[kind] <= _TOGETHER


def fill(
    put: Callable[[list[str], Vectors], object], batches: Iterable[tuple[list[str], Seqs, Vectors]], after: int
) -> tuple[int, tuple[int, ...]]:
    """Adds vectors to a graph with ``put``, under their ``seq``, except those kept apart.

    ``batches`` are as :meth:`indexes.storage.store.Store.vectors` gives them. Returns the last ``seq`` (``after`` if
    there is none) and those kept apart.
    """
    duplicates, apart, last_seq = DuplicateCounter(), list[int](), after
    for _, seqs, vectors in batches:
        inside = duplicates.first_of_each(vectors)
        if inside.any():
            put([str(seq) for seq in seqs[inside].tolist()], vectors[inside])
        apart += seqs[~inside].tolist()
        last_seq = int(seqs[-1])
    return last_seq, tuple(apart)


@cache
def _planes(dimension: int) -> Vectors:
    import numpy as np

    return np.random.default_rng(0).normal(size=(dimension, _PLANES)).astype(np.float32)
