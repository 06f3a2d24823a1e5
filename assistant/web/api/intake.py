"""Takes uploaded files and web addresses into the index and articles out of it, one request at a time.

A request that comes again under its idempotency key is answered from memory. Kept while the process lives: adding the
same articles once more would change nothing.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from assistant.changing import add_articles, remove_articles
from assistant.desk.desk import Desk
from assistant.rendering import outcome_json
from assistant.web.api.problems import IN_PROGRESS, KEY_REUSED, UNAVAILABLE
from assistant.web.api.steps import Step
from assistant.web.api.uploads import Sent
from indexes import Article, Index, Outcome, Refusal
from indexes.reading import read_file
from indexes.reading.fetching import Fetcher
from indexes.reading.web import in_pieces, read_url

_KEPT = 1000
_PATIENCE = 5.0
"""Seconds for which adding lets those who ask go first, however many they are: then it is its turn for a moment."""


@dataclass(frozen=True)
class _Done:
    """What was asked under a key, and what was told; None while it is worked on."""

    content: str
    told: tuple[Step, ...] | None = None


class Intake:
    """The way into one index. Requests of this process wait for each other; other processes make it busy."""

    def __init__(
        self, index: Index, desk: Desk, fetcher: Fetcher, lull: Callable[[float], None] = lambda seconds: None
    ) -> None:
        """``lull`` waits until nobody asks, or so many seconds."""
        self.fetcher = fetcher
        self._lull = lull
        self._index, self._desk = index, desk
        self._writing, self._looking = threading.Lock(), threading.Lock()
        self._done = OrderedDict[str, _Done]()
        self._closed = False

    def add(self, sent: Sent, key: str | None = None) -> Generator[Step]:
        """What became of each article that was sent, as soon as it is on disk.

        Raises:
            ProblemRaised: the key was used for other content, or its request is still being worked on.
            OnRecordError: the index cannot be written to.
        """
        if key is None:
            yield from self._steps(sent)
            return
        content = _digest(sent)
        known = self._known(key, content)
        yield from self._remembered(key, content, sent) if known is None else known

    def take(self, found: Iterable[Article | Refusal]) -> list[Outcome]:
        """Adds a few articles that are at hand, after those who ask.

        Raises:
            ProblemRaised: the server stops.
            OnRecordError: the index cannot be written to.
        """
        self._lull(_PATIENCE)
        with self._writing:
            self._check_open()
            return list(add_articles(self._index, self._desk, found))

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
            raise UNAVAILABLE.problem("On Record is stopping. Try again when it runs.", {"Retry-After": "30"})

    def _steps(self, sent: Sent) -> Iterator[Step]:
        """Nobody has to wait while something is fetched or read, or while whoever sent it is slow to listen.

        Files are told of by the names they were sent under: where they lie here for a moment is nobody's business.
        """
        for some in in_pieces(self._found(sent), at_once=5 if sent.addresses else 50):
            outcomes = self.take(item for _, item in some)
            for (name, _), outcome in zip(some, outcomes, strict=True):
                yield "outcome", outcome_json(replace(outcome, where=name))

    def _found(self, sent: Sent) -> Iterator[tuple[str, Article | Refusal]]:
        """Articles, each with the name of what it comes from.

        Those of files keep no path: two uploads of one name are not one article for that.
        """
        for file in sent.files:
            for item in read_file(file, self.fetcher.max_bytes):
                said = item.where if isinstance(item, Refusal) else str(file)
                yield said.removeprefix(f"{file.parent}/"), _without_origin(item)
        for address in sent.addresses:
            for item in read_url(address, self.fetcher):
                yield item.where if isinstance(item, Refusal) else item.origin, item

    def _known(self, key: str, content: str) -> tuple[Step, ...] | None:
        """What was told before under ``key``; None if nothing was, and from now on it is being worked on."""
        with self._looking:
            done = self._done.get(key)
            if done is None:
                self._done[key] = _Done(content)
                return None
        if done.content != content:
            raise KEY_REUSED.problem("Other articles were sent under this Idempotency-Key. Take a new one.")
        if done.told is None:
            raise IN_PROGRESS.problem("The articles sent under this Idempotency-Key are still being added. Wait.")
        return done.told

    def _remembered(self, key: str, content: str, sent: Sent) -> Iterator[Step]:
        told = []
        try:
            for step in self._steps(sent):
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
    for address in sent.addresses:
        together.update(f"\0{address}\n".encode(errors="surrogatepass"))
    return together.hexdigest()
