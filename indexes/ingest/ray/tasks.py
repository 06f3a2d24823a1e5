"""What runs on the machines of a cluster: reading and embedding, in pieces of work that can each be done again.

Called by Ray in processes of its own. Knows no index, and keeps nothing but the model.
"""

from __future__ import annotations

import functools
import importlib.metadata
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from indexes.embedding.embedder import Embedder, locate_model
from indexes.ingest.chunking import PASSAGE_RULES
from indexes.ingest.pipeline import BuiltPassages, PassageBuilder, PendingArticle, made
from indexes.loaders.documents import Document, kept_document
from indexes.loaders.sandbox.pool import read_documents
from indexes.loaders.sandbox.protocol import Item
from indexes.storage.store import Recipe
from indexes.types.article import Article
from indexes.types.errors import ClusterFailed, OnRecordError


@contextmanager
def _under_its_name() -> Iterator[None]:
    """Has what fails here told with the name of the machine it failed on."""
    try:
        yield
    except OnRecordError as error:
        said = str(error).rstrip(".")
        raise ClusterFailed(f"The machine {socket.gethostname()} of the cluster cannot take part: {said}") from None


@dataclass(frozen=True)
class Sent:
    """A document with all that is in it, so that no other machine needs to reach its file."""

    body: bytes
    kind: str
    max_bytes: int
    where: str
    origin: str

    def document(self) -> Document:
        return replace(kept_document(self.body, self.kind, self.max_bytes), where=self.where, origin=self.origin)


@_under_its_name()
def read(sent: Sequence[Sent]) -> list[list[Item]]:
    """What is in each document, read as it would be anywhere: by a process that is locked in."""
    return [list(read_documents([one.document()])) for one in sent]


@_under_its_name()
def embed(articles: Sequence[Article], recipe: Recipe) -> list[BuiltPassages]:
    """What each article becomes under ``recipe``.

    Raises:
        ClusterFailed: this machine would make something else of it.
    """
    return made(_builder(recipe), [PendingArticle(article, 0) for article in articles])


@_under_its_name()
def examine(recipe: Recipe, version: str) -> None:
    """Passes if this machine makes of an article just what one with On Record ``version`` makes of it.

    Raises:
        ClusterFailed: it does not.
    """
    here = own_version()
    if here != version:
        raise ClusterFailed(f"it has On Record {here}, not {version}. Install the same there")
    _builder(recipe)


def own_version() -> str:
    return importlib.metadata.version("onrecord")


@functools.lru_cache(maxsize=1)
def _builder(recipe: Recipe) -> PassageBuilder:
    """The passage builder for a recipe, in its number format whatever this processor would like best."""
    files = locate_model(recipe.model)
    if files.sha256 != recipe.sha256:
        raise ClusterFailed(
            f"its model {recipe.model} ({files.sha256[:8]}…) is not the index's ({recipe.sha256[:8]}…). "
            "Put the same one there"
        )
    if recipe.rules != PASSAGE_RULES:
        raise ClusterFailed(
            f"it cuts by the rules {PASSAGE_RULES}, not {recipe.rules}. Install the same On Record there"
        )
    return PassageBuilder(Embedder(files, recipe.number_format), 0, recipe)
