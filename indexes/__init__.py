"""Articles in, hits out. Never imports ``assistant``. Importing this package loads no model and no torch."""

from indexes.adding import Outcome
from indexes.article import Article
from indexes.errors import OnRecordError
from indexes.hits import Hit
from indexes.index import Index
from indexes.passages import Passage
from indexes.reading import Refusal, read_paths
from indexes.sentences import Sentence

__all__ = ["Article", "Hit", "Index", "OnRecordError", "Outcome", "Passage", "Refusal", "Sentence", "read_paths"]
