"""The search systems under evaluation, behind one interface: a question in, passages out, best first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.evaluation.caching import Advance, cached_index
from assistant.evaluation.corpora import Corpus, Kept
from assistant.evaluation.questions import IndexedArticles
from assistant.evaluation.runs import Found, System, found_from
from indexes import Article, Index
from indexes.search.hybrid import CHANNELS, Reranker

if TYPE_CHECKING:
    from assistant.answering.reader_judge import ReaderJudge
    from assistant.evaluation.questions import Question
    from assistant.settings import Settings

OURS = {"hybrid": CHANNELS, "reranked": CHANNELS, "dense": ("dense",), "keyword": ("keyword",)}
"""On Record's searches by name, with the channels they use. "reranked" is "hybrid", reranked by the reader."""

SYSTEMS = (*OURS, "bm25", "naive")


@dataclass(frozen=True)
class OnRecord:
    """On Record's own search. With ``dated`` it is told the day a question was asked, where known."""

    name: str
    index: Index
    dated: bool
    rerank: Reranker | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        kept = self.index.store.recipe()
        return {"dated": self.dated, **(vars(kept[1]) if kept else {})}

    def search(self, question: Question, top: int) -> tuple[list[Found], dict[str, float]]:
        today = question.asked if self.dated else None
        seconds: dict[str, float] = {}
        start = time.perf_counter()
        hits = self.index.search(
            question.text, top, today=today, timings=seconds, channels=OURS[self.name], rerank=self.rerank
        )
        return [found_from(hit) for hit in hits], {**seconds, "total": time.perf_counter() - start}


@dataclass(frozen=True)
class Bench:
    """The systems of one evaluation, in the order asked for, and the articles they all search, by id.

    ``judge`` gives On Record's answers from the same articles; None if only a baseline has indexed them.
    """

    systems: tuple[System, ...]
    judge: ReaderJudge | None
    articles: Mapping[str, Article]
    notices: tuple[str, ...] = ()


@contextmanager
def opened(
    names: tuple[str, ...], corpus: Corpus | None, settings: Settings, dated: bool, advance: Advance
) -> Iterator[Bench]:
    """Opens the systems over ``corpus``, or over the configured index if it is None. Builds what is not cached.

    Raises:
        DatasetError: there are no articles to search.
        NaiveMissing: the naive system needs packages that are not installed.
    """
    from assistant.evaluation import baselines
    from assistant.evaluation.baselines import PlainBM25
    from assistant.factory import open_judge

    if "naive" in names:
        baselines.check()
    with ExitStack() as stack:
        index: Index | None = None
        notices: list[str] = []
        if corpus is None or set(names) - {"naive"}:
            index, notices = stack.enter_context(cached_index(corpus, settings, advance))
        searched = corpus if corpus is not None else Kept(index) if index is not None else None
        judge = open_judge(settings, index) if index is not None else None
        systems: list[System] = []
        for name in names:
            if name == "naive" and searched is not None:
                systems.append(stack.enter_context(baselines.opened(searched, settings, advance)))
            elif name == "bm25" and index is not None:
                systems.append(PlainBM25(index))
            elif index is not None and judge is not None:
                systems.append(OnRecord(name, index, dated, judge.rerank if name == "reranked" else None))
        yield Bench(tuple(systems), judge, _articles(index, corpus), tuple(notices))


def _articles(index: Index | None, corpus: Corpus | None) -> Mapping[str, Article]:
    if index is not None:
        return IndexedArticles(index)
    return {item.id: item for item in (corpus.read() if corpus else ()) if isinstance(item, Article)}
