"""Takes uploaded files and web addresses into the index and articles out of it, one request at a time.

A request that comes again under its idempotency key is answered from memory: to whoever sent it, on the same route.
Kept while the process lives: adding the same articles once more would change nothing.
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
from assistant.web.http.queue import NobodyListens
from assistant.web.http.sse import Step
from assistant.web.services.uploads import Sent
from indexes import Article, Index, Outcome, Refusal
from indexes.embedding.embedder import Unwanted
from indexes.fetch.http import Fetcher
from indexes.fetch.web import in_pieces, read_url
from indexes.ingest.files import read_file
from indexes.ingest.outlets import FEEDS, Sender
from indexes.ingest.pipeline import OneThread
from indexes.loaders.documents import too_many

_KEPT = 1000
_PATIENCE = 5.0
"""Seconds for which adding lets those who ask go first, however many they are: then it is its turn for a moment."""
MOST_RECORDS = 10_000
"""Records that one request may bring, refused ones included, and lines or records that are read of one of its files."""
_LOOK_AGAIN = 0.5
"""Seconds between two looks whether whoever waits for their turn to write is still there."""


@dataclass(frozen=True)
class Key:
    """An idempotency key: the name that somebody gave to a request of theirs on one route."""

    whose: str
    route: str
    name: str


@dataclass(frozen=True)
class _Done:
    """What was asked under a key, and what was told; None while it is worked on."""

    content: str
    told: tuple[Step, ...] | None = None


class Intake:
    """The way into one index. Requests of this process wait for each other; other processes make it busy."""

    def __init__(
        self,
        index: Index,
        desk: Desk,
        fetcher: Fetcher,
        lull: Callable[[float], None] = lambda seconds: None,
        most_records: int = MOST_RECORDS,
    ) -> None:
        """``lull`` waits until nobody asks, or so many seconds."""
        self.fetcher = fetcher
        self._lull, self._most_records = lull, most_records
        self._index, self._desk = index, desk
        self._writing, self._looking = threading.Lock(), threading.Lock()
        self._done = OrderedDict[Key, _Done]()
        self._closed = False

    def add(self, sent: Sent, sender: Sender, key: Key | None, gone: threading.Event) -> Generator[Step]:
        """What became of each article that was sent, as soon as it is on disk; of no more once ``gone`` is set.

        Raises:
            ProblemRaised: the key was used for other content, or its request is still being worked on.
            OnRecordError: the index cannot be written to.
        """
        if key is None:
            yield from self._steps(sent, sender, gone)
            return
        content = _digest(sent)
        known = self._known(key, content)
        yield from self._remembered(key, content, sent, sender, gone) if known is None else known

    def take(self, found: Iterable[Article | Refusal], gone: threading.Event, sender: Sender = FEEDS) -> list[Outcome]:
        """Adds a few articles that are at hand, after those who ask, as long as ``gone`` is not set.

        Raises:
            NobodyListens: it was; what had been added is.
            ProblemRaised: the server stops.
            OnRecordError: the index cannot be written to.
        """
        self._lull(_PATIENCE)
        with self._turn(gone):
            self._check_open()
            try:
                return list(add_articles(self._index, self._desk, found, partial(OneThread, gone=gone), sender))
            except Unwanted:
                raise NobodyListens from None

    def fetcher_until(self, gone: threading.Event) -> Fetcher:
        """Fetches as long as ``gone`` is not set."""
        return replace(self.fetcher, before_each=partial(_check, gone))

    def close(self) -> None:
        """Nothing is written any more; returns when what is being written is."""
        self._closed = True
        with self._writing:
            pass

    def remove(self, article_id: str) -> None:
        """Raises NoSuchArticle, IndexBusy."""
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
        """Holds this process's right to write, for which nobody waits any longer than somebody listens."""
        while not self._writing.acquire(timeout=_LOOK_AGAIN):
            _check(gone)
        try:
            _check(gone)
            yield
        finally:
            self._writing.release()

    def _steps(self, sent: Sent, sender: Sender, gone: threading.Event) -> Iterator[Step]:
        """Nobody has to wait while something is fetched or read, or while whoever sent it is slow to listen.

        Files are told of by the names they were sent under: where they lie here for a moment is nobody's business.
        """
        for some in in_pieces(self._found(sent, gone), at_once=5 if sent.addresses else 50):
            outcomes = self.take((item for _, item in some), gone, sender)
            for (name, _), outcome in zip(some, outcomes, strict=True):
                yield "outcome", outcome_json(replace(outcome, where=name))

    def _found(self, sent: Sent, gone: threading.Event) -> Iterator[tuple[str, Article | Refusal]]:
        """Articles, each with the name of what it comes from; a refusal in place of what is too many."""
        found = itertools.chain(self._in_files(sent), self._on_the_web(sent, self.fetcher_until(gone)))
        for count, (name, item) in enumerate(found):
            _check(gone)
            if count == self._most_records:
                yield name, Refusal(name, too_many(self._most_records))
                return
            yield name, item

    def _in_files(self, sent: Sent) -> Iterator[tuple[str, Article | Refusal]]:
        """They keep no path: two uploads of one name are not one article for that."""
        for file in sent.files:
            for item in read_file(file, self.fetcher.max_bytes, self._most_records):
                said = item.where if isinstance(item, Refusal) else str(file)
                yield said.removeprefix(f"{file.parent}/"), _without_origin(item)

    def _on_the_web(self, sent: Sent, fetcher: Fetcher) -> Iterator[tuple[str, Article | Refusal]]:
        for address in sent.addresses:
            for item in read_url(address, fetcher):
                yield item.where if isinstance(item, Refusal) else item.origin, item

    def _known(self, key: Key, content: str) -> tuple[Step, ...] | None:
        """What was told before under ``key``; None if nothing was, and from now on it is being worked on."""
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
        except BaseException:  # whoever hangs up, too, may send it again
            with self._looking:
                del self._done[key]
            raise
        with self._looking:
            self._done[key] = _Done(content, tuple(told))
            while len(self._done) > _KEPT:
                self._done.popitem(last=False)


def _check(gone: threading.Event) -> None:
    if gone.is_set():
        raise NobodyListens


def _tells_of(done: _Done, article_id: str) -> bool:
    return any(what.get("article_id") == article_id for _, what in done.told or ())


def _without_origin(item: Article | Refusal) -> Article | Refusal:
    return item if isinstance(item, Refusal) else replace(item, origin="")


def _digest(sent: Sent) -> str:
    """Of the files' names and bytes, and of the addresses."""
    together = hashlib.sha256()
    for file in sent.files:
        with file.open("rb") as opened:
            together.update(f"{file.name}\0{hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    for address in (*sent.addresses, *([f"outlet {sent.outlet}"] if sent.outlet else [])):
        together.update(f"\0{address}\n".encode(errors="surrogatepass"))
    return together.hexdigest()
