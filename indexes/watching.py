"""Visits followed feeds and adds what is new in them. What happens in one feed is nothing to the others."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexes.adding import Outcome
from indexes.errors import OnRecordError
from indexes.followed import FollowedFeed, FollowedFeeds
from indexes.reading.feeds import Entry, Feed, read_feed
from indexes.reading.fetching import Fetcher, Tag
from indexes.reading.web import read_entry

if TYPE_CHECKING:
    from indexes.index import Index

_AT_ONCE = 20
"""Articles fetched before they are added: what a kill can cost."""


@dataclass(frozen=True)
class Visited:
    """The end of a visit to a feed: what failed, in words, or nothing; and whether the feed had changed."""

    feed: FollowedFeed
    failure: str = ""
    changed: bool = True


def follow(url: str, followed: FollowedFeeds, fetcher: Fetcher) -> tuple[Feed, bool]:
    """Follows the feed at ``url``, and tells what is in it and whether it was not followed before. Takes nothing yet.

    Raises:
        Unreadable: there is no feed, or it may not be fetched.
    """
    feed = read_feed(fetcher.fetch(url))
    return feed, followed.add(url, feed.title)


def visit(feed: FollowedFeed, followed: FollowedFeeds, fetcher: Fetcher, index: Index) -> Iterator[Outcome | Visited]:
    """What became of each new article of a feed, and then how the visit ended."""
    try:
        fetched = fetcher.fetch_changed(feed.url, feed.tag)
        if fetched is None:
            followed.succeeded(feed.url, feed.tag)
            yield Visited(feed, changed=False)
            return
        done = followed.done_with(feed.url)
        entries = [entry for entry in read_feed(fetched).entries if entry.link not in done]
        yield from _take(entries, feed, followed, fetcher, index)
        settled = {entry.link for entry in entries} <= followed.done_with(feed.url)
        # Without its tag the server sends the feed again, and with it the entries to be tried again.
        followed.succeeded(feed.url, fetched.tag if settled else Tag())
        yield Visited(feed)
    except OnRecordError as error:
        failure = str(error).removeprefix(f"{feed.url}: ")
        followed.failed(feed.url, failure)
        yield Visited(feed, failure)


def _take(
    entries: Sequence[Entry], feed: FollowedFeed, followed: FollowedFeeds, fetcher: Fetcher, index: Index
) -> Iterator[Outcome]:
    """Fetches some, then adds them: nobody else has to wait for a slow server before they may write."""
    remaining = iter(entries)
    while some := list(itertools.islice(remaining, _AT_ONCE)):
        found = [read_entry(entry, fetcher) for entry in some]
        for entry, outcome in zip(some, index.add(found), strict=True):
            followed.tried(feed.url, entry.link, taken=outcome.kind != "refused")
            yield outcome
