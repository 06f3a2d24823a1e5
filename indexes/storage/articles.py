"""The articles of an index, in all their versions. Knows nothing of passages."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.storage import near_duplicates
from indexes.storage.database import Database
from indexes.types.article import Article, normalise
from indexes.types.errors import NoSuchArticle

if TYPE_CHECKING:
    from indexes.storage.database import Found

_VERSIONS = "FROM versions v JOIN articles a ON a.id = v.article_id"
CURRENT = f"{_VERSIONS} AND a.version = v.version"


class Articles(Database):
    """The articles of one index."""

    def article(self, article_id: str, version: int | None = None) -> Article:
        """The article in its current version, or in ``version`` if given.

        Raises:
            NoSuchArticle: there is no such article or version, or it was removed.
        """
        found = self.row(
            f"SELECT v.*, a.origin {_VERSIONS} WHERE v.article_id = :id AND v.version = COALESCE(:version, a.version)",
            id=article_id,
            version=version,
        )
        if found is None:
            which = f"article {article_id!r}" + (f" version {version}" if version else "")
            raise NoSuchArticle(f"{which} is not in the index; it may have been removed.")
        return _article(found)

    def articles(self, which: Collection[tuple[str, int]]) -> dict[tuple[str, int], Article]:
        """The articles by (id, version); pairs that are not in the index are left out."""
        rows = self.rows(
            f"SELECT v.*, a.origin {_VERSIONS} WHERE v.article_id IN :ids AND v.version IN :versions",
            ids=sorted({article_id for article_id, _ in which}),
            versions=sorted({version for _, version in which}),
        )
        return {found: _article(row) for row in rows if (found := (row.article_id, row.version)) in which}

    def versions(self, article_id: str) -> list[int]:
        """The version numbers of an article, oldest first; empty if there is no such article."""
        rows = self.rows("SELECT version FROM versions WHERE article_id = :id ORDER BY version", id=article_id)
        return [row[0] for row in rows]

    def article_ids(self, limit: int = sys.maxsize) -> list[str]:
        """The ids of up to ``limit`` articles, sorted."""
        return [row[0] for row in self.rows("SELECT id FROM articles ORDER BY id LIMIT :limit", limit=limit)]

    def latest_articles(self, limit: int, offset: int = 0, named: str = "") -> list[Article]:
        """Up to ``limit`` current versions, skipping ``offset``: newest first by publication date, undated ones last.

        With ``named``, only those whose title, outlet or an author's name contains it, ignoring case.
        """
        where, values = self._called(named)
        rows = self.rows(
            f"SELECT v.*, a.origin {CURRENT} {where} "
            "ORDER BY v.published IS NULL, v.published DESC, v.title, a.id LIMIT :limit OFFSET :offset",
            **values,
            limit=limit,
            offset=offset,
        )
        return [_article(row) for row in rows]

    def count_articles(self, named: str = "") -> int:
        """The total number of articles that :meth:`latest_articles` would list without a limit."""
        where, values = self._called(named)
        return int(self.rows(f"SELECT COUNT(*) {CURRENT} {where}", **values)[0][0])

    def copies(self, article_id: str) -> list[Article]:
        """Other articles with the same or nearly the same text, in their current versions, most similar first."""
        return [self.article(other) for other in near_duplicates.copies_of(self, article_id)]

    def ids_named(self, name: str) -> list[str]:
        """Ids of the articles that ``name`` refers to: an id, a URL, or the file or address they were read from."""
        if self.versions(name):
            return [name]
        if not name.strip():
            return []
        return self.ids_by_url(name) or self.ids_by_origin(name) or self._ids_by_file(name)

    def _ids_by_file(self, name: str) -> list[str]:
        try:
            return self.ids_by_origin(str(Path(name).resolve()))
        except (OSError, ValueError):  # no file can have this name
            return []

    def ids_by_origin(self, origin: str) -> list[str]:
        """Ids of the articles read from exactly this file or web address."""
        rows = self.rows("SELECT id FROM articles WHERE origin = :origin ORDER BY id", origin=origin)
        return [row[0] for row in rows]

    def ids_by_url(self, url: str) -> list[str]:
        """Ids of the articles whose current version has exactly this URL."""
        return [row[0] for row in self.rows(f"SELECT a.id {CURRENT} WHERE v.url = :url ORDER BY a.id", url=url)]

    def outlets_and_hosts(self) -> list[tuple[str, str]]:
        """Distinct pairs of a known outlet and the host of an article's address (empty if it has none)."""
        rows = self.rows(f"SELECT DISTINCT v.source, v.host {CURRENT} WHERE v.source != ''")
        return [(row.source, row.host) for row in rows]

    def knows(self, article: Article) -> bool:
        """Whether a version with this content is stored, and its outlet is at least as well attested as here."""
        found = self.rows(
            "SELECT 1 FROM versions WHERE article_id = :id AND fingerprint = :fingerprint "
            "AND (source_note = '' OR :note != '')",
            id=article.id,
            fingerprint=article.fingerprint,
            note=article.source_note,
        )
        return bool(found)

    def put(self, article: Article) -> None:
        """Stores ``article`` as its current version. Call inside a transaction."""
        self.execute(
            "INSERT INTO articles VALUES (:id, :version, :origin) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version, origin = excluded.origin",
            id=article.id,
            version=article.version,
            origin=article.origin,
        )
        row = _version_row(article)
        self.execute(f"INSERT INTO versions ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", **row)

    def _called(self, named: str) -> tuple[str, dict[str, str]]:
        """The WHERE clause for a title, outlet or author that contains ``named``, and its parameters.

        ``named`` is not a pattern: % is a percent sign. LIKE is not used, as SQLite's ignores case only in ASCII.
        """
        part = normalise(named).strip().casefold()
        if not part:
            return "", {}
        sql = self.place.dialect
        title, source, stated, author = (
            sql.holds.format(sql.folded.format(name), ":part")
            for name in ("v.title", "v.source", "v.stated_source", "n.value")
        )
        in_an_author = f"EXISTS (SELECT 1 FROM {sql.names.format('v.authors')} n WHERE {author})"
        return f"WHERE {title} OR {source} OR {stated} OR {in_an_author}", {"part": part}


def _version_row(article: Article) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "version": article.version,
        "fingerprint": article.fingerprint,
        "title": article.title,
        "url": article.url,
        "source": article.known_source,
        "authors": json.dumps(article.authors),
        "published": article.published and article.published.isoformat(),
        "language": article.language,
        "fetched_at": article.fetched_at.isoformat(),
        "text": article.text,
        "host": article.known_host,
        "stated_source": article.source if article.source_note else "",
        "source_note": article.source_note,
        "fetched_from": article.fetched_from,
        "added_by": article.added_by,
    }


def _article(row: Found) -> Article:
    return Article(
        id=row.article_id,
        version=row.version,
        text=row.text,
        title=row.title,
        url=row.url,
        source=row.source or row.stated_source,
        authors=tuple(json.loads(row.authors)),
        published=date.fromisoformat(row.published) if row.published else None,
        language=row.language,
        fetched_at=datetime.fromisoformat(row.fetched_at),
        origin=row.origin,
        fetched_from=row.fetched_from,
        added_by=row.added_by,
        source_note=row.source_note,
    )
