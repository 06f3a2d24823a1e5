"""Adds uploaded files and web addresses to the index and removes articles from it, one request at a time.

A request repeated by the same sender with its idempotency key, on the same route, is answered from memory. Keys are
lost on restart: adding the same articles again changes nothing.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from assistant.article_changes import add_articles, remove_articles
from assistant.desk import Desk
from assistant.output.serialization import outcome_json
from assistant.web.http.problems import IN_PROGRESS, KEY_REUSED, UNAVAILABLE
from assistant.web.http.queue import ClientGone
from assistant.web.http.sse import Step
from assistant.web.services.uploads import Sent
from indexes import Article, Index, Outcome, Refusal
from indexes.embedding.embedder import EmbeddingCancelled
from indexes.fetch.http import Fetcher
from indexes.fetch.web import in_pieces, read_url
from indexes.ingest.files import read_file
from indexes.ingest.outlets import FEEDS, Sender
from indexes.ingest.pipeline import OneThread
from indexes.loaders.documents import too_many

_KEPT = 1000
_PATIENCE = 5.0
"""The longest time, in seconds, that adding yields to questions before it takes a turn."""
MOST_RECORDS = 10_000
"""The most records in one request, refused ones included, and the most lines or records read of each of its files."""
_LOOK_AGAIN = 0.5
"""Seconds between checks that a client waiting to write is still connected."""


@dataclass(frozen=True)
class Key:
    """An idempotency key, with its sender and route."""

    whose: str
    route: str
    name: str


@dataclass(frozen=True)
class _Done:
    """The digest of a key's request and its outcomes; None while it is in progress."""

    content: str
    told: tuple[Step, ...] | None = None


