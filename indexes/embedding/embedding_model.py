"""The interface of an embedding model, and a wrapper that checks a caller's own model against it.

Knows no particular model: :mod:`indexes.embedding.embedder` runs those named in the settings.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from indexes.embedding.embedder import EmbeddingCancelled

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

_AT_A_TIME = 32
"""Texts embedded between two checks that the vectors are still wanted."""

_OFF = 1e-3
"""How far a vector's length may be from 1. Chroma normalises vectors, exact search does not, and they must agree."""


class EmbeddingModel(Protocol):
    """What an index needs from an embedding model. Any object with these members will do.

    It must be thread-safe, and always give the same vector for the same text, whatever else is in the batch.
    """

    @property
    def name(self) -> str:
        """The model's name, shown to people and stored with the index."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would, such as a hash of the weights. Stored with the index and compared."""

    @property
    def dimension(self) -> int:
        """The number of components of a vector."""

    @property
    def max_tokens(self) -> int:
        """The longest text it reads to the end, in tokens. No passage is longer, including its heading."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The full length of each text in tokens, counted as for ``max_tokens``."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A float32 array of shape ``(len(texts), dimension)``, each row of length 1. ``texts`` is never empty."""


class GivenModel:
    """Wraps an :class:`EmbeddingModel` for the index: embeds a few texts at a time, and checks what it returns."""

    number_format = "fp32"

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model
        self.name, self.fingerprint, self.max_tokens = model.name, model.fingerprint, model.max_tokens
        self.count_tokens = model.count_tokens

    def embed(self, texts: Sequence[str], unwanted: threading.Event | None = None) -> Vectors:
        """Unit vectors, float32, a row for each text; shape (0, 0) without texts.

        Raises:
            ValueError: the model returned something other than one unit vector of its dimension for each text.
            EmbeddingCancelled: another thread set ``unwanted`` in the meantime.
        """
        import numpy as np

        found: list[Vectors] = []
        for start in range(0, len(texts), _AT_A_TIME):
            if unwanted is not None and unwanted.is_set():
                raise EmbeddingCancelled
            found.append(self._checked(texts[start : start + _AT_A_TIME]))
        return np.concatenate(found) if found else np.empty((0, 0), np.float32)

    def _checked(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        rows: Vectors = np.asarray(self._model.embed(texts), np.float32)
        expected = (len(texts), self._model.dimension)
        if rows.shape != expected:
            raise ValueError(
                f"{self.name} returned an array of shape {rows.shape} for {len(texts)} texts, not {expected}"
            )
        if not np.allclose(np.linalg.norm(rows, axis=1), 1, atol=_OFF):
            raise ValueError(f"{self.name} returned vectors that are not of length 1. Normalise them.")
        return rows
