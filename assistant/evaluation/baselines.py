"""The baselines: plain BM25, and "naive", LlamaIndex with its tutorial defaults over Chroma and the same model.

SentenceSplitter, HuggingFaceEmbedding, ChromaVectorStore and VectorStoreIndex, none of their options touched.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.evaluation.caching import Advance, cache_folder, model_sha256
from assistant.evaluation.corpora import Corpus
from assistant.evaluation.questions import DatasetError
from assistant.evaluation.runs import Found, found_from
from indexes import Article, Hit, Index
from indexes.search.analysis import stems, text_analyzer
from indexes.types.errors import OnRecordError

if TYPE_CHECKING:
    from assistant.evaluation.questions import Question
    from assistant.settings import Settings

_TEXT = "text"


class PlainBM25:
    """BM25 over an index in memory, built on each run: a few seconds for fifty thousand passages."""

    name = "bm25"
    settings: Mapping[str, Any] = {"k1": 1.2, "b": 0.75}

    def __init__(self, index: Index) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("seq", fast=True)
        builder.add_text_field(_TEXT, tokenizer_name=_TEXT, index_option="freq")
        self._schema = builder.build()
        self._store = index.store
        self._recipe = index.builder().number
        made = tantivy.Index(self._schema)
        made.register_tokenizer(_TEXT, text_analyzer())
        writer = made.writer(num_threads=1)
        for seq, passage, article in index.store.passages_after(self._recipe, 0):
            writer.add_document(tantivy.Document(seq=seq, text=article.text[passage.start : passage.end]))
        writer.commit()
        made.reload()
        self._searcher = made.searcher()

    def search(self, question: Question, top: int) -> tuple[list[Found], dict[str, float]]:
        start = time.perf_counter()
        scores = self._scores(question.text, top)
        passages = self._store.passages(list(scores), self._recipe)
        hits = [
            Hit(passages[seq], self._store.article(passages[seq].article_id), score, rank, ("bm25",))
            for rank, (seq, score) in enumerate(scores.items(), start=1)
        ]
        return [found_from(hit) for hit in hits], {"total": time.perf_counter() - start}

    def _scores(self, question: str, top: int) -> dict[int, float]:
        """Passages by ``seq``, best first."""
        from tantivy import Occur, Query

        words = [Query.term_query(self._schema, _TEXT, stem, index_option="freq") for stem in set(stems(question))]
        if not words:
            return {}
        hits = self._searcher.search(Query.boolean_query([(Occur.Should, word) for word in words]), top).hits
        seqs = [int(seq or 0) for seq in self._searcher.fast_field_values("seq", [address for _, address in hits])]
        return dict(sorted(zip(seqs, (score for score, _ in hits), strict=True), key=lambda hit: (-hit[1], hit[0])))


_PACKAGES = ("llama-index-core", "llama-index-embeddings-huggingface", "llama-index-vector-stores-chroma", "chromadb")
_COLLECTION = "articles"
_BATCH = 32
"""Articles inserted in one call, for the sake of the progress bar."""


class NaiveMissing(OnRecordError):
    """The naive system needs packages that are not installed. Seen by the person running the evaluation."""


@dataclass(frozen=True)
class Naive:
    """LlamaIndex over a Chroma collection built by :func:`opened`."""

    index: Any
    settings: Mapping[str, Any]
    name: str = "naive"

    def search(self, question: Question, top: int) -> tuple[list[Found], dict[str, float]]:
        start = time.perf_counter()
        nodes = self.index.as_retriever(similarity_top_k=top).retrieve(question.text)
        return [_found(node) for node in nodes], {"total": time.perf_counter() - start}


def check() -> None:
    """Raises:
    NaiveMissing: says in one line how to install what is missing.
    """
    _versions()


@contextmanager
def opened(corpus: Corpus, settings: Settings, advance: Advance) -> Iterator[Naive]:
    """The baseline over ``corpus``. Its index is built in a separate folder and moved into place when complete."""
    recipe = {"system": "naive", "model": model_sha256(settings), **_versions()}
    folder = cache_folder(corpus, settings, recipe)
    embedding = _embedding(settings)
    if not folder.exists():
        _build(folder, corpus, embedding, advance)
    client = _client(folder)
    try:
        yield Naive(_index(client.get_collection(_COLLECTION), embedding), recipe)
    finally:
        client.close()


def _versions() -> dict[str, str]:
    try:
        return {package: version(package) for package in _PACKAGES}
    except PackageNotFoundError as error:
        raise NaiveMissing(f'the system "naive" needs {error.name}: pip install "onrecord[eval]"') from None


def _build(folder: Path, corpus: Corpus, embedding: Any, advance: Advance) -> None:
    begun = folder.with_name(folder.name + ".begun")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    client = _client(begun)
    try:
        index = _index(client.create_collection(_COLLECTION), embedding)
        with advance("Indexing articles with LlamaIndex", corpus.count()) as step:
            count = _insert(index, corpus, step)
    finally:
        client.close()
    if not count:
        shutil.rmtree(begun)
        raise DatasetError("none of the dataset's articles could be read, so there is nothing to search.")
    begun.rename(folder)


def _insert(index: Any, corpus: Corpus, step: Any) -> int:
    """Inserts the articles and returns their number. Each id is inserted once, in its last version, as in On Record."""
    from llama_index.core.node_parser import SentenceSplitter

    articles = list({item.id: item for item in corpus.read() if isinstance(item, Article)}.values())
    for batch in (articles[at : at + _BATCH] for at in range(0, len(articles), _BATCH)):
        index.insert_nodes(SentenceSplitter().get_nodes_from_documents([_document(article) for article in batch]))
        for _ in batch:
            step()
    return len(articles)


def _document(article: Article) -> Any:
    """The article with its metadata. Chroma accepts neither lists nor None."""
    from llama_index.core.schema import Document

    known = {
        "title": article.title,
        "source": article.source,
        "url": article.url,
        "authors": ", ".join(article.authors),
        "published": str(article.published or ""),
    }
    return Document(id_=article.id, text=article.text, metadata={name: value for name, value in known.items() if value})


def _embedding(settings: Settings) -> Any:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from transformers.utils import logging

    from indexes.embedding.embedder import locate_model

    logging.disable_progress_bar()
    return HuggingFaceEmbedding(model_name=str(locate_model(settings.embedding_model, settings.hub).folder))


def _index(collection: Any, embedding: Any) -> Any:
    from llama_index.core import VectorStoreIndex
    from llama_index.vector_stores.chroma import ChromaVectorStore

    return VectorStoreIndex.from_vector_store(ChromaVectorStore(chroma_collection=collection), embed_model=embedding)


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _found(scored: Any) -> Found:
    node = scored.node
    start = node.start_char_idx or 0
    text = node.get_content()
    metadata = node.metadata
    return Found(
        article_id=node.ref_doc_id,
        title=str(metadata.get("title", "")),
        source=str(metadata.get("source", "")),
        start=start,
        end=node.end_char_idx or start + len(text),
        text=text,
        score=float(scored.score or 0.0),
    )
