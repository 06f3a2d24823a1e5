"""Articles in, hits out. Never imports ``assistant``. Importing this package loads no model and no torch."""

from indexes.index import Index
from indexes.ingest.files import Refusal, read_paths
from indexes.ingest.pipeline import Outcome
from indexes.types.article import Article
from indexes.types.errors import OnRecordError
from indexes.types.passages import Hit, Passage, Sentence

__all__ = ["Article", "Hit", "Index", "OnRecordError", "Outcome", "Passage", "Refusal", "Sentence", "read_paths"]
