"""Sends pieces of work to a Ray cluster that this process has joined, and waits for what becomes of them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from indexes.ingest.pipeline import BuiltPassages, PassageBuilder, PassageMakers, PendingArticle
from indexes.ingest.ray import tasks
from indexes.ingest.ray.tasks import Sent
from indexes.loaders.documents import MEGABYTE, Document, Refusal, too_large
from indexes.loaders.formats import LINES
from indexes.loaders.sandbox.pool import read_documents
from indexes.loaders.sandbox.protocol import Item
from indexes.storage.store import Recipe
from indexes.types.article import Article
from indexes.types.errors import ClusterFailed

_TRIES = 3
"""So often a piece of work is begun, whatever becomes of those who are at it; then what is in it is tried singly."""
_PER_PROCESSOR = 2
"""Batches on their way for each processor: one that it works on, and one that waits for it."""
_PASSAGE_LETTERS = 1000
_LOOK_SECONDS, _ALONE_SECONDS, _EXAMINE_SECONDS = 5, 60, 120
_AGAIN = "What was reported is on disk: fix that and run the same command again."
FATAL = "the process of the cluster that worked on it ended"


@dataclass(frozen=True)
class PendingWork:
    """A piece of work that is on its way: what is done with each of ``pieces``."""

    work: Callable[..., list[Any]]
    pieces: Sequence[Any]
    more: tuple[Any, ...]
    promise: Any


class Cluster:
    """A cluster that this process has joined."""

    def __init__(self, ray: Any, address: str) -> None:
        self._ray, self._address = ray, address
        self._processors, self._looked = 0, 0.0
        once_more = ray.remote(num_cpus=1, max_retries=_TRIES - 1)
        self._remote = {work: once_more(work) for work in (tasks.read, tasks.embed)}

    def examine(self, recipe: Recipe) -> None:
        """Asks every machine whether it makes what this one would.

        Raises:
            ClusterFailed: one does not.
        """
        asked = [(machine, self._examining(machine, recipe)) for machine in self._machines()]
        if not sum(self._passed(machine["NodeManagerAddress"], promise) for machine, promise in asked):
            raise ClusterFailed(
                f"No machine of the Ray cluster at {self._address} has a processor for it. "
                "Start one: ray start --address=HOST:PORT"
            )

    def processors(self) -> int:
        """How many processors its machines have now."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._processors = sum(int(machine["Resources"]["CPU"]) for machine in self._machines())
            self._looked = time.monotonic()
        return self._processors

    def makers(self, builder: PassageBuilder) -> PassageMakers:
        return _ClusterBuilders(self, builder.recipe)

    def read_documents(self, found: Iterable[Document | Refusal]) -> Iterator[Item]:
        """As :func:`indexes.loaders.sandbox.pool.read_documents`, on the cluster.

        Files that hold an article a line are read here: it takes less to read them than to send them.
        """

        reading = Reading(self, iter(found))
        reading.look_ahead()
        return reading.items()

    def send(self, work: Callable[..., list[Any]], pieces: Sequence[Any], *more: Any) -> PendingWork:
        return PendingWork(work, pieces, more, self._remote[work].remote(pieces, *more))

    def results(self, pending: PendingWork) -> list[Any]:
        """What became of each piece; None of one that ended every process that worked on it.

        Raises:
            ClusterFailed: there is nobody left who could do it.
        """
        errors = self._ray.exceptions
        try:
            return list(self._waited(pending))
        except errors.RayTaskError as error:
            said = _said_there(error) or f"A machine of the cluster failed: {why(error)}"
            raise ClusterFailed(f"{said}. {_AGAIN}") from None
        except (errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError, errors.ObjectLostError):
            if len(pending.pieces) == 1:
                return [None]
            alone = [self.send(pending.work, [piece], *pending.more) for piece in pending.pieces]
            return [self.results(one)[0] for one in alone]
        except errors.RayError as error:
            raise ClusterFailed(f"The Ray cluster at {self._address} failed: {why(error)}. {_AGAIN}") from None

    def _waited(self, pending: PendingWork) -> Any:
        alone_since = None
        while not self._ray.wait([pending.promise], timeout=_LOOK_SECONDS)[0]:
            alone_since = None if self._machines() else alone_since or time.monotonic()
            if alone_since and time.monotonic() - alone_since > _ALONE_SECONDS:
                raise ClusterFailed(f"The Ray cluster at {self._address} has lost all its machines. {_AGAIN}")
        return self._ray.get(pending.promise)

    def _machines(self) -> list[Any]:
        try:
            known = self._ray.nodes()
        except Exception as error:  # of many kinds, when its head is gone
            raise ClusterFailed(f"The Ray cluster at {self._address} does not answer: {why(error)}. {_AGAIN}") from None
        return [machine for machine in known if machine["Alive"] and machine["Resources"].get("CPU")]

    def _passed(self, name: str, promise: Any) -> bool:
        """Whether a machine takes part; not if it is gone by now. Raises ClusterFailed if it cannot."""
        errors = self._ray.exceptions
        try:
            self._ray.get(promise, timeout=_EXAMINE_SECONDS)
        except (errors.TaskUnschedulableError, errors.NodeDiedError):
            return False
        except errors.RayError as error:
            said = f"The machine {name} of the cluster cannot take part: {why(error)}"
            raise ClusterFailed(f"{_said_there(error) or said}.") from None
        return True

    def _examining(self, machine: Any, recipe: Recipe) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(machine["NodeID"], soft=False)
        examine = self._ray.remote(num_cpus=0, max_retries=0, scheduling_strategy=there)(tasks.examine)
        return examine.remote(recipe, tasks.own_version())


class _ClusterBuilders:
    """Makers for as long as the cluster is joined. What is in a batch is only guessed: articles are cut there."""

    def __init__(self, cluster: Cluster, recipe: Recipe) -> None:
        self._cluster, self._recipe = cluster, recipe

    @property
    def ahead(self) -> int:
        return max(1, _PER_PROCESSOR * self._cluster.processors())

    def begin(self, article: Article) -> PendingArticle:
        return PendingArticle(article, 1 + len(article.text) // _PASSAGE_LETTERS)

    def make(self, work: Sequence[PendingArticle]) -> Callable[[], list[BuiltPassages]]:
        pending = self._cluster.send(tasks.embed, [begun.article for begun in work], self._recipe)
        return lambda: [result or BuiltPassages([], refused=FATAL) for result in self._cluster.results(pending)]

    def leave(self) -> None:
        """What is still being made ends with the cluster."""


def why(error: BaseException) -> str:
    """What went wrong, in one line without an end."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, TimeoutError):
        return "it does not answer"
    if "No module named" in str(cause):
        return "On Record with the extra ray is not installed there, or not the same. Install it there"
    return " ".join(str(cause).split())[:400].rstrip(".")


def _said_there(error: Any) -> str:
    """What a machine of the cluster itself said was wrong; nothing, if it did not get to say it."""
    cause = getattr(error, "cause", None)
    return str(cause) if isinstance(cause, ClusterFailed) else ""


_DOCUMENTS, _BYTES = 16, 4 * MEGABYTE
"""Documents read in one go, and how large they may be together."""
_GROUPS_AHEAD, _BYTES_AHEAD = 32, 64 * MEGABYTE


@dataclass
class _Group:
    """Documents that are next to each other; those that are sent are read in one go."""

    items: list[Sent | Document | Refusal] = field(default_factory=list)
    size: int = 0
    pending: PendingWork | None = None

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
                group.pending = self.cluster.send(tasks.read, group.sent())
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
        results = iter(self.cluster.results(group.pending) if group.pending else [])
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
