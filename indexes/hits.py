"""The hit: a passage found for a question. And how two rankings become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexes.article import Article
from indexes.passages import Passage


@dataclass(frozen=True)
class Hit:
    """A passage found for a question, best first: rank 1 is the closest.

    ``score`` is the fused score (higher is better, comparable within one question only); ``channels`` names the
    searches that found it, out of "dense" and "keyword".
    """

    passage: Passage
    article: Article
    score: float
    rank: int
    channels: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.article.text[self.passage.start : self.passage.end]


def fuse(rankings: Mapping[str, Sequence[str]], k: int = 60) -> list[tuple[str, float, tuple[str, ...]]]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): score = Σ 1 / (k + rank).

    Takes ids, best first, by channel; gives ids with scores and the channels that had them, best first, ties by id.
    """
    scores: dict[str, float] = defaultdict(float)
    channels: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for channel, ids in rankings.items():
        for rank, id in enumerate(ids, start=1):
            scores[id] += 1.0 / (k + rank)
            channels[id] += (channel,)
    ranked = sorted(scores, key=lambda id: (-scores[id], id))
    return [(id, scores[id], channels[id]) for id in ranked]
