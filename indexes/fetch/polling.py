"""Checks followed feeds and adds their new articles. A failure in one feed does not affect the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from indexes.fetch.http import Fetcher, Tag
from indexes.fetch.subscriptions import FollowedFeed, FollowedFeeds
from indexes.fetch.web import in_pieces, read_entry, read_feed
from indexes.ingest.files import Refusal
from indexes.ingest.pipeline import Outcome
from indexes.loaders.feeds import Entry, Feed
from indexes.types.article import Article
from indexes.types.errors import DiskFailed, IndexBusy, NotFetched, OnRecordError, Unreadable

Add = Callable[[Iterable[Article | Refusal]], Iterable[Outcome]]
"""Adds articles and yields the outcome of each, in order: :meth:`indexes.Index.add`."""


@dataclass(frozen=True)
class Visited:
    """The result of checking a feed: what failed, in words, or empty; and whether the feed had changed."""

    feed: FollowedFeed
    failure: str = ""
    changed: bool = True


def follow(url: str, followed: FollowedFeeds, fetcher: Fetcher) -> tuple[Feed, bool]:
    """Follows the feed at ``url``. Returns the feed and whether it is newly followed. Adds no articles yet.

    Raises:
        Unreadable: it is not a feed, or may not be fetched.
    """
    fetched = fetcher.fetch(url)
    try:
        feed = read_feed(fetched)
    except Unreadable as error:
        raise NotFetched(url, str(error)) from None
    return feed, followed.add(url, feed.title)


def everything(feed: FollowedFeed) -> bool:
    return True


def unvisited_for(minutes: float) -> Callable[[FollowedFeed], bool]:
    """A predicate: whether a feed has not been checked for ``minutes``."""
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    return lambda feed: feed.last_visit is None or feed.last_visit < since


def visit_all(
    which: Callable[[FollowedFeed], bool], followed: FollowedFeeds, fetcher: Fetcher, add: Add
) -> Iterator[tuple[FollowedFeed, Outcome | Visited]]:
    """Checks one feed after another, and yields what :func:`visit` yields. One process at a time.

    Raises:
        FeedsBusy: another process is checking.
        IndexBusy: another process is writing to the index; the remaining feeds were not checked.
    """
    if not any(map(which, followed.all())):
        return
    with followed.visiting_alone():
        for feed in filter(which, followed.all()):
            for told in visit(feed, followed, fetcher, add):
                yield feed, told


def visit(feed: FollowedFeed, followed: FollowedFeeds, fetcher: Fetcher, add: Add) -> Iterator[Outcome | Visited]:
    """Checks a feed: yields the outcome of each new article, then the result of the check.

    Raises:
        IndexBusy, DiskFailed: the index cannot be written to now. As this is not the feed's fault, it is not recorded
            as its failure.
    """
    try:
        fetched = fetcher.fetch_changed(feed.url, feed.tag)
        if fetched is None:
            followed.succeeded(feed.url, feed.tag)
            yield Visited(feed, changed=False)
            return
        done = followed.done_with(feed.url)
        entries = [entry for entry in read_feed(fetched).entries if entry.link not in done]
        yield from _take(entries, feed, followed, fetcher, add)
        settled = {entry.link for entry in entries} <= followed.done_with(feed.url)
        # Without its tag the server sends the feed again, with the entries to retry.
        followed.succeeded(feed.url, fetched.tag if settled else Tag())
        yield Visited(feed)
    except (IndexBusy, DiskFailed):
        raise
    except OnRecordError as error:
        failure = str(error).removeprefix(f"{feed.url}: ")
        followed.failed(feed.url, failure)
        yield Visited(feed, failure)


def _take(
    entries: Sequence[Entry], feed: FollowedFeed, followed: FollowedFeeds, fetcher: Fetcher, add: Add
) -> Iterator[Outcome]:
    """Fetches a few at a time before adding them, so that nobody waits for a slow server in order to write."""
    for some in in_pieces(entries, at_once=10):
        found = [read_entry(entry, fetcher) for entry in some]
        for entry, outcome in zip(some, add(found), strict=True):
            followed.tried(feed.url, entry.link, taken=outcome.kind != "refused")
            yield outcome
