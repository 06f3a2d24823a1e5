"""What an index asks of an embedding model, and a model of somebody else's, held to that.

Knows no model: :mod:`indexes.embedding.embedder` runs those that are named in the settings.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from indexes.embedding.embedder import EmbeddingCancelled

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

_AT_A_TIME = 32
"""Texts between two looks whether anybody still wants the vectors."""

_OFF = 1e-3
"""How far from 1 a length may be: exact search multiplies, Chroma divides by lengths first, and they must agree."""


class EmbeddingModel(Protocol):
    """What an index needs of an embedding model. Any object that has all of this will do.

    Several threads may call it at once. The same text must always give the same vector, in any company.
    """

    @property
    def name(self) -> str:
        """What people know it by. It is shown, and kept with the index."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would, such as a hash of the weights. Kept with the index and compared."""

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""

    @property
    def max_tokens(self) -> int:
        """The longest text it reads to the end, in tokens. No passage is longer, its heading included."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The length of each text in tokens, as ``max_tokens`` counts them, nothing cut off."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A float32 array of shape ``(len(texts), dimension)``, each row of length 1. There is at least one text."""


class GivenModel:
    """An :class:`EmbeddingModel` as the index uses it: some texts at a time, and held to what it says of itself."""

    number_format = "fp32"

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model
        self.name, self.fingerprint, self.max_tokens = model.name, model.fingerprint, model.max_tokens
        self.count_tokens = model.count_tokens

    def embed(self, texts: Sequence[str], unwanted: threading.Event | None = None) -> Vectors:
        """A row for each text.

        Raises:
            ValueError: the model gave something else than unit vectors of its dimension, a row for each text.
            Unwanted: another thread set ``unwanted`` meanwhile.
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
            raise ValueError(f"{self.name} gave an array of shape {rows.shape} for {len(texts)} texts, not {expected}")
        if not np.allclose(np.linalg.norm(rows, axis=1), 1, atol=_OFF):
            raise ValueError(f"{self.name} gave vectors that are not of length 1. Divide each by its length.")
        return rows
