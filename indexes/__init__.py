"""Articles in, hits out. Never imports ``assistant``. Importing this package loads no model and no torch."""

from indexes.embedding.embedding_model import EmbeddingModel
from indexes.index import Index, open_index
from indexes.ingest.files import Refusal, read_paths
from indexes.ingest.pipeline import Outcome
from indexes.types.article import Article, new_article
from indexes.types.errors import OnRecordError
from indexes.types.filters import Filter
from indexes.types.passages import Hit, Passage, Sentence

__all__ = [
    "Article",
    "EmbeddingModel",
    "Filter",
    "Hit",
    "Index",
    "OnRecordError",
    "Outcome",
    "Passage",
    "Refusal",
    "Sentence",
    "new_article",
    "open_index",
    "read_paths",
]
