"""The reader as a LlamaIndex node postprocessor that orders nodes anew."""

from __future__ import annotations

from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from assistant.answering.reader_judge import ReaderJudge
from indexes import Hit, Passage
from indexes.ingest.sentence_splitter import split_sentences
from indexes.llama_index import from_document


class ReaderRerank(BaseNodePostprocessor):
    """Reads the nodes for the query and puts first those that answer it.

    Meant for the nodes of :class:`indexes.llama_index.OnRecordRetriever`: their scores are weighed with the reader's.
    Of many nodes the first twenty are read; the others follow as they were. Scores are 1 / rank. ``top_n`` keeps only
    so many.
    """

    top_n: int | None = None
    _judge: ReaderJudge = PrivateAttr()

    def __init__(self, judge: ReaderJudge, top_n: int | None = None, **data: Any) -> None:
        super().__init__(**{"top_n": top_n, **data})
        self._judge = judge

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            raise ValueError("ReaderRerank needs the query: hand postprocess_nodes query_str or query_bundle")
        hits = [hit for rank, scored in enumerate(nodes, start=1) if (hit := _hit(scored, rank)).passage.sentences]
        read = self._judge.rerank(query_bundle.query_str, hits)
        order = [int(hit.passage.id) for hit in read]
        order += [rank for rank in range(1, len(nodes) + 1) if rank not in set(order)]
        return [
            NodeWithScore(node=nodes[was - 1].node, score=1 / rank)
            for rank, was in enumerate(order[: self.top_n], start=1)
        ]


def _hit(scored: NodeWithScore, rank: int) -> Hit:
    """The node as a hit: its text as a small article with one passage, which ``rank`` names."""
    article = from_document(scored.node)
    sentences = tuple(split_sentences(article.text, article.language))
    return Hit(Passage(str(rank), article.id, 1, 0, sentences), article, scored.score or 0.0, rank, ())