class Intake:
    """Writes to one index. Requests of this process wait for each other; other processes make it busy."""

    def __init__(
        self,
        index: Index,
        desk: Desk,
        fetcher: Fetcher,
        lull: Callable[[float], None] = lambda seconds: None,
        most_records: int = MOST_RECORDS,
    ) -> None:
        """``lull`` waits until nobody asks, or for the given number of seconds."""
        self.fetcher = fetcher
        self._lull, self._most_records = lull, most_records
        self._index, self._desk = index, desk
        self._writing, self._looking = threading.Lock(), threading.Lock()
        self._done = OrderedDict[Key, _Done]()
        self._closed = False

    def add(self, sent: Sent, sender: Sender, key: Key | None, gone: threading.Event) -> Generator[Step]:
        """The outcome for each article sent, as soon as it is on disk. Stops once ``gone`` is set.

        Raises:
            ProblemRaised: the key was used for other content, or its request is still in progress.
            OnRecordError: the index cannot be written to.
        """
        if key is None:
            yield from self._steps(sent, sender, gone)
            return
        content = _digest(sent)
        known = self._known(key, content)
        yield from self._remembered(key, content, sent, sender, gone) if known is None else known

    def take(self, found: Iterable[Article | Refusal], gone: threading.Event, sender: Sender = FEEDS) -> list[Outcome]:
        """Adds a few articles already fetched, after yielding to questions, unless ``gone`` is set.

        Raises:
            NobodyListens: it was set; what had been added stays.
            ProblemRaised: the server is shutting down.
            OnRecordError: the index cannot be written to.
        """
        self._lull(_PATIENCE)
        with self._turn(gone):
            self._check_open()
            try:
                return list(add_articles(self._index, self._desk, found, partial(OneThread, gone=gone), sender))
            except EmbeddingCancelled:
                raise ClientGone from None

    def fetcher_until(self, gone: threading.Event) -> Fetcher:
        """A fetcher that stops once ``gone`` is set."""
        return replace(self.fetcher, before_each=partial(_check, gone))

    def close(self) -> None:
        """Stops writing; returns when the write in progress has ended."""
        self._closed = True
        with self._writing:
            pass

    def remove(self, article_id: str) -> None:
        """Removes an article. Raises NoSuchArticle, IndexBusy."""
        with self._writing:
            self._check_open()
            remove_articles(self._index, self._desk, [article_id])
        with self._looking:
            self._done = OrderedDict((key, done) for key, done in self._done.items() if not _tells_of(done, article_id))

    def _check_open(self) -> None:
        if self._closed:
            raise UNAVAILABLE.problem(
                "On Record is shutting down. Try again once it is running.", {"Retry-After": "30"}
            )

    @contextmanager
    def _turn(self, gone: threading.Event) -> Iterator[None]:
        """Holds this process's write lock; waiting for it ends when ``gone`` is set."""
        while not self._writing.acquire(timeout=_LOOK_AGAIN):
            _check(gone)
        try:
            _check(gone)
            yield
        finally:
            self._writing.release()

    def _steps(self, sent: Sent, sender: Sender, gone: threading.Event) -> Iterator[Step]:
        """Adds piece by piece, so that others need not wait while this request fetches, reads or has a slow client.

        Outcomes name files as they were sent, not their temporary paths.
        """
        for some in in_pieces(self._found(sent, gone), at_once=5 if sent.addresses else 50):
            outcomes = self.take((item for _, item in some), gone, sender)
            for (name, _), outcome in zip(some, outcomes, strict=True):
                yield "outcome", outcome_json(replace(outcome, where=name))

    def _found(self, sent: Sent, gone: threading.Event) -> Iterator[tuple[str, Article | Refusal]]:
        """Articles, each with the name of its source; a refusal in place of those over the limit."""
        found = itertools.chain(self._in_files(sent), self._on_the_web(sent, self.fetcher_until(gone)))
        for count, (name, item) in enumerate(found):
            _check(gone)
            if count == self._most_records:
                yield name, Refusal(name, too_many(self._most_records))
                return
            yield name, item

    def _in_files(self, sent: Sent) -> Iterator[tuple[str, Article | Refusal]]:
        """Articles in the files, without a path: two uploads of the same name are not the same article."""
        for file in sent.files:
            for item in read_file(file, self.fetcher.max_bytes, self._most_records):
                said = item.where if isinstance(item, Refusal) else str(file)
                yield said.removeprefix(f"{file.parent}/"), _without_origin(item)

    def _on_the_web(self, sent: Sent, fetcher: Fetcher) -> Iterator[tuple[str, Article | Refusal]]:
        for address in sent.addresses:
            for item in read_url(address, fetcher):
                yield item.where if isinstance(item, Refusal) else item.origin, item

    def _known(self, key: Key, content: str) -> tuple[Step, ...] | None:
        """The outcomes already given for ``key``; if None, the key is now marked as in progress."""
        with self._looking:
            done = self._done.get(key)
            if done is None:
                self._done[key] = _Done(content)
                return None
        if done.content != content:
            raise KEY_REUSED.problem("Other articles were already sent with this Idempotency-Key. Use a new one.")
        if done.told is None:
            raise IN_PROGRESS.problem(
                "The articles sent with this Idempotency-Key are still being added. Try again later."
            )
        return done.told

    def _remembered(self, key: Key, content: str, sent: Sent, sender: Sender, gone: threading.Event) -> Iterator[Step]:
        told = []
        try:
            for step in self._steps(sent, sender, gone):
                told.append(step)
                yield step
        except BaseException:  # a client that disconnected may send it again
            with self._looking:
                del self._done[key]
            raise
        with self._looking:
            self._done[key] = _Done(content, tuple(told))
            while len(self._done) > _KEPT:
                self._done.popitem(last=False)


def _check(gone: threading.Event) -> None:
    if gone.is_set():
        raise ClientGone


def _tells_of(done: _Done, article_id: str) -> bool:
    return any(what.get("article_id") == article_id for _, what in done.told or ())


def _without_origin(item: Article | Refusal) -> Article | Refusal:
    return item if isinstance(item, Refusal) else replace(item, origin="")


def _digest(sent: Sent) -> str:
    """The digest of the files' names and bytes, and of the addresses."""
    together = hashlib.sha256()
    for file in sent.files:
        with file.open("rb") as opened:
            together.update(f"{file.name}\0{hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    for address in (*sent.addresses, *([f"outlet {sent.outlet}"] if sent.outlet else [])):
        together.update(f"\0{address}\n".encode(errors="surrogatepass"))
    return together.hexdigest()
