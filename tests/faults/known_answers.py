"""Questions whose right answers are known: worked out from the stored vectors alone, by arithmetic."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.fast_index import QuickIndex

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors
    from indexes.search.exact import Seqs

_BY_VECTOR, _IN_WORDS, _TOP = 40, 20, 3
_SAME = 1e-3


@dataclass
class Probes:
    """Vectors with the cosines of the nearest passages there are, and questions with the article that answers each."""

    number: int
    vectors: Vectors
    nearest: list[dict[int, float]]
    questions: dict[str, str]
    every: Seqs
    cosines: Vectors
    """Of each vector with each of ``every``."""
    embedded: Counter[int] = field(default_factory=Counter)
    """How many questions each index had to embed."""

    @classmethod
    def of(cls, index: QuickIndex) -> Probes:
        """Of an index that is sound: every so many of its passages, a little to the side."""
        import numpy as np

        kept = index.store.recipe()
        assert kept is not None
        seqs, rows = (
            np.concatenate(column)
            for column in zip(*((seqs, rows) for _, seqs, rows in index.store.vectors(kept[0])), strict=True)
        )
        some = np.linspace(0, len(seqs) - 1, _BY_VECTOR, dtype=int)
        vectors = rows[some] + np.random.default_rng(1).normal(scale=0.02, size=(len(some), rows.shape[1]))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        cosines = vectors @ rows.T
        nearest = [{int(seqs[at]): float(of[at]) for at in np.argsort(-of)[:_TOP]} for of in cosines]
        named = [index.store.article(id) for id in index.store.article_ids()[:: max(1, len(seqs) // _IN_WORDS)]]
        questions = {article.text.split("that ")[1].split(" crowns")[0]: article.id for article in named[:_IN_WORDS]}
        return cls(kept[0], vectors, nearest, questions, seqs, cosines)

    @property
    def count(self) -> int:
        return 2 * len(self.vectors) + len(self.questions)

    def wrong(self, index: QuickIndex, all_nearest: bool = True) -> int:
        """How many vectors, asked for through Chroma and of the vector file, give other passages or cosines.

        Without ``all_nearest`` Chroma may miss some of the nearest of many passages: what it tells must be so.
        """
        chroma, file = (
            [dict(index.dense.nearest(vector, self.number, _TOP, among)) for vector in self.vectors]
            for among in (None, self.every)
        )
        right = self.nearest if all_nearest else [self._cosines(n, found) for n, found in enumerate(chroma)]
        return sum(not _same(found, so) for found, so in zip(chroma, right, strict=True)) + sum(
            not _same(found, so) for found, so in zip(file, self.nearest, strict=True)
        )

    def _cosines(self, n: int, found: dict[int, float]) -> dict[int, float]:
        """What is so of the passages that were found for a vector; none of too few."""
        import numpy as np

        places = np.searchsorted(self.every, list(found))
        return dict(zip(found, self.cosines[n][places].tolist(), strict=True)) if len(found) == _TOP else {}

    def missed(self, index: QuickIndex) -> int:
        """How many questions in words do not bring up their article first."""
        self.embedded[id(index)] += len(self.questions)
        hits = {id: index.search(question, top=3) for question, id in self.questions.items()}
        return sum(not found or found[0].article.id != id for id, found in hits.items())

    def embedded_besides(self, index: QuickIndex) -> int:
        """How many texts the index embedded that were no questions."""
        return index.embedder.embedded - self.embedded[id(index)]


def _same(found: dict[int, float], nearest: dict[int, float]) -> bool:
    return found.keys() == nearest.keys() and all(abs(found[seq] - nearest[seq]) < _SAME for seq in found)
