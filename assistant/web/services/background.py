"""Background work of a server: checking the followed feeds, and tidying up after changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from assistant.accounts.audit import SERVER, acting
from assistant.article_changes import settle
from assistant.desk import Desk
from assistant.output.serialization import outcome_json, visited_json
from assistant.text.control_characters import printable
from assistant.web.http.queue import NobodyListens
from assistant.web.http.sse import Step
from assistant.web.services.intake import Intake
from indexes import Index
from indexes.fetch.polling import Visited, everything, follow, unvisited_for, visit_all
from indexes.fetch.subscriptions import FollowedFeed, FollowedFeeds
from indexes.types.errors import IndexBusy

SECONDS = 15
_log = logging.getLogger(__name__)


@contextmanager
def tidied(index: Index, desk: Desk) -> Iterator[None]:
    """Within it, changes to articles reach the audit log, and deleted text leaves every file within a minute."""
    stopped = threading.Event()
    threading.Thread(target=_tidy, args=(index, desk, stopped), name="tidy", daemon=True).start()
    try:
        yield
    finally:
        stopped.set()


def _tidy(index: Index, desk: Desk, stopped: threading.Event) -> None:
    while True:
        settle(index.store, desk)
        try:
            index.tidy()
            desk.tidy()
        except Exception:  # a busy or full disk is no reason not to try again
            _log.exception("what was deleted is still in some files; this will be tried again")
        if stopped.wait(SECONDS):
            return


_MOST_SECONDS_ASLEEP = 30


class Following:
    """The feeds, checked on request and automatically every ``minutes``, or only on request if that is 0."""

    def __init__(self, feeds: FollowedFeeds, intake: Intake, minutes: float) -> None:
        self.feeds, self.minutes = feeds, minutes
        self._intake = intake

    def follow(self, url: str) -> tuple[FollowedFeed, bool, int]:
        """Follows the feed at ``url``. Returns it, whether it is newly followed, and its number of entries.

        Raises:
            NotFetched: it is not a feed, or may not be fetched.
        """
        feed, new = follow(url, self.feeds, self._intake.fetcher)
        return self.feeds.one(url), new, len(feed.entries)

    def look(self, url: str | None, gone: threading.Event) -> Generator[Step]:
        """Adds new articles from the feed at ``url``, or from all of them, until ``gone`` is set.

        Raises:
            NoSuchFeed: it is not followed.
            FeedsBusy, IndexBusy: another process is in the way.
        """
        if url is not None:
            self.feeds.one(url)
        yield from self._steps(everything if url is None else lambda feed: feed.url == url, gone)

    @asynccontextmanager
    async def by_itself(self) -> AsyncIterator[None]:
        """Within it, a thread checks the feeds that have not been checked for ``minutes``."""
        stopped = threading.Event()
        if self.minutes:
            threading.Thread(target=self._watch, args=(stopped,), name="feeds", daemon=True).start()
        try:
            yield
        finally:
            stopped.set()

    def _watch(self, stopped: threading.Event) -> None:
        with acting(SERVER):
            self._watch_on(stopped)

    def _watch_on(self, stopped: threading.Event) -> None:
        seconds = min(_MOST_SECONDS_ASLEEP, 60 * self.minutes)
        while not stopped.wait(seconds):
            try:
                for step in self._steps(unvisited_for(self.minutes), stopped):
                    _log_failure(*step)
                    if stopped.is_set():
                        return
            except NobodyListens:
                return
            except IndexBusy:  # another process may be writing for a long time
                stopped.wait(60 * self.minutes)
            except Exception:
                _log.exception("checking the feeds failed")
                stopped.wait(60 * self.minutes)

    def _steps(self, which: Callable[[FollowedFeed], bool], gone: threading.Event) -> Generator[Step]:
        add = partial(self._intake.take, gone=gone)
        for feed, told in visit_all(which, self.feeds, self._intake.fetcher_until(gone), add):
            if isinstance(told, Visited):
                yield "visit", visited_json(told)
            else:
                yield "outcome", {**outcome_json(told), "feed": feed.url}


def _log_failure(name: str, told: dict[str, str]) -> None:
    if name == "visit" and told["kind"] == "failed":
        _log.warning("the feed %s could not be read: %s", printable(told["feed"]), printable(told["reason"]))
    if name == "outcome" and told["kind"] == "refused":
        _log.warning("from the feed %s, %s: %s", *map(printable, (told["feed"], told["where"], told["reason"])))
