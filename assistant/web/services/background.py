"""The followed feeds of a server, which it looks at by itself from time to time."""

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
from assistant.web.http.queue import ClientGone
from assistant.web.http.sse import Step
from assistant.web.services.intake import Intake
from indexes import Index
from indexes.fetch.polling import Visited, everything, follow, unvisited_for, visit_all
from indexes.fetch.subscriptions import FollowedFeed, FollowedFeeds
from indexes.periodic import Periodic
from indexes.types.errors import IndexBusy

SECONDS = 15
_log = logging.getLogger(__name__)


@contextmanager
def tidied(index: Index, desk: Desk) -> Iterator[None]:
    """While inside, what was done to the articles is noted, and what was deleted gone from every file in a minute."""

    def tidy() -> None:
        settle(index.store, desk)
        index.tidy()
        desk.tidy()

    with Periodic("tidy", SECONDS, tidy, "deleted data is still in some files", first=0):
        yield


_MOST_SECONDS_ASLEEP = 30


class Following:
    """The feeds, looked at when somebody asks and every ``minutes`` by itself; never, if that is 0."""

    def __init__(self, feeds: FollowedFeeds, intake: Intake, minutes: float) -> None:
        self.feeds, self.minutes = feeds, minutes
        self._intake = intake

    def follow(self, url: str) -> tuple[FollowedFeed, bool, int]:
        """The feed at ``url``, whether it was not followed before, and how many entries it has.

        Raises:
            NotFetched: there is no feed, or it may not be fetched.
        """
        feed, new = follow(url, self.feeds, self._intake.fetcher)
        return self.feeds.one(url), new, len(feed.entries)

    def look(self, url: str | None, gone: threading.Event) -> Generator[Step]:
        """Adds what is new in the feed at ``url``, or in all of them, until ``gone`` is set.

        Raises:
            NoSuchFeed: it is not followed.
            FeedsBusy, IndexBusy: another process is in the way.
        """
        if url is not None:
            self.feeds.one(url)
        yield from self._steps(everything if url is None else lambda feed: feed.url == url, gone)

    @asynccontextmanager
    async def by_itself(self) -> AsyncIterator[None]:
        """While inside, a thread looks at the feeds that nobody looked at for ``minutes``."""
        looking = Periodic(
            "feeds",
            min(_MOST_SECONDS_ASLEEP, 60 * self.minutes),
            lambda: self._look_by_itself(looking.stopped),
            "the feeds could not be looked at",
        )
        if self.minutes:
            looking.start()
        try:
            yield
        finally:
            looking.stop()

    def _look_by_itself(self, stopped: threading.Event) -> float | None:
        """Looks at what nobody looked at for long; seconds to wait where somebody is in the way, or nobody listens."""
        try:
            with acting(SERVER):
                for step in self._steps(unvisited_for(self.minutes), stopped):
                    _log_failure(*step)
                    if stopped.is_set():
                        break
        except ClientGone:
            stopped.set()
        except IndexBusy:  # whoever is writing may be at it for long
            return 60 * self.minutes
        except Exception:
            _log.exception("checking the feeds failed")
            return 60 * self.minutes
        return None

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
