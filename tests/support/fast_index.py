"""An index that is real in all but its model: words are hashed to vectors, so that hundreds of them cost seconds.

Embedding is what takes long in adding, and is not what the faults of storage are about. Batches and thresholds are
small, so that few articles see many commits, many generations of Chroma and many rewrites of its files.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes import Article, Index
from indexes.types.article import new_article

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexes.embedding.embedder import Vectors

REPLACED = (
    "What was replaced: the embedding model, by one that hashes words to vectors of 384 numbers. Batches (8 passages), "
    "the passages that wait for a generation (40) and Chroma's thresholds for writing its files (20) are smaller than "
    "shipped, so that a hundred passages go through dozens of commits and rewrites. All else is as shipped: SQLite, "
    "Chroma, tantivy, the lock, real processes, real SIGKILL."
)
_TOWNS = "Alnby Brekke Corvik Dunmor Eskdal Farholm Glimme Haverly Inster Jorvik Keldby Lunde".split()


class HashedWords:
    """The mean of a fixed random direction for each word: texts with words in common are near each other.

    An :class:`indexes.EmbeddingModel`. ``embedded`` counts the texts it was given.
    """

    name = "hashed words"
    fingerprint = "0" * 64
    dimension = 384
    max_tokens = 254

    def __init__(self) -> None:
        self.embedded = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        self.embedded += len(texts)
        rows = [np.sum([_direction(word) for word in text.split()] or [_direction("")], axis=0) for text in texts]
        stacked: Vectors = np.array(rows, np.float32)
        stacked /= np.linalg.norm(stacked, axis=1, keepdims=True)
        return stacked


class QuickIndex(Index):
    """An index with :class:`HashedWords` for a model."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.embedder = HashedWords()
        super().__init__(home, model=self.embedder, **settings)


def hurry() -> None:
    """Small batches and thresholds, for the whole process: call it in one of its own."""
    from indexes.ingest import pipeline
    from indexes.search import ann, chroma_local

    pipeline.BATCH = 8
    ann.ENOUGH = 40
    chroma_local._WHILE_WRITING = {"sync_threshold": 20, "batch_size": 10}


def story(n: int, sentences: int = 8, edition: int = 1) -> Article:
    """An article of sentences that no other has nor another edition, of more than one passage where they are short."""
    town = _TOWNS[n % len(_TOWNS)]
    text = "\n".join(
        f"The council of {town} heard on day {m} that bridge b{n}x{m} would cost {n * 17 + m} million crowns"
        + (f", by the count of edition {edition}." if edition > 1 else ".")
        for m in range(sentences)
    )
    return new_article(text, id=f"story-{n}", title=f"{town} hears about bridge {n}", source="The Bridge Gazette")


@functools.lru_cache(maxsize=100_000)
def _direction(word: str) -> NDArray[np.float32]:
    import numpy as np

    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=HashedWords.dimension).astype(np.float32)
