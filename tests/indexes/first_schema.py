"""An index file of schema 1, the one before, made from one of today's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMA_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    origin TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX articles_by_origin ON articles (origin);
CREATE TABLE versions (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    title TEXT NOT NULL, url TEXT NOT NULL, source TEXT NOT NULL, authors TEXT NOT NULL,
    published TEXT, language TEXT NOT NULL, fetched_at TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (article_id, version)
);
CREATE TABLE passages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe INTEGER NOT NULL,
    id TEXT NOT NULL,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    sentences TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (recipe, id)
);
CREATE INDEX passages_by_article ON passages (article_id);
CREATE VIRTUAL TABLE keywords USING fts5 (title, body, tokenize = 'porter unicode61 remove_diacritics 2');
PRAGMA user_version = 1;
"""
_COLUMNS = {
    "articles": "id, version, origin",
    "versions": "article_id, version, fingerprint, title, url, source, authors, published, language, fetched_at, text",
    "passages": "seq, recipe, id, article_id, version, position, sentences, vector",
}


def write_first_schema(today: Path, then: Path) -> None:
    """Writes what ``today`` holds to ``then``, as schema 1 keeps it, with its keyword table."""
    with closing(sqlite3.connect(then)) as db:
        db.executescript("PRAGMA journal_mode = WAL;" + SCHEMA_1)
        db.execute("ATTACH ? AS today", (str(today),))
        for table, columns in _COLUMNS.items():
            db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM today.{table}")
        db.execute("INSERT INTO meta SELECT key, value FROM today.meta WHERE key IN ('recipe', 'revision')")
        db.execute(
            "INSERT INTO keywords (rowid, title, body) SELECT p.seq, v.title, v.text FROM passages p "
            "JOIN versions v ON v.article_id = p.article_id AND v.version = p.version"
        )
        db.commit()
