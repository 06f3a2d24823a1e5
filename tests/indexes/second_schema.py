"""An index file at the step 0001_articles, which On Record called schema 2, made from one of today's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMA_2 = """
CREATE TABLE meta ("key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key")) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT NOT NULL, version INTEGER NOT NULL, origin TEXT NOT NULL, PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX articles_by_origin ON articles (origin);
CREATE TABLE dropped (seq INTEGER NOT NULL, PRIMARY KEY (seq));
CREATE TABLE stories (
    article_id TEXT NOT NULL, story TEXT NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (article_id)
) WITHOUT ROWID;
CREATE INDEX stories_by_story ON stories (story);
CREATE TABLE bands (hash INTEGER NOT NULL, article_id TEXT NOT NULL, PRIMARY KEY (hash, article_id)) WITHOUT ROWID;
CREATE TABLE versions (
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    title TEXT NOT NULL, url TEXT NOT NULL, source TEXT NOT NULL, authors TEXT NOT NULL,
    published TEXT, language TEXT NOT NULL, fetched_at TEXT NOT NULL,
    text TEXT NOT NULL,
    host TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (article_id, version),
    FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
CREATE INDEX versions_by_facet ON versions (published, source, host, language, authors, article_id, version);
CREATE TABLE passages (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    recipe INTEGER NOT NULL,
    id TEXT NOT NULL,
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    sentences TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (recipe, id),
    FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
CREATE INDEX passages_by_article ON passages (article_id, recipe, version);
PRAGMA user_version = 2;
"""
_TABLES = ("meta", "articles", "dropped", "stories", "bands", "versions", "passages")


def write_second_schema(today: Path, then: Path) -> None:
    """Writes what ``today`` holds to ``then``, as it was kept then."""
    with closing(sqlite3.connect(then)) as db:
        db.executescript("PRAGMA journal_mode = WAL;" + SCHEMA_2)
        db.execute("ATTACH ? AS today", (str(today),))
        for table in _TABLES:
            columns = ", ".join(f'"{row[1]}"' for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM today.{table}")
        db.commit()
