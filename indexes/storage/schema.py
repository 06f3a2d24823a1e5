"""The tables of the index and of the followed feeds, the same in SQLite and PostgreSQL except for some indexes."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from indexes.storage.upgrading import Schema

_Words = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared and sorted by code point, as SQLite does."""
_Number = BigInteger().with_variant(Integer(), "sqlite")
_EMPTY = text("''")

metadata = MetaData()
feeds_metadata = MetaData()


def _article(primary_key: bool = False) -> Column[str]:
    article = ForeignKey("articles.id", ondelete="CASCADE")
    return Column("article_id", _Words, article, nullable=False, primary_key=primary_key)


meta = Table(
    "meta",
    metadata,
    Column("key", _Words, primary_key=True),
    Column("value", _Words, nullable=False),
    sqlite_with_rowid=False,
)

articles = Table(
    "articles",
    metadata,
    Column("id", _Words, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("origin", _Words, nullable=False),
    # A hash index takes addresses of any length; a B-tree does not.
    Index("articles_by_origin", "origin", postgresql_using="hash"),
    sqlite_with_rowid=False,
)

versions = Table(
    "versions",
    metadata,
    _article(primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", _Words, nullable=False),
    Column("title", _Words, nullable=False),
    Column("url", _Words, nullable=False),
    Column("source", _Words, nullable=False),
    Column("authors", _Words, nullable=False),
    Column("published", _Words),
    Column("language", _Words, nullable=False),
    Column("fetched_at", _Words, nullable=False),
    Column("text", _Words, nullable=False),
    Column("host", _Words, nullable=False, server_default=_EMPTY),
    # ``source`` and ``host`` are verified, and used by filters; ``stated_source`` is only claimed.
    *(
        Column(name, _Words, nullable=False, server_default=_EMPTY)
        for name in ("stated_source", "source_note", "fetched_from", "added_by")
    ),
)
Index(
    "versions_by_facet",
    *(versions.c[name] for name in ("published", "source", "host", "language", "authors", "article_id", "version")),
).ddl_if(dialect="sqlite")
Index("versions_by_day", versions.c.published).ddl_if(dialect="postgresql")

passages = Table(
    "passages",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("recipe", Integer, nullable=False),
    Column("id", _Words, nullable=False),
    _article(),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("sentences", _Words, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    UniqueConstraint("recipe", "id"),
    Index("passages_by_article", "article_id", "recipe", "version"),
    sqlite_autoincrement=True,
)

dropped = Table("dropped", metadata, Column("seq", _Number, primary_key=True, autoincrement=False))

changes = Table(
    "changes",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("job", _Words, nullable=False),
    Column("at", _Words, nullable=False),
    Column("who", _Words, nullable=False),
    Column("kind", _Words, primary_key=True),
    Column("ids", _Words, nullable=False),
    Column("hashes", _Words, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("article_id", _Words, primary_key=True),
    Column("story", _Words, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index("stories_by_story", "story"),
    sqlite_with_rowid=False,
)

bands = Table(
    "bands",
    metadata,
    Column("hash", _Number, primary_key=True, autoincrement=False),
    Column("article_id", _Words, primary_key=True),
    sqlite_with_rowid=False,
)

feeds = Table(
    "feeds",
    feeds_metadata,
    Column("url", _Words, primary_key=True),
    Column("title", _Words, nullable=False),
    Column("added", _Words, nullable=False),
    Column("etag", _Words, nullable=False, server_default=_EMPTY),
    Column("modified", _Words, nullable=False, server_default=_EMPTY),
    Column("last_success", _Words),
    Column("last_failure", _Words),
    Column("failure", _Words, nullable=False, server_default=_EMPTY),
    sqlite_with_rowid=False,
)

entries = Table(
    "entries",
    feeds_metadata,
    Column("feed", _Words, ForeignKey("feeds.url", ondelete="CASCADE"), primary_key=True),
    Column("link", _Words, primary_key=True),
    Column("taken", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    sqlite_with_rowid=False,
)

_MIGRATIONS = Path(__file__).parent / "migrations"
articles_schema = Schema(
    "articles",
    metadata,
    _MIGRATIONS / "articles",
    {"0002_stated_source": ("versions", "stated_source"), "0001_articles": ("versions", "host")},
)
feeds_schema = Schema("feeds", feeds_metadata, _MIGRATIONS / "feeds", {"0001_feeds": ("feeds", "url")})
