"""LlamaIndex's own ingestion pipeline, to be timed beside ours: SentenceSplitter, HuggingFaceEmbedding, Chroma."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from indexes import Article


class Pipeline:
    """An IngestionPipeline into a Chroma collection of its own, with the model in ``model``.

    Its defaults, or, with ``tokens``, chunks of so many of the model's own tokens without overlap: all that the model
    can read of them. The default chunks are four times longer, and the model leaves the rest of each unread.
    """

    def __init__(self, folder: Path, model: Path, tokens: Callable[[str], Sequence[int]] | None = None, most: int = 0):
        import chromadb
        from chromadb.config import Settings
        from llama_index.core.ingestion import IngestionPipeline
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore

        sized: dict[str, Any] = {"chunk_size": most, "chunk_overlap": 0, "tokenizer": tokens} if tokens else {}
        self._client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        self._collection = self._client.create_collection("articles", embedding_function=None)
        self._pipeline = IngestionPipeline(
            transformations=[SentenceSplitter(**sized), HuggingFaceEmbedding(model_name=str(model), device="cpu")],
            vector_store=ChromaVectorStore(chroma_collection=self._collection),
            disable_cache=True,
        )

    def add(self, articles: Sequence[Article]) -> list[str]:
        """The texts that were embedded, whole; of a long one the model reads the beginning."""
        from llama_index.core.schema import MetadataMode

        nodes = self._pipeline.run(documents=[_document(article) for article in articles])
        return [node.get_content(MetadataMode.EMBED) for node in nodes]

    def close(self) -> None:
        self._client.close()


def _document(article: Article) -> Any:
    """With the title and the date, which it embeds with each chunk as we do. Chroma takes no None."""
    from llama_index.core.schema import Document

    known = {"title": article.title, "published": str(article.published or "")}
    return Document(id_=article.id, text=article.text, metadata=known)
