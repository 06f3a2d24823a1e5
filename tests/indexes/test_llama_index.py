"""A LlamaIndex user can take our splitter and our search."""

from __future__ import annotations

from collections.abc import Callable

from llama_index.core import Document
from llama_index.core.ingestion import IngestionPipeline

from indexes import Article, Index
from indexes.llama_index import OnRecordRetriever, PassageParser, from_document, to_document
from indexes.types.article import new_article
from indexes.types.filters import Filter

Add = Callable[..., list[str]]


def words(texts: object) -> list[int]:
    return [len(str(text).split()) for text in texts]  # type: ignore[attr-defined]


def test_the_splitter_runs_in_an_ingestion_pipeline(article: Article) -> None:
    nodes = IngestionPipeline(transformations=[PassageParser(words, passage_tokens=20)]).run(
        documents=[to_document(article)]
    )
    assert len(nodes) == 3
    for node in nodes:
        assert article.text[node.start_char_idx : node.end_char_idx] == node.text
        assert node.ref_doc_id == article.id
        assert node.metadata["sha256"] == article.sha256


def test_any_document_can_be_cut() -> None:
    (node,) = PassageParser(words).get_nodes_from_documents([Document(text="Mr. Smith met Sen. J. Jones.", id_="d")])
    assert node.text == "Mr. Smith met Sen. J. Jones."
    assert node.node_id == "d:1:0"


def test_a_document_gives_its_article_back(article: Article) -> None:
    assert from_document(to_document(article)) == article


def test_the_retriever_gives_what_the_index_finds(index: Index, add: Add, article: Article) -> None:
    add(article)
    found = OnRecordRetriever(index, top=5).retrieve("who denied the call?")
    hits = index.search("who denied the call?", top=5)
    assert [(node.node.node_id, node.score) for node in found] == [(hit.passage.id, hit.score) for hit in hits]
    assert found[0].node.metadata["title"] == "Presidency denies phone call"


def test_the_retriever_searches_only_where_it_is_told_to(index: Index, add: Add, article: Article) -> None:
    add(article, new_article("The two leaders did not call.", id="other", source="Southline"))
    found = OnRecordRetriever(index, where=Filter(sources=("southline",))).retrieve("who denied the call?")
    assert [node.node.ref_doc_id for node in found] == ["other"]
