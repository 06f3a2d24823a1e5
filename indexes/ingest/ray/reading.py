"""Reads documents on a cluster, some ahead of what is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from indexes.ingest.ray import worker
from indexes.ingest.ray.cluster import FATAL, Cluster, Errand
from indexes.ingest.ray.worker import Sent
from indexes.loaders.documents import LINES, Document
from indexes.loaders.refusal import MEGABYTE, Refusal, too_large
from indexes.loaders.sandbox.pool import read_documents
from indexes.loaders.sandbox.protocol import Item
from indexes.types.article import Article

_DOCUMENTS, _BYTES = 16, 4 * MEGABYTE
"""Documents read in one go, and how large they may be together."""
_GROUPS_AHEAD, _BYTES_AHEAD = 32, 64 * MEGABYTE


@dataclass
class _Group:
    """Documents that are next to each other; those that are sent are read in one go."""

    items: list[Sent | Document | Refusal] = field(default_factory=list)
    size: int = 0
    errand: Errand | None = None

    @property
    def is_full(self) -> bool:
        return len(self.items) >= _DOCUMENTS or self.size >= _BYTES

    def put(self, item: Sent | Document | Refusal) -> None:
        self.items.append(item)
        self.size += len(item.body) if isinstance(item, Sent) else 0

    def sent(self) -> list[Sent]:
        return [item for item in self.items if isinstance(item, Sent)]


@dataclass
class Reading:
    cluster: Cluster
    found: Iterator[Document | Refusal]
    ahead: deque[_Group] = field(default_factory=deque)

    def look_ahead(self) -> None:
        """Sends documents until enough are on their way."""
        while len(self.ahead) < _GROUPS_AHEAD and sum(group.size for group in self.ahead) < _BYTES_AHEAD:
            group = _Group()
            while not group.is_full and (item := next(self.found, None)) is not None:
                group.put(_taken(item))
            if not group.items:
                return
            if group.sent():
                group.errand = self.cluster.send(worker.read, group.sent())
            self.ahead.append(group)

    def items(self) -> Iterator[Item]:
        try:
            while self.ahead:
                yield from self._read(self.ahead[0])
                self.ahead.popleft()
                self.look_ahead()
        finally:
            for group in self.ahead:
                for item in group.items:
                    if isinstance(item, Document):
                        item.file.close()

    def _read(self, group: _Group) -> Iterator[Item]:
        results = iter(self.cluster.results(group.errand) if group.errand else [])
        for item in group.items:
            if isinstance(item, Document):
                yield from read_documents([item])
            elif isinstance(item, Refusal):
                yield item
            else:
                yield from _arrived(item, next(results))


def _taken(item: Document | Refusal) -> Sent | Document | Refusal:
    """The document with what is in it, unless it is to be read here."""
    if isinstance(item, Refusal) or item.kind in LINES:
        return item
    try:
        with item.file as file:
            body = file.read(item.max_bytes + 1)
    except OSError as error:
        return Refusal(item.where, error.strerror or str(error))
    if len(body) > item.max_bytes:  # it has grown since it was opened
        return Refusal(item.where, too_large(len(body), item.max_bytes))
    return Sent(body, item.kind, item.max_bytes, item.where, item.origin)


def _arrived(sent: Sent, found: list[Item] | None) -> Iterator[Item]:
    """What was found, at the time of this machine's clock."""
    if found is None:
        yield Refusal(sent.where, FATAL)
        return
    for item in found:
        yield replace(item, fetched_at=datetime.now(UTC)) if isinstance(item, Article) else item
