"""An index whose vectors come from hashing words: made in milliseconds, without torch, the same every time.

For trials in which it does not matter what is near what, but that nothing of it is lost. All else is the real thing:
SQLite, tantivy, the vector file, Chroma.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from indexes import Article, Index
from indexes.article import new_article
from indexes.embedding import Embedder, ModelFiles
from indexes.store import Recipe

if TYPE_CHECKING:
    from indexes.embedding import Vectors

DIMENSION = 32
_PEOPLE = ("Anna Rask", "Per Lund", "Ida Sand", "Olaf Quist", "Marit Dahl")


class QuickEmbedder(Embedder):
    """Unit vectors of word hashes; a word is a token."""

    max_tokens = 254

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        rows = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[:] += np.random.default_rng(zlib.crc32(word.encode())).standard_normal(DIMENSION, np.float32)
        vectors: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return vectors


class QuickIndex(Index):
    """An :class:`Index` with a :class:`QuickEmbedder`."""

    def __init__(self, home: Path, passage_tokens: int = 240) -> None:
        super().__init__(home, passage_tokens=passage_tokens)

    @cached_property
    def _files(self) -> ModelFiles:
        return ModelFiles("hashed words", Path("/"), "0" * 64)

    def _embedder(self, recipe: Recipe) -> Embedder:
        return self._embedders.setdefault(recipe.number_format, QuickEmbedder(self._files, recipe.number_format))


def story(number: int, edition: int = 1) -> Article:
    """An article of eight sentences; another one for each number, in another wording for each edition."""
    lines = (
        f"{_PEOPLE[(number + n) % 5]} told council {number} that bridge {number * 7 + n} cost {number * 17 + n} "
        f"million crowns in year {1990 + n}, by the count of edition {edition}."
        for n in range(8)
    )
    return new_article("\n".join(lines), id=f"story-{number}", title=f"Council {number} hears about its bridges")
