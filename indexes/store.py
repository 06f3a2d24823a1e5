"""The truth: articles with their versions, passages with offsets and vectors, in one SQLite file.

Everything else (Chroma, the keyword table) can be rebuilt from here without embedding again.
Knows nothing of files, models or search.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes import keywords
from indexes.article import Article
from indexes.errors import IndexDamaged, NoSuchArticle
from indexes.passages import Passage
from indexes.sentences import Sentence

if TYPE_CHECKING:
    from indexes.embedding import Vectors

SCHEMA_VERSION = 1
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
"""


@dataclass(frozen=True)
class Recipe:
    """How passages were made: by which model, in which number format, by which rules."""

    model: str
    sha256: str
    number_format: str
    passage_tokens: int
    rules: str


@dataclass(frozen=True)
class Counts:
    """How much an index holds, of the current versions unless said otherwise."""

    articles: int
    versions: int
    passages: int
    sources: int
    earliest: date | None
    latest: date | None
    last_added: datetime | None


class Store:
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
                    for statement in filter(str.strip, (_SCHEMA + keywords.SCHEMA).split(";\n")):
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
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
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or none of it, on disk when it returns. Tells readers that something changed."""
        db = self.db
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute(
                "INSERT INTO meta VALUES ('revision', '1') "
                "ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
            )
            db.execute("COMMIT")
        except BaseException:
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

    def recipe(self) -> tuple[int, Recipe] | None:
        """The recipe in force, with the number its passages carry; None while nothing was ever added."""
        kept = self.remembered("recipe")
        return (kept["number"], Recipe(**kept["recipe"])) if kept else None

    def put_recipe_in_force(self, number: int, recipe: Recipe) -> None:
        self.remember("recipe", {"number": number, "recipe": asdict(recipe)})

    # Articles

    def article(self, article_id: str, version: int | None = None) -> Article:
        """The article, in its current version unless another is named.

        Raises:
            NoSuchArticle: there is no such article or version, or it was removed.
        """
        row = self.db.execute(
            "SELECT v.*, a.origin FROM versions v JOIN articles a ON a.id = v.article_id "
            "WHERE v.article_id = ? AND v.version = COALESCE(?, a.version)",
            (article_id, version),
        )
        row.row_factory = sqlite3.Row
        found = row.fetchone()
        if found is None:
            which = f"article {article_id!r}" + (f" version {version}" if version else "")
            raise NoSuchArticle(f"{which} is not in the index; it may have been removed.")
        return _article(found)

    def versions(self, article_id: str) -> list[int]:
        """The versions kept of an article, oldest first; empty if there is none."""
        rows = self.db.execute("SELECT version FROM versions WHERE article_id = ? ORDER BY version", (article_id,))
        return [row[0] for row in rows]

    def article_ids(self, limit: int = -1) -> list[str]:
        return [row[0] for row in self.db.execute("SELECT id FROM articles ORDER BY id LIMIT ?", (limit,))]

    def latest_articles(self, limit: int) -> list[Article]:
        """Current versions, newest first by publication date, those without a date last."""
        rows = self.db.execute(
            "SELECT a.id FROM articles a JOIN versions v ON v.article_id = a.id AND v.version = a.version "
            "ORDER BY v.published IS NULL, v.published DESC, v.title LIMIT ?",
            (limit,),
        )
        return [self.article(row[0]) for row in rows.fetchall()]

    def ids_by_origin(self, origin: str) -> list[str]:
        """Ids of the articles read from exactly this file."""
        return [row[0] for row in self.db.execute("SELECT id FROM articles WHERE origin = ? ORDER BY id", (origin,))]

    def ids_by_url(self, url: str) -> list[str]:
        rows = self.db.execute(
            "SELECT a.id FROM articles a JOIN versions v ON v.article_id = a.id AND v.version = a.version "
            "WHERE v.url = ? ORDER BY a.id",
            (url,),
        )
        return [row[0] for row in rows]

    def knows(self, article: Article) -> bool:
        """Whether some version of this article says exactly this."""
        return bool(
            self.db.execute(
                "SELECT 1 FROM versions WHERE article_id = ? AND fingerprint = ?", (article.id, article.fingerprint)
            ).fetchone()
        )

    def add(self, article: Article, recipe: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Makes ``article`` the current version, searchable by ``passages``. Inside a transaction."""
        self.db.execute(
            "INSERT INTO articles VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version, origin = excluded.origin",
            (article.id, article.version, article.origin),
        )
        self.db.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                article.version,
                article.fingerprint,
                article.title,
                article.url,
                article.source,
                json.dumps(article.authors),
                article.published and article.published.isoformat(),
                article.language,
                article.fetched_at.isoformat(),
                article.text,
            ),
        )
        self.drop_passages(article.id)
        self.add_passages(article, recipe, passages, vectors)

    def remove(self, article_id: str) -> None:
        """Removes every version of the article and all its passages. Inside a transaction."""
        self.drop_passages(article_id)
        self.db.execute("DELETE FROM articles WHERE id = ?", (article_id,))

    # Passages

    def add_passages(self, article: Article, recipe: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        for passage, vector in zip(passages, vectors, strict=True):
            offsets = json.dumps([[s.start, s.end] for s in passage.sentences], separators=(",", ":"))
            row = (recipe, passage.id, article.id, article.version, passage.position, offsets, vector.tobytes())
            cursor = self.db.execute(
                "INSERT INTO passages (recipe, id, article_id, version, position, sentences, vector) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            keywords.add(self.db, cursor.lastrowid or 0, article.title, article.text[passage.start : passage.end])

    def drop_passages(self, article_id: str) -> None:
        """Drops all of an article's passages. Inside a transaction."""
        self._drop("article_id = ?", article_id)

    def drop_recipe(self, recipe: int) -> None:
        """Drops all passages made by a recipe. Inside a transaction."""
        self._drop("recipe = ?", recipe)

    def _drop(self, which: str, value: str | int) -> None:
        rows = self.db.execute(f"SELECT seq FROM passages WHERE {which}", (value,))
        keywords.remove(self.db, [row[0] for row in rows])
        self.db.execute(f"DELETE FROM passages WHERE {which}", (value,))

    def passages(self, ids: Sequence[str], recipe: int) -> dict[str, Passage]:
        """Those of ``ids`` that are live, by id."""
        marks = ",".join("?" * len(ids))
        rows = self.db.execute(
            f"SELECT id, article_id, version, position, sentences FROM passages WHERE recipe = ? AND id IN ({marks})",
            (recipe, *ids),
        )
        return {row[0]: _passage(*row) for row in rows}

    def passages_of(self, article_id: str, recipe: int) -> list[Passage]:
        return [passage for _, passage in self.numbered_passages_of(article_id, recipe)]

    def numbered_passages_of(self, article_id: str, recipe: int) -> list[tuple[int, Passage]]:
        """An article's live passages in order, each with its ``seq``."""
        rows = self.db.execute(
            "SELECT seq, id, article_id, version, position, sentences FROM passages "
            "WHERE recipe = ? AND article_id = ? ORDER BY position",
            (recipe, article_id),
        )
        return [(row[0], _passage(*row[1:])) for row in rows]

    def vectors(self, recipe: int, after: int = 0, batch: int = 500) -> Iterator[tuple[list[str], Vectors, int]]:
        """Live passages' ids and vectors in the order they were added, ``batch`` at a time, with the last ``seq``."""
        import numpy as np

        while True:
            rows = self.db.execute(
                "SELECT seq, id, vector FROM passages WHERE recipe = ? AND seq > ? ORDER BY seq LIMIT ?",
                (recipe, after, batch),
            ).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            stacked = np.frombuffer(b"".join(row[2] for row in rows), dtype=np.float32).reshape(len(rows), -1)
            yield [row[1] for row in rows], stacked, after

    def live_ids(self, recipe: int, up_to: int) -> set[str]:
        """Ids of the live passages among the first ``up_to``."""
        rows = self.db.execute("SELECT id FROM passages WHERE recipe = ? AND seq <= ?", (recipe, up_to))
        return {row[0] for row in rows}

    def count_passages(self, recipe: int, up_to: int | None = None) -> int:
        where, values = ("", (recipe,)) if up_to is None else (" AND seq <= ?", (recipe, up_to))
        found = self.db.execute("SELECT COUNT(*) FROM passages WHERE recipe = ?" + where, values).fetchone()[0]
        return int(found)

    def counts(self) -> Counts:
        kept = self.recipe()
        current = "FROM versions v JOIN articles a ON a.id = v.article_id AND a.version = v.version"
        articles, sources, earliest, latest = self.db.execute(
            f"SELECT COUNT(*), COUNT(DISTINCT NULLIF(v.source, '')), MIN(v.published), MAX(v.published) {current}"
        ).fetchone()
        versions, last = self.db.execute("SELECT COUNT(*), MAX(fetched_at) FROM versions").fetchone()
        return Counts(
            articles,
            versions,
            self.count_passages(kept[0]) if kept else 0,
            sources,
            date.fromisoformat(earliest) if earliest else None,
            date.fromisoformat(latest) if latest else None,
            datetime.fromisoformat(last) if last else None,
        )

    def problems(self) -> list[str]:
        """What is wrong with the file, by SQLite's own checks; empty when all is well."""
        try:
            found = [row[0] for row in self.db.execute("PRAGMA integrity_check")]
            orphans = self.db.execute("PRAGMA foreign_key_check").fetchall()
            return [line for line in found if line != "ok"] + [f"orphan row in {row[0]}" for row in orphans]
        except sqlite3.DatabaseError as error:
            return [str(error)]


def _article(row: sqlite3.Row) -> Article:
    return Article(
        id=row["article_id"],
        version=row["version"],
        text=row["text"],
        title=row["title"],
        url=row["url"],
        source=row["source"],
        authors=tuple(json.loads(row["authors"])),
        published=date.fromisoformat(row["published"]) if row["published"] else None,
        language=row["language"],
        fetched_at=datetime.fromisoformat(row["fetched_at"]),
        origin=row["origin"],
    )


def _passage(id: str, article_id: str, version: int, position: int, sentences: str) -> Passage:
    spans = tuple(Sentence(start, end) for start, end in json.loads(sentences))
    return Passage(id, article_id, version, position, spans)
