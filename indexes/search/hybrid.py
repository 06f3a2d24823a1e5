"""Hybrid search: dense and keyword search, joint scoring of their results, and grouping of copies."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from indexes.search import filter_sql, scoring
from indexes.search.analysis import stems
from indexes.search.keyword_index import KeywordSearch
from indexes.search.term_lookup import TermLookup
from indexes.search.vector_search import VectorSearch
from indexes.storage import near_duplicates
from indexes.storage.store import Store
from indexes.types.filters import EVERYTHING, Filter
from indexes.types.passages import Hit

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors
    from indexes.search.exact import Seqs
    from indexes.types.article import Article
    from indexes.types.passages import Passage

CHANNELS = ("dense", "keyword")
_DEPTH = 40
"""The least number of passages each channel passes on for scoring."""


Reranker = Callable[[str, list[Hit]], list[Hit]]
"""Reranks hits for a question, best first; may leave some out."""

_RERANKED = 30
"""The least number of hits a reranker is given."""


@dataclass(frozen=True)
class Asked:
    """A search: the question as text and, for the dense channel, as a (1, dimension) vector; and its options."""

    question: str
    vector: Vectors
    top: int
    where: Filter = EVERYTHING
    today: date | None = None
    channels: Collection[str] = CHANNELS
    rerank: Reranker | None = None


@dataclass
class Stopwatch:
    """Measures the seconds spent on each stage of a search."""

    seconds: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now


@dataclass(frozen=True)
class Searcher:
    """Searches the live passages of one index."""

    store: Store
    dense: VectorSearch
    keywords: KeywordSearch
    recipe: int

    def search(self, asked: Asked, watch: Stopwatch) -> list[Hit]:
        """The ``asked.top`` best hits, best first. Call within a snapshot.

        Raises:
            ImpossibleFilter: no article matches the filter.
        """
        words = stems(asked.question)
        where = filter_sql.resolved(self.store, asked.where)
        among = filter_sql.seqs_where(self.store, where, self.recipe) if where else None
        depth = max(_DEPTH, asked.top)
        rankings: dict[str, dict[int, float]] = {}
        watch.lap("filter")
        if "dense" in asked.channels:
            rankings["dense"] = dict(self.dense.nearest(asked.vector[0], self.recipe, depth, among))
            watch.lap("dense")
        if "keyword" in asked.channels:
            rankings["keyword"] = dict(self.keywords.nearest(words, self.recipe, depth, where))
            watch.lap("keyword")
        hits = self._ranked(asked, words, rankings)
        grouped = list(itertools.islice(self._grouped(hits), max(asked.top, _RERANKED if asked.rerank else 0)))
        watch.lap("fuse")
        if asked.rerank is None:
            return grouped
        reranked = asked.rerank(asked.question, grouped)[: asked.top]
        watch.lap("rerank")
        return [replace(hit, rank=rank) for rank, hit in enumerate(reranked, start=1)]

    def _ranked(self, asked: Asked, words: list[str], rankings: Mapping[str, Mapping[int, float]]) -> list[Hit]:
        """The channels' results as hits, best first. With only one channel, its own score is used."""
        found = {
            seq: tuple(c for c in rankings if seq in rankings[c]) for scoring in rankings.values() for seq in scoring
        }
        passages = self.store.passages(list(found), self.recipe)
        articles = self.store.articles({(p.article_id, p.version) for p in passages.values()})
        told = {seq: (passage, articles[passage.article_id, passage.version]) for seq, passage in passages.items()}
        if len(rankings) == 1:
            (scores,) = rankings.values()
        else:
            scores = self._scores(asked, words, told, rankings["dense"])
        order = sorted(told, key=lambda seq: (-scores[seq], passages[seq].id))
        return [Hit(*told[seq], float(scores[seq]), rank, found[seq]) for rank, seq in enumerate(order, start=1)]

    def _scores(
        self, asked: Asked, words: list[str], told: Mapping[int, tuple[Passage, Article]], cosines: Mapping[int, float]
    ) -> dict[int, float]:
        import numpy as np

        unknown: Seqs = np.array(sorted(told.keys() - cosines.keys()), np.int64)
        cosine = {**cosines, **self.dense.cosines(asked.vector[0], self.recipe, unknown)}
        rarity = TermLookup(self.keywords, self.recipe).rarity(set(words))
        question = scoring.Question.of(asked.question, words, rarity, asked.today)
        titles = {article.title: stems(article.title) for _, article in told.values()}
        return {
            seq: scoring.score(
                question,
                titles[article.title],
                stems(article.text[passage.start : passage.end]),
                article.published,
                cosine[seq],
            )
            for seq, (passage, article) in told.items()
        }

    def _grouped(self, hits: list[Hit]) -> Iterator[Hit]:
        """The hits, with copies of one passage in several articles of a story grouped under the best."""
        told = near_duplicates.stories_of(self.store, {hit.article.id for hit in hits})
        taken: set[str] = set()
        rank = itertools.count(1)
        for at, hit in enumerate(hits):
            if hit.passage.id in taken:
                continue
            story = told.get(hit.article.id)
            copies = [
                other
                for other in hits[at + 1 :]
                if other.article.id != hit.article.id
                and story is not None
                and told.get(other.article.id) == story
                and other.passage.id not in taken
                and scoring.same_words(hit.sentences, other.sentences)
            ]
            taken.update(copy.passage.id for copy in copies)
            yield replace(hit, rank=next(rank), copies=tuple(copies))
