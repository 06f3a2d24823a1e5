"""Stores the followed feeds, in their own SQLite database or beside the articles in PostgreSQL. Fetches nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.fetch.http import Tag
from indexes.types.errors import FeedsDamaged, NoSuchFeed

if TYPE_CHECKING:
    from indexes.storage.backend import Place

TRIES = 3
"""How many times an entry is tried before giving up."""
_FEEDS = (
    "SELECT f.*, (SELECT count(*) FROM entries e WHERE e.feed = f.url AND e.taken = 1) AS articles FROM feeds f "
    "ORDER BY f.added, f.url"
)


@dataclass(frozen=True)
class FollowedFeed:
    """A followed feed and its state. ``failure`` is the last one, in words; ``articles`` counts those added from it."""

    url: str
    title: str
    added: datetime
    tag: Tag
    last_success: datetime | None
    last_failure: datetime | None
    failure: str
    articles: int

    @property
    def last_visit(self) -> datetime | None:
        """When it was last checked, successfully or not."""
        return max(filter(None, (self.last_success, self.last_failure)), default=None)


class FollowedFeeds:
    """``feeds.db`` in the home folder, or the PostgreSQL database at ``url``.

    Opened on each call, so any process may use it at any time.
    """

    def __init__(self, home: Path, url: str = "", upgrade: bool = True) -> None:
        """With ``upgrade`` a database of an older On Record is brought to this one's schema when it is opened."""
        self.home, self.path = home, home / "feeds.db"
        self._url, self._upgrade = url, upgrade

    def all(self) -> list[FollowedFeed]:
        """All feeds, in the order they were added. Does not create the file."""
        if not self._url and not self.path.exists():
            return []
        return [_feed(row) for row in self._read(_FEEDS)]

    def add(self, url: str, title: str) -> bool:
        """Follows a feed. Returns whether it is newly followed."""
        command = "INSERT INTO feeds (url, title, added) VALUES (:url, :title, :now) ON CONFLICT (url) DO NOTHING"
        return self._write(command, url=url, title=title, now=_now()) > 0

    def one(self, url: str) -> FollowedFeed:
        """The feed at ``url``.

        Raises:
            NoSuchFeed: it is not followed.
        """
        found = next((feed for feed in self.all() if feed.url == url), None)
        if found is None:
            raise NoSuchFeed(f"{url} is not followed. List the followed feeds: onrecord watch list")
        return found

    def remove(self, url: str) -> FollowedFeed:
        """Unfollows a feed. Its articles stay.

        Raises:
            NoSuchFeed: it was not followed.
        """
        found = self.one(url)
        self._write("DELETE FROM feeds WHERE url = :url", url=url)
        return found

    def done_with(self, url: str) -> set[str]:
        """Links of the entries that were added, or given up after TRIES."""
        done = "SELECT link FROM entries WHERE feed = :url AND (taken = 1 OR tries >= :tries)"
        return {row.link for row in self._read(done, url=url, tries=TRIES)}

    def tried(self, url: str, link: str, taken: bool) -> None:
        """Records that an entry was added, or one more failed attempt. Ignored if the feed is no longer followed."""
        self._write(
            f"INSERT INTO entries SELECT url, :link, {int(taken)}, 1 FROM feeds WHERE url = :url "
            "ON CONFLICT (feed, link) DO UPDATE SET tries = entries.tries + 1, "
            "taken = CASE WHEN excluded.taken = 1 THEN 1 ELSE entries.taken END",
            link=link,
            url=url,
        )

    def succeeded(self, url: str, tag: Tag) -> None:
        """Records that the feed was read, and its validators for the next conditional request."""
        command = "UPDATE feeds SET last_success = :now, etag = :etag, modified = :modified WHERE url = :url"
        self._write(command, now=_now(), etag=tag.etag, modified=tag.modified, url=url)

    def failed(self, url: str, failure: str) -> None:
        """Records why the feed could not be read."""
        command = "UPDATE feeds SET last_failure = :now, failure = :failure WHERE url = :url"
        self._write(command, now=_now(), failure=failure, url=url)

    @contextmanager
    def visiting_alone(self) -> Iterator[None]:
        """Holds the lock for checking the feeds. Released if the process dies.

        Raises:
            FeedsBusy: another process holds it.
        """
        with self._placed() as place, place.visiting_alone():
            yield

    def _write(self, command: str, **values: Any) -> int:
        """Executes it and returns the number of rows changed."""
        with self._placed() as place, place.writing() as db:
            return int(place.execute(db, command, values).rowcount)

    def _read(self, command: str, **values: Any) -> Sequence[Any]:
        with self._placed() as place, place.reading() as db:
            return list(place.execute(db, command, values).all())

    @contextmanager
    def _placed(self) -> Iterator[Place]:
        """The open database. A file is not kept open, as the operator may move it at any time."""
        if self._url:
            yield self._server
            return
        place = self._made()
        try:
            yield place
        finally:
            place.close()

    @cached_property
    def _server(self) -> Place:
        return self._made()

    def _made(self) -> Place:
        from indexes.storage.open import place_at
        from indexes.storage.schema import feeds_schema
        from indexes.storage.upgrading import prepare

        place = place_at(self.path, self._url, FeedsDamaged)
        prepare(place, feeds_schema, self._upgrade)
        return place


def _feed(row: Any) -> FollowedFeed:
    return FollowedFeed(
        url=row.url,
        title=row.title,
        added=datetime.fromisoformat(row.added),
        tag=Tag(row.etag, row.modified),
        last_success=_moment(row.last_success),
        last_failure=_moment(row.last_failure),
        failure=row.failure,
        articles=row.articles,
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
