"""The border to LlamaIndex: our splitter as a NodeParser, our search as a BaseRetriever.

With :mod:`assistant.llama_index` all that knows LlamaIndex's types. Our own path does not run through it: importing
llama_index costs two seconds, and offsets, versions and hashes have no place in its nodes but the metadata.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import (
    BaseNode,
    Document,
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from indexes.index import Index
from indexes.ingest.chunking import CountTokens, PassageSize, cut_passages
from indexes.loaders.dates import stated_date
from indexes.types.article import Article, new_article
from indexes.types.filters import EVERYTHING, Filter
from indexes.types.passages import Hit, Passage

_MODEL_LIMIT = 254


def to_document(article: Article) -> Document:
    """A LlamaIndex document with everything :func:`from_document` needs to give the article back."""
    return Document(id_=article.id, text=article.text, metadata=_metadata(article))


def from_document(document: BaseNode) -> Article:
    """The article a document holds: its text normalised, its id and what its metadata names kept."""
    metadata = document.metadata
    return new_article(
        document.get_content(),
        id=document.id_,
        title=str(metadata.get("title", "")),
        url=str(metadata.get("url", "")),
        source=str(metadata.get("source", "")),
        authors=tuple(metadata.get("authors", ())),
        published=stated_date(metadata.get("published")),
        language=str(metadata.get("language", "")),
    )


def to_node(article: Article, passage: Passage) -> TextNode:
    """A node whose ``start_char_idx`` and ``end_char_idx`` are offsets into the article's text."""
    return TextNode(
        id_=passage.id,
        text=article.text[passage.start : passage.end],
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={**_metadata(article), "version": article.version, "sha256": article.sha256},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=article.id)},
    )


def _metadata(article: Article) -> dict[str, Any]:
    """What is known of the article. When it was fetched is left out: LlamaIndex would take it for a change."""
    return {
        **({"source_note": article.source_note} if article.source_note else {}),
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "authors": list(article.authors),
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
    }


class PassageParser(NodeParser):
    """Cuts documents into passages of whole sentences, as the index does. A LlamaIndex ``TransformComponent``.

    ``count`` gives the lengths of texts in model tokens: an embedder's ``count_tokens``.
    """

    passage_tokens: int = 240
    _count: CountTokens = PrivateAttr()

    def __init__(self, count: CountTokens, **data: Any) -> None:
        super().__init__(**data)
        self._count = count

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **_: Any) -> list[BaseNode]:
        size = PassageSize(self.passage_tokens, _MODEL_LIMIT)
        return [
            to_node(article, passage)
            for article in map(from_document, nodes)
            for passage in cut_passages(article, size, self._count)
        ]


class OnRecordRetriever(BaseRetriever):
    """The index's hybrid search for LlamaIndex engines, best first; ``where`` holds for every query.

    A node postprocessor of the engine may rerank what it gives.
    """

    def __init__(self, index: Index, top: int = 10, where: Filter = EVERYTHING, today: date | None = None) -> None:
        super().__init__()
        self._index = index
        self._top = top
        self._where = where
        self._today = today

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._index.search(query_bundle.query_str, self._top, where=self._where, today=self._today)
        return [_scored(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _scored(hit: Hit) -> NodeWithScore:
    return NodeWithScore(node=to_node(hit.article, hit.passage), score=hit.score)
