"""One SQLite file: its tables, its connections and transactions, and what the index remembers about itself.

Knows nothing of what an article or a passage is beyond their columns.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from indexes.article import host_of
from indexes.disk import failures_told
from indexes.errors import IndexDamaged

SCHEMA_VERSION = 2
_SINCE_2 = """
CREATE TABLE dropped (seq INTEGER PRIMARY KEY);
CREATE TABLE stories (article_id TEXT PRIMARY KEY, story TEXT NOT NULL, signature BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX stories_by_story ON stories (story);
CREATE TABLE bands (hash INTEGER, article_id TEXT, PRIMARY KEY (hash, article_id)) WITHOUT ROWID;
"""
_SCHEMA = """
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
    host TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (article_id, version)
);
CREATE INDEX versions_by_facet ON versions (published, source, host, language, authors, article_id, version);
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
CREATE INDEX passages_by_article ON passages (article_id, recipe, version);
"""
_FROM_1_TO_2 = """
DROP TABLE keywords;
ALTER TABLE versions ADD COLUMN host TEXT NOT NULL DEFAULT '';
CREATE INDEX versions_by_facet ON versions (published, source, host, language, authors, article_id, version);
UPDATE versions SET host = host_of(url);
DROP INDEX passages_by_article;
CREATE INDEX passages_by_article ON passages (article_id, recipe, version);
INSERT INTO meta VALUES ('stories_untold', 'true');
"""


class Database:
    """One SQLite file. Any thread may read; writes happen inside :meth:`transaction`, under the writer's lock."""

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it.

        Raises:
            IndexDamaged: the file is not an index, or one of a newer On Record.
        """
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with failures_told(path):
                self._prepare()
        except OSError as error:
            raise IndexDamaged(
                f"no index can be kept in {path.parent}: {os.strerror(error.errno or 0).lower()}. "
                "Choose another folder: ONRECORD_HOME"
            ) from error
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(f"{path} cannot be read as an index: {error}. Restore it from a backup.") from error

    def _prepare(self) -> None:
        found = self.db.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            with self.transaction() as db:
                if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    _run(db, _SCHEMA + _SINCE_2)
        elif found == 1:
            with self.transaction() as db:
                if db.execute("PRAGMA user_version").fetchone()[0] == 1:
                    db.create_function("host_of", 1, host_of)
                    _run(db, _FROM_1_TO_2 + _SINCE_2)
        elif found != SCHEMA_VERSION:
            raise IndexDamaged(f"{self.path} was written by another version of On Record (schema {found}). Update it.")

    @property
    def db(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.create_function("casefold", 1, str.casefold, deterministic=True)
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or none of it, on disk when it returns. Tells readers that something changed."""
        db = self.db
        with failures_told(self.path):
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute(
                    "INSERT INTO meta VALUES ('revision', '1') "
                    "ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
                )
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # on a full disk SQLite has rolled back by itself
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Reads inside see one state of the index, whatever a writer commits meanwhile."""
        if self.db.in_transaction:
            yield self.db
            return
        self.db.execute("BEGIN")
        try:
            yield self.db
        finally:
            self.db.execute("COMMIT")

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()

    # What the index remembers about itself

    def revision(self) -> int:
        """A number that grows with every committed write."""
        return int(self.remembered("revision") or 0)

    def remembered(self, key: str) -> Any:
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def remember(self, key: str, value: Any) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def forget(self, key: str) -> None:
        self.db.execute("DELETE FROM meta WHERE key = ?", (key,))

    def problems(self) -> list[str]:
        """What is wrong with the file, by SQLite's own checks; empty when all is well."""
        try:
            found = [row[0] for row in self.db.execute("PRAGMA integrity_check")]
            orphans = self.db.execute("PRAGMA foreign_key_check").fetchall()
            return [line for line in found if line != "ok"] + [f"orphan row in {row[0]}" for row in orphans]
        except sqlite3.DatabaseError as error:
            return [str(error)]


def _run(db: sqlite3.Connection, statements: str) -> None:
    for statement in filter(str.strip, statements.split(";\n")):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
