"""The feeds that are followed, in a small SQLite file of their own: they are no part of the index. Fetches nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from indexes.errors import FeedsDamaged, NoSuchFeed
from indexes.reading.fetching import Tag

TRIES = 3
"""How often an entry is tried before it is given up."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feeds (
    url TEXT PRIMARY KEY, title TEXT NOT NULL, added TEXT NOT NULL,
    etag TEXT NOT NULL DEFAULT '', modified TEXT NOT NULL DEFAULT '',
    last_success TEXT, last_failure TEXT, failure TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    feed TEXT NOT NULL REFERENCES feeds (url) ON DELETE CASCADE, link TEXT NOT NULL,
    taken INTEGER NOT NULL, tries INTEGER NOT NULL,
    PRIMARY KEY (feed, link)
) WITHOUT ROWID;
"""
_FEEDS = (
    "SELECT f.*, (SELECT count(*) FROM entries e WHERE e.feed = f.url AND e.taken) AS articles FROM feeds f "
    "{} ORDER BY f.added, f.url"
)


@dataclass(frozen=True)
class FollowedFeed:
    """A feed, and how following it has gone. ``failure`` is the last one in words; ``articles`` were taken from it."""

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
        """When it was last looked at, well or badly."""
        return max(filter(None, (self.last_success, self.last_failure)), default=None)


class FollowedFeeds:
    """``feeds.db`` in the home folder. Each call opens it anew; any process may."""

    def __init__(self, home: Path) -> None:
        self.home, self.path = home, home / "feeds.db"

    def all(self) -> list[FollowedFeed]:
        """In the order in which they were added. Makes no file."""
        if not self.path.exists():
            return []
        with self._open() as db:
            return [_feed(row) for row in db.execute(_FEEDS.format(""))]

    def add(self, url: str, title: str) -> bool:
        """Follows a feed; whether it was not followed before."""
        with self._open() as db:
            command = "INSERT OR IGNORE INTO feeds (url, title, added) VALUES (?, ?, ?)"
            return db.execute(command, (url, title, _now())).rowcount > 0

    def one(self, url: str) -> FollowedFeed:
        """The feed at ``url``.

        Raises:
            NoSuchFeed: it is not followed.
        """
        found = next((feed for feed in self.all() if feed.url == url), None)
        if found is None:
            raise NoSuchFeed(f"{url} is not followed. List the feeds that are: onrecord watch list")
        return found

    def remove(self, url: str) -> FollowedFeed:
        """Follows a feed no more. Its articles stay.

        Raises:
            NoSuchFeed: it was not followed.
        """
        found = self.one(url)
        with self._open() as db:
            db.execute("DELETE FROM feeds WHERE url = ?", (url,))
        return found

    def done_with(self, url: str) -> set[str]:
        """Links of the entries that were taken, or given up after TRIES."""
        with self._open() as db:
            rows = db.execute("SELECT link FROM entries WHERE feed = ? AND (taken OR tries >= ?)", (url, TRIES))
            return {row["link"] for row in rows}

    def tried(self, url: str, link: str, taken: bool) -> None:
        """Remembers of an entry that it was taken, or one more try that failed. Not of a feed no longer followed."""
        with self._open() as db:
            db.execute(
                "INSERT INTO entries SELECT url, ?, ?, 1 FROM feeds WHERE url = ? "
                "ON CONFLICT (feed, link) DO UPDATE SET taken = max(taken, excluded.taken), tries = tries + 1",
                (link, taken, url),
            )

    def succeeded(self, url: str, tag: Tag) -> None:
        """Remembers that the feed was read, and the state to ask for changes of next time."""
        with self._open() as db:
            command = "UPDATE feeds SET last_success = ?, etag = ?, modified = ? WHERE url = ?"
            db.execute(command, (_now(), tag.etag, tag.modified, url))

    def failed(self, url: str, failure: str) -> None:
        """Remembers why the feed could not be read."""
        with self._open() as db:
            db.execute("UPDATE feeds SET last_failure = ?, failure = ? WHERE url = ?", (_now(), failure, url))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self.path, timeout=30)) as db, db:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA foreign_keys = ON")
                db.execute("PRAGMA secure_delete = ON")
                db.executescript(_SCHEMA)
                yield db
        except (OSError, sqlite3.Error) as error:
            raise FeedsDamaged(f"{self.path} cannot be used: {error}. Move it away and add the feeds again.") from error


def _feed(row: sqlite3.Row) -> FollowedFeed:
    return FollowedFeed(
        url=row["url"],
        title=row["title"],
        added=datetime.fromisoformat(row["added"]),
        tag=Tag(row["etag"], row["modified"]),
        last_success=_moment(row["last_success"]),
        last_failure=_moment(row["last_failure"]),
        failure=row["failure"],
        articles=row["articles"],
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
